package desk_test

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestFieldIsEmptyOnceAMessageIsSent: with the line break of the key that sends it, the
// field would stay two lines high and would not say what it is for.
func TestFieldIsEmptyOnceAMessageIsSent(t *testing.T) {
	_, alice, maya := served(t, lobby.Options{})
	for _, b := range []*browser{alice, maya} {
		b.says("first")
		if got := value[string](b, `JSON.stringify(document.querySelector(".composer textarea").value)`); got != `""` {
			t.Errorf("%s's field holds %s once it is sent", b.name, got)
		}
	}
}

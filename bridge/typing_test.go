package bridge

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestGuestSeesThatSomebodyWrites until the next message comes, on every
// version and under the name that the workspace shows.
func TestGuestSeesThatSomebodyWrites(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, real := range []bool{false, true} {
			d := openDesk(t, lobby.Options{As: as})
			d.as("admin").post("settings/UI_Use_Real_Name", map[string]any{"value": real})
			name := map[bool]string{false: `"bot"`, true: `"Bot"`}[real]
			g := d.guest("maya", "Sales")
			g.say("hello")
			d.alice.take(g.rid)
			j := newJournal(t)
			d.bridge = j.runs(d.options())
			j.compared()
			page := d.browse(g)
			begun, ended := name+`,true`, name+`,false`
			if as != "3.11" {
				begun, ended = name+`,["user-typing"]`, name+`,[]`
			}
			d.must(d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectTyping}), sdk.Done, "")
			page.until(begun)
			if strings.Contains(page.text(), ended) {
				t.Errorf("%s: it ended at once", as)
			}
			d.must(d.reply(g.chat(), "hi"), sdk.Done, "")
			page.until(ended)
		}
	}
}

// TestTypingIsTriedOnce: it is done whatever happens, since a moment later it
// would be wrong.
func TestTypingIsTriedOnce(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectTyping})
	if o := d.must(e, sdk.Done, "nobody sees it: there is no connection"); !o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.wire.gone(true)
	d.must(e, sdk.Done, "nobody sees it")
	d.wire.gone(false)
	e.Attempt = 1
	d.must(e, sdk.Done, "tried once")
	d.alice.close(string(e.Chat), "bye")
	e.Attempt = 0
	d.must(e, sdk.Overtaken, "the chat is closed")
}

package host

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEventBecomesEffect(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.ws.say(t, "c", "hello")
		w.ws.say(t, "c", "my invoice is wrong")
		w.did("c forward Billing")
		w.outcome("rules c forward Billing: done")
		why, err := w.host.Why("c")
		if err != nil || len(why) != 2 || why[0].Decision.Skips[0] != "no word of an invoice" || why[1].Effects[0].Effect.Reason != "the guest said invoice" {
			t.Errorf("why: %+v (%v)", why, err)
		}
	})
}

var _ sdk.ChatID

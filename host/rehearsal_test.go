package host

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 12: rehearsal.

func TestHandlerSeesTheSameOnEveryAttemptAndAfterARestart(t *testing.T) {
	var calls notes
	curious := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			if m.Text == "look" && len(calls.list()) == 0 {
				return errors.New("once more")
			}
			return nil
		})
		return nil
	}
	prepared(t, map[string]plugin{"curious": curious}, func(w *world) {
		w.opts.Hours = map[string]func(time.Time) sdk.Hours{"shop": func(at time.Time) sdk.Hours {
			return sdk.Hours{Open: at.Second() == 0, Why: at.UTC().String()}
		}}
		w.twists["curious"] = func(d worker.Deliver, _ *worker.Done) error {
			if m := d.Call.Event.Message; m != nil && m.Text == "look" {
				calls.add("%s", must(json.Marshal(d.Call)))
			}
			return nil
		}
		w.start()
		w.ws.say("c", "look")
		w.ws.drained()
		for len(calls.list()) == 0 {
			time.Sleep(time.Millisecond)
		}
		w.ws.change("c", func(c *sdk.Chat) { c.Topic = "something else" })
		w.ws.say("c", "the picture is another now")
		w.end()
		time.Sleep(time.Hour)
		w.start()
		w.quiet()
		if all := calls.list(); len(all) != 2 || all[0] != all[1] {
			t.Errorf("%d calls:\n%q", len(all), all)
		}
	})
}

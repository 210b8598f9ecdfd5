package host

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// A full disk: nothing is accepted, what is stored can be read, and when the
// disk takes writes again all is caught up with.

func TestFullDiskStopsAcceptingAndGoesOnByCatchUp(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"does": does, "listens": listener(&seen)}, func(w *world) {
		w.ws.say("c", "r")
		w.quiet()
		w.ok(w.store.Flush().Wait())
		free := fillDisk(t)
		w.ws.say("c", "g")
		time.Sleep(10 * time.Second)
		w.ws.say("d", "r") // nobody hears of it
		if why := w.why("c"); len(why) != 1 || why[0].Effects[0].Outcome == nil {
			t.Errorf("why: %+v", why)
		}
		if history := must(w.store.History("c")); len(history) != 2 {
			t.Errorf("history: %+v", history)
		}
		if chat := must(w.store.Chat("c")); chat.Chat.Department != "Sales" {
			t.Errorf("what is stored reads %+v", chat)
		}
		o := must(w.host.Overview())
		if o.Refused == nil || time.Since(o.Refused.At) > 11*time.Second || !strings.Contains(o.Refused.Why, "commit to store") {
			t.Errorf("refused: %+v", o.Refused)
		}
		w.stands("does", Restarting, "the store takes no writes: commit to store")
		free()
		time.Sleep(2 * time.Minute)
		w.did("c reply 0", "c tag tag0", "d reply 0")
		// What a handler saw and nobody could keep, it sees again.
		w.same("seen", slices.Compact(seen.list()), []string{"c: r", "c: g", "d: r"})
		if r := w.host.Refused(); r != nil {
			t.Errorf("refused: %+v", r)
		}
		w.stands("does", Running, "")
		w.logged("store refuses writes")
		w.logged("store takes writes again")
		w.restart()
		w.did("c reply 0", "c tag tag0", "d reply 0")
	})
}

func TestDiskThatFillsBetweenApplyAndSettleDoublesNothing(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		var free func()
		w.ws.answers(func(_ bridge.Effect, o sdk.Outcome) sdk.Outcome {
			if free == nil {
				free = fillDisk(t)
			}
			return o
		})
		w.ws.say("c", "r")
		w.ws.drained()
		time.Sleep(10 * time.Second)
		w.ws.answers(nil)
		free()
		time.Sleep(2 * time.Minute)
		w.did("c reply 0")
		tried := w.ws.tried()
		if len(tried) != 2 || tried[1].Attempt != 1 {
			t.Errorf("attempts: %+v", tried)
		}
	})
}

package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 7: isolation.

func TestSlowPluginDelaysOnlyItself(t *testing.T) {
	var seen notes
	var gate chan struct{}
	slow := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		<-gate
		return nil
	})
	play(t, map[string]plugin{"slow": slow, "quick": listener(&seen)}, func(w *world) {
		gate = make(chan struct{})
		for n := range 3 * window {
			w.ws.say("c", fmt.Sprint(n))
		}
		w.ws.drained()
		for len(seen.list()) < 3*window {
			time.Sleep(time.Millisecond)
		}
		close(gate)
		w.quiet()
	})
}

func TestPanicFailsOnlyItsEvent(t *testing.T) {
	var seen notes
	panics := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		seen.add("%s", m.Text)
		if m.Text == "boom" && len(seen.list()) < 3 {
			panic("boom")
		}
		return nil
	})
	play(t, map[string]plugin{"panics": panics}, func(w *world) {
		w.ws.say("a", "boom")
		w.ws.say("b", "fine")
		w.quiet()
		w.same("seen", seen.list(), []string{"boom", "fine", "boom"})
		w.stands("panics", Running, "")
	})
}

// mortal ends its worker at each message that says die.
func mortal(d worker.Deliver, _ *worker.Done) error {
	if m := d.Call.Event.Message; m != nil && m.Text == "die" {
		return errors.New("it died")
	}
	return nil
}

func TestWorkerThatEndsIsStartedAgainAndItsEventHasFailed(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"mortal": listener(&seen)}, func(w *world) {
		w.twists["mortal"] = mortal
		w.start()
		w.ws.silence(true)
		w.ws.say("a", "die")
		w.ws.say("b", "live")
		w.ws.silence(false)
		w.ws.drained()
		time.Sleep(firstStart / 2)
		w.stands("mortal", Restarting, "it died")
		time.Sleep(firstStart)
		w.same("seen", seen.list(), []string{"a: die", "b: live"})
		w.stands("mortal", Running, "")
		w.quiet()
		letters := must(w.host.Letters())
		if len(letters) != 1 || letters[0].Attempts != 5 || !strings.Contains(letters[0].Error, "it died") {
			t.Errorf("dead letters: %+v", letters)
		}
	})
}

func TestOneMessageThatKillsTheWorkerDoesNotStopTheInstance(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"mortal": listener(&seen)}, func(w *world) {
		w.twists["mortal"] = mortal
		w.start()
		w.ws.say("a", "die")
		w.quiet()
		w.ws.say("a", "next")
		w.quiet()
		w.stands("mortal", Running, "")
		if got := seen.list(); len(got) != 6 || got[5] != "a: next" {
			t.Errorf("seen %q", got)
		}
	})
}

func TestWorkerThatEndsAgainAndAgainIsSetAsideWithAnAlert(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"mortal": listener(&seen), "other": does}, func(w *world) {
		w.twists["mortal"] = mortal
		w.start()
		w.ws.say("a", "die")
		w.ws.say("b", "die")
		w.quiet()
		w.stands("mortal", Aside, "ended 5 times in 1m0s, lastly:")
		w.logged("instance is set aside: correct its plugin or its file, or let it go on")
		w.ws.say("c", "r")
		w.did("c reply 0")
		if n := len(seen.list()); n != 5 {
			t.Errorf("it was started for %d events", n)
		}
		if err := w.host.Resume("mortal"); err != nil {
			w.t.Fatal(err)
		}
		for len(seen.list()) < 6 {
			time.Sleep(time.Millisecond)
		}
	})
}

func TestPluginThatDoesNotLoadIsSetAsideAtOnce(t *testing.T) {
	bad := func(p *sdk.Plugin) error { return errors.New("settings: words is empty") }
	play(t, map[string]plugin{"bad": bad, "other": does}, func(w *world) {
		w.ws.say("c", "r")
		w.did("c reply 0")
		w.stands("bad", Aside, "settings: words is empty")
	})
}

func TestWorkerThatAnswersOutOfTurnIsEnded(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"liar": listener(&seen)}, func(w *world) {
		lies := 1
		w.twists["liar"] = func(_ worker.Deliver, done *worker.Done) error {
			if lies > 0 {
				lies--
				done.Seq += 7
			}
			return nil
		}
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		w.stands("liar", Running, "")
		w.logged("which is not its turn")
		w.same("seen", seen.list(), []string{"c: hello", "c: hello"})
	})
}

func TestEventThatFailsFiveTimesIsADeadLetterAndItsChatGoesOn(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 100)}, func(w *world) {
		id := w.ws.say("c", "fail")
		w.ws.say("c", "second")
		w.quiet()
		w.same("seen", seen.list(), []string{"c: fail", "c: fail", "c: fail", "c: fail", "c: fail", "c: second"})
		letters := must(w.host.Letters())
		if len(letters) != 1 || letters[0].Entry.Event.ID != id || letters[0].Attempts != 5 || letters[0].Error != "cannot" {
			t.Errorf("dead letters: %+v", letters)
		}
		if why := w.why("c"); len(why) != 1 || why[0].Decision.Error != "cannot" {
			t.Errorf("why: %+v", why)
		}
		w.logged("the event is a dead letter")
	})
}

func TestFailuresAreCountedOverARestart(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 100)}, func(w *world) {
		w.ws.say("c", "fail")
		w.ws.drained()
		time.Sleep(firstRetry + firstRetry/2)
		w.restart()
		w.quiet()
		if n := len(seen.list()); n != 5 {
			t.Errorf("the event was tried %d times", n)
		}
	})
}

func TestDeadLetterCanBeRetried(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 5)}, func(w *world) {
		id := w.ws.say("c", "fail")
		w.ws.say("d", "other")
		w.quiet()
		if err := w.host.Retry(w.t.Context(), "fails", id); err != nil {
			w.t.Fatal(err)
		}
		w.quiet()
		if got := seen.list(); len(got) != 7 || got[6] != "c: fail" {
			t.Errorf("seen %q", got)
		}
		if letters := must(w.host.Letters()); len(letters) != 0 {
			t.Errorf("still dead: %+v", letters)
		}
		if err := w.host.Retry(w.t.Context(), "fails", id); err == nil || !strings.Contains(err.Error(), "no such dead letter") {
			t.Errorf("a second retry: %v", err)
		}
	})
}

func TestRetriedDeadLetterSurvivesAKill(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 100)}, func(w *world) {
		id := w.ws.say("c", "fail")
		w.ws.say("c", "second")
		w.quiet()
		if err := w.host.Retry(w.t.Context(), "fails", id); err != nil {
			w.t.Fatal(err)
		}
		disk := w.saved()
		defer disk.Close()
		p, _, err := disk.Progress("fails")
		if err != nil || len(p.Open) != 1 || must(disk.Entry(p.Open[0].Seq)).Event.ID != id || len(must(disk.Letters())) != 0 {
			t.Errorf("on disk: %+v (%v)", p, err)
		}
		if err := disk.Check(); err != nil {
			t.Error(err)
		}
		w.quiet()
		if letters := must(w.host.Letters()); len(letters) != 1 {
			t.Errorf("dead letters after another five failures: %+v", letters)
		}
	})
}

func TestDeadLetterCanBeDropped(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 100)}, func(w *world) {
		id := w.ws.say("c", "fail")
		w.quiet()
		if err := w.host.Drop("fails", id); err != nil {
			w.t.Fatal(err)
		}
		if letters := must(w.host.Letters()); len(letters) != 0 {
			t.Errorf("still dead: %+v", letters)
		}
		if err := w.host.Drop("fails", id); err == nil {
			t.Error("it was dropped twice")
		}
	})
}

func TestDeadLetterOfAnInstanceThatIsOffOrBeganAnewIsNotRetried(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"fails": failing(&seen, 100)}, func(w *world) {
		id := w.ws.say("c", "fail")
		w.quiet()
		for _, c := range []struct {
			mode Mode
			want string
		}{{Off, "switch it on first"}, {On, "has begun anew since"}} {
			w.set("fails", func(i *Instance) { i.Mode = c.mode })
			if err := w.host.Reload(w.t.Context(), w.opts.Instances); err != nil {
				w.t.Fatal(err)
			}
			if err := w.host.Retry(w.t.Context(), "fails", id); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("mode %s: %v", c.mode, err)
			}
		}
	})
}

func TestInstanceWithAFullOutboxStopsOnlyItself(t *testing.T) {
	flood := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		if m.Text != "xxx" {
			return nil
		}
		for n := range sdk.MaxEffects {
			c.Tag([]string{fmt.Sprint("t", n)})
		}
		return nil
	})
	play(t, map[string]plugin{"flood": flood, "does": does}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Instance == "does" {
				return nil
			}
			o := bridge.Later("away")
			return &o
		})
		for n := range maxWaiting/sdk.MaxEffects + 3*window {
			w.ws.say(sdk.ChatID(fmt.Sprint("f", n)), "xxx")
		}
		w.ws.say("c", "r")
		w.ws.drained()
		for !slices.Contains(w.ws.did(), "c reply 0") {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		w.host.outbox.mu.Lock()
		defer w.host.outbox.mu.Unlock()
		// What the worker has comes on top.
		if n := w.host.outbox.counts["flood"]; n < maxWaiting || n > maxWaiting+window*sdk.MaxEffects {
			t.Errorf("%d effects of the flood wait", n)
		}
	})
}

func TestSlowWorkspaceDelaysOnlyTheChatThatItIsSlowWith(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.slow = func(ctx context.Context, e bridge.Effect) *sdk.Outcome {
			if e.Chat == "slow" {
				time.Sleep(20 * time.Second)
			}
			return nil
		}
		w.ws.say("slow", "rg")
		w.ws.say("c", "rg")
		w.ws.drained()
		time.Sleep(time.Second)
		w.same("done after a second", w.ws.did(), []string{"c reply 0", "c tag tag1"})
		w.did("c reply 0", "c tag tag1", "slow reply 0", "slow tag tag1")
	})
}

func TestWorkspaceThatIsGoneForAWhileGetsEachEffectOnce(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.away(true)
		for n := range 3 * chatSlots {
			w.ws.say(sdk.ChatID(fmt.Sprint("c", n)), "r")
		}
		w.ws.drained()
		time.Sleep(5 * time.Minute)
		w.ws.away(false)
		w.quiet()
		if got := w.ws.did(); len(got) != 3*chatSlots || len(slices.Compact(got)) != len(got) {
			t.Errorf("done: %q", got)
		}
	})
}

package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tagger tags each chat in which somebody writes.
var tagger = onMessage(func(c *sdk.Chat, m sdk.Message) error {
	c.Tag([]string{m.Text})
	return nil
})

// ok fails the test when there is an error.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// backlog is a host with 500 effects that wait for a server that is away.
func backlog(w *world) {
	w.t.Helper()
	w.ws.away(true)
	for n := range 500 {
		w.ws.say(sdk.ChatID(fmt.Sprint("c", n)), "x")
	}
	w.ws.drained()
	for len(w.waiting()) < 500 {
		time.Sleep(10 * time.Millisecond)
	}
}

func (w *world) waiting() (all []store.Carried) {
	w.t.Helper()
	w.ok(w.store.Flush().Wait())
	parcels, err := w.store.Outbox()
	w.ok(err)
	for _, p := range parcels {
		all = append(all, p.Effects...)
	}
	return all
}

func TestPauseOfAllHoldsEffectsThatWaitOverARestart(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger}, func(w *world) {
		backlog(w)
		w.ok(w.host.PauseAll("ana: too much"))
		w.ws.away(false)
		time.Sleep(time.Second)
		w.did()
		w.restart()
		time.Sleep(10 * time.Minute)
		w.did()
		w.stands("tag", Paused, "ana: too much")
		w.ok(w.host.ResumeAll())
		if w.quiet(); len(w.ws.did()) != 500 {
			w.t.Errorf("%d of 500 effects were carried out", len(w.ws.did()))
		}
	})
}

func TestPauseCutsOffAttemptsAndThoseThatWaitForTheirTurn(t *testing.T) {
	for name, pause := range map[string]func(*Host) error{
		"one": func(h *Host) error { return h.Pause("tag", "for a test") },
		"all": func(h *Host) error { return h.PauseAll("for a test") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]plugin{"tag": tagger}, func(w *world) {
				begun := make(chan struct{}, 1000)
				var ended atomic.Int32
				w.ws.slow = func(ctx context.Context, e bridge.Effect) *sdk.Outcome {
					begun <- struct{}{}
					<-ctx.Done()
					time.Sleep(time.Millisecond)
					ended.Add(1)
					o := bridge.Later("cut off")
					return &o
				}
				for n := range 2 * chatSlots {
					w.ws.say(sdk.ChatID(fmt.Sprint("c", n)), "x")
				}
				for range chatSlots {
					<-begun
				}
				w.ok(pause(w.host)) // and each attempt that is under way has ended
				if n := ended.Load(); n != chatSlots {
					w.t.Errorf("%d of %d attempts had ended when the pause was answered", n, chatSlots)
				}
				w.quiet()
				if n := len(begun); n > 0 {
					w.t.Errorf("%d attempts began after the pause", n)
				}
				w.ws.slow = nil
				w.ok(errors.Join(w.host.ResumeAll()))
				if w.quiet(); len(w.ws.did()) != 2*chatSlots {
					w.t.Errorf("%d of %d effects were carried out", len(w.ws.did()), 2*chatSlots)
				}
			})
		})
	}
}

func TestPauseEndsDecidingAtOnce(t *testing.T) {
	var handled notes
	slow := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		time.Sleep(4 * time.Second)
		handled.add("%s", m.Text)
		c.Tag([]string{m.Text})
		return nil
	})
	play(t, map[string]plugin{"slow": slow}, func(w *world) {
		for n := range 5 {
			w.ws.say(sdk.ChatID(fmt.Sprint("c", n)), fmt.Sprint("x", n))
		}
		w.ws.drained()
		time.Sleep(5 * time.Second) // the second is under way
		w.ok(w.host.PauseAll("for a test"))
		decided := len(w.why("c0")) + len(w.why("c1"))
		time.Sleep(time.Minute)
		if n := len(w.why("c0")) + len(w.why("c1")) + len(w.why("c2")); n != decided || n != 1 {
			w.t.Errorf("%d were decided at the pause, %d a minute later", decided, n)
		}
		w.ok(w.host.ResumeAll())
		w.did("c0 tag x0", "c1 tag x1", "c2 tag x2", "c3 tag x3", "c4 tag x4")
	})
}

func TestPauseOfAllHoldsInstancesThatAreStartedLater(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger, "later": tagger}, func(w *world) {
		w.ok(w.host.PauseAll("for a test"))
		all := map[string]Instance{"tag": w.opts.Instances["tag"], "later": w.opts.Instances["later"]}
		delete(all, "later")
		w.ok(w.host.Reload(context.Background(), all))
		w.ok(w.host.Reload(context.Background(), w.opts.Instances))
		w.ws.say("c", "x")
		w.did()
		w.stands("later", Paused, "all instances are paused: for a test")
		w.ok(w.host.ResumeAll())
		w.did("c tag x", "c tag x")
	})
}

func TestWhatIsDroppedEndsAsRefused(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "over a restart": true} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]plugin{"tag": tagger}, func(w *world) {
				w.ws.away(true)
				w.ws.say("a", "x")
				w.ws.drained()
				time.Sleep(time.Second)
				w.ok(w.host.Pause("tag", "for a test"))
				w.ws.say("b", "y")
				w.ws.drained()
				if restart {
					w.restart()
				}
				w.ws.away(false)
				d, err := w.host.DropWaiting(context.Background(), "tag", "ana")
				w.ok(err)
				if d.Effects != 1 || d.Events != 1 {
					w.t.Errorf("dropped %+v", d)
				}
				w.ended("tag a tag x: refused dropped by ana")
				w.ok(w.host.Resume("tag"))
				w.ws.say("c", "z")
				w.did("c tag z")
			})
		})
	}
}

func TestDroppedEffectThatWasDoneCountsAsDone(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger}, func(w *world) {
		w.ws.answers(func(bridge.Effect, sdk.Outcome) sdk.Outcome { return bridge.Later("the answer is lost") })
		w.ws.say("a", "x")
		for len(w.ws.did()) == 0 {
			time.Sleep(time.Millisecond)
		}
		w.ok(w.host.Pause("tag", "for a test"))
		w.ws.answers(nil)
		_, err := w.host.DropWaiting(context.Background(), "tag", "ana")
		w.ok(err)
		w.ended("tag a tag x: done")
	})
}

func TestNothingIsDroppedOfAnInstanceThatRuns(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger}, func(w *world) {
		w.quiet()
		if _, err := w.host.DropWaiting(context.Background(), "tag", "ana"); err == nil || !strings.Contains(err.Error(), "pause it first") {
			w.t.Errorf("drop: %v", err)
		}
	})
}

func TestAnswerToAReadThatWasDroppedIsDropped(t *testing.T) {
	var seen, asked notes
	prepared(t, map[string]plugin{"ask": asking(&seen)}, func(w *world) {
		w.opts.Read = map[string]Read{"classify": slowly(20*time.Second, &asked)}
		w.start()
		w.ws.say("a", "slow")
		for len(asked.list()) == 0 {
			time.Sleep(time.Millisecond)
		}
		w.ok(w.host.Pause("ask", "for a test"))
		_, err := w.host.DropWaiting(context.Background(), "ask", "ana")
		w.ok(err)
		w.ok(w.host.Resume("ask"))
		time.Sleep(time.Minute)
		w.ws.say("b", "plain")
		w.quiet()
		w.same("seen", seen.list(), []string{"b: plain"})
	})
}

func TestResumeOfAllLeavesAloneWhatPausesByItself(t *testing.T) {
	play(t, map[string]plugin{"bad": tagger, "good": tagger}, func(w *world) {
		w.ok(w.host.Pause("bad", "it tags nonsense"))
		w.ok(w.host.PauseAll("for a test"))
		var held *HeldError
		if err := w.host.Resume("good"); !errors.As(err, &held) {
			w.t.Errorf("resume of one while all pause: %v", err)
		}
		w.ok(w.host.ResumeAll())
		w.quiet()
		w.stands("bad", Paused, "it tags nonsense")
		w.stands("good", Running, "")
		w.ok(w.host.ResumeAll())
		w.quiet()
		w.stands("bad", Running, "")
	})
}

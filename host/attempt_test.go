package host

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 6: once. Attempts, and what they leave.

func TestStoreSaysThatAnAttemptBeginsBeforeItDoes(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			disk := w.saved()
			defer disk.Close()
			for _, p := range must(disk.Outbox()) {
				for _, c := range p.Effects {
					if c.Effect.Key == e.Key && !c.Begun {
						t.Errorf("%s is attempted, and the disk does not say so", e.Key)
					}
				}
			}
			return nil
		})
		w.ws.say("c", "rgr")
		w.did("c reply 0", "c reply 2", "c tag tag1")
	})
}

func TestSureEffectsDoNotWaitForTheDisk(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.quiet()
		w.ok(w.store.Flush().Wait())
		const asked = "rgtr"
		all := make(chan struct{})
		attempts := 0
		w.ws.instead(func(bridge.Effect) *sdk.Outcome {
			if attempts++; attempts == len(asked) {
				close(all)
			}
			return nil
		})
		commits := 0
		w.store.Watch(func(store.Flush) {
			if commits++; commits == 1 {
				return // the decision's own
			}
			select {
			case <-all: // nobody is told of another commit before
			case <-time.After(10 * time.Second):
				t.Error("an effect waits for the end of another to be on disk")
			}
		})
		w.ws.say("c", asked)
		w.did("c reply 0", "c reply 3", "c tag tag1", "c tell 2")
	})
}

func TestWhatIsNotSureWaitsForTheDiskAndIsWaitedFor(t *testing.T) {
	const asked = "rgfrgurg"
	play(t, map[string]plugin{"does": does}, func(w *world) {
		attempt := 0
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			// On disk must be all up to the last that is not sure.
			ended := 1 + strings.LastIndexAny(asked[:attempt], "fu")
			if !kinds[e.Kind].sure {
				ended = attempt
			}
			disk := w.saved()
			defer disk.Close()
			for _, p := range must(disk.Outbox()) {
				for n, c := range p.Effects[:ended] {
					if c.Outcome == nil {
						t.Errorf("effect %d is attempted, and the disk does not say how %d ended", attempt, n)
					}
				}
			}
			attempt++
			return nil
		})
		w.ws.say("c", asked)
		w.quiet()
		if attempt != len(asked) {
			t.Errorf("%d attempts", attempt)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSecondAttemptIsToldThatOurTraceMayBeThere(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		lost := 2
		w.ws.answers(func(_ bridge.Effect, o sdk.Outcome) sdk.Outcome {
			if lost--; lost >= 0 {
				return bridge.Later("the answer was lost")
			}
			return o
		})
		w.ws.say("c", "r")
		w.did("c reply 0")
		for n, e := range w.ws.tried() {
			if e.Attempt != n {
				t.Errorf("attempt %d is told that it is %d", n, e.Attempt)
			}
		}
	})
}

func TestAttemptAfterARestartIsToldThatOurTraceMayBeThere(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.answers(func(bridge.Effect, sdk.Outcome) sdk.Outcome { return bridge.Later("the answer was lost") })
		w.ws.say("c", "fgu")
		w.ws.drained()
		for len(w.ws.tried()) == 0 {
			time.Sleep(time.Millisecond)
		}
		w.end()
		w.ws.answers(nil)
		w.start()
		w.did("c forward Billing", "c tag tag1", "c untag tag0")
		// The forward had begun; the tag begins with its decision, the other does not.
		if a, b, c := w.ws.tried()[1], w.ws.tried()[2], w.ws.tried()[3]; a.Attempt != 1 || b.Attempt != 1 || c.Attempt != 0 {
			t.Errorf("after the restart the attempts are %d, %d and %d", a.Attempt, b.Attempt, c.Attempt)
		}
	})
}

func TestAttemptsComeEverMoreSlowly(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.away(true)
		w.ws.say("c", "g")
		w.ws.drained()
		time.Sleep(time.Hour)
		w.ws.away(false)
		w.did("c tag tag0")
		at := w.ws.triedAt
		var gaps []time.Duration
		for n := range at[1:] {
			gaps = append(gaps, at[n+1].Sub(at[n]))
		}
		if !slices.IsSorted(gaps) || gaps[0] > 2*time.Second || gaps[len(gaps)-1] != time.Minute {
			t.Errorf("gaps %v", gaps)
		}
	})
}

func TestWhatMayHaveBeenDoneIsLookedForWhenItIsTooLate(t *testing.T) {
	for want, lose := range map[string]bool{"done": true, "overtaken too late": false} {
		t.Run(want, func(t *testing.T) {
			play(t, map[string]plugin{"does": does}, func(w *world) {
				if lose {
					w.ws.answers(func(bridge.Effect, sdk.Outcome) sdk.Outcome {
						w.ws.answers(nil)
						w.ws.away(true)
						return bridge.Later("the answer was lost")
					})
				} else {
					w.ws.away(true)
				}
				w.ws.say("c", "r")
				w.ws.drained()
				time.Sleep(time.Hour)
				w.ws.away(false)
				w.ended("does c reply 0: " + want)
			})
		})
	}
}

func TestWhatNobodyCanTellIsUnconfirmed(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.away(true)
		w.ws.say("c", "r")
		w.ended("does c reply 0: unconfirmed nobody could say whether it was done; lastly: the server is away")
	})
}

func TestPanicWhileCarryingOutIsUnconfirmedAndTheHostGoesOn(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services.Transcribe = func(transcript.Conversation) (Document, error) { panic("no glyph") }
		w.start()
		w.ws.say("c", "T")
		w.ended("does c transcript: unconfirmed panic: no glyph")
		w.ws.say("c", "r")
		w.did("c reply 0")
		w.logged("no glyph")
	})
}

func TestSettlementRidesAlongWithTheNextDecisionWhichBeginsItsEffect(t *testing.T) {
	replies := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		time.Sleep(time.Millisecond) // the effect before is done meanwhile
		c.Reply(m.Text)
		return nil
	})
	play(t, map[string]plugin{"replies": replies}, func(w *world) {
		w.quiet()
		w.ok(w.store.Flush().Wait())
		var commits atomic.Int32
		w.store.Watch(func(store.Flush) { commits.Add(1) })
		var attempted notes
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			attempted.add("%s after %d commits", e.Text, commits.Load())
			if e.Text == "one" {
				w.ws.say("c", "two")
			}
			return nil
		})
		w.ws.say("c", "one")
		for len(attempted.list()) < 2 {
			time.Sleep(100 * time.Microsecond)
		}
		w.same("attempted", attempted.list(), []string{"one after 1 commits", "two after 2 commits"})
		w.did("c reply one", "c reply two")
	})
}

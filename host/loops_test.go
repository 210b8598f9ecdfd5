package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 8: echoes, loops and hard limits.

// mover forwards to the other department whatever moves the chat or is said in
// it, and notes what it sees.
func mover(seen *notes, to string) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			seen.add("message %s", m.Text)
			if m.Text == "move" {
				c.Forward(sdk.Department(to))
			}
			return nil
		})
		p.OnForwarded(func(c *sdk.Chat, f sdk.Forwarding) error {
			seen.add("forwarded to %s", f.ToDepartment)
			c.Forward(sdk.Department(to))
			return nil
		})
		return nil
	}
}

func TestInstanceSeesNoMessagesOfBellhop(t *testing.T) {
	var seen, other notes
	play(t, map[string]plugin{"does": does, "listens": listener(&seen), "too": listener(&other)}, func(w *world) {
		w.ws.say("c", "r")
		w.quiet()
		w.restart() // the workspace tells all of it again
		w.did("c reply 0")
		w.same("seen", seen.list(), []string{"c: r"})
		w.same("seen by another", other.list(), []string{"c: r"})
	})
}

func TestInstanceSeesNoMessageOfOursUnderAPersonsName(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"does": does, "listens": listener(&seen)}, func(w *world) {
		w.ws.say("c", "r")
		w.quiet()
		ours := w.why("c")[0].Effects[0].Effect.Key
		w.ws.write("c", sdk.Message{ID: bridge.MessageID(ours, 0) + "x", From: sdk.Human, Text: "a person's"})
		w.quiet()
		w.same("seen", seen.list(), []string{"c: r", "c: a person's"})
		w.ws.send(sdk.Event{ID: "message/copy", Kind: sdk.EventMessage, Chat: "c",
			Message: &sdk.Message{ID: bridge.MessageID(ours, 0), From: sdk.Human, Text: "ours"}})
		w.quiet()
		w.same("seen", seen.list(), []string{"c: r", "c: a person's"})
	})
}

func TestInstanceSeesNoEchoOfItsOwnEffects(t *testing.T) {
	var one, other notes
	prepared(t, map[string]plugin{"one": mover(&one, "Billing"), "other": func(p *sdk.Plugin) error {
		p.OnForwarded(func(c *sdk.Chat, f sdk.Forwarding) error { other.add("forwarded to %s", f.ToDepartment); return nil })
		return nil
	}}, func(w *world) {
		w.start()
		w.ws.say("c", "move")
		w.quiet()
		w.restart()
		w.did("c forward Billing")
		w.same("the one that forwarded saw", one.list(), []string{"message move"})
		w.same("the other saw", other.list(), []string{"forwarded to Billing"})
	})
}

func TestEventThatAnotherInstanceCausedNamesItsCause(t *testing.T) {
	play(t, map[string]plugin{"one": mover(&notes{}, "Billing")}, func(w *world) {
		w.ws.say("c", "move")
		w.quiet()
		for _, e := range must(w.store.Entries(0, 100)) {
			if e.Event.Kind == sdk.EventForwarded {
				if e.Event.Cause != "one/message/c-1/0" || e.Event.Depth != 1 {
					t.Errorf("cause %q, depth %d", e.Event.Cause, e.Event.Depth)
				}
				return
			}
		}
		t.Error("nothing was forwarded")
	})
}

// Two forwarders that face each other would never stop.
func TestChainOfCausesLongerThanFiveIsCut(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "over restarts": true} {
		t.Run(name, func(t *testing.T) {
			var ping, pong notes
			prepared(t, map[string]plugin{"ping": mover(&ping, "Billing"), "pong": mover(&pong, "Support")}, func(w *world) {
				w.opts.Limits = Limits{ForwardsIn10m: 100, ForwardsPerChat: 100}
				w.ws.slow = func(context.Context, bridge.Effect) *sdk.Outcome {
					time.Sleep(time.Millisecond) // no two moves at the same time: they would be one event
					return nil
				}
				w.start()
				w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "hello"})
				w.quiet()
				w.ws.mu.Lock()
				c := w.ws.chats["c"]
				c.Department = "Billing"
				w.ws.chats["c"] = c
				w.ws.happen(sdk.Event{ID: bridge.ForwardedID("c", time.Now()), Kind: sdk.EventForwarded, Chat: "c",
					Forwarding: &sdk.Forwarding{ToDepartment: "Billing", At: time.Now()}})
				w.ws.mu.Unlock()
				if restart {
					time.Sleep(time.Millisecond)
					w.restart()
				}
				w.quiet()
				if n := len(w.ws.did()); n != maxDepth+1 {
					t.Errorf("%d forwards: %q", n, w.ws.did())
				}
				w.logged("chain of causes is too long")
				cut := slices.ContainsFunc(w.why("c"), func(x store.Explained) bool {
					return len(x.Decision.Skips) > 0 && strings.Contains(x.Decision.Skips[0], "chain of causes is longer than 5")
				})
				if !cut {
					t.Error("nothing tells that it was cut")
				}
			})
		})
	}
}

func TestOutcomeCountsInTheChainOfCauses(t *testing.T) {
	again := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error { c.Tag([]string{"x"}); return nil })
		p.OnResult(func(c *sdk.Chat, r sdk.Result) error { c.Tag([]string{"x"}); return nil })
		return nil
	}
	play(t, map[string]plugin{"again": again}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		if n := len(w.ws.did()); n != maxDepth+1 {
			t.Errorf("%d tags: the message's, and one for each outcome in a chain of %d", n, maxDepth)
		}
	})
}

func TestTimerKeepsTheDepthOfItsChain(t *testing.T) {
	var seen notes
	sets := func(p *sdk.Plugin) error {
		p.OnForwarded(func(c *sdk.Chat, f sdk.Forwarding) error { c.SetTimer("later", time.Minute); return nil })
		p.OnTimer("later", func(c *sdk.Chat) error { seen.add("later"); return nil })
		return nil
	}
	play(t, map[string]plugin{"one": mover(&notes{}, "Billing"), "sets": sets}, func(w *world) {
		w.ws.say("c", "move")
		w.quiet()
		w.restart()
		time.Sleep(2 * time.Minute)
		w.quiet()
		w.same("seen", seen.list(), []string{"later"})
		last := must(w.store.Entries(w.store.End()-1, 1))[0].Event
		if last.Kind != sdk.EventTimer || last.Depth != 1 {
			t.Errorf("the timer's event: %+v", last)
		}
	})
}

// to forwards where a message says.
var to = onMessage(func(c *sdk.Chat, m sdk.Message) error {
	c.Forward(sdk.Department(m.Text))
	return nil
})

// moved counts the forwards that were carried out.
func (w *world) moved() int {
	w.t.Helper()
	w.quiet()
	n := 0
	for _, line := range w.ws.did() {
		if strings.Contains(line, " forward ") {
			n++
		}
	}
	return n
}

func TestOneForwardAChatInTenMinutesOverARestart(t *testing.T) {
	play(t, map[string]plugin{"to": to, "too": to}, func(w *world) {
		w.set("too", func(i *Instance) { i.Mode = Off })
		w.restart()
		w.ws.say("c", "Billing")
		w.ws.say("d", "Billing")
		w.quiet()
		w.restart()
		time.Sleep(9 * time.Minute)
		w.set("too", func(i *Instance) { i.Mode = On })
		w.set("to", func(i *Instance) { i.Mode = Off })
		w.restart() // it counts for the chat, whichever instance asks
		w.ws.say("c", "Support")
		if n := w.moved(); n != 2 {
			t.Errorf("%d forwards of two chats within ten minutes", n)
		}
		got := w.outcomes()
		if last := got[len(got)-1]; !strings.Contains(last, "refused limit: Bellhop has moved this chat 1 times in 10 minutes, lastly 9m0s ago") {
			t.Errorf("the last outcome is %s", last)
		}
		time.Sleep(time.Minute)
		w.ws.say("c", "Support")
		if n := w.moved(); n != 3 {
			t.Errorf("%d forwards after ten minutes", n)
		}
	})
}

func TestForwardThatWaitsCountsOverARestart(t *testing.T) {
	play(t, map[string]plugin{"to": to}, func(w *world) {
		w.ws.away(true)
		w.ws.say("c", "Billing")
		w.ws.drained()
		time.Sleep(time.Second)
		w.end()
		w.start()
		w.ws.say("c", "Support")
		w.ws.drained()
		time.Sleep(time.Second)
		w.ws.away(false)
		w.did("c forward Billing")
	})
}

func TestThreeForwardsAChatEverOverARestart(t *testing.T) {
	play(t, map[string]plugin{"to": to}, func(w *world) {
		for n, department := range []string{"A", "B", "C", "D"} {
			w.ws.say("c", department)
			if got, want := w.moved(), min(n+1, 3); got != want {
				t.Errorf("%d forwards after %d demands", got, n+1)
			}
			w.restart()
			time.Sleep(time.Hour)
		}
		if why := w.why("c"); !strings.Contains(why[3].Effects[0].Outcome.Reason, "limit: Bellhop has moved this chat 3 times already") {
			t.Errorf("outcome %+v", why[3].Effects[0].Outcome)
		}
	})
}

func TestTwentyForwardsAMinuteAndTheInstancePauses(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "over restarts": true} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]plugin{"to": to}, func(w *world) {
				for n := range 25 {
					w.ws.say(sdk.ChatID(fmt.Sprint("c", n)), "Billing")
					w.quiet()
					if restart && n%6 == 5 {
						w.restart()
						w.quiet()
					}
				}
				if n := w.moved(); n != 20 {
					t.Errorf("%d forwards in a minute", n)
				}
				w.stands("to", Paused, "more than 20 forwards in a minute")
				w.restart()
				w.stands("to", Paused, "more than 20 forwards in a minute")
				time.Sleep(time.Minute + time.Second)
				w.ok(w.host.Resume("to"))
				if n := w.moved(); n != 24 {
					t.Errorf("%d forwards after somebody let it go on: all but the one that was too much", n)
				}
			})
		})
	}
}

func TestClockThatIsSetBackStopsNoForwards(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	ahead := []time.Time{now.Add(time.Hour), now.Add(time.Hour), now.Add(5 * time.Minute)}
	if n, ago := within(ahead, now, 10*time.Minute); n != 1 || ago != 5*time.Minute {
		t.Errorf("%d times, the last %s ago", n, ago)
	}
	if left := recent(append(ahead, now), time.Minute); len(left) != 1 {
		t.Errorf("recent: %v", left)
	}
}

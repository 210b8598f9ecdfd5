package host

import (
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestWhatNeedNotOrCannotBeDoneNeverReachesTheWorkspace(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "K") // alice serves it
		w.ws.change("w", func(c *sdk.Chat) { c.Agent = sdk.Person{} })
		w.ws.say("w", "Q")
		w.ws.change("h", func(c *sdk.Chat) { c.Agent = sdk.Person{} })
		w.ws.say("h", "H")
		w.ended(
			"does c take: refused @alice serves the chat: forward it",
			"does w queue: done",
			"does h hold: refused nobody serves the chat",
		)
		w.did()
	})
}

func TestReturnsToTheQueueAreLimitedByThemselves(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "f")
		w.quiet()
		w.ws.say("c", "Q")
		w.quiet()
		w.restart()
		w.ws.say("c", "Q")
		w.did("c forward Billing", "c queue")
		w.ended("does c forward Billing: done", "does c queue: done", "does c queue: refused limit: Bellhop has moved this chat 1 times in 10 minutes")
	})
}

// TestEventThatDoesNotSayWhoDidItIsTheEffectsUnderWay, or of the settled one
// whose outcome names it.
func TestEventThatDoesNotSayWhoDidItIsTheEffectsUnderWay(t *testing.T) {
	seen := &notes{}
	asks := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, _ sdk.Message) error { c.ReturnToQueue(); return nil })
		p.OnForwarded(func(*sdk.Chat, sdk.Forwarding) error { seen.add("asks"); return nil })
		return nil
	}
	other := func(p *sdk.Plugin) error {
		p.OnForwarded(func(c *sdk.Chat, f sdk.Forwarding) error { seen.add("other %s", c.ID); return nil })
		return nil
	}
	for name, early := range map[string]bool{"while it is under way": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			*seen = notes{}
			play(t, map[string]plugin{"asks": asks, "other": other}, func(w *world) {
				at := time.Now().Add(time.Second)
				f := sdk.Forwarding{By: sdk.Person{ID: "a1"}, ToQueue: true, At: at}
				moved := sdk.Event{ID: bridge.ForwardedID("c", at), Kind: sdk.EventForwarded, Chat: "c", At: at, Forwarding: &f}
				w.ws.answers(func(e bridge.Effect, o sdk.Outcome) sdk.Outcome {
					if e.Kind != sdk.EffectQueue {
						return o
					}
					if early {
						w.ws.send(moved)
						w.ws.drained()
						return o
					}
					o.Event = moved.ID
					return o
				})
				w.ws.say("c", "hello")
				w.quiet()
				if !early {
					w.ws.send(moved)
					w.quiet()
				}
				w.same("those who see it", seen.list(), []string{"other c"})
			})
		})
	}
}

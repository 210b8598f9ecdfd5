package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Deeds: what one instance does others are told of, and may take back.

// reporter notes what others did, lists the deeds of a chat by command, and
// takes the newest back that can be.
func reporter(seen *notes) plugin {
	return func(p *sdk.Plugin) error {
		p.OnDeed(func(c *sdk.Chat, d sdk.Deed) error {
			seen.add("%s: %s of %s is %s", c.ID, d.Effect.Kind, d.Instance, d.Outcome.State)
			return nil
		})
		p.OnCommand("deeds", "CHAT: lists them", func(c *sdk.Command) error {
			chat, err := p.Chat(sdk.ChatID(c.Args))
			if err != nil {
				return err
			}
			all, err := chat.Deeds()
			var lines []string
			for _, d := range all {
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Effect.Kind, d.Outcome.State, d.Stays+d.Outcome.Reason)))
			}
			c.Answer(strings.Join(lines, "; "))
			return err
		})
		p.OnCommand("back", "CHAT: takes the newest back", func(c *sdk.Command) error {
			chat, err := p.Chat(sdk.ChatID(c.Args))
			if err != nil {
				return err
			}
			all, err := chat.Deeds()
			for _, d := range all {
				if d.Stays == "" {
					chat.Undo(d.Key, sdk.Because("@%s ordered it", c.By.Username))
					return err
				}
			}
			c.Answer("nothing")
			return err
		})
		return nil
	}
}

func TestDeedsOfOthersAreTold(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"does": does, "desk": reporter(&seen)}, func(w *world) {
		w.ws.say("c", "rgf")
		w.quiet()
		told := seen.list()
		slices.Sort(told)
		w.same("told", told, []string{"c: forward of does is done", "c: reply of does is done", "c: tag of does is done"})
		w.restart()
		if again := seen.list(); len(again) != 3 {
			t.Errorf("told again after a restart: %q", again)
		}
	})
}

func TestUndoOfAPluginTakesBackWhatAnotherDid(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"does": does, "desk": reporter(&seen)}, func(w *world) {
		w.ws.say("c", "rgf")
		w.quiet()
		w.ws.order("alice", "back c")
		w.quiet()
		w.ws.order("alice", "back c")
		w.quiet()
		w.ws.order("alice", "back c")
		w.ws.order("alice", "deeds c")
		w.quiet()
		if c := w.ws.chats["c"]; c.Department != "Sales" || len(c.Tags) != 0 {
			t.Errorf("chat is in %s, with the tags %v", c.Department, c.Tags)
		}
		w.same("told", w.told(), []string{"id-alice: nothing", "id-alice: " + strings.Join([]string{
			"untag done it took something back itself", "forward done it took something back itself",
			"forward undone " + nothingToUndo + "@alice ordered it", "tag undone " + nothingToUndo + "@alice ordered it", "reply done it was read, or can have been",
		}, "; ")})
		if got := seen.list(); !slices.Contains(got, "c: forward of does is undone") {
			t.Errorf("told %q", got)
		}
	})
}

func TestUndoNeedsItsGrantAndAKnownEffect(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"does": does, "desk": reporter(&seen), "odd": listener(&notes{})}, func(w *world) {
		w.set("desk", func(i *Instance) {
			i.Grants.Effects = slices.DeleteFunc(slices.Clone(sdk.EffectKinds), func(k sdk.EffectKind) bool { return k == sdk.EffectUndo })
		})
		w.twists["odd"] = func(d worker.Deliver, done *worker.Done) error {
			done.Reply = sdk.Reply{Effects: []sdk.Effect{{Kind: sdk.EffectUndo, Undoes: "does/message/none/0"}}}
			return nil
		}
		w.start()
		w.ws.say("c", "g")
		w.quiet()
		w.same("outcomes, of two instances in any order", slices.Sorted(slices.Values(w.outcomes())), []string{"does c tag tag0: done", "odd c undo: refused nothing is known of it any more"})
		w.ws.order("alice", "back c")
		w.quiet()
		all := w.outcomes()
		if got := all[len(all)-1]; got != "desk c untag tag0: refused not granted: add undo to the effects that the instance may ask for" {
			t.Errorf("in the end %q", got)
		}
		w.did("c tag tag0")
	})
}

// A worker that only says that it takes something back gets no grant by that.
func TestNoEffectPassesForAnUndo(t *testing.T) {
	prepared(t, map[string]plugin{"does": does, "odd": listener(&notes{})}, func(w *world) {
		w.set("odd", func(i *Instance) { i.Grants.Effects = []sdk.EffectKind{sdk.EffectUndo} })
		w.twists["odd"] = func(d worker.Deliver, done *worker.Done) error {
			done.Reply = sdk.Reply{Effects: []sdk.Effect{{Kind: sdk.EffectForward, Target: sdk.Department("Billing"), Undoes: "does/message/none/0"}}}
			return nil
		}
		w.start()
		w.ws.say("c", "g")
		w.quiet()
		w.same("outcomes, of two instances in any order", slices.Sorted(slices.Values(w.outcomes())), []string{"does c tag tag0: done", "odd c forward Billing: refused not granted: add forward to the effects that the instance may ask for"})
	})
}

func TestWhatAPersonOrdersIsNotLimited(t *testing.T) {
	play(t, map[string]plugin{"does": does, "desk": func(p *sdk.Plugin) error {
		p.OnCommand("move", "CHAT DEPARTMENT: moves it", func(c *sdk.Command) error {
			chat, err := p.Chat(sdk.ChatID(c.Words[0]))
			if err == nil {
				chat.Forward(sdk.Department(c.Words[1]))
			}
			return err
		})
		return nil
	}}, func(w *world) {
		w.ws.say("c", "f")
		w.quiet()
		time.Sleep(time.Second) // a chat that moves twice in a millisecond is told of once
		for _, to := range []string{"Support", "Leads", "Sales", "Support", "Sales"} {
			w.ws.order("alice", "move c "+to)
			w.quiet()
			time.Sleep(time.Second)
		}
		w.quiet()
		w.ws.say("c", "f") // and what it does by itself is
		w.ws.say("d", "?")
		w.quiet()
		for _, to := range []string{"Support", "Leads", "Sales"} {
			w.ws.order("alice", "move d "+to)
			w.quiet()
			time.Sleep(time.Second)
		}
		w.ws.say("d", "f") // for which orders don't count
		w.quiet()
		w.did("c forward Billing", "c forward Support", "c forward Leads", "c forward Sales", "c forward Support", "c forward Sales",
			"d forward Support", "d forward Leads", "d forward Sales", "d forward Billing")
	})
}

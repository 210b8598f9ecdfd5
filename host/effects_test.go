package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 5: effects.

// does is a plugin that asks for what a message says, a letter each:
// r reply, t tell, f forward, g tag, u untag, c close, T transcript, C call,
// K take, Q queue, H hold, M resume, D field, P priority, E contact.
var does = onMessage(func(c *sdk.Chat, m sdk.Message) error {
	for n, letter := range m.Text {
		text := fmt.Sprint(n)
		switch letter {
		case 'r':
			c.Reply(text)
		case 't':
			c.TellAgent(text)
		case 'f':
			c.Forward(sdk.Department("Billing"))
		case 'g':
			c.Tag([]string{"tag" + text})
		case 'u':
			c.Untag([]string{"tag0"})
		case 'c':
			c.Close("bye")
		case 'T':
			c.SendTranscript(sdk.Delivery{Mail: []string{"maya@example.com"}})
		case 'C':
			c.StartCall("join {link}")
		case 'K':
			c.Take()
		case 'Q':
			c.ReturnToQueue()
		case 'H':
			c.Hold("away")
		case 'M':
			c.Resume()
		case 'D':
			c.SetField("tier", text)
		case 'P':
			c.SetPriority("High")
		case 'E':
			c.EditContact(sdk.ContactEdit{Name: "Maya"})
		}
	}
	return nil
})

func TestKeyIsMadeOfInstanceEventAndOrdinal(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		id := w.ws.say("c", "rg")
		w.quiet()
		for n, e := range w.ws.tried() {
			if want := sdk.EffectKey(fmt.Sprintf("does/%s/%d", id, n)); e.Key != want || e.Event != id || e.Instance != "does" {
				t.Errorf("effect %d is %s of %s, want %s", n, e.Key, e.Event, want)
			}
			if instance, event, ok := splitKey(e.Key); instance != "does" || event != id || !ok {
				t.Errorf("%s is taken apart as %q and %q", e.Key, instance, event)
			}
		}
	})
}

func TestEffectAssumesWhatTheEventSaw(t *testing.T) {
	served := bridge.Assumption{Open: true, DepartmentID: "id-Sales", AgentID: "a1"}
	moves := served
	moves.Moves = true
	for letters, want := range map[string][]bridge.Assumption{
		"f":  {moves},
		"c":  {moves},
		"r":  {served},
		"C":  {served},
		"t":  {{AgentID: "a1"}},
		"g":  {{}},
		"T":  {{}},
		"fr": {moves, {Open: true}},
		"fc": {moves, {Open: true}},
		"fg": {moves, {}},
		"Q":  {moves},
		"H":  {served},
		"M":  {{Open: true}},
		"P":  {{Open: true}},
		"D":  {{}},
		"E":  {{}},
		"QK": {moves, {Open: true}},
		"fQ": {moves, {Open: true}},
	} {
		t.Run(letters, func(t *testing.T) {
			play(t, map[string]plugin{"does": does}, func(w *world) {
				w.ws.say("c", letters)
				w.quiet()
				var got []bridge.Assumption
				for _, e := range w.why("c")[0].Effects {
					got = append(got, e.Effect.Assume)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("assumptions (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhatNoLongerHoldsOvertakesTheEffect(t *testing.T) {
	for why, change := range map[string]func(*sdk.Chat){
		"the chat is closed": func(c *sdk.Chat) { c.Status = sdk.Closed },
		"another department": func(c *sdk.Chat) { c.DepartmentID = "id-Support" },
		"another agent":      func(c *sdk.Chat) { c.Agent.ID = "a2" },
	} {
		t.Run(why, func(t *testing.T) {
			play(t, map[string]plugin{"does": does}, func(w *world) {
				w.ws.instead(func(bridge.Effect) *sdk.Outcome { w.ws.change("c", change); return nil })
				w.ws.say("c", "rg")
				w.did()
				w.ended("does c reply 0: overtaken "+why, "does c tag tag1: skipped")
			})
		})
	}
}

// quietly asks without a chat's agent or department in the event.
func TestForwardOfAChatThatNobodyServesAssumesThatNobodyDoes(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.change("c", func(c *sdk.Chat) { c.Agent, c.Department, c.DepartmentID = sdk.Person{}, "", "" })
		w.ws.instead(func(bridge.Effect) *sdk.Outcome {
			w.ws.change("c", func(c *sdk.Chat) { c.Agent.ID = "a2" })
			return nil
		})
		w.ws.say("c", "r")
		w.ws.say("c", "f")
		w.did("c reply 0")
		w.ended("does c reply 0: done", "does c forward Billing: overtaken another agent")
	})
}

func TestEffectThatIsTooLateIsOvertaken(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		if err := w.host.Pause("does", "for a test"); err != nil {
			w.t.Fatal(err)
		}
		w.ws.say("a", "f")
		w.ws.say("b", "g")
		w.ws.drained()
		time.Sleep(10*time.Minute + time.Second)
		if err := w.host.Resume("does"); err != nil {
			w.t.Fatal(err)
		}
		w.did("b tag tag0")
		if got := w.outcomes(); len(got) != 2 || !strings.Contains(strings.Join(got, "\n"), "does a forward Billing: overtaken too late: it was to be done before 2000-01-01T00:10:00Z") {
			t.Errorf("outcomes: %q", got)
		}
	})
}

// TestWhatPeopleHandledInAnOutageOfHoursIsOvertaken, as is what the guest would
// see hours late. What is still of use is done.
func TestWhatPeopleHandledInAnOutageOfHoursIsOvertaken(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		asked := map[sdk.ChatID]string{"closed": "fg", "moved": "f", "left": "r", "tagged": "g"}
		for chat := range asked {
			w.ws.say(chat, "hello")
		}
		w.quiet()
		w.ws.away(true)
		for chat, letters := range asked {
			w.ws.say(chat, letters)
		}
		w.ws.drained()
		time.Sleep(time.Minute)
		w.ws.part()
		w.ws.leave("closed")
		w.ws.change("moved", func(c *sdk.Chat) { c.Department, c.DepartmentID = "Support", "id-Support" })
		time.Sleep(3 * time.Hour)
		w.ws.away(false)
		w.ws.silence(false)
		w.did("tagged tag tag0")
		got := w.outcomes()
		slices.Sort(got)
		want := []string{
			"does closed forward Billing: overtaken too late", "does closed tag tag1: skipped", "does left reply 0: overtaken too late",
			"does moved forward Billing: overtaken too late", "does tagged tag tag0: done",
		}
		for n, w := range want {
			if n >= len(got) || !strings.HasPrefix(got[n], w) {
				t.Fatalf("outcomes are %q, want %q", got, want)
			}
		}
		for chat := range asked {
			why := w.why(chat)
			if last := why[len(why)-1]; len(last.Effects) == 0 || last.Effects[0].Outcome == nil {
				t.Errorf("nobody can see how it ended in chat %s: %+v", chat, why)
			}
		}
	})
}

func TestAuthorMaySayHowLongAnEffectKeeps(t *testing.T) {
	hasty := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.Tag([]string{"x"}, sdk.NotAfter(time.Minute))
		return nil
	})
	play(t, map[string]plugin{"hasty": hasty}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		if e := w.ws.tried()[0]; e.Until.Sub(e.EventAt) != time.Minute {
			t.Errorf("it keeps until %s, the event was at %s", e.Until, e.EventAt)
		}
	})
}

func TestAnswerToATimerKeepsFromItsFiring(t *testing.T) {
	var seen notes
	answer := waiter(&seen, time.Minute, func(c *sdk.Chat) { c.Reply("still there?") })
	play(t, map[string]plugin{"wait": answer}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		w.end()
		time.Sleep(time.Hour)
		w.start()
		w.did("c reply still there?")
	})
}

func TestEffectsOnAChatAreCarriedOutInOrder(t *testing.T) {
	play(t, map[string]plugin{"one": does, "two": does}, func(w *world) {
		fails := map[sdk.EffectKey]int{}
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if fails[e.Key]++; fails[e.Key] < 3 {
				o := bridge.Later("not yet")
				return &o
			}
			return nil
		})
		w.ws.say("c", "rrr")
		w.ws.say("c", "tr")
		w.quiet()
		last := map[string]string{}
		for _, e := range w.ws.applied {
			if key := string(e.Key); key < last[e.Instance] {
				t.Errorf("%s is carried out after %s", key, last[e.Instance])
			}
			last[e.Instance] = string(e.Key)
		}
		if len(w.ws.applied) != 10 {
			t.Errorf("%d effects", len(w.ws.applied))
		}
	})
}

func TestRestIsSkippedWhenAnEarlierEffectWasNotDone(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Kind == sdk.EffectTell {
				return &sdk.Outcome{State: sdk.Refused, Reason: "no such user"}
			}
			return nil
		})
		w.ws.say("c", "rtgTr")
		w.ws.say("c", "r")
		w.did("c reply 0", "c reply 0")
		w.mu.Lock()
		defer w.mu.Unlock()
		states := map[string]sdk.OutcomeState{}
		for _, r := range w.reports {
			states[string(r.Effect.Key)] = r.Outcome.State
		}
		want := map[string]sdk.OutcomeState{
			"does/message/c-1/0": sdk.Done, "does/message/c-1/1": sdk.Refused, "does/message/c-1/2": sdk.Skipped,
			"does/message/c-1/3": sdk.Refused, "does/message/c-1/4": sdk.Skipped, "does/message/c-2/0": sdk.Done,
		}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

func TestForwardToWhereTheChatIsMovesNothing(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.change("c", func(c *sdk.Chat) { c.Department = "Billing" })
		w.ws.say("c", "fr")
		w.did("c reply 1")
		w.ended("does c forward Billing: done", "does c reply 1: done")
	})
}

func TestInstanceThatAskedGetsEachOutcome(t *testing.T) {
	var told, other notes
	results := func(n *notes) plugin {
		return func(p *sdk.Plugin) error {
			p.OnResult(func(c *sdk.Chat, r sdk.Result) error {
				n.add("%s %s %s", c.ID, r.Effect.Kind, r.Outcome.State)
				return nil
			})
			return does(p)
		}
	}
	prepared(t, map[string]plugin{"does": results(&told), "other": func(p *sdk.Plugin) error {
		p.OnResult(func(c *sdk.Chat, r sdk.Result) error { other.add("%s", r.Key); return nil })
		return nil
	}}, func(w *world) {
		w.set("does", func(i *Instance) {
			i.Grants.Effects = []sdk.EffectKind{sdk.EffectReply, sdk.EffectTag, sdk.EffectTranscript}
		})
		w.start()
		w.ws.say("c", "rfg")
		w.quiet()
		got := told.list()
		slices.Sort(got)
		w.same("told", got, []string{"c forward refused", "c reply done", "c tag skipped"})
		w.same("told to another", other.list(), nil)
	})
}

func TestTellingNobodyIsRefused(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.change("c", func(c *sdk.Chat) { c.Agent = sdk.Person{} })
		w.ws.say("c", "t")
		w.did()
		w.ended("does c tell 0: refused nobody serves the chat")
	})
}

func TestOnlyTagsThatWereNotThereAreOurs(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.change("c", func(c *sdk.Chat) { c.Tags = []string{"tag0"} })
		w.ws.say("c", "gg")
		w.quiet()
		ours, err := w.store.OurTags("c")
		if err != nil || !slices.Equal(ours, []string{"tag1"}) {
			t.Errorf("our tags: %v (%v)", ours, err)
		}
		w.ws.say("c", "u")
		w.quiet()
		if e := w.ws.tried()[2]; !slices.Equal(e.OurTags, []string{"tag1"}) {
			t.Errorf("untag may take away %v", e.OurTags)
		}
	})
}

package host

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// inConfirm plays with the forwarder in mode confirm, and a chat that alice serves
// whose guest has said invoice.
func inConfirm(t *testing.T, test func(w *world, code string)) {
	t.Helper()
	prepared(t, map[string]plugin{"router": forwarder}, func(w *world) {
		w.set("router", func(i *Instance) { i.Mode = Confirm })
		w.start()
		w.serve("r1", "alice")
		w.ws.say("r1", "my invoice")
		test(w, w.asked("id-alice"))
	})
}

func (w *world) serve(chat sdk.ChatID, who string) {
	w.ws.change(chat, func(c *sdk.Chat) {
		c.Agent, c.Visitor.Name = sdk.Person{ID: "id-" + who, Username: who, Name: who}, "Maya"
	})
}

// asked is the code of the newest question to the person.
func (w *world) asked(person string) (code string) {
	w.t.Helper()
	for _, line := range w.told() {
		if _, after, asks := strings.Cut(line, "Write `yes "); asks && strings.HasPrefix(line, person+": ") {
			code = after[:4]
		}
	}
	if code == "" {
		w.t.Fatalf("%s is asked nothing: %q", person, w.told())
	}
	return code
}

// forwards is how many chats were moved.
func (w *world) forwards() (n int) {
	w.t.Helper()
	for _, d := range w.ws.did() {
		if strings.HasPrefix(d, "r1 forward ") {
			n++
		}
	}
	return n
}

func (w *world) wantForwards(want int) {
	w.t.Helper()
	w.quiet()
	if got := w.forwards(); got != want {
		w.t.Errorf("%d chats were moved, want %d: %q", got, want, w.ws.did())
	}
}

// last is how the router's last effect on the chat ended.
func (w *world) last(chat sdk.ChatID) store.Carried {
	w.t.Helper()
	w.quiet()
	var last store.Carried
	for _, x := range w.why(chat) {
		for _, c := range x.Effects {
			if c.Effect.Instance == "router" {
				last = c
			}
		}
	}
	return last
}

func (w *world) wantFate(chat sdk.ChatID, state sdk.OutcomeState, why string) {
	w.t.Helper()
	c := w.last(chat)
	if c.Outcome == nil || c.Outcome.State != state || !strings.Contains(c.Outcome.Reason, why) {
		w.t.Errorf("ended %+v, want %s: %s", c.Outcome, state, why)
	}
}

func (w *world) wantTold(person, want string) {
	w.t.Helper()
	if !slices.ContainsFunc(w.told(), func(l string) bool { return strings.HasPrefix(l, person+": ") && strings.Contains(l, want) }) {
		w.t.Errorf("%s is not told %q: %q", person, want, w.told())
	}
}

func TestInstanceInConfirmDoesNothingBeforeTheAgentSaysYes(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		w.wantForwards(0)
		w.wantTold("id-alice", "router asks whether it may do this in your chat with [Maya](")
		w.wantTold("id-alice", "• forward Billing because the guest said invoice")
		if c := w.last("r1"); c.Outcome != nil || !strings.Contains(Awaits(c), "@alice is asked whether it may be done") {
			t.Errorf("why: %+v %q", c.Outcome, Awaits(c))
		}
		w.ws.order("alice", "yes "+code)
		w.wantForwards(1)
		w.wantFate("r1", sdk.Done, "")
		if says := Awaits(w.last("r1")); !strings.HasPrefix(says, "allowed by @alice at ") {
			t.Errorf("why: %q", says)
		}
		w.ws.order("alice", "yes "+code)
		w.wantForwards(1)
		w.wantTold("id-alice", "Nothing waits for that answer")
	})
}

func TestNoOfTheAgentRefuses(t *testing.T) {
	inConfirm(t, func(w *world, _ string) {
		w.ws.order("alice", "no") // the only question needs no number
		w.wantFate("r1", sdk.Refused, "@alice was asked and said no")
		w.wantForwards(0)
		w.restart()
		w.wantForwards(0)
	})
}

func TestQuestionThatNobodyAnswersExpires(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		time.Sleep(11 * time.Minute)
		w.wantFate("r1", sdk.Overtaken, "@alice was asked and did not answer in time")
		w.ws.order("alice", "yes "+code)
		w.wantTold("id-alice", "comes too late")
		w.wantForwards(0)
	})
}

func TestOnlyWhoIsAskedMayAnswer(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		w.ws.order("bob", "yes "+code, "livechat-manager")
		w.wantForwards(0)
		w.ws.order("alice", "yes 12345")
		w.wantForwards(0)
		w.wantTold("id-alice", "Which question do you mean? Write `yes "+code+"`")
		w.ws.order("alice", "yes `"+code+"`")
		w.wantForwards(1)
	})
}

func TestQuestionSurvivesARestartAndIsAskedOnce(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		before := len(w.told())
		w.restart()
		w.wantForwards(0)
		if got := len(w.told()); got != before {
			t.Errorf("asked again: %q", w.told())
		}
		w.ws.order("alice", "yes "+code)
		w.wantForwards(1)
		w.restart()
		w.wantForwards(1)
	})
}

// TestYesOutlivesAKill right after it is on disk, before anything is done.
func TestYesOutlivesAKill(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		w.ws.away(true)
		w.ws.order("alice", "yes "+code)
		w.ws.drained()
		saved := w.saved()
		defer saved.Close()
		parcels, err := saved.Outbox()
		if err != nil {
			t.Fatal(err)
		}
		allowed := slices.ContainsFunc(parcels, func(p store.Parcel) bool {
			return slices.ContainsFunc(p.Effects, func(c store.Carried) bool { return c.Consent != nil && c.Consent.Said == store.Allowed })
		})
		if !allowed {
			t.Errorf("a kill would lose the answer: %+v", parcels)
		}
		w.ws.away(false)
		w.wantForwards(1)
	})
}

func TestYesDoesNothingInAChatThatPeopleHaveMoved(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		w.serve("r1", "bob")
		w.ws.order("alice", "yes "+code)
		w.wantFate("r1", sdk.Overtaken, "another agent")
	})
}

func TestYesDoesNothingForAnInstanceThatIsInShadowByThen(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		w.set("router", func(i *Instance) { i.Mode = Shadow })
		if err := w.host.Reload(context.Background(), w.opts.Instances); err != nil {
			t.Fatal(err)
		}
		w.ws.order("alice", "yes "+code)
		w.wantFate("r1", sdk.Refused, "mode is shadow now")
	})
}

func TestPauseHoldsWhatWasAllowed(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		if err := w.host.PauseAll("stop"); err != nil {
			t.Fatal(err)
		}
		w.ws.order("alice", "yes "+code)
		w.wantTold("id-alice", "router pauses now")
		w.wantForwards(0)
		if err := w.host.ResumeAll(); err != nil {
			t.Fatal(err)
		}
		w.wantForwards(1)
	})
}

func TestWhatIsAskedAboutCanBeDropped(t *testing.T) {
	inConfirm(t, func(w *world, code string) {
		if err := w.host.Pause("router", "look"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.host.DropWaiting(context.Background(), "router", "dave"); err != nil {
			t.Fatal(err)
		}
		w.wantFate("r1", sdk.Refused, "dropped by dave")
		w.ws.order("alice", "yes "+code)
		w.wantForwards(0)
	})
}

func TestOneDecisionIsOneQuestionAndOthersAreNotHeldUp(t *testing.T) {
	both := onMessage(func(c *sdk.Chat, _ sdk.Message) error {
		c.Tag([]string{"money"})
		c.TellAgent("I tagged it")
		c.Reply("one moment")
		return nil
	})
	prepared(t, map[string]plugin{"router": both, "other": onMessage(func(c *sdk.Chat, _ sdk.Message) error {
		c.Tag([]string{"seen"})
		return nil
	})}, func(w *world) {
		w.set("router", func(i *Instance) { i.Mode = Confirm })
		w.start()
		w.serve("r1", "alice")
		w.ws.say("r1", "hello")
		code := w.asked("id-alice")
		if got := w.told(); len(got) != 1 || !strings.Contains(got[0], "• tag money\n• tell: I tagged it\n• reply: one moment\n") {
			t.Errorf("asked: %q", got)
		}
		if c := w.ws.did(); len(c) != 2 { // the question, and the other's tag
			t.Errorf("done before the answer: %q", c)
		}
		w.ws.order("alice", "yes "+code)
		w.wantFate("r1", sdk.Done, "")
		if c := w.ws.did(); len(c) != 6 {
			t.Errorf("done: %q", c)
		}
	})
}

func TestConfirmRefusesWhereNobodyCanBeAsked(t *testing.T) {
	prepared(t, map[string]plugin{"router": forwarder}, func(w *world) {
		w.set("router", func(i *Instance) { i.Mode = Confirm })
		w.start()
		w.ws.change("r1", func(c *sdk.Chat) { c.Agent = sdk.Person{} })
		w.ws.say("r1", "my invoice")
		w.wantFate("r1", sdk.Refused, "nobody serves the chat who could be asked")
	})
}

func TestCommandNeedsNoConsent(t *testing.T) {
	prepared(t, map[string]plugin{"parrot": echo}, func(w *world) {
		w.set("parrot", func(i *Instance) { i.Mode = Confirm })
		w.start()
		w.ws.order("alice", "echo x")
		w.same("told", w.told(), []string{"id-alice: alice says x"})
	})
}

func TestNobodyIsBuriedUnderQuestions(t *testing.T) {
	tagger := onMessage(func(c *sdk.Chat, _ sdk.Message) error { c.Tag([]string{"a"}); return nil })
	prepared(t, map[string]plugin{"router": tagger}, func(w *world) {
		w.set("router", func(i *Instance) { i.Mode = Confirm })
		w.start()
		w.serve("r1", "alice")
		for range maxQuestions + 3 {
			w.ws.say("r1", "hello")
			w.quiet()
		}
		if got := len(w.told()); got != maxQuestions {
			t.Errorf("%d questions", got)
		}
		w.wantFate("r1", sdk.Refused, "20 questions to answer already")
	})
}

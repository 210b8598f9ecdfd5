package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's points 5 and 6: effects, once.

// does is a plugin that asks for what a message says, a letter each:
// r reply, t tell, f forward, g tag, u untag, c close, T transcript, C call.
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
		w.ws.say("c", "gg")
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

// slowScribe writes transcripts when it is let.
type slowScribe struct{ gate chan struct{} }

func (s *slowScribe) write(transcript.Conversation) (Document, error) {
	<-s.gate
	return Document{Text: "text"}, nil
}

func scribe(transcript.Conversation) (Document, error) { return Document{Text: "text"}, nil }

// postbox takes mails, or says an error.
type postbox struct {
	mu    sync.Mutex
	errs  map[string]error // by address
	sent  []mail.Message
	tries []mail.Message
}

func (p *postbox) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries = append(p.tries, m)
	if err := p.errs[m.To[0]]; err != nil {
		return err
	}
	p.sent = append(p.sent, m)
	return nil
}

func (p *postbox) mails() []mail.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

func TestTranscriptNeverHoldsUpAChat(t *testing.T) {
	var box postbox
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		scribe := slowScribe{make(chan struct{})}
		w.opts.Services = Services{Transcribe: scribe.write, Mail: &box}
		w.start()
		w.ws.say("c", "Tr")
		w.ws.say("c", "g")
		w.ws.drained()
		for len(w.ws.did()) < 2 {
			time.Sleep(time.Millisecond)
		}
		if len(box.mails()) != 0 {
			t.Error("the transcript was sent before it was written")
		}
		close(scribe.gate)
		w.did("c reply 1", "c tag tag0")
		if got := box.mails(); len(got) != 1 || got[0].To[0] != "maya@example.com" {
			t.Errorf("mails: %+v", got)
		}
	})
}

func TestOutcomeNamesWhatThePDFCannotShow(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services = Services{Mail: &postbox{}, Transcribe: func(transcript.Conversation) (Document, error) {
			return Document{Text: "text", Missing: "U+0F56"}, nil
		}}
		w.start()
		w.ws.say("c", "T")
		w.quiet()
		w.mu.Lock()
		defer w.mu.Unlock()
		if got := w.reports[0].Outcome.Detail; !strings.HasSuffix(got, "accepted; in the PDF stand boxes for U+0F56, which no font has") {
			t.Errorf("got %q", got)
		}
	})
}

func TestMailHasTheDeliverysSubjectOrTheGuestsLanguages(t *testing.T) {
	for _, c := range []struct{ delivery, document, want string }{
		{"Ticket 12", "Ihr Gespräch mit uns", "Ticket 12"},
		{"", "Ihr Gespräch mit uns", "Ihr Gespräch mit uns"},
		{"", "", "Your conversation with us"},
	} {
		var box postbox
		sends := onMessage(func(chat *sdk.Chat, m sdk.Message) error {
			chat.SendTranscript(sdk.Delivery{Mail: []string{"maya@example.com"}, Subject: c.delivery})
			return nil
		})
		prepared(t, map[string]plugin{"sends": sends}, func(w *world) {
			w.opts.Services = Services{Mail: &box, Transcribe: func(transcript.Conversation) (Document, error) {
				return Document{Text: "text", Subject: c.document}, nil
			}}
			w.start()
			w.ws.say("c", "hello")
			w.quiet()
			if got := box.mails(); len(got) != 1 || got[0].Subject != c.want {
				t.Errorf("mails are %+v, want the subject %s", got, c.want)
			}
		})
	}
}

func TestMailServerThatRefusesOneAddressHoldsUpNoOther(t *testing.T) {
	box := postbox{errs: map[string]error{"dead@example.com": &mail.Error{Temporary: true, Says: "try again"}}}
	sends := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.SendTranscript(sdk.Delivery{Mail: []string{m.Text}})
		return nil
	})
	prepared(t, map[string]plugin{"sends": sends}, func(w *world) {
		w.opts.Services = Services{Transcribe: scribe, Mail: &box}
		w.start()
		for n := range 2 * asideSlots {
			w.ws.say(sdk.ChatID(fmt.Sprint("dead", n)), "dead@example.com")
		}
		w.ws.drained()
		time.Sleep(time.Second)
		w.ws.say("c", "maya@example.com")
		w.ws.drained()
		time.Sleep(time.Second)
		if n := len(box.mails()); n != 1 {
			t.Errorf("%d mails after a second", n)
		}
		w.quiet()
		w.mu.Lock()
		defer w.mu.Unlock()
		if r := w.reports[1]; r.Outcome.State != sdk.Overtaken || !strings.Contains(r.Outcome.Reason, "too late") || !strings.Contains(r.Outcome.Reason, "lastly: "+box.errs["dead@example.com"].Error()) {
			t.Errorf("after a week of refusals: %+v", r.Outcome)
		}
	})
}

func TestMailWhoseAnswerWasLostIsUnconfirmedWhenItIsTooLate(t *testing.T) {
	box := postbox{errs: map[string]error{"maya@example.com": &mail.Error{Unknown: true}}}
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services = Services{Transcribe: scribe, Mail: &box}
		w.start()
		w.ws.say("c", "T")
		w.ended("does c transcript: unconfirmed mail to maya@example.com: an earlier attempt may have sent it")
	})
}

func TestMailOfARepeatCarriesTheSameMessageID(t *testing.T) {
	box := postbox{errs: map[string]error{"maya@example.com": &mail.Error{Unknown: true}}}
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services = Services{Transcribe: scribe, Mail: &box}
		w.start()
		w.ws.say("c", "T")
		w.ws.drained()
		time.Sleep(time.Second / 2)
		w.end()
		w.start()
		w.quiet()
		w.mu.Lock()
		defer w.mu.Unlock()
		first := box.tries[0].MessageID
		for _, m := range box.tries {
			if m.MessageID != first || !strings.HasSuffix(first, "@"+w.store.Install()+".bellhop") {
				t.Errorf("message id %s after %s, of installation %s", m.MessageID, first, w.store.Install())
			}
		}
		if len(box.tries) < 3 {
			t.Errorf("%d attempts", len(box.tries))
		}
	})
}

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
		w.ws.say("c", "rg")
		w.ws.drained()
		for len(w.ws.tried()) == 0 {
			time.Sleep(time.Millisecond)
		}
		w.end()
		w.ws.answers(nil)
		w.start()
		w.did("c reply 0", "c tag tag1")
		if tried := w.ws.tried(); tried[1].Attempt != 1 || tried[2].Attempt != 0 {
			t.Errorf("after the restart the attempts are %d and %d: the first of them had begun, the second had not", tried[1].Attempt, tried[2].Attempt)
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

func TestCallGetsItsLinksAndTheAgentHis(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services.Links = func(_ context.Context, k sdk.EffectKey, c sdk.Chat, at time.Time) (string, string, error) {
			return "https://meet/guest", "https://meet/agent", nil
		}
		w.start()
		w.ws.say("c", "C")
		w.quiet()
		if e := w.ws.tried()[0]; e.Text != "join https://meet/guest" || e.AgentText != "Call with Maya: https://meet/agent" {
			t.Errorf("guest gets %q, agent %q", e.Text, e.AgentText)
		}
	})
}

func TestCallWithoutAnAppIsRefused(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.start()
		w.ws.say("a", "C")
		w.ended("does a call join {link}: refused no app for calls is configured: add one under calls in config.yaml")
		w.restart()
		w.host.opts.Services.Links = func(context.Context, sdk.EffectKey, sdk.Chat, time.Time) (string, string, error) {
			return "", "", errors.New("the secret is empty")
		}
		w.ws.say("b", "C")
		w.quiet()
		if got := w.outcomes(); !strings.HasSuffix(got[1], "refused no link for the call: the secret is empty") {
			t.Errorf("outcomes: %q", got)
		}
	})
}

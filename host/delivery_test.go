package host

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Transcripts and calls: effects that need more than the workspace.

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

func TestCallGetsItsLinksAndTheAgentHis(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		links, err := call.New(call.Options{Provider: call.Jitsi, Link: "https://meet.example/{room}", AppID: "a", Secret: "shared", RoomSecret: make([]byte, 16)})
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Services.Calls = links
		w.start()
		w.ws.say("c", "C")
		w.quiet()
		e := w.ws.tried()[0]
		guest, err := links.Make("c", string(e.Key), call.Party{Role: call.Guest, Name: "Maya"}, asked(e))
		if err != nil {
			t.Fatal(err)
		}
		agent, err := links.Make("c", string(e.Key), call.Party{Role: call.Agent, Name: "alice"}, asked(e))
		if err != nil || e.Text != "join "+guest.URL || e.AgentText != "Call with Maya: "+agent.URL {
			t.Errorf("guest gets %q, agent %q: %v", e.Text, e.AgentText, err)
		}
	})
}

// TestCallByTheWorkspaceItselfGetsItsLinksThere: Bellhop makes none.
func TestCallByTheWorkspaceItselfGetsItsLinksThere(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services.Conferences = true
		w.start()
		w.ws.say("c", "C")
		w.quiet()
		e := w.ws.tried()[0]
		if e.Kind != bridge.EffectConference || e.Text != "join {link}" || e.AgentText != "Call with Maya: {link}" || e.Claimed == nil {
			t.Errorf("carried out is %+v", e)
		}
	})
}

func TestCallWithoutAnAppIsRefused(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.start()
		w.ws.say("a", "C")
		w.ended("does a call join {link}: refused no app for calls is configured: add one under calls in config.yaml")
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

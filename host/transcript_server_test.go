package host

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Rocket.Chat's own transcripts.

// minutes asks for one as the message says: m mail, s with a subject, d the PDF.
func minutes(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		d := sdk.Delivery{Server: true}
		for _, letter := range m.Text {
			switch letter {
			case 'm':
				d.Mail = []string{"maya@example.com"}
			case 's':
				d.Subject = "Your chat"
			case 'd':
				d.Direct = true
			}
		}
		c.SendTranscript(d)
		return nil
	})
	return nil
}

func TestServersTranscriptNeedsNoMailServer(t *testing.T) {
	play(t, map[string]plugin{"minutes": minutes}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			return &sdk.Outcome{State: sdk.Done, Detail: "mail to " + e.Delivery.Mail[0] + " sent by the workspace", Message: "m1"}
		})
		w.ws.say("c", "m")
		w.ended("minutes c transcript: done")
		if e := w.ws.tried(); len(e) != 1 || e[0].Kind != bridge.EffectServerMail || e[0].Claimed == nil {
			t.Errorf("carried out are %+v", e)
		}
	})
}

// TestUnheededSubjectHasBellhopMail: the guest gets the subject, and one mail.
func TestUnheededSubjectHasBellhopMail(t *testing.T) {
	unheeded := func(e bridge.Effect) *sdk.Outcome {
		return &sdk.Outcome{State: sdk.Refused, Reason: bridge.SubjectUnheeded}
	}
	var box postbox
	prepared(t, map[string]plugin{"minutes": minutes}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: scribe}
		w.start()
		w.ws.instead(unheeded)
		w.ws.say("c", "ms")
		w.ended("minutes c transcript: done")
		if got := box.mails(); len(got) != 1 || got[0].Subject != "Your chat" {
			t.Errorf("mails are %+v", got)
		}
	})
	play(t, map[string]plugin{"minutes": minutes}, func(w *world) {
		w.ws.instead(unheeded)
		w.ws.say("c", "ms")
		w.ended("minutes c transcript: refused mail to maya@example.com: " + bridge.SubjectUnheeded + ", and Bellhop can't: transcripts are not configured")
	})
}

// TestServersMailIsNotRepeatedWhileItsPDFIsMade.
func TestServersMailIsNotRepeatedWhileItsPDFIsMade(t *testing.T) {
	play(t, map[string]plugin{"minutes": minutes}, func(w *world) {
		pdfs, mails := 0, 0
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Kind == bridge.EffectServerMail {
				mails++
				return &sdk.Outcome{State: sdk.Done, Detail: "mailed"}
			}
			if pdfs++; pdfs < 3 {
				o := bridge.Later("the workspace makes its PDF")
				return &o
			}
			return &sdk.Outcome{State: sdk.Done}
		})
		w.ws.say("c", "md")
		w.quiet()
		if mails != 1 || pdfs != 3 {
			t.Errorf("%d mails, and %d attempts at the PDF", mails, pdfs)
		}
	})
}

// TestServersTranscriptThatNobodyCanMakeIsNamed: the author reads what
// to write instead.
func TestServersTranscriptThatNobodyCanMakeIsNamed(t *testing.T) {
	for says, d := range map[string]sdk.Delivery{
		"ask for a transcript for each": {Server: true, Mail: []string{"a@example.com", "b@example.com"}},
		"or ask in OnClosed":            {AtClose: true, Mail: []string{"a@example.com"}},
		"use Server and an address":     {AtClose: true, Server: true, Direct: true},
	} {
		err := soundEffect(sdk.Effect{Kind: sdk.EffectTranscript, Delivery: &d})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: error is %v, want one that says %q", d, err, says)
		}
	}
}

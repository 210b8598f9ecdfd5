package host

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Mails, files, and what is written to people of the workspace.

// sender is a plugin that asks for what a message says: m mail, f file,
// t typing, d direct, p post, r reply, c close.
func sender(p *sdk.Plugin) error {
	asks := map[rune]func(*sdk.Chat){
		'm': func(*sdk.Chat) { p.Mail(sdk.Mail{To: []string{"ops@example.com"}, Subject: "hi", Text: "text"}) },
		'f': func(c *sdk.Chat) { c.SendFile(sdk.Upload{Name: "terms.txt", Text: "none"}) },
		't': func(c *sdk.Chat) { c.Typing() },
		'd': func(*sdk.Chat) { p.Direct("carol", "look") },
		'p': func(*sdk.Chat) { p.Post("#desk", "look") },
		'r': func(c *sdk.Chat) { c.Reply("hi") },
		'c': func(c *sdk.Chat) { c.Close("bye") },
	}
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		for _, letter := range m.Text {
			asks[letter](c)
		}
		return nil
	})
	return nil
}

// stuck makes attempts of a kind last until the gate is closed.
func stuck(kind sdk.EffectKind, gate chan struct{}) func(context.Context, bridge.Effect) *sdk.Outcome {
	return func(ctx context.Context, e bridge.Effect) *sdk.Outcome {
		if e.Kind == kind {
			select {
			case <-gate:
			case <-ctx.Done():
			}
		}
		return nil
	}
}

func TestMailOfAPluginIsHandedOverOnce(t *testing.T) {
	var box postbox
	prepared(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.opts.Services = Services{Mail: &box}
		w.start()
		w.ws.say("c", "m")
		w.ended("sender c mail: done")
		if got := box.mails(); len(got) != 1 || got[0].Subject != "hi" || got[0].Text != "text" || !strings.HasSuffix(got[0].MessageID, ".bellhop") {
			t.Errorf("mails are %+v", got)
		}
	})
}

func TestMailThatMayHaveBeenTakenIsRepeatedUnderItsID(t *testing.T) {
	box := postbox{errs: map[string]error{"ops@example.com": &mail.Error{Unknown: true}}}
	prepared(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.opts.Services = Services{Mail: &box}
		w.start()
		w.ws.say("c", "m")
		w.ended("sender c mail: unconfirmed an earlier attempt may have sent the mail, and now it is too late for another")
		for _, m := range box.tries {
			if m.MessageID != box.tries[0].MessageID || m.MessageID == "" {
				t.Errorf("ids are %s and %s", box.tries[0].MessageID, m.MessageID)
			}
		}
		if len(box.tries) < 3 {
			t.Errorf("it was tried %d times", len(box.tries))
		}
	})
}

func TestMailToSomebodyWhoIsNotGrantedIsRefused(t *testing.T) {
	for granted, want := range map[string]string{
		"@example.com": "sender c mail: done", "boss@example.com": "sender c mail: refused not granted: ops@example.com is none",
	} {
		prepared(t, map[string]plugin{"sender": sender}, func(w *world) {
			w.set("sender", func(i *Instance) { i.Grants.Mail = []string{granted} })
			w.opts.Services = Services{Mail: &postbox{}}
			w.start()
			w.ws.say("c", "m")
			w.ended(want)
		})
	}
}

func TestMailWithoutAServerIsRefused(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.ws.say("c", "m")
		w.ended("sender c mail: refused no mail server is configured: add one under mail in config.yaml")
	})
}

// TestFileHoldsUpOnlyTheCloseOfItsDecision.
func TestFileHoldsUpOnlyTheCloseOfItsDecision(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		gate := make(chan struct{})
		w.ws.slow = stuck(sdk.EffectFile, gate)
		w.ws.say("a", "frc")
		w.ws.say("b", "fr")
		w.ws.say("b", "c")
		w.ws.drained()
		time.Sleep(time.Minute)
		w.same("meanwhile", w.ws.did(), []string{"a reply hi", "b close bye", "b reply hi"})
		close(gate)
		w.did("a close bye", "a file", "a reply hi", "b close bye", "b reply hi")
	})
}

// TestFileThatIsRefusedHoldsUpNothing, also not the close after it.
func TestFileThatIsRefusedHoldsUpNothing(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Kind != sdk.EffectFile {
				return nil
			}
			return &sdk.Outcome{State: sdk.Refused, Reason: "too large"}
		})
		w.ws.say("c", "frc")
		w.did("c close bye", "c reply hi")
	})
}

// TestFileKnowsTheMessagesOfOtherEffects by the outcomes that told them.
func TestFileKnowsTheMessagesOfOtherEffects(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		claimed := map[sdk.EffectKey]bool{}
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			claimed[e.Key] = e.Claimed("m1")
			return &sdk.Outcome{State: sdk.Done, Message: "m1"}
		})
		first, second := w.ws.say("c", "f"), sdk.EventID("")
		w.quiet()
		second = w.ws.say("c", "f")
		w.quiet()
		if claimed[sdk.EffectKey("sender/"+first+"/0")] || !claimed[sdk.EffectKey("sender/"+second+"/0")] {
			t.Errorf("claimed are %v", claimed)
		}
	})
}

// TestNothingIsSkippedForTyping, whatever becomes of it.
func TestNothingIsSkippedForTyping(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Kind != sdk.EffectTyping {
				return nil
			}
			return &sdk.Outcome{State: sdk.Overtaken, Reason: "a moment later"}
		})
		w.ws.say("c", "tr")
		w.did("c reply hi")
	})
	prepared(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.set("sender", func(i *Instance) { i.Grants.Effects = []sdk.EffectKind{sdk.EffectReply} })
		w.start()
		w.ws.say("c", "tr")
		w.did("c reply hi")
	})
}

// TestWritingToPeopleBelongsToNoChatsOrder: neither waits for the other, nor is
// skipped with it.
func TestWritingToPeopleBelongsToNoChatsOrder(t *testing.T) {
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		gate := make(chan struct{})
		w.ws.slow = stuck(sdk.EffectReply, gate)
		w.ws.say("c", "rdp")
		w.ws.drained()
		time.Sleep(time.Minute)
		w.same("meanwhile", w.ws.did(), []string{"c direct look", "c post look"})
		close(gate)
		w.quiet()
	})
	play(t, map[string]plugin{"sender": sender}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			if e.Kind != sdk.EffectReply {
				return nil
			}
			return &sdk.Outcome{State: sdk.Refused, Reason: "no"}
		})
		w.ws.say("c", "rdp")
		w.did("c direct look", "c post look")
	})
}

// TestResultOfAFileHasNoBytes: the store holds them once.
func TestResultOfAFileHasNoBytes(t *testing.T) {
	got := make(chan sdk.Result, 1)
	asks := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, _ sdk.Message) error {
			c.SendFile(sdk.Upload{Name: "a.bin", Data: []byte("data")})
			return nil
		})
		p.OnResult(func(_ *sdk.Chat, r sdk.Result) error { got <- r; return nil })
		return nil
	}
	play(t, map[string]plugin{"asks": asks}, func(w *world) {
		w.ws.say("c", "x")
		w.quiet()
		if r := <-got; r.Effect.File == nil || r.Effect.File.Name != "a.bin" || len(r.Effect.File.Data) != 0 {
			t.Errorf("result is %+v", r.Effect.File)
		}
		if e := w.ws.tried()[0]; string(e.File.Data) != "data" {
			t.Errorf("carried out is %+v", e.File)
		}
	})
}

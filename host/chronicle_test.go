package host

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/sdk"
)

// copyist keeps the conversations that are written down.
type copyist struct{ all []transcript.Conversation }

func (k *copyist) write(c transcript.Conversation) (Document, error) {
	k.all = append(k.all, c)
	return Document{Text: "text", PDF: []byte("%PDF"), SHA256: "abc"}, nil
}

// sends asks for the transcript.
func sends(d sdk.Delivery) plugin {
	return onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.SendTranscript(d)
		return nil
	})
}

var toMaya = sdk.Delivery{Mail: []string{"maya@example.com"}}

func TestTranscriptTellsWhatHappenedBetweenTheMessages(t *testing.T) {
	var box postbox
	var k copyist
	prepared(t, map[string]plugin{"sends": sends(toMaya)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: k.write}
		at := time.Now().Add(-time.Hour)
		w.ws.happened = map[sdk.ChatID][]bridge.Happening{"c": {
			{Kind: sdk.EventTaken, At: at, By: sdk.Person{Username: "alice", Name: "Alice"}},
			{Kind: sdk.EventForwarded, At: at.Add(time.Minute), By: sdk.Person{Name: "Alice"}, Comment: "an invoice", Forwarding: &sdk.Forwarding{FromDepartment: "Sales", ToDepartment: "Billing"}},
			{Kind: sdk.EventHeld, At: at.Add(2 * time.Minute), By: sdk.Person{Name: "Carol"}},
			{Kind: sdk.EventCall, At: at.Add(3 * time.Minute), Conference: &sdk.Conference{Started: at, Ended: at.Add(90 * time.Second)}},
		}}
		w.start()
		w.ws.say("c", "hello :smile:")
		w.ended("sends c transcript: done")
		var text strings.Builder
		if _, err := transcript.Text(&text, k.all[0], transcript.Options{}); err != nil {
			t.Fatal(err)
		}
		last := 0
		for _, want := range []string{"Taken · Alice", "Forwarded · Sales → Billing · Alice · an invoice", "On hold · Carol", "Call · ended · 1:30", ": hello 😄"} {
			n := strings.Index(text.String()[last:], want)
			if n < 0 {
				t.Errorf("%q is not there, or not in its place, in\n%s", want, text.String())
			}
			last += max(n, 0)
		}
	})
}

func TestTranscriptTellsTheHashOfEachFileThatCanBeHad(t *testing.T) {
	var box postbox
	var k copyist
	prepared(t, map[string]plugin{"sends": sends(toMaya)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: k.write}
		w.ws.files = map[string][]byte{"f1": []byte("hello, world\n"), "f2": {1, 2, 3}}
		w.start()
		w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "see", Files: []sdk.File{
			{ID: "f1", Name: "note.txt", Type: "text/plain"}, {ID: "f2", Name: "x.png", Type: "image/png", Size: 3}, {ID: "f3", Name: "gone.pdf", Size: 9}, {ID: "f1", Name: "huge.bin", Size: 1 << 30},
		}})
		w.ended("sends c transcript: done")
		files := k.all[0].Entries[0].Files
		if len(files) != 4 || files[0].SHA256 != "853ff93762a06ddbf722c4ebe9ddd66d8f63ddaea97f521c3ecc20da7c976020" || files[0].Size != 13 ||
			len(files[1].Image) != 3 || files[2].SHA256 != "" || files[2].Size != 9 || files[3].SHA256 != "" {
			t.Errorf("files are %+v", files)
		}
	})
}

func TestTranscriptGoesOutThoughTheWorkspaceDoesNotTellWhatHappened(t *testing.T) {
	var box postbox
	var k copyist
	prepared(t, map[string]plugin{"sends": sends(toMaya)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: k.write}
		w.ws.untold = errors.New("no such route")
		w.start()
		w.ws.say("c", "hello")
		w.ended("sends c transcript: done")
		if e := k.all[0].Entries[0]; e.Kind != transcript.KindNote || !strings.Contains(e.Text, "does not tell") {
			t.Errorf("the first entry is %+v", e)
		}
	})
}

func TestTranscriptHasAnswersGoWhereTheDeliverySays(t *testing.T) {
	var box postbox
	var k copyist
	d := toMaya
	d.ReplyTo = "support@example.com"
	prepared(t, map[string]plugin{"sends": sends(d)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: k.write}
		w.start()
		w.ws.say("c", "hello")
		w.ended("sends c transcript: done")
		if m := box.mails()[0]; m.ReplyTo != "support@example.com" || m.Attachments[0].Name != "conversation.pdf" {
			t.Errorf("the mail is %+v", m)
		}
	})
}

// TestTranscriptWaitsAsLongAsItIsTo: also over a restart, and nothing else waits.
func TestTranscriptWaitsAsLongAsItIsTo(t *testing.T) {
	var box postbox
	d := toMaya
	d.After = 10 * time.Minute
	does := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		if m.Text == "wait" {
			c.SendTranscript(d)
		} else {
			c.Reply(m.Text)
		}
		return nil
	})
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: scribe}
		w.start()
		began := time.Now()
		w.ws.say("c", "wait")
		w.ws.say("c", "hello")
		w.quiet()
		w.did("c reply hello")
		time.Sleep(9 * time.Minute)
		w.restart()
		w.quiet()
		if len(box.mails()) != 0 {
			t.Fatal("it went out too early")
		}
		time.Sleep(90 * time.Second)
		w.ended("does c reply hello: done", "does c transcript: done")
		if since := time.Since(began); len(box.mails()) != 1 || since < 10*time.Minute || since > 11*time.Minute {
			t.Errorf("%d mails after %s", len(box.mails()), since)
		}
	})
}

func TestTranscriptGoesIntoTheChat(t *testing.T) {
	var k copyist
	prepared(t, map[string]plugin{"sends": sends(sdk.Delivery{Chat: true})}, func(w *world) {
		w.opts.Services = Services{Transcribe: k.write}
		w.start()
		w.ws.say("c", "hello")
		w.ended("sends c transcript: done")
		e := w.ws.tried()
		if len(e) != 1 || e[0].Kind != sdk.EffectFile || !strings.HasSuffix(e[0].File.Name, ".pdf") || string(e[0].File.Data) != "%PDF" {
			t.Errorf("carried out are %+v", e)
		}
	})
}

func TestOnlyTheAgentsTranscriptHasTheTags(t *testing.T) {
	var box postbox
	var k copyist
	d := toMaya
	d.Direct = true
	prepared(t, map[string]plugin{"sends": sends(d)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: k.write}
		w.ws.chats["c"] = sdk.Chat{ID: "c", Status: sdk.Taken, Tags: []string{"refund"}, Agent: sdk.Person{ID: "alice", Username: "alice"}}
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		if len(k.all) != 2 || k.all[0].Tags != nil || len(k.all[1].Tags) != 1 {
			t.Errorf("written are %+v", k.all)
		}
	})
}

func TestWithoutAPDFTheTranscriptIsHTMLAndTheOutcomeSaysSo(t *testing.T) {
	var box postbox
	prepared(t, map[string]plugin{"sends": sends(toMaya)}, func(w *world) {
		w.opts.Services = Services{Mail: &box, Transcribe: func(transcript.Conversation) (Document, error) {
			return Document{Text: "text", HTML: "<p>", Page: "<html>", NoPDF: "no glyph", SHA256: "abc"}, nil
		}}
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		w.mu.Lock()
		defer w.mu.Unlock()
		if got := w.reports[0].Outcome.Detail; got != "mail to maya@example.com accepted; SHA-256 abc; without a PDF: no glyph" {
			t.Errorf("got %q", got)
		}
		if a := box.mails()[0].Attachments; len(a) != 1 || a[0].Name != "conversation.html" || string(a[0].Data) != "<html>" {
			t.Errorf("attached are %+v", a)
		}
	})
}

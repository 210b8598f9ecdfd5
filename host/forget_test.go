package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const secretText = "my IBAN is DE02120300000000202051"

func TestForgottenVisitorIsInNoFileWhileTheRestGoesOn(t *testing.T) {
	remembers := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.State().Set("said", m.Text)
		c.Tag([]string{m.Text})
		return nil
	})
	play(t, map[string]plugin{"tag": remembers}, func(w *world) {
		w.ws.change("b", func(c *sdk.Chat) { c.Visitor = sdk.Visitor{ID: "v2", Name: "Noor"} })
		w.ws.say("a", secretText)
		w.ws.say("b", "x")
		w.did("a tag "+secretText, "b tag x")
		w.ws.leave("a")
		w.quiet()
		w.end()
		w.ws.facts = slices.DeleteFunc(w.ws.facts, func(e bridge.Event) bool { return e.Chat == "a" }) // a workspace does not tell of chats that are over
		w.start()
		w.quiet()
		chats, err := w.host.Forget(context.Background(), "v1")
		w.ok(err)
		if len(chats) != 1 || chats[0] != "a" {
			t.Errorf("forgot %v", chats)
		}
		w.ws.say("b", "y")
		w.quiet()
		time.Sleep(time.Minute)
		w.ok(w.store.Flush().Wait())
		data, err := os.ReadFile(w.path())
		w.ok(err)
		if bytes.Contains(data, []byte(secretText)) || bytes.Contains(data, []byte("Maya")) {
			t.Error("the store holds what was forgotten")
		}
		if len(w.why("b")) != 2 || len(w.why("a")) != 0 {
			t.Errorf("decisions: %d on b, %d on a", len(w.why("b")), len(w.why("a")))
		}
	})
}

// TestForgettingTooSoonDoesNotPutOffTheComparison that it waits for, however
// often it is tried.
func TestForgettingTooSoonDoesNotPutOffTheComparison(t *testing.T) {
	play(t, map[string]plugin{"tag": onMessage(func(c *sdk.Chat, m sdk.Message) error { return nil })}, func(w *world) {
		w.ws.say("a", secretText)
		time.Sleep(time.Second) // it is compared before the end
		w.ws.leave("a")
		w.quiet()
		w.ws.silence(true)
		runs := w.ws.ran()
		for range 5 {
			var open *store.OpenChatError
			if _, err := w.host.Forget(context.Background(), "v1"); !errors.As(err, &open) || !open.Recent {
				t.Errorf("the error is %v", err)
			}
		}
		if n := w.ws.ran() - runs; n > 1 {
			t.Errorf("the host began anew %d times", n)
		}
		w.ws.silence(false)
		w.ws.begun()
		w.quiet()
		chats, err := w.host.Forget(context.Background(), "v1")
		w.ok(err)
		if len(chats) != 1 {
			t.Errorf("forgot %v", chats)
		}
	})
}

package host

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
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

package bridge

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// directTo writes to Bellhop's account and returns the room.
func (c *caller) directTo(text string) string {
	c.f.t.Helper()
	room := c.post("im.create", map[string]any{"username": "bot"})["room"].(map[string]any)["_id"].(string)
	c.post("chat.postMessage", map[string]any{"roomId": room, "text": text})
	return room
}

// texts are what was said in a room, the newest first.
func (c *caller) texts(room string) (all []string) {
	c.f.t.Helper()
	for _, m := range c.get("im.messages?roomId=" + room)["messages"].([]any) {
		all = append(all, m.(map[string]any)["msg"].(string))
	}
	return all
}

// hears asks for what was said in a room until the newest holds the text.
func (c *caller) hears(room, text string) {
	c.f.t.Helper()
	for end := time.Now().Add(patient); time.Now().Before(end); {
		if strings.Contains(c.texts(room)[0], text) {
			return
		}
	}
	c.f.t.Fatalf("nobody says %q, but %q", text, c.texts(room))
}

func TestOnlyManagersAndAdminsCanOrder(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	j := newJournal(t)
	ordered := make(chan string, 10)
	j.orders = map[string]Order{"stop": func(_ context.Context, by sdk.Person) string {
		ordered <- by.Username
		return "All instances pause."
	}}
	j.run(f.options())
	j.compared()
	alice, admin := f.as("alice"), f.as("admin")

	room := alice.directTo("stop")
	alice.hears(room, "Only managers")
	admin.directTo("please do not stop")
	room = admin.directTo(" Stop ")
	if by := <-ordered; by != "admin" {
		t.Errorf("%s has ordered", by)
	}
	admin.hears(room, "All instances pause.")

	admin.post("livechat/users/manager", map[string]any{"username": "alice"})
	room = alice.directTo("STOP")
	if by := <-ordered; by != "alice" {
		t.Errorf("%s has ordered", by)
	}
	alice.hears(room, "All instances pause.")
	if len(ordered) > 0 {
		t.Errorf("%s has ordered too", <-ordered)
	}
}

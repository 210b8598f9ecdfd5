package bridge

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// commands writes to Bellhop's account, and returns the event that it is.
func (c *caller) commands(text string) sdk.EventID {
	c.f.t.Helper()
	return CommandID(sdk.MessageID(c.dm("bot", text)))
}

// dm writes into the direct messages with people, and returns the message's id.
func (c *caller) dm(people, text string) string {
	c.f.t.Helper()
	room := c.post("im.create", map[string]any{"usernames": people})["room"].(map[string]any)["_id"].(string)
	return c.post("chat.postMessage", map[string]any{"roomId": room, "text": text})["message"].(map[string]any)["_id"].(string)
}

func TestCommandIsToldOnceWithWhoGaveIt(t *testing.T) {
	for _, as := range []string{"3.11", "7.7.3", "7.13", "8.3"} {
		t.Run(as, func(t *testing.T) {
			f := openFloor(t, lobby.Options{As: as})
			j := newJournal(t)
			o := f.options()
			o.Reconcile = 100 * time.Millisecond
			stop := j.run(o)
			j.compared()
			alice, admin := f.as("alice"), f.as("admin")
			id := alice.commands(`Forward "Key Accounts" now`)
			j.until(id)
			j.until(admin.commands("report"))
			j.compared()
			j.compared() // and finds it once more
			stop()
			j.run(o)
			j.compared()
			j.must("", `alice (livechat-agent) orders forward ["Key Accounts" "now"]`, `admin (admin) orders report []`)
			e := j.events("")[0]
			if c := e.Command; e.ID != id || e.At.IsZero() || c.By.ID != f.account("alice").ID || c.Args != `"Key Accounts" now` || c.Room == "" || "command/"+string(c.Message) != string(id) {
				t.Errorf("event: %+v, %+v", e, c)
			}
		})
	}
}

func TestCommandsThatWereMissedAreToldOnceInOrder(t *testing.T) {
	f := openFloor(t, lobby.Options{})
	j := newJournal(t)
	j.orders = map[string]Order{"stop": nil}
	stop := j.run(f.options())
	j.compared()
	stop()
	alice := f.as("alice")
	alice.commands("one")
	alice.commands("two")
	last := alice.commands("three")

	j.run(f.options())
	j.until(last)
	j.compared()
	j.must("", `alice (livechat-agent) orders one []`, `alice (livechat-agent) orders two []`, `alice (livechat-agent) orders three []`)
}

func TestOrderThatWasMissedIsNoCommand(t *testing.T) {
	f := openFloor(t, lobby.Options{})
	j := newJournal(t)
	j.orders = map[string]Order{"stop": func(_ context.Context, _ sdk.Person) string { t.Error("an order of before is followed"); return "" }}
	stop := j.run(f.options())
	j.compared()
	stop()
	f.as("admin").commands("STOP")
	last := f.as("admin").commands("report")
	j.run(f.options())
	j.until(last)
	j.must("", `admin (admin) orders report []`)
}

func TestCommandsOfBeforeTheFirstStartAreNone(t *testing.T) {
	f := openFloor(t, lobby.Options{})
	old := f.as("alice").commands("old")
	j := newJournal(t)
	j.run(f.options())
	j.compared()
	j.until(f.as("alice").commands("new"))
	for _, e := range j.events("") {
		if e.ID == old && time.Since(e.At) > overlap {
			t.Errorf("a command of %s is told", e.At)
		}
	}
}

// TestNobodyElseCommands: not a guest, who has no direct messages, even where a
// server shows one with the chat's; not who writes where others read; not a
// robot; and not who changes what was said.
func TestNobodyElseCommands(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	j := newJournal(t)
	o := f.options()
	o.Reconcile = 100 * time.Millisecond
	j.run(o)
	j.compared()
	g := f.guest("maya", "Sales")
	j.until(g.say("help"))
	f.as("alice").dm("bot,carol", "help among others")
	f.as("alice").dm("carol", "help, carol")
	first := f.as("alice").commands("first")
	j.until(first)
	room := f.as("alice").post("im.create", map[string]any{"username": "bot"})["room"].(map[string]any)["_id"].(string)
	f.as("alice").post("chat.update", map[string]any{"roomId": room, "msgId": strings.TrimPrefix(string(first), "command/"), "text": "second"})
	j.until(f.as("alice").commands("third"))
	j.compared()
	var got []string
	for _, e := range j.events("") {
		if e.Kind == sdk.EventCommand {
			got = append(got, short(e))
		}
	}
	if want := "alice (livechat-agent) orders first [], alice (livechat-agent) orders third []"; strings.Join(got, ", ") != want {
		t.Errorf("commands are %q, want %s", got, want)
	}
}

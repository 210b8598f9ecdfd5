package bridge

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// thread is a direct message to alice in the thread of the chat.
func (d *desk) inThread(chat sdk.ChatID, kind sdk.EffectKind, text string) Effect {
	d.t.Helper()
	e := d.effect(chat, sdk.Effect{Kind: kind, Text: text, To: "alice", Thread: true})
	e.Key += sdk.EffectKey("/" + text)
	return e
}

// message is one of the workspace's, as alice sees it.
func (d *desk) message(id string) map[string]any {
	d.t.Helper()
	return d.as("alice").get("chat.getMessage?msgId=" + id)["message"].(map[string]any)
}

func TestAChatHasOneThreadThatBeginsWithItsLink(t *testing.T) {
	for _, as := range []string{"3.11", "7.7.3", "7.13", "8.3"} {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as})
			chat := d.served("Sales")
			other := d.guest("amit", "Sales")
			other.say("hi")
			d.alice.take(other.rid)
			d.must(d.inThread(chat, sdk.EffectTell, "one"), sdk.Done, "")
			d.must(d.inThread(chat, sdk.EffectAnswer, "two"), sdk.Done, "")
			d.must(d.inThread(chat, sdk.EffectDirect, "three"), sdk.Done, "")
			d.must(d.inThread(other.chat(), sdk.EffectTell, "four"), sdk.Done, "")
			f := d.facts("dm")
			if len(f) != 6 || f[0].Text != "[maya]("+d.bridge.rest.URL()+"/live/"+string(chat)+")" || !strings.HasPrefix(f[4].Text, "[amit](") {
				t.Fatalf("said %+v", f)
			}
			if got := threadChat(f[0].ID, d.account("alice").ID); got != chat {
				t.Errorf("what is written in thread %s is of chat %q", f[0].ID, got)
			}
			for n, begins := range map[int]int{1: 0, 2: 0, 3: 0, 5: 4} {
				if m := d.message(f[n].ID); m["tmid"] != f[begins].ID || m["tshow"] != true {
					t.Errorf("%q is in the thread %v, and shown is %v; want %s", f[n].Text, m["tmid"], m["tshow"], f[begins].ID)
				}
			}
		})
	}
}

// TestThreadBeginsOnce: the answer to its first message is lost, and a host that
// has forgotten it goes on with it.
func TestThreadBeginsOnce(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.inThread(chat, sdk.EffectTell, "one")
	d.wire.on("chat.sendMessage", then(func() { d.wire.gone(true) }))
	d.must(e, "", "")
	d.wire.gone(false)
	e.Attempt = 1
	d.must(e, sdk.Done, "")
	d.bridge.rooms.rooms = nil
	d.must(d.inThread(chat, sdk.EffectTell, "two"), sdk.Done, "")
	d.count(3, "dm")
}

// TestThreadWhoseBeginningWasDeletedGoesOn: what is told must reach the agent.
func TestThreadWhoseBeginningWasDeletedGoesOn(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		d := openDesk(t, lobby.Options{As: as})
		chat := d.served("Sales")
		d.must(d.inThread(chat, sdk.EffectTell, "one"), sdk.Done, "")
		begins := d.facts("dm")[0]
		d.as("admin").post("chat.delete", map[string]any{"roomId": begins.RID, "msgId": begins.ID})
		d.must(d.inThread(chat, sdk.EffectTell, "two"), sdk.Done, "")
		d.bridge.rooms.rooms = nil // as after a restart
		d.must(d.inThread(chat, sdk.EffectTell, "three"), sdk.Done, "")
	}
}

func TestWhatIsWrittenInAThreadTellsOfItsChat(t *testing.T) {
	f := openFloor(t, lobby.Options{})
	j := newJournal(t)
	j.run(f.options())
	j.compared()
	alice := f.as("alice")
	bot, me := f.account("bot").ID, f.account("alice").ID
	room := alice.post("im.create", map[string]any{"usernames": "bot"})["room"].(map[string]any)["_id"]
	for thread, chat := range map[string]sdk.ChatID{"LmXb2Ye6Hd8QmkmoX-" + me: "LmXb2Ye6Hd8QmkmoX", "LmXb2Ye6Hd8QmkmoX-" + bot: "", "dm1b75e5": ""} {
		sent := alice.post("chat.sendMessage", map[string]any{"message": map[string]any{"rid": room, "msg": "why", "tmid": thread}})
		id := CommandID(sdk.MessageID(sent["message"].(map[string]any)["_id"].(string)))
		j.until(id)
		for _, e := range j.events("") {
			if e.ID == id && e.Command.Chat != chat {
				t.Errorf("in thread %s the chat is %q, want %q", thread, e.Command.Chat, chat)
			}
		}
	}
}

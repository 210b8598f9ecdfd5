package bridge

import (
	"encoding/json"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// types says, as the guest's page does every few seconds, that the guest writes,
// until it is told.
func (c *caller) types(j *journal, name string, until sdk.EventID) {
	c.f.t.Helper()
	event, state := c.rid+"/typing", any(true)
	if c.f.opt.As != "3.11" {
		event, state = c.rid+"/user-activity", []string{"user-typing"}
	}
	call := map[string]any{"msg": "method", "id": "1", "method": "stream-notify-room", "params": []any{event, name, state, map[string]any{"token": c.gtoken}}}
	message, err := json.Marshal(call)
	if err != nil {
		c.f.t.Fatal(err)
	}
	route := "method.call/stream-notify-room"
	if c.token == "" {
		route = "method.callAnon/stream-notify-room"
	}
	for n := 0; n < 3000 && !j.knows(until); n++ {
		c.post(route, map[string]any{"message": string(message)})
	}
	c.post(route, map[string]any{"message": string(message)})
	j.until(until)
}

// TestTypingIsToldOnceBetweenMessages, of the guest and of the agent, though
// clients say it again and again.
func TestTypingIsToldOnceBetweenMessages(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			f := openFloor(t, lobby.Options{As: as, Online: []string{"bot", "carol"}})
			j := newJournal(t)
			j.watched = []sdk.EventKind{sdk.EventTyping}
			stop := j.run(f.options())
			j.compared()
			g := f.guest("dora", "Sales")
			hello := g.say("hello")
			j.until(hello)
			f.as("bot").take(g.rid) // before 5.3 only members hear it
			j.wait("the agent", func() bool { return j.chats[g.chat()].Chat.Agent.Username == "bot" })
			guest := j.chat(g.chat()).Visitor.Username
			id := func(who string) sdk.EventID { return TypingID(g.chat(), who, j.chat(g.chat()).Last) }

			g.types(j, guest, id(guest))
			j.until(g.say("are you there?"))
			second := id(guest)
			g.types(j, guest, second)
			f.lobby.CutConnections()
			stop()
			j.run(f.options())
			j.compared()
			f.as("bot").forward(g.rid, "Support", "")
			f.as("carol").take(g.rid)
			j.until(g.say("hm"))
			want := []string{"opened", "guest: hello", "taken by bot", "guest types", "guest: are you there?", "guest types", "forwarded to Support", "taken by carol", "guest: hm"}
			if as == "3.11" {
				j.must(g.chat(), want...)
				return
			}
			g.types(j, guest, id(guest))
			carol := f.as("carol")
			carol.rid = g.rid
			carol.types(j, "carol", id("carol"))
			j.must(g.chat(), append(want, "guest types", "agent types")...)
		})
	}
}

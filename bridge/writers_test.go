package bridge

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// activity says, as an agent's client does, what the agent is doing in the chat.
func (c *caller) activity(rid, name string, doing ...string) {
	c.f.t.Helper()
	if doing == nil {
		doing = []string{}
	}
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": "stream-notify-room", "params": []any{rid + "/user-activity", name, doing, map[string]any{}}})
	if err != nil {
		c.f.t.Fatal(err)
	}
	c.post("method.call/stream-notify-room", map[string]any{"message": string(message)})
}

// TestNoChatIsMovedWhileItsAgentTypes, and none waits for anybody else.
func TestNoChatIsMovedWhileItsAgentTypes(t *testing.T) {
	for _, as := range []string{"7.7.3", "7.13", "8.3"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			f := openFloor(t, lobby.Options{As: as, Online: []string{"alice", "carol"}})
			j := newJournal(t)
			j.moves = true
			b := j.runs(f.options())
			j.compared()
			g := f.guest("dora", "Sales")
			j.until(g.say("hello"))
			alice := f.as("alice")
			alice.take(g.rid)
			j.wait("the agent", func() bool { return j.chats[g.chat()].Chat.Agent.Username == "alice" })

			// heard goes on saying what alice does, as clients do, until it is heard.
			heard := func(who string, doing ...string) {
				t.Helper()
				for end := time.Now().Add(patient); b.writers.of(g.chat()) != who; {
					if time.Now().After(end) {
						t.Fatalf("%q writes, want %q", b.writers.of(g.chat()), who)
					}
					alice.activity(g.rid, "alice", doing...)
				}
			}
			move := Effect{Effect: sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Support")}, Key: "rules/message/m1/0", Chat: g.chat(), EventAt: time.Now(), Until: time.Now().Add(10 * time.Minute)}
			back := Effect{Effect: sdk.Effect{Kind: sdk.EffectQueue}, Key: "rules/message/m1/1", Chat: g.chat(), EventAt: time.Now(), Until: time.Now().Add(10 * time.Minute)}
			heard("alice", "user-typing")
			for _, e := range []Effect{move, back} {
				heard("alice", "user-typing")
				if o := b.Apply(context.Background(), e); o.State != "" || o.Reason != "@alice is writing in the chat" {
					t.Fatalf("%s while the agent writes: %+v", e.Kind, o)
				}
			}
			if o := b.Apply(context.Background(), Effect{Effect: sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"x"}}, Key: "rules/message/m1/2", Chat: g.chat(), EventAt: time.Now(), Until: time.Now().Add(10 * time.Minute)}); o.State != sdk.Done {
				t.Errorf("tag while the agent writes: %+v", o)
			}
			heard("")
			heard("alice", "user-typing")
			j.until(alice.reply(g.rid, "yes")) // which ends it, whatever the client says
			if who := b.writers.of(g.chat()); who != "" {
				t.Errorf("@%s still writes what was sent", who)
			}
			f.as("carol").activity(g.rid, "carol", "user-typing") // who only looks on
			if o := b.Apply(context.Background(), move); o.State != sdk.Done {
				t.Errorf("forward afterwards: %+v", o)
			}
		})
	}
}

func TestAgentOfWhomNothingIsHeardWritesNoMore(t *testing.T) {
	var w writers
	w.types("c", "alice", true)
	if w.of("c") != "alice" || w.of("other") != "" {
		t.Errorf("writes %q, and elsewhere %q", w.of("c"), w.of("other"))
	}
	w.chat["c"] = writer{"alice", time.Now()}
	if w.of("c") != "" {
		t.Error("somebody writes for ever")
	}
	w.types("c", "alice", true)
	w.forget()
	if w.of("c") != "" {
		t.Error("somebody writes over a connection that is lost")
	}
}

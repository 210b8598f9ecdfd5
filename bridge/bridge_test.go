package bridge

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestChatGivesItsEventsOnce walks a chat's whole way.
func TestChatGivesItsEventsOnce(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	j := newJournal(t)
	j.run(f.options())
	j.compared()
	alice, carol := f.as("alice"), f.as("carol")

	g := f.guest("dora", "Sales")
	j.until(OpenedID(g.chat()))
	j.until(g.say("hello"))
	alice.take(g.rid)
	j.until(alice.reply(g.rid, "hi"))
	alice.forward(g.rid, "Support", "for you")
	carol.take(g.rid)
	j.until(g.say("anybody?"))
	carol.close(g.rid, "bye", "billing")
	j.until(ClosedID(g.chat()))
	j.must(g.chat(), "opened", "guest: hello", "taken by alice", "agent: hi", "forwarded to Support", "taken by carol", "guest: anybody?", "closed")

	c := j.chat(g.chat())
	if c.Status != sdk.Closed || c.Agent.Username != "carol" || c.Department != "Support" || c.Forwards != 1 || !c.HasTag("billing") ||
		c.Closing.By.Username != "carol" || c.Closing.Comment != "bye" || c.ClosedAt.IsZero() || !c.Answered() || c.WaitingSince.IsZero() {
		t.Errorf("picture is %+v", c)
	}
	if v := c.Visitor; v.Name != "dora" || len(v.Emails) != 1 || v.Emails[0] != "dora@visitor.example" || len(v.Phones) != 1 {
		t.Errorf("visitor is %+v", v)
	}
}

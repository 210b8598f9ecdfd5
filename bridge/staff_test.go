package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// shifts are the changes of agents that were told.
func (j *journal) shifts() (all []sdk.AgentChange) {
	for _, e := range j.events("") {
		if e.Kind == sdk.EventAgent {
			all = append(all, *e.Agent)
		}
	}
	return all
}

// waitForShifts waits until there are so many.
func (j *journal) waitForShifts(n int) []sdk.AgentChange {
	j.t.Helper()
	j.wait("a change of an agent", func() bool {
		count := 0
		for _, e := range j.all {
			if e.Kind == sdk.EventAgent {
				count++
			}
		}
		return count >= n
	})
	return j.shifts()
}

// turn has the agent take chats, or no more.
func (c *caller) turn(status string) {
	c.f.t.Helper()
	if c.f.opt.As == "3.11" {
		c.method("livechat:changeLivechatStatus")
		return
	}
	c.post("livechat/agent.status", map[string]any{"status": status})
}

func (c *caller) member(department, agent string, in bool) {
	c.f.t.Helper()
	is := []any{map[string]any{"agentId": c.f.account(agent).ID, "username": agent, "count": 0, "order": 0}}
	body := map[string]any{"upsert": is, "remove": []any{}}
	if !in {
		body = map[string]any{"upsert": []any{}, "remove": is}
	}
	c.post("livechat/department/"+c.f.department(department)+"/agents", body)
}

// TestChangesOfAgentsAreToldOnce: whether they take chats, and where they belong
// to. What was so before is no change, and what changes while the bridge is away is
// told when it is back.
func TestChangesOfAgentsAreToldOnce(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			f := openFloor(t, lobby.Options{As: as, Online: []string{"alice", "carol"}})
			j := newJournal(t)
			j.watched = []sdk.EventKind{sdk.EventAgent}
			o := f.options()
			o.Reconcile = 20 * time.Millisecond
			stop := j.run(o)
			j.compared()
			if all := j.shifts(); len(all) > 0 {
				t.Fatalf("told %+v, though nothing has changed", all)
			}
			alice, admin := f.as("alice"), f.as("admin")
			alice.turn("not-available")
			all := j.waitForShifts(1)
			if s := all[0]; s.Now.Username != "alice" || s.Now.Available || !s.Before.Available || !slices.Equal(s.Now.Departments, []string{"Billing", "Sales", "Support"}) {
				t.Errorf("told %+v", s)
			}
			alice.turn("available")
			if s := j.waitForShifts(2)[1]; !s.Now.Available || s.Before.Available {
				t.Errorf("told %+v", s)
			}
			admin.member("Support", "alice", false)
			if s := j.waitForShifts(3)[2]; s.Now.Username != "alice" || strings.Join(s.Now.Departments, ",") != "Billing,Sales" || len(s.Before.Departments) != 3 {
				t.Errorf("told %+v", s)
			}
			stop()
			run := func() (stop func()) {
				o := f.options()
				o.Reconcile = 20 * time.Millisecond
				return j.run(o)
			}
			admin.member("Support", "alice", true)
			alice.turn("not-available")
			stop = run()
			s := j.waitForShifts(4)[3]
			if s.Now.Username != "alice" || s.Now.Available || !s.Before.Available || strings.Join(s.Now.Departments, ",") != "Billing,Sales,Support" || len(s.Before.Departments) != 2 {
				t.Errorf("told %+v", s)
			}
			stop()
			stop = run()
			j.compared()
			j.compared()
			stop()
			j.watched = nil // what changes while nobody has a handler for it is nobody's
			stop = run()
			j.compared()
			stop()
			alice.turn("available")
			j.watched = []sdk.EventKind{sdk.EventAgent}
			stop = run()
			j.compared()
			j.compared()
			stop()
			alice.turn("not-available")
			j.seen = j.seen.Add(-away - time.Minute) // so long that all of it is a baseline
			run()
			j.compared()
			j.compared()
			if all := j.shifts(); len(all) != 4 {
				t.Errorf("told %+v", all)
			}
		})
	}
}

package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestStaffIsAsTheLastEventLeftIt, so that a new start finds what has changed since
// and tells nothing twice.
func TestStaffIsAsTheLastEventLeftIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bellhop.db")
	db := open(t, path)
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ana := sdk.AgentInfo{ID: "a", Username: "ana", Status: "online", Available: true, Departments: []string{"Sales"}}
	ben := sdk.AgentInfo{ID: "b", Username: "ben", Status: "offline"}
	db.SetStaff(bridge.Staff{Agents: map[string]sdk.AgentInfo{"a": ana, "b": ben}, Departments: map[string]string{"d1": "Sales"}, Told: at})
	now := ana
	now.Available = false
	for n, c := range []sdk.AgentChange{{Now: now, Before: ana}, {Now: sdk.AgentInfo{ID: "b", Username: "ben"}, Before: ben}} {
		at = at.Add(time.Minute)
		entry, ticket, err := db.Record(sdk.Event{ID: bridge.AgentID(c.Now.ID, at), Kind: sdk.EventAgent, At: at, Agent: &c}, at)
		if err != nil || entry == nil || ticket.Wait() != nil {
			t.Fatalf("change %d: entry %v, %v", n+1, entry, err)
		}
	}
	db.Close()
	db = open(t, path)
	p, err := db.Picture(at)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Staff
	if a := s.Agents["a"]; len(s.Agents) != 1 || a.Available || len(a.Departments) != 1 || s.Departments["d1"] != "Sales" || !s.Told.Equal(at) {
		t.Errorf("staff is %+v", s)
	}
	db.SetStaff(bridge.Staff{Told: at})
	db.Flush().Wait()
	if p, err := db.Picture(at); err != nil || p.Staff.Agents != nil || !p.Staff.Told.Equal(at) {
		t.Errorf("of nobody: %+v, %v", p.Staff, err)
	}
}

package store

import (
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// timer is a result that sets a timer on the entry's chat, or cancels it.
func timer(e *Entry, t sdk.Timer) Result {
	return Result{Instance: "rules", Chat: e.Event.Chat, Progress: Progress{Through: e.Seq}, Timers: []sdk.Timer{t}}
}

func due(t *testing.T, db *DB) []DueTimer {
	t.Helper()
	all, err := db.Timers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTimerEventIsUnseenUntilItIsOnDisk(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	committed(t, db, timer(appended(t, db, message("c", 1)), sdk.Timer{Name: "later", Due: noon}))
	set := due(t, db)[0]
	before := db.End()
	release := held(t, db)
	e, ticket, err := db.Fire(set, noon)
	if err != nil {
		t.Fatal(err)
	}
	appended(t, db, message("c", 2)) // nor may it overtake the timer
	found, err := db.Entries(before, 10)
	if db.End() != before || len(found) != 0 || err != nil {
		t.Errorf("the journal seems to end at %d, not %d, with %d more (%v)", db.End(), before, len(found), err)
	}
	release()
	if err := ticket.Wait(); err != nil || db.End() != e.Seq+1 {
		t.Errorf("afterwards it ends at %d (%v)", db.End(), err)
	}
	if e.Event.ID != bridge.TimerID("rules", "c", "later", noon) || e.Picture.ID != "c" {
		t.Errorf("event %+v", e.Event)
	}
	if left := due(t, db); len(left) != 0 {
		t.Errorf("timer still set: %+v", left)
	}
	if again, _, _ := db.Fire(set, noon); again != nil {
		t.Error("a timer came due twice")
	}
}

func TestTimerThatIsSetAgainMoves(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	committed(t, db, timer(e, sdk.Timer{Name: "later", Due: noon}))
	old := due(t, db)[0]
	committed(t, db, timer(e, sdk.Timer{Name: "later", Due: noon.Add(time.Hour)}))
	if now := due(t, db); len(now) != 1 || !now[0].Due.Equal(noon.Add(time.Hour)) {
		t.Errorf("timers: %+v", now)
	}
	// It came due just before it was moved: that fires, and the new one stays.
	if _, ticket, err := db.Fire(old, noon); err != nil || ticket.Wait() != nil {
		t.Fatal(err)
	}
	if now := due(t, db); len(now) != 1 {
		t.Errorf("timers after the old one fired: %+v", now)
	}
	committed(t, db, timer(e, sdk.Timer{Name: "later", Cancel: true}))
	if now := due(t, db); len(now) != 0 {
		t.Errorf("timers after it was cancelled: %+v", now)
	}
}

func TestTimersEndWithTheChat(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	committed(t, db, timer(e, sdk.Timer{Name: "later", Due: noon}))
	committed(t, db, timer(appended(t, db, message("c2", 1)), sdk.Timer{Name: "later", Due: noon}))
	appended(t, db, closed("c"))
	committed(t, db, timer(e, sdk.Timer{Name: "too late", Due: noon})) // decided before the end was known
	if left := due(t, db); len(left) != 1 || left[0].Chat != "c2" {
		t.Errorf("timers after the end of c: %+v", left)
	}
}

func TestInstanceThatBeginsAnewHasNoTimersAndKeepsItsState(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	enroll(t, db, "other")
	r := timer(appended(t, db, message("c", 1)), sdk.Timer{Name: "later", Due: noon})
	r.Writes = []sdk.Write{{Scope: sdk.ScopeChat, Key: "k", Value: "v"}}
	committed(t, db, r)
	r.Instance = "other"
	committed(t, db, r)
	if err := db.Change("rules", Setup{Mode: "on"}, true, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left := due(t, db); len(left) != 1 || left[0].Instance != "other" {
		t.Errorf("timers: %+v", left)
	}
	if state, _ := db.State("rules", "c"); state["k"] != "v" {
		t.Errorf("state: %v", state)
	}
	p, _, _ := db.Progress("rules")
	if p.Since != db.End() || !p.Start.Equal(noon.Add(time.Hour).Truncate(time.Millisecond)) {
		t.Errorf("progress: %+v, journal ends at %d", p, db.End())
	}
}

package store

import (
	"maps"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestEverythingOfAResultIsWritten(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	n := committed(t, db, forward("rules", e))
	db = reopened(t, db)

	boxes, _ := db.Outbox()
	if len(boxes) != 1 || boxes[0].Number != n || boxes[0].Effects[0].Effect.Target.Department != "Billing" {
		t.Errorf("outbox: %+v", boxes)
	}
	chat, _ := db.State("rules", "c")
	own, _ := db.State("rules", "")
	if chat["forwarded"] != "1" || own["n"] != "7" {
		t.Errorf("state: %v, %v", chat, own)
	}
	if due, _ := db.Timers(); len(due) != 1 || due[0].Name != "later" || !due[0].Due.Equal(noon.Add(time.Minute)) {
		t.Errorf("timers: %+v", due)
	}
	if p, _, _ := db.Progress("rules"); p.Through != e.Seq {
		t.Errorf("progress: %+v", p)
	}
	why, err := db.Why("c")
	if err != nil || len(why) != 1 || why[0].Entry.Event.ID != e.Event.ID || len(why[0].Effects) != 1 {
		t.Errorf("why: %+v (%v)", why, err)
	}
}

func TestStateKeepsTheLastOfEachNameAndEmptyOnesLeave(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	write := func(writes ...sdk.Write) {
		committed(t, db, Result{Instance: "rules", Chat: "c", Progress: Progress{Through: e.Seq}, Writes: writes})
	}
	set := func(key, value string) sdk.Write { return sdk.Write{Scope: sdk.ScopeChat, Key: key, Value: value} }
	gone := func(key string) sdk.Write { return sdk.Write{Scope: sdk.ScopeChat, Key: key, Delete: true} }
	write(set("a", "1"), set("b", "1"), set("a", "2"), gone("b"), set("c", ""))
	if state, err := db.State("rules", "c"); err != nil || !maps.Equal(state, map[string]string{"a": "2", "c": ""}) {
		t.Errorf("state: %v (%v)", state, err)
	}
	write(gone("a"), gone("c"), gone("never there"))
	db.bolt.View(func(tx *bbolt.Tx) error {
		if k, _ := tx.Bucket(stateBucket).Cursor().First(); k != nil {
			t.Errorf("an empty state is kept as %q", k)
		}
		return nil
	})
}

func TestDeadLetterIsKeptUntilItIsRevivedOrDropped(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	d := Dead{Instance: "rules", Entry: *e, Attempts: 5, Error: "cannot", At: noon}
	die := Result{Instance: "rules", Chat: "c", Progress: Progress{Through: e.Seq}, Dead: &d}
	letters := func(want int) {
		t.Helper()
		if all, err := db.Letters(); err != nil || len(all) != want || want > 0 && (all[0].Entry.Seq != e.Seq || all[0].Error != "cannot") {
			t.Errorf("letters: %+v (%v)", all, err)
		}
	}
	committed(t, db, die)
	db = reopened(t, db)
	letters(1)
	committed(t, db, Result{Instance: "rules", Chat: "c", Progress: Progress{Through: e.Seq, Open: []Pending{{Seq: e.Seq}}}, Revived: &d})
	letters(0)
	committed(t, db, die)
	if err := db.Drop(d).Wait(); err != nil {
		t.Fatal(err)
	}
	letters(0)
}

func TestResultThatAskedForNothingIsLazy(t *testing.T) {
	for name, c := range map[string]struct {
		result Result
		waits  bool
	}{
		"nothing":          {Result{}, false},
		"reasons":          {Result{Decision: &Decision{Skips: []string{"no"}}}, false},
		"recorded effects": {Result{Effects: []Carried{{Outcome: &sdk.Outcome{}}}}, false},
		"effects":          {Result{Effects: []Carried{{Outcome: &sdk.Outcome{}}, {}}}, true},
		"state":            {Result{Writes: make([]sdk.Write, 1)}, true},
		"timers":           {Result{Timers: make([]sdk.Timer, 1)}, true},
		"a dead letter":    {Result{Dead: &Dead{}}, true},
	} {
		if got := c.result.Asked(); got != c.waits {
			t.Errorf("%s: somebody waits: %t", name, got)
		}
	}
}

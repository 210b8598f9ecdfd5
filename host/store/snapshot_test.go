package store

import (
	"maps"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// remembers has the instance remember something.
func remembers(t *testing.T, db *DB, chat sdk.ChatID, key, value string) {
	t.Helper()
	scope := sdk.ScopeInstance
	if chat != "" {
		scope = sdk.ScopeChat
	}
	committed(t, db, Result{Instance: "rules", Chat: chat, Progress: Progress{Through: db.End()}, Writes: []sdk.Write{{Scope: scope, Key: key, Value: value}}})
}

func upgraded(t *testing.T, db *DB, version string, writes ...sdk.Write) {
	t.Helper()
	if err := db.Turn(Turn{Instance: "rules", To: Setup{Plugin: "p", Version: version, Mode: "on"}, Keep: true, Writes: writes, At: noon}); err != nil {
		t.Fatal(err)
	}
}

func states(t *testing.T, db *DB, want map[sdk.ChatID]map[string]string) {
	t.Helper()
	for chat, state := range want {
		if got, err := db.State("rules", chat); err != nil || !maps.Equal(got, state) {
			t.Errorf("state of %q is %v, %v; want %v", chat, got, err, state)
		}
	}
}

func TestRollbackBringsBackWhatAnInstanceWasAndRemembered(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	remembers(t, db, "", "count", "3")
	remembers(t, db, "c1", "seen", "yes")
	upgraded(t, db, "2", sdk.Write{Scope: sdk.ScopeInstance, Key: "count", Delete: true}, sdk.Write{Scope: sdk.ScopeInstance, Key: "total", Value: "3"})
	upgraded(t, db, "3", sdk.Write{Scope: sdk.ScopeInstance, Key: "total", Value: "three"})
	remembers(t, db, "c1", "seen", "no")
	remembers(t, db, "c2", "seen", "new")
	db = reopened(t, db)
	states(t, db, map[sdk.ChatID]map[string]string{"": {"total": "three"}, "c1": {"seen": "no"}, "c2": {"seen": "new"}})
	all, err := db.Snapshots("rules")
	if err != nil || len(all) != 2 || all[0].Setup.Version != "1" || all[1].Setup.Version != "2" {
		t.Fatalf("snapshots: %+v, %v", all, err)
	}
	if err := db.Rollback("rules", all[0], all[0].Setup, noon); err != nil {
		t.Fatal(err)
	}
	db = reopened(t, db)
	states(t, db, map[sdk.ChatID]map[string]string{"": {"count": "3"}, "c1": {"seen": "yes"}, "c2": {}})
	if setups, err := db.Instances(); err != nil || setups["rules"].Version != "1" || setups["rules"].StateVersion() != "1" {
		t.Errorf("setups: %+v, %v", setups, err)
	}
	if left, err := db.Snapshots("rules"); err != nil || len(left) != 0 {
		t.Errorf("left are %+v, %v", left, err)
	}
	if e, err := db.Entry(db.End()); err != nil || e.Event.Kind != Changed || e.Setup.Version != "1" {
		t.Errorf("journal ends with %+v, %v", e, err)
	}
}

func TestStateBelongsToTheVersionThatMadeIt(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	of := func(want string) {
		t.Helper()
		if all, err := db.Instances(); err != nil || all["rules"].StateVersion() != want {
			t.Errorf("the state is of %q, %v; want %s", all["rules"].StateVersion(), err, want)
		}
	}
	of("1")
	for _, mode := range []string{"off", "on"} { // a version that has not run yet has made nothing
		if err := db.Change("rules", Setup{Plugin: "p", Version: "2", Mode: mode}, mode == "on", noon); err != nil {
			t.Fatal(err)
		}
		of("1")
	}
	upgraded(t, db, "2")
	of("2")
}

func TestOnlyTheNewestSnapshotsAreKept(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	for _, v := range []string{"2", "3", "4", "5", "6", "7", "8"} {
		upgraded(t, db, v)
	}
	all, err := db.Snapshots("rules")
	if err != nil || len(all) != maxSnapshots || all[0].Setup.Version != "3" || all[4].Setup.Version != "7" {
		t.Errorf("%d snapshots: %+v, %v", len(all), all, err)
	}
}

func TestSnapshotsKeepNothingOfWhatIsForgottenOrTooOld(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	talk(t, db, "c1", "v1", secretText, noon)
	talk(t, db, "c2", "v2", "the other's", noon)
	upgraded(t, db, "2")
	if _, err := db.Forget("v1"); err != nil {
		t.Fatal(err)
	}
	all, err := db.Snapshots("rules")
	if err != nil || len(all) != 1 || len(all[0].States["c1"]) > 0 || all[0].States[""]["v1"] != "" || all[0].States["c2"]["said"] != "the other's" {
		t.Errorf("snapshots after forget: %+v, %v", all, err)
	}
	if found := holding(t, filepath.Dir(db.Path()), secretText); len(found) > 0 {
		t.Errorf("the text is in %v", found)
	}
	if _, err := db.Retain(noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, _ := db.Snapshots("rules"); len(left) != 1 {
		t.Errorf("a new snapshot is gone: %+v", left)
	}
	if _, err := db.Retain(noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, _ := db.Snapshots("rules"); len(left) != 0 {
		t.Errorf("too old, and there: %+v", left)
	}
}

func TestStoreOfBeforeThereWereSnapshotsIsOpened(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := bbolt.Open(db.Path(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket(snapshotsBucket) }); err != nil {
		t.Fatal(err)
	}
	old.Close()
	ro, err := OpenReadOnly(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	if all, err := ro.Snapshots("rules"); err != nil || len(all) != 0 {
		t.Errorf("read only: %v, %v", all, err)
	}
	ro.Close()
	db = open(t, db.Path())
	upgraded(t, db, "2")
	if all, err := db.Snapshots("rules"); err != nil || len(all) != 1 {
		t.Errorf("snapshots: %v, %v", all, err)
	}
}

func TestChangeAndTheEventThatTellsOfItAreOneCommit(t *testing.T) {
	db := fresh(t)
	for range 2 { // in the same moment, which a clock that stands still may give
		if err := db.Turn(Turn{Instance: "rules", To: Setup{Plugin: "p", Mode: "on"}, Anew: true, Begins: true, At: noon}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := db.Entries(0, 10)
	if err != nil || len(entries) != 4 {
		t.Fatalf("%d entries: %v", len(entries), err)
	}
	setups, err := db.Instances()
	p, _, _ := db.Progress("rules")
	last := entries[3].Event
	if err != nil || last.ID != EnabledID("rules", setups["rules"].Life) || last.Kind != sdk.EventEnabled || last.Instance != "rules" || p.Through != entries[2].Seq {
		t.Errorf("life %d, through %d, last %+v, %v", setups["rules"].Life, p.Through, last, err)
	}
}

func TestScheduleStrikesOnceAndGoesOn(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	due := DueTimer{Instance: "rules", Name: "@hourly", Due: noon.Add(time.Hour), Zone: "UTC"}
	if err := db.Arm([]DueTimer{due, {Instance: "rules", Name: "@daily", Due: noon}}, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := db.Arm(nil, []DueTimer{{Instance: "rules", Name: "@daily"}}).Wait(); err != nil {
		t.Fatal(err)
	}
	e, ticket, err := db.Strike(due, noon.Add(2*time.Hour), noon.Add(time.Hour), false)
	if err != nil || e == nil || ticket.Wait() != nil || e.Event.Schedule != "@hourly" || !e.Event.At.Equal(due.Due) {
		t.Fatalf("entry %+v, %v", e, err)
	}
	again, ticket, err := db.Strike(due, noon.Add(2*time.Hour), noon.Add(time.Hour), false)
	if err != nil || again != nil || ticket.Wait() != nil {
		t.Errorf("it struck twice: %+v, %v", again, err)
	}
	all, err := reopened(t, db).Timers()
	if err != nil || len(all) != 1 || !all[0].Due.Equal(noon.Add(2*time.Hour)) || all[0].Zone != "UTC" {
		t.Errorf("timers %+v, %v", all, err)
	}
}

package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestKnownEventIsDropped(t *testing.T) {
	db := fresh(t)
	if e := appended(t, db, message("c", 1)); e == nil || e.Seq != 1 {
		t.Fatalf("first arrival: %+v", e)
	}
	if e := appended(t, db, message("c", 1)); e != nil {
		t.Errorf("second arrival before the flush is entry %d", e.Seq)
	}
	db = reopened(t, db)
	if e := appended(t, db, message("c", 1)); e != nil {
		t.Errorf("third arrival after a restart is entry %d", e.Seq)
	}
	if e := appended(t, db, message("c", 2)); e == nil || e.Seq != 2 {
		t.Errorf("next event: %+v", e)
	}
}

func TestBaselineLeavesPictureAndNoEntry(t *testing.T) {
	db := fresh(t)
	old := message("c", 1)
	old.Baseline = true
	if e := appended(t, db, old); e != nil {
		t.Fatalf("baseline is entry %d", e.Seq)
	}
	old.Baseline = false
	if e := appended(t, db, old); e != nil {
		t.Errorf("an event of the baseline came again and is entry %d", e.Seq)
	}
	db = reopened(t, db)
	p, err := db.Picture(noon)
	if err != nil {
		t.Fatal(err)
	}
	want := bridge.Known{Chat: old.Picture, Watermark: noon}
	if diff := cmp.Diff(want, p.Chats["c"], cmp.AllowUnexported(sdk.Chat{})); diff != "" {
		t.Errorf("picture (-want +got):\n%s", diff)
	}
	if !p.Knows(old.ID) || p.Knows("message/other") {
		t.Error("Knows does not tell the baseline's event from another")
	}
}

func TestPictureHoldsOpenChatsAndThoseOfTheLastDay(t *testing.T) {
	db := fresh(t)
	appended(t, db, message("open", 1))
	appended(t, db, closed("gone"))
	db.SetSeen(noon)
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{time.Hour: 2, 25 * time.Hour: 1} {
		p, err := db.Picture(noon.Add(after))
		if err != nil || len(p.Chats) != want || !p.Seen.Equal(noon) {
			t.Errorf("after %s: %d chats, want %d, seen %s (%v)", after, len(p.Chats), want, p.Seen, err)
		}
	}
}

func TestEntriesComeFromMemoryAndDiskAlike(t *testing.T) {
	db := fresh(t)
	const n = 3*tailKept + 7
	for i := range n {
		appended(t, db, message("c", i))
	}
	check := func(db *DB) {
		t.Helper()
		for after := uint64(0); after < n; after += 100 {
			found, err := db.Entries(after, 40)
			if err != nil || len(found) != min(40, n-int(after)) || found[0].Seq != after+1 || found[0].Event.Message.Text != "hello" {
				t.Fatalf("after %d: %d entries (%v)", after, len(found), err)
			}
		}
	}
	// While a commit runs there may rightly be fewer.
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	check(db)
	if len(db.tail) >= 2*tailKept {
		t.Errorf("%d entries stay in memory", len(db.tail))
	}
	check(reopened(t, db))
}

func TestChangeIsAJournalEntryAndNewInstancesBeginAtTheEnd(t *testing.T) {
	db := fresh(t)
	appended(t, db, message("c", 1))
	enroll(t, db, "rules")
	p, _, _ := db.Progress("rules")
	if p.Since != 2 || p.Through != 2 {
		t.Errorf("progress of a new instance: %+v", p)
	}
	appended(t, db, message("c", 2))
	to := Setup{Plugin: "p", Version: "2", Mode: "on"}
	if err := db.Change("rules", to, false, noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	db = reopened(t, db)
	if p, _, _ := db.Progress("rules"); p.Through != 2 {
		t.Errorf("a change of version moved the progress: %+v", p)
	}
	if e, err := db.Entry(4); err != nil || e.Event.Kind != Changed || !e.Setup.Same(to) {
		t.Errorf("entry of the change: %+v (%v)", e, err)
	}
	if all, _ := db.Instances(); !all["rules"].Same(to) {
		t.Errorf("setups: %+v", all)
	}
}

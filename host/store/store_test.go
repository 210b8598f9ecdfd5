package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

// open opens a store that must be sound when the test ends.
func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Check(); err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		db.Close()
	})
	return db
}

func fresh(t *testing.T) *DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "data", "bellhop.db"))
}

// reopened is the store after its process has ended and another has begun.
func reopened(t *testing.T, db *DB) *DB {
	t.Helper()
	if err := errors.Join(db.Check(), db.Close()); err != nil {
		t.Fatal(err)
	}
	return open(t, db.Path())
}

func message(chat sdk.ChatID, n int) bridge.Event {
	id := sdk.MessageID(fmt.Sprintf("%s-m%d", chat, n))
	m := &sdk.Message{ID: id, From: sdk.Guest, Text: "hello", At: noon}
	return bridge.Event{
		Event:     sdk.Event{ID: bridge.MessageEventID(id), Kind: sdk.EventMessage, Chat: chat, At: noon, Message: m},
		Picture:   sdk.Chat{ID: chat, Status: sdk.Taken, Tags: []string{"a"}, Last: []sdk.Message{*m}},
		Watermark: noon,
	}
}

func closed(chat sdk.ChatID) bridge.Event {
	return bridge.Event{
		Event:   sdk.Event{ID: bridge.ClosedID(chat), Kind: sdk.EventClosed, Chat: chat, At: noon},
		Picture: sdk.Chat{ID: chat, Status: sdk.Closed, ClosedAt: noon},
	}
}

func appended(t *testing.T, db *DB, e bridge.Event) *Entry {
	t.Helper()
	entry, _, err := db.Append(e, noon)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func enroll(t *testing.T, db *DB, instance string) {
	t.Helper()
	if err := db.Change(instance, Setup{Plugin: "p", Version: "1", Mode: "on"}, false, noon); err != nil {
		t.Fatal(err)
	}
}

// forward is a result that asks for a forward of the entry's chat.
func forward(instance string, e *Entry) Result {
	key := sdk.EffectKey(fmt.Sprintf("%s/%s/0", instance, e.Event.ID))
	return Result{
		Instance: instance,
		Chat:     e.Event.Chat,
		Progress: Progress{Through: e.Seq},
		Decision: &Decision{Seq: e.Seq, Event: e.Event.ID, Instance: instance, Chat: e.Event.Chat, Effects: []sdk.EffectKey{key}},
		Effects: []Carried{{Effect: bridge.Effect{
			Effect: sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Billing")}, Key: key, Instance: instance, Chat: e.Event.Chat,
		}}},
		Writes: []sdk.Write{{Scope: sdk.ScopeChat, Key: "forwarded", Value: "1"}, {Scope: sdk.ScopeInstance, Key: "n", Value: "7"}},
		Timers: []sdk.Timer{{Name: "later", Due: noon.Add(time.Minute)}},
	}
}

func committed(t *testing.T, db *DB, r Result) uint64 {
	t.Helper()
	n, ticket, err := db.Commit(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil {
		t.Fatal(err)
	}
	return n
}

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
	check(db)
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	check(db)
	if len(db.tail) >= 2*tailKept {
		t.Errorf("%d entries stay in memory", len(db.tail))
	}
	check(reopened(t, db))
}

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

func TestEventAndDecisionShareOneFlush(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	before := txid(t, db)
	e := appended(t, db, message("c", 1))
	committed(t, db, forward("rules", e))
	if got := txid(t, db) - before; got != 1 {
		t.Errorf("event and decision took %d commits", got)
	}
}

func txid(t *testing.T, db *DB) (id int) {
	t.Helper()
	db.bolt.View(func(tx *bbolt.Tx) error { id = tx.ID(); return nil })
	return id
}

func TestLazyWritesReachTheDiskByThemselves(t *testing.T) {
	db := fresh(t)
	_, ticket, err := db.Append(message("c", 1), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil || db.lag() != 0 {
		t.Errorf("lag %d (%v)", db.lag(), err)
	}
}

func TestTimerEventIsUnseenUntilItIsOnDisk(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	committed(t, db, forward("rules", appended(t, db, message("c", 1))))
	due, _ := db.Timers()
	started := db.End()
	e, ticket, err := db.Fire(due[0], noon)
	if err != nil {
		t.Fatal(err)
	}
	appended(t, db, message("c", 2))
	// The commit may be over already; before it neither entry may be seen.
	if end := db.End(); end != started && db.lag() == 2 {
		t.Errorf("entry %d is seen before it is on disk", end)
	}
	if err := ticket.Wait(); err != nil || db.End() < e.Seq {
		t.Errorf("entry %d is not seen, end %d (%v)", e.Seq, db.End(), err)
	}
	if due, _ := db.Timers(); len(due) != 0 {
		t.Errorf("timer still set: %+v", due)
	}
	if again, _, _ := db.Fire(due[0], noon); again != nil {
		t.Error("a timer came due twice")
	}
}

func TestTimersEndWithTheChat(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	committed(t, db, forward("rules", e))
	appended(t, db, closed("c"))
	late := forward("rules", appended(t, db, message("d", 1)))
	late.Chat, late.Decision, late.Effects = "c", nil, nil
	committed(t, db, late)
	if due, _ := db.Timers(); len(due) != 0 {
		t.Errorf("timers of a closed chat: %+v", due)
	}
}

func TestSettledEffectLeavesTheOutboxWithTheLast(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	e := appended(t, db, message("c", 1))
	r := forward("rules", e)
	tag := r.Effects[0]
	tag.Effect.Kind, tag.Effect.Key, tag.Effect.Tags = sdk.EffectTag, r.Effects[0].Effect.Key[:len(r.Effects[0].Effect.Key)-1]+"1", []string{"billing"}
	r.Effects = append(r.Effects, tag)
	r.Decision.Effects = append(r.Decision.Effects, tag.Effect.Key)
	n := committed(t, db, r)

	if err := db.Begin(n, 0).Wait(); err != nil {
		t.Fatal(err)
	}
	answer := &Entry{Accepted: noon, Event: sdk.Event{ID: bridge.ResultID(r.Effects[0].Effect.Key), Kind: sdk.EventResult, Chat: "c", Instance: "rules"}}
	settle(t, db, Settlement{Number: n, Index: 0, Outcome: sdk.Outcome{State: sdk.Done, At: noon}, Answer: answer})
	if box, _ := db.Outbox(); len(box) != 1 || !box[0].Effects[0].Begun || box[0].Effects[0].Outcome == nil {
		t.Errorf("outbox after the first of two: %+v", box)
	}
	if got, _ := db.EntryOf(answer.Event.ID); got == nil || got.Event.Instance != "rules" {
		t.Errorf("answer: %+v", got)
	}
	settle(t, db, Settlement{Number: n, Index: 1, Outcome: sdk.Outcome{State: sdk.Done, At: noon}, Tags: tag.Effect.Tags})
	if box, _ := db.Outbox(); len(box) != 0 {
		t.Errorf("outbox after the last: %+v", box)
	}
	if tags, _ := db.OurTags("c"); !cmp.Equal(tags, []string{"billing"}) {
		t.Errorf("our tags: %v", tags)
	}
	if at, _ := db.Forwards("c"); len(at) != 1 || db.Ours(Moved("c")) != r.Effects[0].Effect.Key {
		t.Errorf("forwards: %v, moved by %q", at, db.Ours(Moved("c")))
	}
}

func settle(t *testing.T, db *DB, s Settlement) {
	t.Helper()
	ticket, err := db.Settle(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestOneCommitTakesAllThatWait(t *testing.T) {
	db := fresh(t)
	const n = 200
	for i := range n {
		enroll(t, db, fmt.Sprintf("i%d", i))
	}
	e := appended(t, db, message("c", 1))
	before := txid(t, db)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			_, ticket, err := db.Commit(forward(fmt.Sprintf("i%d", i), e))
			if err == nil {
				err = ticket.Wait()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := txid(t, db) - before; got > n/2 {
		t.Errorf("%d results took %d commits", n, got)
	}
	if box, _ := db.Outbox(); len(box) != n {
		t.Errorf("%d parcels", len(box))
	}
}

func TestFailedCommitIsToldToAllAndForgotten(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	first := appended(t, db, message("c", 1))
	if err := db.Flush().Wait(); err != nil {
		t.Fatal(err)
	}
	db.bolt.MaxSize = 1 // as good as a full disk: the file may not grow
	db.bolt.AllocSize = 1
	big := message("c", 2)
	big.Message.Text = strings.Repeat("x", 1<<20)
	_, event, err := db.Append(big, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, result, err := db.Commit(forward("rules", first))
	if err != nil {
		t.Fatal(err)
	}
	var failed *FailedError
	if err := event.Wait(); !errors.As(err, &failed) {
		t.Errorf("event: %v", err)
	}
	if err := result.Wait(); !errors.As(err, &failed) {
		t.Errorf("result: %v", err)
	}
	if db.Knows(big.ID) || db.End() != first.Seq {
		t.Errorf("memory knows what the file does not: end %d", db.End())
	}
	if _, _, err := db.Append(message("c", 3), noon); !errors.As(err, &failed) {
		t.Errorf("append after the failure: %v", err)
	}
	if got, err := db.Entry(first.Seq); err != nil || got.Event.ID != first.Event.ID {
		t.Errorf("reading after the failure: %+v, %v", got, err)
	}

	db.bolt.MaxSize = 0
	if err := db.Recover(); err != nil {
		t.Fatal(err)
	}
	if e := appended(t, db, big); e == nil || e.Seq != first.Seq+1 {
		t.Errorf("after recovery: %+v", e)
	}
	committed(t, db, forward("rules", first))
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

func TestCloseWritesWhatHasGathered(t *testing.T) {
	db := fresh(t)
	_, ticket, err := db.Append(message("c", 1), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ticket.Wait(); err != nil {
		t.Errorf("ticket: %v", err)
	}
	if _, _, err := db.Append(message("c", 2), noon); !errors.Is(err, ErrClosed) {
		t.Errorf("append after Close: %v", err)
	}
	if db := open(t, db.Path()); db.End() != 1 {
		t.Errorf("journal ends at %d", db.End())
	}
}

func TestFileIsPrivate(t *testing.T) {
	db := fresh(t)
	for path, want := range map[string]os.FileMode{db.Path(): 0o600, filepath.Dir(db.Path()): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v (%v)", path, info.Mode(), err)
		}
	}
	if len(db.Secret()) != 32 || bytes.Equal(db.Secret(), make([]byte, 32)) || len(db.Install()) != 32 {
		t.Errorf("secret %x, install %s", db.Secret(), db.Install())
	}
}

func TestOpenSaysWhatIsWrongAndChangesNothing(t *testing.T) {
	good := fresh(t)
	for i := range 400 {
		appended(t, good, message("c", i))
	}
	good.Close()
	content, err := os.ReadFile(good.Path())
	if err != nil {
		t.Fatal(err)
	}
	edited := func(change func(*bbolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "x.db")
		os.WriteFile(path, content, 0o600)
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(change), db.Close()); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(path)
		return b
	}
	other := filepath.Join(t.TempDir(), "other.db")
	foreign, err := bbolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("widgets")); return err })
	foreign.Close()
	foreignContent, _ := os.ReadFile(other)
	holed := bytes.Clone(content)
	clear(holed[len(holed)/2 : len(holed)/2+32*1024])
	headless := bytes.Clone(content)
	clear(headless[40:60])
	clear(headless[4096+40 : 4096+60])

	for name, c := range map[string]struct {
		content []byte
		want    any
		advice  string
	}{
		"garbage":        {bytes.Repeat([]byte("not a database. "), 2000), new(*NotOursError), "move the file away"},
		"other database": {foreignContent, new(*NotOursError), `"widgets"`},
		"newer": {edited(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, number(Format+1)) }),
			new(*NewerError), "newer bellhop"},
		"cut":      {content[:len(content)/2], new(*TornError), "restore a backup"},
		"hole":     {holed, new(*TornError), "restore a backup"},
		"headless": {headless, new(*TornError), "restore a backup"},
		"a bucket is gone": {edited(func(tx *bbolt.Tx) error { return tx.DeleteBucket(outboxBucket) }),
			new(*TornError), "outbox is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bellhop.db")
			os.WriteFile(path, c.content, 0o600)
			db, err := Open(path)
			if err == nil {
				db.Close()
			}
			if err == nil || !errors.As(err, c.want) || !strings.Contains(err.Error(), c.advice) {
				t.Fatalf("got %T: %v", err, err)
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, c.content) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestSecondProcessIsToldThatTheStoreIsInUse(t *testing.T) {
	db := fresh(t)
	_, err := Open(db.Path())
	var locked *LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), "bellhop run") {
		t.Errorf("got %v", err)
	}
}

func TestCheckFindsWhatDoesNotAgree(t *testing.T) {
	for name, damage := range map[string]func(*bbolt.Tx) error{
		"is known as": func(tx *bbolt.Tx) error { return tx.Bucket(knownBucket).Delete([]byte("message/c-m1")) },
		"which is no entry": func(tx *bbolt.Tx) error {
			return tx.Bucket(knownBucket).Put([]byte("message/x"), number(99))
		},
		"follows entry": func(tx *bbolt.Tx) error { return tx.Bucket(journalBucket).Delete(number(2)) },
		"through 99":    func(tx *bbolt.Tx) error { return put(tx, instancesBucket, []byte("rules"), Progress{Through: 99}) },
		"asked for 1 effects and has 0": func(tx *bbolt.Tx) error {
			return tx.Bucket(outboxBucket).Delete(number(1))
		},
		"belongs to no decision": func(tx *bbolt.Tx) error {
			return put(tx, outboxBucket, number(9), Parcel{Effects: []Carried{{}}})
		},
		"which is not known": func(tx *bbolt.Tx) error {
			return put(tx, stateBucket, join("nobody", "c"), map[string]string{"a": "b"})
		},
		"which is closed": func(tx *bbolt.Tx) error {
			return put(tx, chatsBucket, []byte("c"), bridge.Known{Chat: sdk.Chat{Status: sdk.Closed}})
		},
		"settled: true": func(tx *bbolt.Tx) error {
			return put(tx, outboxBucket, number(1), Parcel{Effects: []Carried{{Outcome: &sdk.Outcome{}}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(filepath.Join(t.TempDir(), "bellhop.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			enroll(t, db, "rules")
			committed(t, db, forward("rules", appended(t, db, message("c", 1))))
			appended(t, db, message("c", 2))
			if err := db.Check(); err != nil {
				t.Fatal(err)
			}
			if err := db.write(true, damage).Wait(); err != nil {
				t.Fatal(err)
			}
			if err := db.Check(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("check says %v", err)
			}
		})
	}
}

package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

const secretText = "my IBAN is DE02120300000000202051"

// talk is a chat of the visitor in which they say something, an instance
// decides, remembers and fails, and the chat ends.
func talk(t *testing.T, db *DB, chat sdk.ChatID, visitor, text string, ends time.Time) {
	t.Helper()
	with := func(e bridge.Event) bridge.Event {
		e.Picture.Visitor = sdk.Visitor{ID: visitor, Name: text}
		if e.Message != nil {
			e.Message.Text = text
		}
		return e
	}
	entry, _, err := db.Append(with(message(chat, 1)), ends)
	if err != nil {
		t.Fatal(err)
	}
	r := forward("rules", entry)
	r.Timers, r.Decision.Log = nil, []string{text}
	r.Effects[0].Effect.Reason = text
	r.Writes = append(r.Writes,
		sdk.Write{Scope: sdk.ScopeChat, Key: "said", Value: text},
		sdk.Write{Scope: sdk.ScopeInstance, Key: visitor, Value: text})
	n := committed(t, db, r)
	settled(t, db, n)
	if err := db.PutCall(Call{Chat: chat, Is: sdk.Conference{ID: "room", Why: text}, Expires: ends.Add(time.Hour)}).Wait(); err != nil {
		t.Fatal(err)
	}
	second := appended(t, db, with(message(chat, 2)))
	committed(t, db, Result{Instance: "rules", Chat: chat, Progress: Progress{Through: second.Seq},
		Decision: &Decision{Seq: second.Seq, Event: second.Event.ID, Instance: "rules", Chat: chat, Error: text},
		Dead:     &Dead{Instance: "rules", Entry: *second, Attempts: 5, Error: text}})
	last := closed(chat)
	last.Picture.ClosedAt = ends
	entry, _, err = db.Append(with(last), ends)
	if err != nil {
		t.Fatal(err)
	}
	committed(t, db, Result{Instance: "rules", Progress: Progress{Through: entry.Seq - 1, Open: nil}})
}

func settled(t *testing.T, db *DB, n uint64) {
	t.Helper()
	ticket, err := db.Settle(Settlement{Number: n, Outcome: sdk.Outcome{State: sdk.Done, At: noon}})
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// holding are the files of the folder that hold the text.
func holding(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsForgottenIsNowhereInTheFile(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	talk(t, db, "c1", "v1", secretText, noon)
	talk(t, db, "c2", "v2", "the other's", noon)
	dir := filepath.Dir(db.Path())
	if len(holding(t, dir, secretText)) == 0 {
		t.Fatal("the text was never there")
	}
	chats, err := db.Forget("v1")
	if err != nil || len(chats) != 1 || chats[0] != "c1" {
		t.Fatalf("forgot %v: %v", chats, err)
	}
	for _, text := range []string{secretText, "v1"} {
		if found := holding(t, dir, text); len(found) > 0 {
			t.Errorf("%q is in %v", text, found)
		}
	}
	if db.Knows(bridge.MessageEventID("c1-m1")) {
		t.Error("the event is known")
	}
	db = reopened(t, db)
	why, err := db.Why("c2")
	if err != nil || len(why) != 2 || len(holding(t, dir, "the other's")) == 0 {
		t.Errorf("the other visitor's chat has %d decisions: %v", len(why), err)
	}
	if letters, err := db.Letters(); err != nil || len(letters) != 1 || letters[0].Entry.Event.Chat != "c2" {
		t.Errorf("dead letters %+v: %v", letters, err)
	}
	if state, _ := db.State("rules", ""); state["v2"] == "" || state["v1"] != "" {
		t.Errorf("the instance remembers %v", state)
	}
	if chats, err := db.Forget("v1"); err != nil || len(chats) != 0 {
		t.Errorf("forgot again %v: %v", chats, err)
	}
}

func TestNobodyIsForgottenWhoseChatIsOpen(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	talk(t, db, "c1", "v1", "hello", noon)
	e := message("c2", 1)
	e.Picture.Visitor.ID = "v1"
	appended(t, db, e)
	var open *OpenChatError
	if _, err := db.Forget("v1"); !errors.As(err, &open) || open.Chat != "c2" {
		t.Errorf("forget: %v", err)
	}
	if why, err := db.Why("c1"); err != nil || len(why) != 2 {
		t.Errorf("%d decisions are left: %v", len(why), err)
	}
}

func TestStoreIsReadAndWrittenWhileItIsCompacted(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for m := range 50 {
				chat := sdk.ChatID(fmt.Sprint(n))
				entry, _, err := db.Append(message(chat, m), noon)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := db.EntryOf(entry.Event.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		if err := db.Compact(); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	if db = reopened(t, db); db.End() != 201 {
		t.Errorf("the journal ends at %d", db.End())
	}
}

func TestOnlyWhatIsTooOldAndDoneIsTakenOut(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	talk(t, db, "old", "v1", secretText, noon)
	talk(t, db, "other", "v1", "other", noon)
	waiting := appended(t, db, message("open", 1))
	committed(t, db, forward("rules", waiting))
	due := forward("rules", appended(t, db, message("due", 1)))
	due.Timers = nil
	committed(t, db, due)
	over := appended(t, db, closed("due"))
	committed(t, db, Result{Instance: "rules", Progress: Progress{Through: over.Seq}})
	talk(t, db, "new", "v1", "new", noon.Add(48*time.Hour))
	got, err := db.Retain(noon.Add(24 * time.Hour))
	if err != nil || got.Chats != 2 || got.Entries != 10 {
		t.Errorf("took out %+v: %v", got, err)
	}
	if err := db.Check(); err != nil {
		t.Error(err)
	}
	for chat, want := range map[sdk.ChatID]int{"old": 0, "open": 1, "due": 1, "new": 2} {
		if why, err := db.Why(chat); err != nil || len(why) != want {
			t.Errorf("%s has %d decisions, want %d: %v", chat, len(why), want, err)
		}
	}
	if err := db.Compact(); err != nil || len(holding(t, filepath.Dir(db.Path()), secretText)) > 0 {
		t.Errorf("the text is still there: %v", err)
	}
	if !db.Knows(bridge.MessageEventID("open-m1")) {
		t.Error("an open chat's event is not known any more")
	}
	db = reopened(t, db)
	if e := appended(t, db, message("next", 1)); e.Seq != db.End() {
		t.Errorf("the next entry is %d, the journal ends at %d", e.Seq, db.End())
	}
}

func TestJournalKeepsWhatAnInstanceHasNotRead(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	for n := range 10 {
		appended(t, db, message("c", n))
	}
	committed(t, db, Result{Instance: "rules", Progress: Progress{Through: 8, Open: []Pending{{Seq: 5}}}})
	got, err := db.Retain(noon.Add(time.Hour))
	if err != nil || got.Entries != 4 {
		t.Errorf("took out %+v: %v", got, err)
	}
	if _, err := db.Entry(5); err != nil {
		t.Error(err)
	}
}

func TestStoreThatIsTooBigLosesTheOldestFirst(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "rules")
	const day = 24 * time.Hour
	for n := range 6 {
		talk(t, db, sdk.ChatID(fmt.Sprint("c", n)), "v1", strings.Repeat(fmt.Sprint(n), 100_000), noon.Add(time.Duration(n)*day))
	}
	if err := db.Compact(); err != nil {
		t.Fatal(err)
	}
	before, err := db.Size()
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Shrink(before/2, noon, noon.Add(5*day))
	size, _ := db.Size()
	if err != nil || size > before/2 || got.Chats < 2 || got.Chats > 4 {
		t.Errorf("took out %+v, from %d to %d bytes: %v", got, before, size, err)
	}
	for n := range 6 {
		why, err := db.Why(sdk.ChatID(fmt.Sprint("c", n)))
		if gone := len(why) == 0; err != nil || gone != (n < got.Chats) {
			t.Errorf("chat %d is gone: %t (%v)", n, gone, err)
		}
	}
	if again, err := db.Shrink(before, noon, noon.Add(5*day)); err != nil || again != (Trimmed{}) {
		t.Errorf("a store that is small enough lost %+v: %v", again, err)
	}
}

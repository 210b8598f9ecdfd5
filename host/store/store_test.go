package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

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

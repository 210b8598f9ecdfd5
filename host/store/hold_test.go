package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestHoldSurvivesARestart(t *testing.T) {
	db := fresh(t)
	if h, err := db.Hold(); h != nil || err != nil {
		t.Fatalf("a new store is held: %v, %v", h, err)
	}
	if err := db.SetHold(&Hold{At: noon, Why: "too many forwards"}); err != nil {
		t.Fatal(err)
	}
	db = reopened(t, db)
	h, err := db.Hold()
	if err != nil || h == nil || h.Why != "too many forwards" || !h.At.Equal(noon) {
		t.Fatalf("after a restart: %+v, %v", h, err)
	}
	if err := db.SetHold(nil); err != nil {
		t.Fatal(err)
	}
	if h, _ := reopened(t, db).Hold(); h != nil {
		t.Errorf("let go, it is held: %+v", h)
	}
}

func TestDroppedEffectsWaitForTheirOutcome(t *testing.T) {
	db := fresh(t)
	for _, name := range []string{"a", "b"} {
		enroll(t, db, name)
		committed(t, db, forward(name, appended(t, db, message(sdk.ChatID("chat of "+name), 1))))
	}
	drop := func() int {
		t.Helper()
		n, err := db.DropWaiting("ana", func(name string) bool { return name == "a" })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := drop(); n != 1 {
		t.Errorf("dropped %d effects of one", n)
	}
	if n := drop(); n != 0 {
		t.Errorf("dropped %d effects again", n)
	}
	waits, err := reopened(t, db).Outbox()
	if err != nil || len(waits) != 2 {
		t.Fatalf("%d wait, %v", len(waits), err)
	}
	for _, p := range waits {
		want := map[string]string{"a": "ana", "b": ""}[p.Effects[0].Effect.Instance]
		if got := p.Effects[0].Dropped; got != want {
			t.Errorf("effect of %s is dropped by %q, want %q", p.Effects[0].Effect.Instance, got, want)
		}
	}
}

func TestReadOnlyStoreReadsAndRefusesToWrite(t *testing.T) {
	db := fresh(t)
	enroll(t, db, "a")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	first, second := openedReadOnly(t, db.Path()), openedReadOnly(t, db.Path())
	for _, r := range []*DB{first, second} {
		if all, err := r.Instances(); err != nil || len(all) != 1 {
			t.Errorf("instances %v, %v", all, err)
		}
		if err := r.Flush().Wait(); err != nil {
			t.Errorf("nothing to write: %v", err)
		}
	}
	var failed *FailedError
	if err := first.SetHold(&Hold{}); !errors.As(err, &failed) {
		t.Errorf("write: %v", err)
	}
	var locked *LockedError
	if _, err := Open(db.Path()); !errors.As(err, &locked) {
		t.Errorf("open for writing beside readers: %v", err)
	}
	if after, _ := os.ReadFile(db.Path()); string(after) != string(before) {
		t.Error("the file has changed")
	}
}

func openedReadOnly(t *testing.T, path string) *DB {
	t.Helper()
	db, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestReadOnlyStoreIsNeverMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bellhop.db")
	if _, err := OpenReadOnly(path); !errors.Is(err, ErrNone) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made")
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("no store ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	var other *NotOursError
	if _, err := OpenReadOnly(path); !errors.As(err, &other) {
		t.Errorf("another file: %v", err)
	}
}

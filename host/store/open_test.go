package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

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

func TestEmptyFileBecomesAStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bellhop.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	appended(t, open(t, path), message("c", 1))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is not private now: %v (%v)", info.Mode(), err)
	}
}

// stored is the content of a store with some hundred events.
func stored(t *testing.T) []byte {
	t.Helper()
	db := fresh(t)
	for i := range 400 {
		appended(t, db, message("c", i))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return read(t, db.Path())
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// edited is the content after a change that this package would never make.
func edited(t *testing.T, content []byte, change func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	if content != nil {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// pages are where the pages of bbolt begin that hold keys of the journal, and
// where the last page in use ends.
func pages(t *testing.T, content []byte) (journal []int, end int) {
	t.Helper()
	key := number(7)
	size := int(binary.LittleEndian.Uint32(content[pageHeader+metaPageSize:]))
	used := int(max(binary.LittleEndian.Uint64(content[pageHeader+metaPages:]), binary.LittleEndian.Uint64(content[size+pageHeader+metaPages:])))
	edited(t, content, func(tx *bbolt.Tx) error {
		for id := range used {
			info, err := tx.Page(id)
			if err != nil {
				return err
			}
			if page := content[id*size : (id+1)*size]; info != nil && info.Type == "leaf" && bytes.Contains(page, key) {
				journal = append(journal, id*size)
			}
		}
		return nil
	})
	return journal, used * size
}

// cleared is the content with some bytes of it gone.
func cleared(content []byte, at, n int) []byte {
	c := slices.Clone(content)
	clear(c[at : at+n])
	return c
}

func TestOpenSaysWhatIsWrongAndChangesNothing(t *testing.T) {
	content := stored(t)
	journal, end := pages(t, content)
	if len(journal) == 0 {
		t.Fatal("no page of the journal found")
	}
	holed := content
	for _, at := range journal {
		holed = cleared(holed, at, 512)
	}
	format := func(n uint64) []byte {
		return edited(t, content, func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(formatKey, number(n)) })
	}
	foreign := edited(t, nil, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("widgets")); return err })

	for name, c := range map[string]struct {
		content []byte
		want    any
		advice  string
	}{
		"garbage":          {bytes.Repeat([]byte("not a database. "), 2000), new(*NotOursError), "move the file away"},
		"a few words":      {[]byte("hello"), new(*NotOursError), "it is no database"},
		"zeros":            {make([]byte, 1<<16), new(*NotOursError), "it is no database"},
		"other database":   {foreign, new(*NotOursError), `"widgets"`},
		"newer":            {format(Format + 1), new(*NewerError), "run the newer bellhop"},
		"older":            {format(oldest - 1), new(*OlderError), "run a bellhop that knows it"},
		"cut":              {content[:end-1], new(*TornError), "restore a backup"},
		"cut short":        {content[:8192], new(*TornError), "restore a backup"},
		"hole":             {holed, new(*TornError), "restore a backup"},
		"headless":         {cleared(cleared(content, 40, 20), 4096+40, 20), new(*TornError), "restore a backup"},
		"a bucket is gone": {edited(t, content, func(tx *bbolt.Tx) error { return tx.DeleteBucket(outboxBucket) }), new(*TornError), "outbox is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bellhop.db")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, open := range []func(string) (*DB, error){Open, OpenReadOnly} {
				db, err := open(path)
				if err == nil {
					db.Close()
				}
				if err == nil || !errors.As(err, c.want) || !strings.Contains(err.Error(), c.advice) || !strings.Contains(err.Error(), path) {
					t.Fatalf("got %T: %v", err, err)
				}
			}
			if !bytes.Equal(read(t, path), c.content) {
				t.Error("the file was changed")
			}
		})
	}
}

// Of the two head pages one is older. A torn write of the newer one loses the
// last commit and nothing else.
func TestStoreWithOneHeadTornIsReadFromTheOther(t *testing.T) {
	content := stored(t)
	for _, at := range []int{0, 4096} {
		path := filepath.Join(t.TempDir(), "bellhop.db")
		if err := os.WriteFile(path, cleared(content, at+pageHeader+metaTx, 16), 0o600); err != nil {
			t.Fatal(err)
		}
		db := open(t, path)
		appended(t, db, message("d", 1))
		if err := db.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestFolderIsNoStore(t *testing.T) {
	var no *NotOursError
	if _, err := Open(t.TempDir()); !errors.As(err, &no) || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("got %v", err)
	}
}

func TestSecondProcessIsToldThatTheStoreIsInUse(t *testing.T) {
	db := fresh(t)
	for _, open := range []func(string) (*DB, error){Open, OpenReadOnly} {
		_, err := open(db.Path())
		var locked *LockedError
		if !errors.As(err, &locked) || !strings.Contains(err.Error(), "bellhop run") {
			t.Errorf("got %v", err)
		}
	}
}

func TestDamagedRecordIsAnErrorThatSaysWhatToDo(t *testing.T) {
	content := edited(t, stored(t), func(tx *bbolt.Tx) error {
		return tx.Bucket(journalBucket).Put(number(7), []byte{recordVersion, 0xff})
	})
	path := filepath.Join(t.TempDir(), "bellhop.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Entry(7); err == nil || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("got %v", err)
	}
	if _, err := db.Entry(8); err != nil {
		t.Errorf("the next entry: %v", err)
	}
}

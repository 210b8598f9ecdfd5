package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

const (
	compactPatience = 10 * time.Second // for readers to finish
	compactPause    = time.Millisecond // between two looks whether they have
	compactSpan     = 1 << 20          // bytes of one transaction of the copy
)

// view reads the file.
func (db *DB) view(fn func(*bbolt.Tx) error) error {
	db.file.RLock()
	defer db.file.RUnlock()
	return db.bolt.View(fn)
}

// Compact writes the store anew without what was taken out of it: a page that
// is given up keeps its texts until it is used again. Commits wait meanwhile.
// After an error the store is as it was, unless it says that it is closed.
func (db *DB) Compact() error {
	done := make(chan error, 1)
	select {
	case db.chores <- func() { done <- db.compact() }:
	case <-db.ended:
		return ErrClosed
	}
	if err := <-done; err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// besides is the file that Compact writes. A kill may leave it.
func besides(path string) string { return path + ".compact" }

func (db *DB) compact() error {
	db.copying.Lock()
	defer db.copying.Unlock()
	small := besides(db.path)
	if err := removeIfThere(small); err != nil {
		return err
	}
	if err := copyInto(small, db.bolt); err != nil {
		os.Remove(small)
		return err
	}
	if err := db.lockFile(); err != nil {
		os.Remove(small)
		return err
	}
	defer db.file.Unlock()
	return db.replaceBy(small)
}

func copyInto(path string, from *bbolt.DB) error {
	to, err := openBolt(path, bbolt.Options{FreelistType: bbolt.FreelistMapType, NoSync: true})
	if err != nil {
		return err
	}
	err = bbolt.Compact(to, from, compactSpan)
	return errors.Join(err, to.Sync(), to.Close())
}

// lockFile waits until nobody reads. It must not queue for the lock: who holds
// it for reading may read once more before it lets go.
func (db *DB) lockFile() error {
	for end := time.Now().Add(compactPatience); !db.file.TryLock(); time.Sleep(compactPause) {
		if time.Now().After(end) {
			return errors.New("it is being read all the time: try again when less happens")
		}
	}
	return nil
}

// replaceBy puts another file in the store's place. The caller holds db.file.
func (db *DB) replaceBy(path string) error {
	if err := db.bolt.Close(); err != nil {
		return err
	}
	err := os.Rename(path, db.path)
	if err == nil {
		err = syncFolder(filepath.Dir(db.path))
	}
	bolt, openErr := openBolt(db.path, bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if openErr != nil {
		db.fail(ErrClosed)
		return errors.Join(err, openErr, ErrClosed)
	}
	db.bolt = bolt
	return err
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

package store

import (
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// ErrNone says that there is no store to read.
var ErrNone = errors.New("there is no store")

// OpenReadOnly opens a store that no process has open for writing, and changes
// nothing of it. Any number of processes may. The errors are those of Open, and
// ErrNone; a write fails.
func OpenReadOnly(path string) (*DB, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open store %s: %w", path, ErrNone)
	}
	if err := inspect(path); err != nil {
		return nil, err
	}
	bolt, err := openBolt(path, bbolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return start(path, bolt, func(db *DB) error {
		fresh, err := db.whose()
		switch {
		case err != nil:
			return err
		case fresh:
			return fmt.Errorf("open store %s: it is empty: %w", path, ErrNone)
		}
		return db.view(db.load)
	})
}

package store

import (
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Backup copies the store, as it is on disk now, into a new file that is a
// store too. Commits go on meanwhile. A file that is there is left alone.
func (db *DB) Backup(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	// Copies share a file handle and its position.
	db.copying.Lock()
	defer db.copying.Unlock()
	err = db.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("back up store to %s: %w", path, err)
	}
	return nil
}

package store

import (
	"errors"
	"fmt"
	"os"
	"time"

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

// Restored readies a store that was a backup to be run: all instances are held,
// and what waits may have been carried out since the backup was made, so its
// trace is looked for first.
func (db *DB) Restored(why string, at time.Time) error {
	ticket := db.write(true, func(tx *bbolt.Tx) error {
		clear(db.parcels)
		err := eachParcel(tx, func(p *Parcel) bool {
			for i := range p.Effects {
				p.Effects[i].Begun = true
			}
			return true
		})
		return errors.Join(err,
			put(tx, metaBucket, holdKey, &Hold{At: at, Why: why}),
			tx.Bucket(metaBucket).Put(restoredKey, []byte(at.UTC().Format(time.RFC3339Nano))),
		)
	})
	if err := ticket.Wait(); err != nil {
		return fmt.Errorf("restore store: %w", err)
	}
	return db.reload()
}

// RestoredAt is when the store was restored from a backup; zero when it never
// was. What answers an event from before may have been carried out already.
func (db *DB) RestoredAt() time.Time { return db.restored }

package store

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Instances are the names of all instances that ever ran, with what they are.
func (db *DB) Instances() (map[string]Setup, error) {
	found := map[string]Setup{}
	err := db.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(setupsBucket).ForEach(func(k, v []byte) error {
			var s Setup
			err := decode(v, &s)
			found[string(k)] = s
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read instances: %w", err)
	}
	return found, nil
}

// Progress is how far the instance has come; found is false when it is not
// known. It holds what is on disk.
func (db *DB) Progress(instance string) (p Progress, found bool, err error) {
	err = db.view(func(tx *bbolt.Tx) error {
		found, err = get(tx, instancesBucket, []byte(instance), &p)
		return err
	})
	return p, found, err
}

// Change journals that the instance has become another and waits until that
// is on disk. A new one, and one that begins anew, begins at the journal's end
// and without timers: nothing older reaches it. What it remembers stays.
func (db *DB) Change(instance string, to Setup, anew bool, at time.Time) error {
	_, known, err := db.Progress(instance)
	if err != nil {
		return err
	}
	entry := &Entry{Accepted: at, Setup: &to, Event: sdk.Event{ID: db.changedID(instance, at), Kind: Changed, At: at, Instance: instance}}
	_, ticket, err := db.firm(entry, func(tx *bbolt.Tx) error {
		if err := put(tx, setupsBucket, []byte(instance), to); err != nil || known && !anew {
			return err
		}
		// The entry that tells of the beginning is the last that is too old. A
		// workspace tells its times in milliseconds.
		p := Progress{Since: entry.Seq, Through: entry.Seq, Start: at.Truncate(time.Millisecond)}
		if err := put(tx, instancesBucket, []byte(instance), p); err != nil {
			return err
		}
		return dropTimers(tx, func(t DueTimer) bool { return t.Instance == instance })
	})
	if err != nil {
		return err
	}
	return ticket.Wait()
}

// changedID is one that the journal does not hold, also when a clock stands
// still or was set back.
func (db *DB) changedID(instance string, at time.Time) sdk.EventID {
	for n := at.UnixNano(); ; n++ {
		id := sdk.EventID("changed/" + instance + "/" + strconv.FormatInt(n, 10))
		if !db.Knows(id) {
			return id
		}
	}
}

// Same reports whether an instance that is set up so decides alike.
func (s Setup) Same(o Setup) bool {
	return s.Plugin == o.Plugin && s.Version == o.Version && s.Mode == o.Mode && s.Paused == o.Paused &&
		bytes.Equal(s.Settings, o.Settings) && bytes.Equal(s.Sources, o.Sources) && bytes.Equal(s.Grants, o.Grants)
}

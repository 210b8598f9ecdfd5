package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// maxSnapshots are kept of one instance: so many upgrades can be undone, one
// after another.
const maxSnapshots = 5

// Snapshots are those of an instance, the oldest first.
func (db *DB) Snapshots(instance string) (all []Snapshot, err error) {
	err = db.view(func(tx *bbolt.Tx) error {
		return eachSnapshot(tx, join(instance, ""), func(_ []byte, s Snapshot) error {
			all = append(all, s)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read snapshots of %s: %w", instance, err)
	}
	return all, nil
}

// Rollback makes the instance what it was and has it remember what it
// remembered then, for good: the snapshot and all newer ones are gone. To is the
// snapshot's setup, in the mode that it is to have.
func (db *DB) Rollback(instance string, s Snapshot, to Setup, at time.Time) error {
	life := db.freshLife(instance, at)
	entry := &Entry{Accepted: at, Setup: &to, Event: sdk.Event{ID: changedID(instance, life), Kind: Changed, At: at, Instance: instance}}
	_, ticket, err := db.firm(entry, func(tx *bbolt.Tx) error {
		var was Setup
		if _, err := get(tx, setupsBucket, []byte(instance), &was); err != nil {
			return err
		}
		back := to
		back.Life, back.StateOf = was.Life, s.Setup.StateVersion()
		return errors.Join(put(tx, setupsBucket, []byte(instance), back), s.restore(tx, instance), dropNewer(tx, instance, s.Number))
	})
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return fmt.Errorf("roll back %s: %w", instance, err)
	}
	return nil
}

// restore puts the states in the place of what the instance remembers.
func (s Snapshot) restore(tx *bbolt.Tx, instance string) error {
	if err := dropPrefix(tx.Bucket(stateBucket), join(instance, "")); err != nil {
		return err
	}
	for chat, state := range s.States {
		if err := put(tx, stateBucket, join(instance, string(chat)), state); err != nil {
			return err
		}
	}
	return nil
}

// keepSnapshot adds what the instance remembers now to the snapshot and keeps
// it; the oldest goes when there are too many.
func keepSnapshot(tx *bbolt.Tx, instance string, n uint64, s Snapshot) error {
	s.States = map[sdk.ChatID]map[string]string{}
	prefix := join(instance, "")
	c := tx.Bucket(stateBucket).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		state := map[string]string{}
		if err := decode(v, &state); err != nil {
			return err
		}
		s.States[sdk.ChatID(k[len(prefix):])] = state
	}
	var keys [][]byte
	err := eachSnapshot(tx, prefix, func(k []byte, _ Snapshot) error {
		keys = append(keys, k)
		return nil
	})
	for len(keys) >= maxSnapshots {
		err = errors.Join(err, tx.Bucket(snapshotsBucket).Delete(keys[0]))
		keys = keys[1:]
	}
	return errors.Join(err, put(tx, snapshotsBucket, append(prefix, number(n)...), s))
}

// dropNewer takes away the snapshot with that number, and those after it.
func dropNewer(tx *bbolt.Tx, instance string, n uint64) error {
	return dropKeys(tx.Bucket(snapshotsBucket), func(k, _ []byte) bool {
		return bytes.HasPrefix(k, join(instance, "")) && fromNumber(k) >= n
	})
}

// lessen has drop take something out of snapshots, and keeps those of which it
// says that it has.
func lessen(tx *bbolt.Tx, drop func(Snapshot) bool) error {
	smaller := map[string]Snapshot{}
	err := eachSnapshot(tx, nil, func(k []byte, s Snapshot) error {
		if drop(s) {
			smaller[string(k)] = s
		}
		return nil
	})
	for k, s := range smaller {
		err = errors.Join(err, put(tx, snapshotsBucket, []byte(k), s))
	}
	return err
}

// dropChats takes out what was remembered of the chats.
func (s Snapshot) dropChats(chats map[sdk.ChatID]bool) bool {
	all := len(s.States)
	maps.DeleteFunc(s.States, func(id sdk.ChatID, _ map[string]string) bool { return chats[id] })
	return len(s.States) < all
}

// dropOldSnapshots takes those out that were made before.
func (db *DB) dropOldSnapshots(before time.Time) error {
	return db.write(true, func(tx *bbolt.Tx) error {
		var old [][]byte
		err := eachSnapshot(tx, nil, func(k []byte, s Snapshot) error {
			if s.At.Before(before) {
				old = append(old, k)
			}
			return nil
		})
		return errors.Join(err, drop(tx.Bucket(snapshotsBucket), old))
	}).Wait()
}

// eachSnapshot calls fn with the snapshots under the prefix, in order.
func eachSnapshot(tx *bbolt.Tx, prefix []byte, fn func(k []byte, s Snapshot) error) error {
	b := tx.Bucket(snapshotsBucket)
	if b == nil {
		return nil // a store of before there were any, opened for reading
	}
	c := b.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		s := Snapshot{Number: fromNumber(k)}
		if err := decode(v, &s); err != nil {
			return err
		}
		if err := fn(bytes.Clone(k), s); err != nil {
			return err
		}
	}
	return nil
}

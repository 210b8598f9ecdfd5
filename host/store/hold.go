package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

var holdKey = []byte("hold") // in the meta bucket

// Hold says that nothing is to be decided or carried out, by any instance.
type Hold struct {
	At  time.Time `cbor:"1,keyasint" json:"at"`
	Why string    `cbor:"2,keyasint" json:"why"`
}

// Hold is what holds all instances; nil when nothing does.
func (db *DB) Hold() (*Hold, error) {
	var h *Hold
	err := db.view(func(tx *bbolt.Tx) error {
		b := tx.Bucket(metaBucket).Get(holdKey)
		if b == nil {
			return nil
		}
		h = &Hold{}
		return decode(b, h)
	})
	if err != nil {
		return nil, fmt.Errorf("read hold: %w", err)
	}
	return h, nil
}

// SetHold holds all instances, also those that are yet to come, or lets them
// go when h is nil. It waits until that is on disk.
func (db *DB) SetHold(h *Hold) error {
	return db.write(true, func(tx *bbolt.Tx) error {
		if h == nil {
			return tx.Bucket(metaBucket).Delete(holdKey)
		}
		return put(tx, metaBucket, holdKey, h)
	}).Wait()
}

// DropWaiting notes that effects which wait are not to be carried out any more, and
// who says so, for the instances that are meant. They still wait, for an
// outcome that says it: one whose trace may be in the workspace is looked for
// first. It says how many they are once that is on disk.
func (db *DB) DropWaiting(by string, meant func(instance string) bool) (n int, err error) {
	ticket := db.write(true, func(tx *bbolt.Tx) error {
		n = 0
		clear(db.parcels)
		return eachParcel(tx, func(p *Parcel) (changed bool) {
			for i := range p.Effects {
				if c := &p.Effects[i]; c.Outcome == nil && c.Dropped == "" && meant(c.Effect.Instance) {
					c.Dropped = by
					n++
					changed = true
				}
			}
			return changed
		})
	})
	if err := ticket.Wait(); err != nil {
		return 0, fmt.Errorf("drop what waits: %w", err)
	}
	return n, nil
}

// eachParcel calls change with each parcel in the outbox, and keeps those that
// it has changed.
func eachParcel(tx *bbolt.Tx, change func(*Parcel) bool) error {
	changed := map[uint64]Parcel{}
	err := tx.Bucket(outboxBucket).ForEach(func(k, v []byte) error {
		p := Parcel{Number: fromNumber(k)}
		if err := decode(v, &p); err != nil {
			return err
		}
		if change(&p) {
			changed[p.Number] = p
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, p := range changed {
		if err := put(tx, outboxBucket, number(n), p); err != nil {
			return err
		}
	}
	return nil
}

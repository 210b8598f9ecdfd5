package store

import (
	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

var staffKey = []byte("staff") // in the meta bucket

// SetStaff keeps how agents are; a zero Staff says that nobody looks at them.
func (db *DB) SetStaff(s bridge.Staff) *Ticket {
	return db.write(false, func(tx *bbolt.Tx) error { return put(tx, metaBucket, staffKey, s) })
}

// staffAfter keeps how an agent is after the event, in the same commit; nil for
// events of others.
func staffAfter(e sdk.Event) func(*bbolt.Tx) error {
	if e.Agent == nil {
		return nil
	}
	return func(tx *bbolt.Tx) error {
		var s bridge.Staff
		if _, err := get(tx, metaBucket, staffKey, &s); err != nil {
			return err
		}
		s.Take(*e.Agent, e.At)
		return put(tx, metaBucket, staffKey, s)
	}
}

package store

import (
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Call is a call that was offered in a chat and whose links are not over.
type Call struct {
	Chat     sdk.ChatID     `cbor:"1,keyasint"`
	Is       sdk.Conference `cbor:"2,keyasint"` // as of the last step
	Asked    time.Time      `cbor:"3,keyasint"`
	Patience time.Time      `cbor:"4,keyasint,omitempty"` // when who has not come misses it; zero once that was looked at
	Expires  time.Time      `cbor:"5,keyasint"`           // when its links are over
	Replaced bool           `cbor:"6,keyasint,omitempty"` // a newer call of the chat has its place
	Effect   sdk.EffectKey  `cbor:"7,keyasint"`           // that offers it
	Depth    int            `cbor:"8,keyasint,omitempty"` // of its events
}

// Calls are all calls whose links are not over. What has gathered and is not on
// disk is not among them.
func (db *DB) Calls() ([]Call, error) {
	found, err := all[Call](db, callsBucket)
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	return found, nil
}

// PutCall keeps what has become of a call.
func (db *DB) PutCall(c Call) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error { return put(tx, callsBucket, callKey(c), c) })
}

// DropCall forgets a call whose links are over.
func (db *DB) DropCall(c Call) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error { return tx.Bucket(callsBucket).Delete(callKey(c)) })
}

// StepCall journals a step of a call and keeps what has become of it. Nobody sees
// the event before both are on disk. The entry is nil when the step is known.
func (db *DB) StepCall(c Call, e sdk.Event, accepted time.Time) (*Entry, *Ticket, error) {
	known, err := db.Chat(c.Chat)
	if err != nil {
		return nil, nil, err
	}
	known.Chat.ID, known.Chat.Conference = c.Chat, c.Is
	entry := &Entry{Accepted: accepted, Event: e, Picture: known.Chat}
	return db.firm(entry, func(tx *bbolt.Tx) error { return put(tx, callsBucket, callKey(c), c) })
}

func callKey(c Call) []byte { return join(string(c.Chat), c.Is.ID) }

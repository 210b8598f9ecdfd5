package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// scanSpan is how many records one read transaction goes through. While it
// lasts no page that was given up since can be used again, so it must be short.
const scanSpan = 1000

// errStop ends a scan without an error.
var errStop = errors.New("stop")

// scan calls fn with the records of a bucket whose keys are not less than
// from, in order. What is written meanwhile may be among them. Keys and values
// last only as long as the call; errStop ends the scan.
func (db *DB) scan(bucket, from []byte, fn func(k, v []byte) error) error {
	for from != nil {
		err := db.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucket).Cursor()
			k, v := c.Seek(from)
			for range scanSpan {
				if k == nil {
					from = nil
					return nil
				}
				if err := fn(k, v); err != nil {
					return err
				}
				k, v = c.Next()
			}
			from = bytes.Clone(k)
			return nil
		})
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settledAt is what of a parcel tells whether it is new enough: reading all of
// it takes five times as long.
type settledAt struct {
	Effects []struct {
		Outcome *struct {
			At time.Time `cbor:"at"`
		} `cbor:"2,keyasint"`
	} `cbor:"1,keyasint"`
}

// Outcomes calls fn with each effect that ended at since or later, in the
// order of the decisions.
func (db *DB) Outcomes(since time.Time, fn func(Carried) error) error {
	if err := db.gathered(); err != nil {
		return err
	}
	for _, bucket := range [][]byte{outcomesBucket, outboxBucket} {
		err := db.scan(bucket, []byte{}, func(k, v []byte) error { return newOutcomes(fromNumber(k), v, since, fn) })
		if err != nil {
			return fmt.Errorf("read outcomes: %w", err)
		}
	}
	return nil
}

// Logs are the decisions of the instance, made at since or later, that have
// something to tell: what the plugin logged, or why it failed. The oldest is the
// first.
func (db *DB) Logs(instance string, since time.Time) ([]Decision, error) {
	if err := db.gathered(); err != nil {
		return nil, err
	}
	found := map[uint64]Decision{}
	err := db.scan(decisionsBucket, []byte{}, func(k, v []byte) error {
		d := Decision{Number: fromNumber(k)}
		if err := decode(v, &d); err != nil {
			return err
		}
		if d.Instance == instance && !d.At.Before(since) && (len(d.Log) > 0 || d.Error != "") {
			found[d.Number] = d // a decision on several chats is kept under each
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read logs of %s: %w", instance, err)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Decision) int { return cmp.Compare(a.Number, b.Number) }), nil
}

func newOutcomes(n uint64, record []byte, since time.Time, fn func(Carried) error) error {
	var at settledAt
	if err := decode(record, &at); err != nil {
		return err
	}
	isNew := false
	for _, e := range at.Effects {
		isNew = isNew || e.Outcome != nil && !e.Outcome.At.Before(since)
	}
	if !isNew {
		return nil
	}
	var p Parcel
	if err := decode(record, &p); err != nil {
		return err
	}
	for index, c := range p.Effects {
		c.Place = Place{n, index}
		if c.Outcome == nil || c.Outcome.At.Before(since) {
			continue
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// ofChat is what of an entry tells whose it is.
type ofChat struct {
	Accepted time.Time `cbor:"2,keyasint"`
	Event    struct {
		Chat sdk.ChatID `cbor:"chat"`
	} `cbor:"3,keyasint"`
}

// History is what the journal holds of the chat, the oldest first.
func (db *DB) History(chat sdk.ChatID) ([]*Entry, error) {
	if err := db.gathered(); err != nil {
		return nil, err
	}
	known, err := db.Chat(chat)
	if err != nil {
		return nil, err
	}
	from, err := db.firstAt(known.Chat.OpenedAt.Add(-time.Hour)) // clocks differ
	if err != nil {
		return nil, err
	}
	var found []*Entry
	err = db.scan(journalBucket, number(from), func(k, v []byte) error {
		var of ofChat
		if err := decode(v, &of); err != nil || of.Event.Chat != chat {
			return err
		}
		e := &Entry{Seq: fromNumber(k)}
		found = append(found, e)
		return decode(v, e)
	})
	if err != nil {
		return nil, fmt.Errorf("read journal of chat %s: %w", chat, err)
	}
	return found, nil
}

// firstAt is the seq of about the first entry that was accepted at t or later.
func (db *DB) firstAt(t time.Time) (uint64, error) {
	var first, last uint64
	var failed error
	err := db.view(func(tx *bbolt.Tx) error {
		b := tx.Bucket(journalBucket)
		k, _ := b.Cursor().First()
		first = fromNumber(k)
		k, _ = b.Cursor().Last()
		last = fromNumber(k)
		n := sort.Search(int(last-first), func(n int) bool {
			var of ofChat
			if v := b.Get(number(first + uint64(n))); v != nil && failed == nil {
				failed = decode(v, &of)
			}
			return !of.Accepted.Before(t)
		})
		first += uint64(n)
		return failed
	})
	return first, err
}

// EachChat calls fn with what is known of each chat.
func (db *DB) EachChat(fn func(bridge.Known) error) error {
	if err := db.gathered(); err != nil {
		return err
	}
	err := db.scan(chatsBucket, []byte{}, func(_, v []byte) error {
		var k bridge.Known
		if err := decode(v, &k); err != nil {
			return err
		}
		return fn(k)
	})
	if err != nil {
		return fmt.Errorf("read chats: %w", err)
	}
	return nil
}

// Size is how many bytes the file has.
func (db *DB) Size() (int64, error) {
	var n int64
	err := db.view(func(tx *bbolt.Tx) error {
		n = tx.Size()
		return nil
	})
	return n, err
}

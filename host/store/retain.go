package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// retainSpan is how much of what is too old goes in one commit: others wait
// for it.
const retainSpan = 200

// Trimmed is how much was too old.
type Trimmed struct {
	Entries int // of the journal
	Chats   int // with all that was decided on them
}

// Retain takes out what is older than before: entries of the journal that no
// instance needs any more, and chats that were closed before, with what was
// decided on them, unless something of that still waits. So do snapshots of
// instances. The file gets no smaller; see Compact.
func (db *DB) Retain(before time.Time) (t Trimmed, err error) {
	chats, err := db.closedBefore(before)
	if err != nil {
		return t, fmt.Errorf("retain: %w", err)
	}
	if err := errors.Join(db.dropAlone(before), db.dropOldSnapshots(before)); err != nil {
		return t, fmt.Errorf("retain: %w", err)
	}
	for len(chats) > 0 {
		some := chats[:min(retainSpan, len(chats))]
		chats = chats[len(some):]
		dropped := 0
		err := db.write(true, func(tx *bbolt.Tx) (err error) {
			dropped, err = dropSettled(tx, some)
			return err
		}).Wait()
		if err != nil {
			return t, fmt.Errorf("retain: %w", err)
		}
		t.Chats += dropped
		db.mu.Lock()
		db.cache.forget()
		db.mu.Unlock()
	}
	for {
		n := 0
		err := db.write(true, func(tx *bbolt.Tx) (err error) {
			n, err = dropEntries(tx, before)
			return err
		}).Wait()
		if err != nil {
			return t, fmt.Errorf("retain: %w", err)
		}
		t.Entries += n
		if n < retainSpan {
			return t, nil
		}
	}
}

// dropAlone takes out what was decided before on events of no chat. What
// touched a chat that is kept goes with that.
func (db *DB) dropAlone(before time.Time) error {
	for more := true; more; {
		err := db.write(true, func(tx *bbolt.Tx) error {
			old, err := oldAlone(tx, before)
			more = len(old) == retainSpan
			for _, n := range old {
				err = errors.Join(err, dropDecision(tx, "", n))
			}
			return err
		}).Wait()
		if err != nil {
			return err
		}
	}
	return nil
}

// oldAlone are some of the decisions that dropAlone takes out.
func oldAlone(tx *bbolt.Tx, before time.Time) (old []uint64, err error) {
	err = eachDecision(tx, "", func(n uint64) error {
		var d Decision
		_, err := get(tx, decisionsBucket, decisionKey("", n), &d)
		p, fault := parcel(tx, n)
		if err = errors.Join(err, fault); err != nil || !d.At.Before(before) || len(old) == retainSpan {
			return err
		}
		kept := slices.ContainsFunc(chatsOf("", p.Effects), func(id sdk.ChatID) bool { return id != "" && tx.Bucket(chatsBucket).Get([]byte(id)) != nil })
		if !kept && p.Settled() {
			old = append(old, n)
		}
		return nil
	})
	return old, err
}

func (db *DB) closedBefore(t time.Time) (chats []sdk.ChatID, err error) {
	err = db.EachChat(func(k bridge.Known) error {
		if !k.Chat.Open() && k.Chat.ClosedAt.Before(t) {
			chats = append(chats, k.Chat.ID)
		}
		return nil
	})
	return chats, err
}

// dropSettled takes out the chats on which nothing waits.
func dropSettled(tx *bbolt.Tx, chats []sdk.ChatID) (n int, err error) {
	gone := map[sdk.ChatID]bool{}
	for _, id := range chats {
		waits, err := waitsOn(tx, id)
		if err == nil && !waits {
			gone[id] = true
			err = dropChat(tx, id)
		}
		if err != nil {
			return len(gone), err
		}
	}
	return len(gone), lessen(tx, func(s Snapshot) bool { return s.dropChats(gone) })
}

func waitsOn(tx *bbolt.Tx, id sdk.ChatID) (bool, error) {
	waits := false
	err := eachDecision(tx, id, func(n uint64) error {
		waits = waits || tx.Bucket(outboxBucket).Get(number(n)) != nil
		return nil
	})
	return waits, err
}

// dropEntries takes out some of the journal's beginning.
func dropEntries(tx *bbolt.Tx, before time.Time) (n int, err error) {
	needed, err := firstNeeded(tx)
	if err != nil {
		return 0, err
	}
	var old [][]byte
	gone := map[sdk.EventID]bool{}
	c := tx.Bucket(journalBucket).Cursor()
	for k, v := c.First(); k != nil && fromNumber(k) < needed && len(old) < retainSpan; k, v = c.Next() {
		var e Entry
		if err := decode(v, &e); err != nil {
			return 0, err
		}
		if !e.Accepted.Before(before) {
			break
		}
		old, gone[e.Event.ID] = append(old, bytes.Clone(k)), true
		if err := unknow(tx, &e.Event); err != nil {
			return 0, err
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	return len(old), errors.Join(
		drop(tx.Bucket(journalBucket), old),
		dropLetters(tx, func(d *Dead) bool { return gone[d.Entry.Event.ID] }),
	)
}

// unknow forgets the event's ID, unless the workspace may tell it again.
func unknow(tx *bbolt.Tx, e *sdk.Event) error {
	known := tx.Bucket(knownBucket)
	if tx.Bucket(chatsBucket).Get([]byte(e.Chat)) != nil {
		return known.Put([]byte(e.ID), number(0))
	}
	return known.Delete([]byte(e.ID))
}

// firstNeeded is the first entry that somebody has yet to read; at the latest
// the newest, which says where the journal ends.
func firstNeeded(tx *bbolt.Tx) (uint64, error) {
	last, _ := tx.Bucket(journalBucket).Cursor().Last()
	first := fromNumber(last)
	err := tx.Bucket(instancesBucket).ForEach(func(k, v []byte) error {
		var p Progress
		var s Setup
		if err := decode(v, &p); err != nil {
			return err
		}
		if _, err := get(tx, setupsBucket, k, &s); err != nil || s.Mode == "off" {
			return err // it begins anew
		}
		first = min(first, p.Through+1)
		if len(p.Open) > 0 {
			first = min(first, p.Open[0].Seq)
		}
		return nil
	})
	return first, err
}

// Shrink makes the file no bigger than limit bytes, if it can: it writes it
// anew and, as long as that is not enough, takes out what is older than from,
// and then a day more each time, but nothing that is newer than to.
func (db *DB) Shrink(limit int64, from, to time.Time) (t Trimmed, err error) {
	size, err := db.Size()
	for before := from; err == nil && size > limit; before = before.Add(dayKept) {
		var more Trimmed
		if more, err = db.Retain(before); err == nil {
			t.Chats, t.Entries = t.Chats+more.Chats, t.Entries+more.Entries
			if before.Equal(from) || more != (Trimmed{}) {
				err = db.Compact()
			}
		}
		if err == nil {
			size, err = db.Size()
		}
		if !before.Before(to) {
			break
		}
	}
	if err != nil {
		return t, fmt.Errorf("shrink store: %w", err)
	}
	return t, nil
}

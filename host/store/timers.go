package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Timers are all timers that are set.
func (db *DB) Timers() ([]DueTimer, error) {
	found, err := all[DueTimer](db, timersBucket)
	if err != nil {
		return nil, fmt.Errorf("read timers: %w", err)
	}
	return found, nil
}

// all are the records of a bucket.
func all[T any](db *DB, bucket []byte) (found []T, err error) {
	err = db.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(_, v []byte) error {
			var r T
			if err := decode(v, &r); err != nil {
				return err
			}
			found = append(found, r)
			return nil
		})
	})
	return found, err
}

// Arm sets the next times of schedules, and takes others away.
func (db *DB) Arm(set, gone []DueTimer) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error {
		for _, t := range gone {
			if err := tx.Bucket(timersBucket).Delete(timerKey(t)); err != nil {
				return err
			}
		}
		for _, t := range set {
			if err := put(tx, timersBucket, timerKey(t), t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Result) writeTimers(tx *bbolt.Tx) error {
	if len(r.Timers) == 0 {
		return nil
	}
	for _, t := range r.Timers {
		due := r.Due(t)
		var known bridge.Known
		_, err := get(tx, chatsBucket, []byte(due.Chat), &known)
		switch {
		case err != nil:
		case t.Cancel:
			err = tx.Bucket(timersBucket).Delete(timerKey(due))
		case known.Chat.Open():
			err = put(tx, timersBucket, timerKey(due), due)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Due is a timer that the result sets.
func (r *Result) Due(t sdk.Timer) DueTimer {
	return DueTimer{Instance: r.Instance, Chat: cmp.Or(t.Chat, r.Chat), Name: t.Name, Due: t.Due, Depth: r.Depth}
}

// endTimer takes the timer away unless it was set again for another time.
func endTimer(tx *bbolt.Tx, t DueTimer) error {
	var now DueTimer
	found, err := get(tx, timersBucket, timerKey(t), &now)
	if err != nil || !found || !now.Due.Equal(t.Due) {
		return err
	}
	return tx.Bucket(timersBucket).Delete(timerKey(t))
}

// dropTimers takes away the timers that are meant.
func dropTimers(tx *bbolt.Tx, meant func(DueTimer) bool) error {
	var keys [][]byte
	err := tx.Bucket(timersBucket).ForEach(func(k, v []byte) error {
		var t DueTimer
		err := decode(v, &t)
		if err == nil && meant(t) {
			keys = append(keys, k)
		}
		return err
	})
	for _, k := range keys {
		err = errors.Join(err, tx.Bucket(timersBucket).Delete(k))
	}
	return err
}

func dropTimersOf(tx *bbolt.Tx, chat sdk.ChatID) error {
	prefix := join(string(chat), "")
	c := tx.Bucket(timersBucket).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Seek(prefix) {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func timerKey(t DueTimer) []byte { return join(string(t.Chat), t.Instance, t.Name) }

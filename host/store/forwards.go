package store

import (
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// ForwardsSince are the times, the oldest first, at which each instance has
// decided on a move that was not refused, since then.
func (db *DB) ForwardsSince(since time.Time) (map[string][]time.Time, error) {
	found := map[string][]time.Time{}
	err := db.view(func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{outboxBucket, outcomesBucket} {
			c := tx.Bucket(bucket).Cursor()
			isNew := true
			for k, v := c.Last(); k != nil && isNew; k, v = c.Prev() {
				p := Parcel{Number: fromNumber(k)}
				err := decode(v, &p)
				if err == nil {
					isNew, err = p.addForwards(tx, since, found)
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read forwards: %w", err)
	}
	for _, at := range found {
		slices.SortFunc(at, time.Time.Compare)
	}
	return found, nil
}

// addForwards adds when the parcel's moves were decided on. It says whether
// that is new enough, and so what came later.
func (p *Parcel) addForwards(tx *bbolt.Tx, since time.Time, to map[string][]time.Time) (isNew bool, err error) {
	for _, c := range p.Effects {
		var d Decision
		known, err := get(tx, decisionsBucket, decisionKey(c.Effect.Chat, p.Number), &d)
		if err != nil || known && d.At.Before(since) {
			return false, err
		}
		if known && Counted(c.Effect.Kind) && !c.refused() {
			to[d.Instance] = append(to[d.Instance], d.At)
		}
	}
	return true, nil
}

// refused reports whether the effect never was to move anything.
func (c *Carried) refused() bool {
	o := c.Outcome
	return o != nil && (o.State == sdk.Refused || o.State == sdk.Skipped || o.Unchanged)
}

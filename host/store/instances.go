package store

import (
	"bytes"
	"cmp"
	"errors"
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

// Turn is how an instance becomes another.
type Turn struct {
	Instance string
	To       Setup
	At       time.Time

	// Anew has it begin at the journal's end and without timers: nothing older
	// reaches it. A new instance always does. What it remembers stays.
	Anew bool
	// Begins journals an event that tells it so, right behind the change.
	Begins bool
	// Keep keeps what it was and what it remembers, for Rollback: what it
	// remembers belongs to the new version from now on.
	Keep   bool
	Writes []sdk.Write // what Migrate has changed
}

// Change is a Turn without more.
func (db *DB) Change(instance string, to Setup, anew bool, at time.Time) error {
	return db.Turn(Turn{Instance: instance, To: to, Anew: anew, At: at})
}

// Turn journals that the instance has become another and waits until that is on
// disk.
func (db *DB) Turn(t Turn) error {
	_, known, err := db.Progress(t.Instance)
	if err != nil {
		return err
	}
	life := db.freshLife(t.Instance, t.At)
	to := t.To
	entry := &Entry{Accepted: t.At, Setup: &to, Event: sdk.Event{ID: changedID(t.Instance, life), Kind: Changed, At: t.At, Instance: t.Instance}}
	var more []*Entry
	if t.Begins {
		more = append(more, &Entry{Accepted: t.At, Event: sdk.Event{ID: EnabledID(t.Instance, life), Kind: sdk.EventEnabled, At: t.At, Instance: t.Instance}})
	}
	_, ticket, err := db.firm(entry, func(tx *bbolt.Tx) error { return t.write(tx, entry.Seq, life, known) }, more...)
	if err != nil {
		return err
	}
	return ticket.Wait()
}

// write is the turn but for its entries, the first of which is at seq.
func (t Turn) write(tx *bbolt.Tx, seq uint64, life int64, known bool) error {
	var was Setup
	there, err := get(tx, setupsBucket, []byte(t.Instance), &was)
	if err != nil {
		return err
	}
	if t.Keep && there {
		if err := keepSnapshot(tx, t.Instance, seq, Snapshot{Setup: was, At: t.At}); err != nil {
			return err
		}
	}
	to := t.To
	to.Life, to.StateOf = was.Life, was.StateVersion()
	if t.Begins {
		to.Life = life
	}
	if !there || t.Keep || was.Plugin != to.Plugin {
		to.StateOf = to.Version
	}
	r := Result{Instance: t.Instance, Writes: t.Writes}
	if err := errors.Join(put(tx, setupsBucket, []byte(t.Instance), to), r.writeStates(tx)); err != nil || known && !t.Anew {
		return err
	}
	// The entry that tells of the beginning is the last that is too old. A
	// workspace tells its times in milliseconds.
	p := Progress{Since: seq, Through: seq, Start: t.At.Truncate(time.Millisecond)}
	if err := put(tx, instancesBucket, []byte(t.Instance), p); err != nil {
		return err
	}
	return dropTimers(tx, func(d DueTimer) bool { return d.Instance == t.Instance })
}

// freshLife is a number by the time that no change of the instance has had, also
// when a clock stands still or was set back.
func (db *DB) freshLife(instance string, at time.Time) int64 {
	n := at.UnixNano()
	for db.Knows(changedID(instance, n)) {
		n++
	}
	return n
}

func changedID(instance string, n int64) sdk.EventID {
	return sdk.EventID("changed/" + instance + "/" + strconv.FormatInt(n, 10))
}

// EnabledID is the event that tells an instance that it begins.
func EnabledID(instance string, life int64) sdk.EventID {
	return sdk.EventID("enabled/" + instance + "/" + strconv.FormatInt(life, 10))
}

// DisabledID is the event that tells an instance that it ends.
func DisabledID(instance string, life int64) sdk.EventID {
	return sdk.EventID("disabled/" + instance + "/" + strconv.FormatInt(life, 10))
}

// StateVersion is the version that has made what the instance remembers.
func (s Setup) StateVersion() string { return cmp.Or(s.StateOf, s.Version) }

// Same reports whether an instance that is set up so decides alike.
func (s Setup) Same(o Setup) bool {
	return s.Plugin == o.Plugin && s.Version == o.Version && s.Mode == o.Mode && s.Paused == o.Paused &&
		bytes.Equal(s.Settings, o.Settings) && bytes.Equal(s.Sources, o.Sources) && bytes.Equal(s.Grants, o.Grants)
}

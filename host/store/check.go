package store

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
)

// Check verifies that the store agrees with itself, once what has gathered is
// on disk. The error joins all that does not:
//
//   - bbolt's own pages
//   - each known event has its entry, each entry is known, and none is missing
//   - what is in memory is what is in the file
//   - an instance's progress lies within the journal, its open events in order
//   - each effect belongs to a decision, and each decision has all its effects,
//     in the outbox while one of them waits and in the outcomes afterwards
//   - timers, states, snapshots and dead letters belong to known instances, timers to
//     chats that are open
func (db *DB) Check() error {
	if err := db.Flush().Wait(); err != nil {
		return err
	}
	c := &checker{db: db}
	c.before, _ = db.rest()
	err := db.view(func(tx *bbolt.Tx) error {
		c.tx = tx
		for err := range tx.Check() {
			c.fault("page: %v", err)
		}
		for _, part := range []func() error{c.journal, c.known, c.instances, c.decisions, c.parcels, c.timers, c.calls, c.owned} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(append(c.faults, err)...)
}

type checker struct {
	db     *DB
	before uint64 // the newest entry on disk, as memory had it when the check began
	tx     *bbolt.Tx
	end    uint64
	faults []error
}

// rest is the newest entry on disk as memory has it, and whether memory has
// nothing that is newer.
func (db *DB) rest() (flushed uint64, resting bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.flushed, db.end == db.flushed && db.writing == nil && db.waiting.empty()
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("store: "+format, args...))
}

func (c *checker) each(bucket []byte, do func(k, v []byte) error) error {
	return c.tx.Bucket(bucket).ForEach(do)
}

func (c *checker) journal() error {
	known := c.tx.Bucket(knownBucket)
	err := c.each(journalBucket, func(k, v []byte) error {
		var e Entry
		if err := decode(v, &e); err != nil {
			return err
		}
		seq := fromNumber(k)
		if c.end != 0 && seq != c.end+1 {
			c.fault("entry %d follows entry %d", seq, c.end)
		}
		c.end = seq
		if got := fromNumber(known.Get([]byte(e.Event.ID))); got != seq {
			c.fault("entry %d is event %s, which is known as %d", seq, e.Event.ID, got)
		}
		return nil
	})
	if now, resting := c.db.rest(); c.end < c.before || resting && now == c.before && c.end != now {
		c.fault("journal ends at %d, memory says %d", c.end, now)
	}
	return err
}

func (c *checker) known() error {
	journal := c.tx.Bucket(journalBucket)
	return c.each(knownBucket, func(k, v []byte) error {
		seq := fromNumber(v)
		if seq != 0 && journal.Get(number(seq)) == nil {
			c.fault("event %s is known as %d, which is no entry", k, seq)
		}
		return nil
	})
}

func (c *checker) instances() error {
	setups := c.tx.Bucket(setupsBucket)
	return c.each(instancesBucket, func(k, v []byte) error {
		var p Progress
		if err := decode(v, &p); err != nil {
			return err
		}
		if setups.Get(k) == nil {
			c.fault("instance %s has progress and no setup", k)
		}
		if p.Since > p.Through || p.Through > c.end {
			c.fault("instance %s is since %d through %d of %d", k, p.Since, p.Through, c.end)
		}
		last := p.Since
		for _, o := range p.Open {
			if o.Seq <= last || o.Seq > c.end {
				c.fault("instance %s has event %d open after %d, journal ends at %d", k, o.Seq, last, c.end)
			}
			last = o.Seq
		}
		return nil
	})
}

func (c *checker) decisions() error {
	newest := c.tx.Bucket(decisionsBucket).Sequence()
	return c.each(decisionsBucket, func(k, v []byte) error {
		var d Decision
		if err := decode(v, &d); err != nil {
			return err
		}
		n := fromNumber(k)
		if n > newest {
			c.fault("decision %d is newer than the newest, %d", n, newest)
		}
		p, err := parcel(c.tx, n)
		if err != nil {
			return err
		}
		if len(p.Effects) != len(d.Effects) {
			c.fault("decision %d asked for %d effects and has %d", n, len(d.Effects), len(p.Effects))
			return nil
		}
		for i, e := range p.Effects {
			if e.Effect.Key != d.Effects[i] {
				c.fault("decision %d on %s asked for %s and has %s on %s", n, d.Chat, d.Effects[i], e.Effect.Key, e.Effect.Chat)
			}
		}
		for _, chat := range chatsOf(d.Chat, p.Effects) {
			if c.tx.Bucket(decisionsBucket).Get(decisionKey(chat, n)) == nil {
				c.fault("decision %d on %s is not kept under chat %s", n, d.Chat, chat)
			}
		}
		return nil
	})
}

func (c *checker) parcels() error {
	for _, bucket := range [][]byte{outboxBucket, outcomesBucket} {
		err := c.each(bucket, func(k, v []byte) error {
			var p Parcel
			if err := decode(v, &p); err != nil {
				return err
			}
			n := fromNumber(k)
			if waits := string(bucket) == string(outboxBucket); p.Settled() == waits {
				c.fault("parcel %d is in %s, settled: %t", n, bucket, p.Settled())
			}
			if len(p.Effects) == 0 || c.tx.Bucket(decisionsBucket).Get(decisionKey(p.Effects[0].Effect.Chat, n)) == nil {
				c.fault("parcel %d in %s belongs to no decision", n, bucket)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return c.each(outboxBucket, func(k, _ []byte) error {
		if c.tx.Bucket(outcomesBucket).Get(k) != nil {
			c.fault("parcel %d is in the outbox and in the outcomes", fromNumber(k))
		}
		return nil
	})
}

func (c *checker) timers() error {
	return c.each(timersBucket, func(_, v []byte) error {
		var t DueTimer
		if err := decode(v, &t); err != nil {
			return err
		}
		c.instance(t.Instance, "timer "+t.Name)
		var known bridge.Known
		found, err := get(c.tx, chatsBucket, []byte(t.Chat), &known)
		if found && !known.Chat.Open() {
			c.fault("timer %s of %s is set on chat %s, which is closed", t.Name, t.Instance, t.Chat)
		}
		return err
	})
}

func (c *checker) calls() error {
	return c.each(callsBucket, func(k, v []byte) error {
		var call Call
		if err := decode(v, &call); err != nil {
			return err
		}
		if string(k) != string(callKey(call)) || call.Expires.IsZero() {
			c.fault("call %q of chat %q stands under %q and is over at %s", call.Is.ID, call.Chat, k, call.Expires)
		}
		return nil
	})
}

func (c *checker) owned() error {
	if err := c.each(stateBucket, func(k, _ []byte) error {
		c.instance(split(k)[0], "a state")
		return nil
	}); err != nil {
		return err
	}
	if err := eachSnapshot(c.tx, nil, func(k []byte, _ Snapshot) error {
		c.instance(split(k)[0], "a snapshot")
		return nil
	}); err != nil {
		return err
	}
	return c.each(deadBucket, func(k, v []byte) error {
		var d Dead
		if err := decode(v, &d); err != nil {
			return err
		}
		c.instance(d.Instance, "dead letter "+string(d.Entry.Event.ID))
		if c.tx.Bucket(knownBucket).Get([]byte(d.Entry.Event.ID)) == nil {
			c.fault("dead letter %s is no known event", d.Entry.Event.ID)
		}
		return nil
	})
}

func (c *checker) instance(name, what string) {
	if c.tx.Bucket(setupsBucket).Get([]byte(name)) == nil {
		c.fault("%s belongs to instance %s, which is not known", what, name)
	}
}

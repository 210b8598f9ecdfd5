package store

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Result is what an instance made of an event: all of it is written or
// nothing.
type Result struct {
	Instance string
	Progress Progress
	Chat     sdk.ChatID
	Depth    int         // of the event
	Decision *Decision   // nil when there is nothing to explain
	Effects  []Carried   // of the decision; those that have an outcome already are not to be carried out
	Writes   []sdk.Write // in the order in which they were made
	Timers   []sdk.Timer // set timers of a chat that has closed meanwhile are left out
	Answer   []*Entry    // events that tell the instance of outcomes
	Dead     *Dead       // the event was given up
	Revived  *Dead       // it is no longer dead
}

// Asked reports whether somebody waits for the result to be on disk.
func (r *Result) Asked() bool {
	waits := len(r.Writes)+len(r.Timers)+len(r.Answer) > 0 || r.Dead != nil || r.Revived != nil
	for _, c := range r.Effects {
		waits = waits || c.Outcome == nil
	}
	return waits
}

// Commit writes the result. The number is the decision's, 0 when there is
// none. A result that asked for nothing is lazy.
func (db *DB) Commit(r Result) (uint64, *Ticket, error) {
	decision, parcel, err := r.encode()
	if err != nil {
		return 0, nil, err
	}
	answers, err := encodeAll(r.Answer)
	if err != nil {
		return 0, nil, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return 0, nil, db.failed
	}
	kept := r.kept()
	var n uint64
	if decision != nil {
		db.decisions++
		n = db.decisions
	}
	if r.Instance != Self {
		db.waiting.progress[r.Instance] = r.Progress
	}
	ticket := db.put(r.Asked(), func(tx *bbolt.Tx) error {
		if kept != nil {
			kept.Number = n
			db.parcels.keep(kept)
		}
		return r.write(tx, n, decision, parcel)
	})
	for i, e := range r.Answer {
		if db.knows(e.Event.ID) {
			continue
		}
		db.journal(e, answers[i], true)
		if r.Instance == Self && db.waiting.firm == 0 {
			db.waiting.firm = e.Seq
		}
	}
	return n, ticket, nil
}

func (r *Result) encode() (decision, parcel []byte, err error) {
	if r.Decision == nil {
		return nil, nil, nil
	}
	if decision, err = encode(r.Decision); err != nil || len(r.Effects) == 0 {
		return decision, nil, err
	}
	parcel, err = encode(Parcel{Effects: r.Effects})
	return decision, parcel, err
}

// kept is a copy of the effects for the store, which notes in it what becomes
// of them; nil when none of them waits.
func (r *Result) kept() *Parcel {
	p := &Parcel{Effects: slices.Clone(r.Effects)}
	if r.Decision == nil || p.Settled() {
		return nil
	}
	return p
}

func encodeAll(entries []*Entry) ([][]byte, error) {
	var records [][]byte
	for _, e := range entries {
		record, err := encode(e)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

func (r *Result) write(tx *bbolt.Tx, n uint64, decision, parcel []byte) error {
	if decision != nil {
		b := tx.Bucket(decisionsBucket)
		if err := b.SetSequence(n); err != nil {
			return err
		}
		for _, chat := range chatsOf(r.Chat, r.Effects) {
			if err := b.Put(decisionKey(chat, n), decision); err != nil {
				return err
			}
		}
	}
	if parcel != nil {
		bucket := outboxBucket
		if (&Parcel{Effects: r.Effects}).Settled() {
			bucket = outcomesBucket
		}
		if err := tx.Bucket(bucket).Put(number(n), parcel); err != nil {
			return err
		}
	}
	for _, write := range []func(*bbolt.Tx) error{r.writeStates, r.writeTimers, r.writeDead} {
		if err := write(tx); err != nil {
			return err
		}
	}
	return nil
}

// chatsOf are the chats that a decision is about: that of the event, and those
// of the effects. Under each of them it is kept.
func chatsOf(event sdk.ChatID, effects []Carried) []sdk.ChatID {
	all := []sdk.ChatID{event}
	for _, c := range effects {
		if !slices.Contains(all, c.Effect.Chat) {
			all = append(all, c.Effect.Chat)
		}
	}
	return all
}

func (r *Result) writeStates(tx *bbolt.Tx) error {
	for _, scope := range []sdk.Scope{sdk.ScopeChat, sdk.ScopeInstance} {
		chat := r.Chat
		if scope == sdk.ScopeInstance {
			chat = ""
		}
		if err := r.writeState(tx, scope, join(r.Instance, string(chat))); err != nil {
			return err
		}
	}
	return nil
}

func (r *Result) writeState(tx *bbolt.Tx, scope sdk.Scope, key []byte) error {
	state := map[string]string{}
	read := false
	for _, w := range r.Writes {
		if w.Scope != scope {
			continue
		}
		if !read {
			if _, err := get(tx, stateBucket, key, &state); err != nil {
				return err
			}
			read = true
		}
		Apply(state, w)
	}
	switch {
	case !read:
		return nil
	case len(state) == 0:
		return tx.Bucket(stateBucket).Delete(key)
	}
	return put(tx, stateBucket, key, state)
}

// Apply makes one change of a state.
func Apply(state map[string]string, w sdk.Write) {
	if w.Delete {
		delete(state, w.Key)
		return
	}
	state[w.Key] = w.Value
}

func (r *Result) writeDead(tx *bbolt.Tx) error {
	if d := r.Revived; d != nil {
		if err := tx.Bucket(deadBucket).Delete(deadKey(d)); err != nil {
			return err
		}
	}
	if r.Dead == nil {
		return nil
	}
	return put(tx, deadBucket, deadKey(r.Dead), r.Dead)
}

func deadKey(d *Dead) []byte { return append(join(d.Instance, ""), number(d.Entry.Seq)...) }

func decisionKey(chat sdk.ChatID, n uint64) []byte {
	return append(join(string(chat), ""), number(n)...)
}

// State is what the instance remembers of the chat, or for itself when the
// chat is "". It holds what is on disk.
func (db *DB) State(instance string, chat sdk.ChatID) (map[string]string, error) {
	state := map[string]string{}
	err := db.view(func(tx *bbolt.Tx) error {
		_, err := get(tx, stateBucket, join(instance, string(chat)), &state)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read state of %s: %w", instance, err)
	}
	return state, nil
}

// Letters are the dead letters, the oldest of each instance first.
func (db *DB) Letters() ([]Dead, error) {
	var found []Dead
	err := db.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(deadBucket).ForEach(func(k, v []byte) error {
			var d Dead
			if err := decode(v, &d); err != nil {
				return err
			}
			d.Entry.Seq = fromNumber(k)
			found = append(found, d)
			return nil
		})
	})
	return found, err
}

// Drop takes a dead letter away.
func (db *DB) Drop(d Dead) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error { return tx.Bucket(deadBucket).Delete(deadKey(&d)) })
}

// Explained is a decision with what it answered and what became of it.
type Explained struct {
	Decision Decision
	Entry    *Entry
	Effects  []Carried
}

// Why is what was decided on the chat, the oldest first; of the chat "", what
// events made of no chat.
func (db *DB) Why(chat sdk.ChatID) ([]Explained, error) {
	if err := db.gathered(); err != nil {
		return nil, err
	}
	var found []Explained
	err := db.view(func(tx *bbolt.Tx) error {
		prefix := join(string(chat), "")
		c := tx.Bucket(decisionsBucket).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			x := Explained{Decision: Decision{Number: fromNumber(k)}, Entry: &Entry{}}
			if err := decode(v, &x.Decision); err != nil {
				return err
			}
			x.Entry.Seq = x.Decision.Seq
			if x.Decision.Instance == Self { // which decided before the entry had its place
				x.Entry.Seq = fromNumber(tx.Bucket(knownBucket).Get([]byte(x.Decision.Event)))
			}
			if _, err := get(tx, journalBucket, number(x.Entry.Seq), x.Entry); err != nil {
				return err
			}
			p, err := parcel(tx, x.Decision.Number)
			if err != nil {
				return err
			}
			x.Effects = p.Effects
			found = append(found, x)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions on %s: %w", chat, err)
	}
	return found, nil
}

func parcel(tx *bbolt.Tx, n uint64) (Parcel, error) {
	p := Parcel{Number: n}
	found, err := get(tx, outboxBucket, number(n), &p)
	if err == nil && !found {
		_, err = get(tx, outcomesBucket, number(n), &p)
	}
	return p, err
}

// Counted reports whether effects of the kind move chats, so that limits count
// them: each kind by itself.
func Counted(k sdk.EffectKind) bool { return k == sdk.EffectForward || k == sdk.EffectQueue }

// Automatic reports whether the effect counts for the limits of moves: one that
// a person has ordered does not, nor one that takes another back.
func Automatic(e bridge.Effect) bool {
	return Counted(e.Kind) && e.Instance != Self && !bridge.IsCommand(e.Event)
}

// moveKey is what the times of moves are kept under.
func moveKey(k sdk.EffectKind, chat sdk.ChatID) []byte {
	if k == sdk.EffectForward {
		return []byte(chat)
	}
	return join(string(k), string(chat))
}

// Moves are the times at which Bellhop moved the chat by effects of the kind.
func (db *DB) Moves(k sdk.EffectKind, chat sdk.ChatID) ([]time.Time, error) {
	var at []time.Time
	err := db.view(func(tx *bbolt.Tx) error {
		_, err := get(tx, forwardsBucket, moveKey(k, chat), &at)
		return err
	})
	return at, err
}

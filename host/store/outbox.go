package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Outbox is what waits to be carried out, in the order of the decisions.
func (db *DB) Outbox() ([]Parcel, error) {
	var found []Parcel
	err := db.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(outboxBucket).ForEach(func(k, v []byte) error {
			p := Parcel{Number: fromNumber(k)}
			if err := decode(v, &p); err != nil {
				return err
			}
			found = append(found, p)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return found, nil
}

// Begin notes that the effect is about to be attempted: after a crash its
// trace may be on the server.
func (db *DB) Begin(n uint64, index int) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error { return db.begin(tx, n, index) })
}

func (db *DB) begin(tx *bbolt.Tx, n uint64, index int) error {
	p, err := db.parcels.waiting(tx, n, index)
	if err != nil {
		return err
	}
	p.Effects[index].Begun = true
	return put(tx, outboxBucket, number(n), p)
}

// Answer keeps what a person has said about the effects of a decision that they
// were asked about.
func (db *DB) Answer(n uint64, said Consent) *Ticket {
	return db.write(true, func(tx *bbolt.Tx) error {
		clear(db.parcels)
		p := &Parcel{Number: n}
		if found, err := get(tx, outboxBucket, number(n), p); err != nil || !found {
			return err
		}
		for i := range p.Effects {
			if c := &p.Effects[i]; c.Unanswered() && c.Consent.Asked.ID == said.Asked.ID && c.Consent.Code == said.Code {
				c.Consent = &said
			}
		}
		return put(tx, outboxBucket, number(n), p)
	})
}

// parcels are those in the outbox that were written lately, as they are in the
// present transaction. Only the goroutine that commits uses them.
type parcels map[uint64]*Parcel

// parcelsKept is how many of them stay in memory.
const parcelsKept = 4096

func (c parcels) keep(p *Parcel) {
	if len(c) < parcelsKept {
		c[p.Number] = p
	}
}

// waiting is the parcel, in which the effect must wait.
func (c parcels) waiting(tx *bbolt.Tx, n uint64, index int) (*Parcel, error) {
	p, found := c[n]
	if !found {
		var err error
		p = &Parcel{Number: n}
		if found, err = get(tx, outboxBucket, number(n), p); err != nil {
			return nil, err
		}
	}
	if !found || index >= len(p.Effects) || p.Effects[index].Outcome != nil {
		return nil, fmt.Errorf("effect %d of decision %d does not wait: %w", index, n, errNoRecord)
	}
	c.keep(p)
	return p, nil
}

// Settlement is how an effect ended.
type Settlement struct {
	Number  uint64 // of the decision
	Index   int    // of the effect among the decision's
	Outcome sdk.Outcome
	Tags    []string // that the effect has added or taken away
	Answers []*Entry // events that tell instances; none when nobody asks
	Begins  *Place   // the effect that is attempted next, as Begin notes it; nil means none
	Lazy    bool     // nobody waits for it; one with Answers or Begins never is
}

// Place is where an effect stands.
type Place struct {
	Number uint64 `cbor:"1,keyasint"` // of the decision
	Index  int    `cbor:"2,keyasint"` // among the decision's effects
}

// Compare is by the order in which the effects were asked for.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Number, o.Number), cmp.Compare(p.Index, o.Index))
}

// Settle writes how the effect ended, what of it is ours now, and the event
// that tells the instance. The last effect of a decision takes the parcel out
// of the outbox.
func (db *DB) Settle(s Settlement) (*Ticket, error) {
	answers, err := encodeAll(s.Answers)
	if err != nil {
		return nil, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return nil, db.failed
	}
	urgent := !s.Lazy || len(s.Answers) > 0 || s.Begins != nil
	ticket := db.put(urgent, func(tx *bbolt.Tx) error {
		if err := s.write(tx, db.parcels); err != nil || s.Begins == nil {
			return err
		}
		return db.begin(tx, s.Begins.Number, s.Begins.Index)
	})
	for n, e := range s.Answers {
		if !db.knows(e.Event.ID) {
			db.journal(e, answers[n], true)
		}
	}
	return ticket, nil
}

func (s *Settlement) write(tx *bbolt.Tx, all parcels) error {
	p, err := all.waiting(tx, s.Number, s.Index)
	if err != nil {
		return err
	}
	p.Effects[s.Index].Outcome = &s.Outcome
	if undone := p.Effects[s.Index].Undoes; undone != nil && s.Outcome.State == sdk.Done {
		if err := undo(tx, *undone, p.Effects[s.Index].Effect.Reason, all); err != nil {
			return err
		}
	}
	if err := leave(tx, p.Effects[s.Index].Effect, s); err != nil {
		return err
	}
	if !p.Settled() {
		return put(tx, outboxBucket, number(s.Number), p)
	}
	delete(all, s.Number)
	if err := tx.Bucket(outboxBucket).Delete(number(s.Number)); err != nil {
		return err
	}
	return put(tx, outcomesBucket, number(s.Number), p)
}

// Effect is the effect at the place, with its outcome; zero when it is known no
// more.
func (db *DB) Effect(at Place) (c Carried, err error) {
	err = db.view(func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{outboxBucket, outcomesBucket} {
			var p Parcel
			found, err := get(tx, bucket, number(at.Number), &p)
			if err != nil {
				return err
			}
			if found && at.Index < len(p.Effects) {
				c = p.Effects[at.Index]
			}
		}
		return nil
	})
	return c, err
}

// undo notes that the effect was taken back, if it is still known.
func undo(tx *bbolt.Tx, at Place, why string, all parcels) error {
	for _, bucket := range [][]byte{outboxBucket, outcomesBucket} {
		p := &Parcel{Number: at.Number}
		found, err := get(tx, bucket, number(at.Number), p)
		if err != nil {
			return err
		}
		if kept, cached := all[at.Number]; cached {
			p = kept
		}
		if !found || at.Index >= len(p.Effects) || p.Effects[at.Index].Outcome == nil {
			continue
		}
		o := *p.Effects[at.Index].Outcome
		o.State, o.Reason = sdk.Undone, why
		p.Effects[at.Index].Outcome = &o
		return put(tx, bucket, number(at.Number), p)
	}
	return nil
}

// leave keeps the traces of an effect: how its marks in the workspace are
// known as ours.
func leave(tx *bbolt.Tx, e bridge.Effect, s *Settlement) error {
	if s.Outcome.Unchanged || s.Outcome.State != sdk.Done && s.Outcome.State != sdk.Unconfirmed {
		return nil
	}
	ours := tx.Bucket(oursBucket)
	traces := Traces(e)
	if m := string(s.Outcome.Message); m != "" && !slices.Contains(traces, m) {
		traces = append(traces, m)
	}
	if s.Outcome.Event != "" {
		traces = append(traces, string(s.Outcome.Event))
	}
	for _, trace := range traces {
		if err := ours.Put([]byte(trace), []byte(e.Key)); err != nil {
			return err
		}
	}
	if err := leaveTags(ours, e, s.Tags); err != nil {
		return err
	}
	if !Automatic(e) {
		return nil
	}
	var at []time.Time
	if _, err := get(tx, forwardsBucket, moveKey(e.Kind, e.Chat), &at); err != nil {
		return err
	}
	return put(tx, forwardsBucket, moveKey(e.Kind, e.Chat), append(at, s.Outcome.At))
}

func leaveTags(ours *bbolt.Bucket, e bridge.Effect, tags []string) error {
	for _, tag := range tags {
		trace := []byte(tagTrace(e.Chat, tag))
		err := ours.Delete(trace)
		if err == nil && e.Kind == sdk.EffectTag {
			err = ours.Put(trace, []byte(e.Key))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// traces are the kinds of effects that leave marks in the workspace by which an
// event is known to be ours.
var traces = map[sdk.EffectKind]func(bridge.Effect) []string{
	sdk.EffectReply:   firstMessage,
	sdk.EffectTell:    firstMessage,
	sdk.EffectAnswer:  firstMessage,
	sdk.EffectCall:    bothMessages,
	sdk.EffectForward: func(e bridge.Effect) []string { return []string{Moved(e.Chat)} },
	sdk.EffectDirect:  firstMessage,
	sdk.EffectPost:    firstMessage,
	sdk.EffectClose:   func(e bridge.Effect) []string { return []string{Ended(e.Chat)} },
}

func firstMessage(e bridge.Effect) []string { return []string{string(bridge.MessageID(e.Key, 0))} }

func bothMessages(e bridge.Effect) []string {
	return append(firstMessage(e), string(bridge.MessageID(e.Key, 1)))
}

// Traces are the marks that the effect leaves in the workspace, as Ours knows
// them.
func Traces(e bridge.Effect) []string {
	if of := traces[e.Kind]; of != nil {
		return of(e)
	}
	return nil
}

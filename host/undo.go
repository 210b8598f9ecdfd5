package host

import (
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Undoing is something that an instance has done, and what takes it back.
type Undoing struct {
	Carried store.Carried
	Back    bridge.Effect // what takes it back; without a kind when nothing does
	Why     string        // nothing does
}

// Undo takes back what the instance has done since then, as far as it can be:
// by effects of the host's own, which are decided now and carried out as any
// other. By is who asked for it. What is returned is what Undoable would, before.
func (h *Host) Undo(instance string, since time.Time, by string) ([]Undoing, error) {
	h.undoing.Lock()
	defer h.undoing.Unlock()
	return undo(h.store, h.clock.Now(), instance, since, by, h.commitUndo)
}

// TakeBack takes one effect back, as Undo does what an instance has done since.
// What is returned says why not, when it can't be.
func (h *Host) TakeBack(chat sdk.ChatID, key sdk.EffectKey, by string) (Undoing, error) {
	h.undoing.Lock()
	defer h.undoing.Unlock()
	return takeBack(h.store, h.clock.Now(), chat, key, by, h.commitUndo)
}

// TakeBack takes one effect back, when the host runs again.
func (r *Rested) TakeBack(chat sdk.ChatID, key sdk.EffectKey, by string) (Undoing, error) {
	return takeBack(r.Store, r.now(), chat, key, by, r.commit)
}

func takeBack(db *store.DB, now time.Time, chat sdk.ChatID, key sdk.EffectKey, by string, commit func(store.Result) error) (Undoing, error) {
	u, err := undoableOne(db, chat, key)
	if err != nil || u.Why != "" {
		return u, err
	}
	event := sdk.Event{ID: sdk.EventID(fmt.Sprintf("undo/%s/%d", key, now.UnixMilli())), Kind: store.Undo, At: now, Instance: store.Self}
	r := u.result(event, 0, by)
	r.Answer = []*store.Entry{{Accepted: now, Event: event}}
	return u, commit(r)
}

func undoableOne(db *store.DB, chat sdk.ChatID, key sdk.EffectKey) (u Undoing, err error) {
	found := false
	err = done(db, chat, func(c store.Carried) (bool, error) {
		if found = c.Effect.Key == key; found {
			u.Carried = c
		}
		return !found, nil
	})
	switch {
	case err != nil:
		return u, err
	case !found:
		u.Why = "nothing is known of it any more"
		return u, nil
	}
	underway, err := undoneBy(db)
	if err != nil {
		return u, err
	}
	u.Back, u.Why, err = newUndoer(db, underway).back(u.Carried)
	return u, err
}

// Stays says of each effect why it can't be taken back; "" when it can be.
func Stays(db *store.DB, all []store.Carried) ([]string, error) {
	underway, err := undoneBy(db)
	if err != nil {
		return nil, err
	}
	look, whys := newUndoer(db, underway), make([]string, len(all))
	for n, c := range all {
		if _, whys[n], err = look.back(c); err != nil {
			return nil, err
		}
	}
	return whys, nil
}

func (h *Host) commitUndo(r store.Result) error {
	h.moves.Add(1)
	n, ticket, err := h.store.Commit(r)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return err
	}
	h.wake()
	h.outbox.add(store.Parcel{Number: n, Effects: r.Effects})
	return nil
}

// Undo takes back what the instance has done, when the host runs again.
func (r *Rested) Undo(instance string, since time.Time, by string) ([]Undoing, error) {
	return undo(r.Store, r.now(), instance, since, by, r.commit)
}

func undo(db *store.DB, now time.Time, instance string, since time.Time, by string, commit func(store.Result) error) ([]Undoing, error) {
	plan, err := Undoable(db, instance, since)
	if err != nil {
		return nil, err
	}
	event := sdk.Event{ID: sdk.EventID(fmt.Sprintf("undo/%s/%d", instance, now.UnixMilli())), Kind: store.Undo, At: now, Instance: store.Self}
	answer := []*store.Entry{{Accepted: now, Event: event}}
	for n, u := range plan {
		if u.Back.Kind == "" {
			continue
		}
		r := u.result(event, n, by)
		r.Answer, answer = answer, nil
		if err := commit(r); err != nil {
			return nil, fmt.Errorf("undo %s: %w", u.Carried.Effect.Key, err)
		}
	}
	return plan, nil
}

// result decides to take the effect back. Each is a decision of its own: none is
// skipped because another could not be taken back.
func (u Undoing) result(event sdk.Event, n int, by string) store.Result {
	e, was := u.Back, u.Carried.Effect
	e.Key = sdk.EffectKey(fmt.Sprintf("%s/%s/%d", store.Self, event.ID, n))
	e.Instance, e.Chat, e.Event, e.EventAt = store.Self, was.Chat, event.ID, event.At
	e.Until = event.At.Add(keep(e.Effect))
	e.Reason = fmt.Sprintf("%s takes back %q of %s", by, Report{Effect: was}.What(), was.Instance)
	d := &store.Decision{Event: event.ID, Instance: store.Self, Mode: string(On), Chat: was.Chat, At: event.At, Effects: []sdk.EffectKey{e.Key}}
	return store.Result{Instance: store.Self, Chat: was.Chat, Decision: d, Effects: []store.Carried{{Effect: e, Undoes: &u.Carried.Place}}}
}

// tellUndone are the events that tell an instance, and those who want to know
// what others do, that its effect was taken back; none when nobody asks, or it is
// known no more.
func (h *Host) tellUndone(at store.Place, why string, when time.Time) (told []*store.Entry, err error) {
	was, err := h.store.Effect(at)
	if err != nil || was.Outcome == nil {
		return nil, err
	}
	o := *was.Outcome
	o.State, o.Reason, o.At = sdk.Undone, why, when
	if h.tells(was.Effect.Instance) {
		entry := h.answer(was.Effect, o)
		entry.Event.ID += "/undone"
		told = append(told, entry)
	}
	if d := h.deed(was.Effect, o); d != nil {
		told = append(told, d)
	}
	return told, nil
}

// Undoable is what the instance has done since then, the last first, each with
// what takes it back or why nothing does. What is being taken back already, or
// was, is left out.
func Undoable(db *store.DB, instance string, since time.Time) ([]Undoing, error) {
	setups, err := db.Instances()
	if err != nil {
		return nil, err
	}
	if _, there := setups[instance]; !there {
		return nil, fmt.Errorf("undo: there is no instance %s: `bellhop status` lists them", instance)
	}
	underway, err := undoneBy(db)
	if err != nil {
		return nil, err
	}
	var plan []Undoing
	err = db.Outcomes(since, func(c store.Carried) error {
		did := c.Outcome.State == sdk.Done && !c.Outcome.Unchanged || c.Outcome.State == sdk.Unconfirmed
		if c.Effect.Instance == instance && did && !underway[c.Place] {
			plan = append(plan, Undoing{Carried: c})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(plan, func(a, b Undoing) int { return b.Carried.Place.Compare(a.Carried.Place) })
	look := newUndoer(db, underway)
	for n := range plan {
		if err := look.decide(&plan[n]); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// undoneBy are the effects that others which wait are to take back.
func undoneBy(db *store.DB) (map[store.Place]bool, error) {
	underway := map[store.Place]bool{}
	parcels, err := db.Outbox()
	for _, p := range parcels {
		for _, c := range p.Effects {
			if c.Undoes != nil && c.Outcome == nil {
				underway[*c.Undoes] = true
			}
		}
	}
	return underway, err
}

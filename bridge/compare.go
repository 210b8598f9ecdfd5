package bridge

import (
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// compare finds the chats that differ, and first those in which something
// happened last: where the server allows few calls, the others take hours.
func (w *watch) compare(r *round, l listing) error {
	there := map[sdk.ChatID]bool{}
	slices.SortStableFunc(l.open, func(a, b rest.Room) int { return b.UpdatedAt.Compare(a.UpdatedAt.Time) })
	for _, room := range l.open {
		there[sdk.ChatID(room.ID)] = true
		if err := w.compareOpen(r, room); err != nil {
			return err
		}
	}
	for _, room := range l.closed {
		there[sdk.ChatID(room.ID)] = true
		w.compareClosed(r, room)
	}
	if !r.full {
		return nil
	}
	for id, f := range w.chats {
		if f.told && f.known.Status != sdk.Closed && !there[id] {
			w.check(r, f)
		}
	}
	return nil
}

func (w *watch) compareOpen(r *round, room rest.Room) error {
	if !soundID(room.ID) {
		return nil
	}
	w.b.names.hear(room.Department)
	f := w.chats[sdk.ChatID(room.ID)]
	switch {
	case r.past && (f == nil || !f.looking):
		return w.takeDown(w.follow(sdk.ChatID(room.ID)), room, r.at)
	case f == nil:
		w.check(r, w.follow(sdk.ChatID(room.ID)))
	case !f.told || w.differs(f, room):
		w.check(r, f)
	}
	return nil
}

// differs reports whether something may have happened in the chat since its
// messages were last read. What the server changes in a chat moves _updatedAt.
func (w *watch) differs(f *followed, room rest.Room) bool {
	return room.UpdatedAt.IsZero() || room.UpdatedAt.After(f.mark)
}

// takeDown makes an open chat part of the baseline. Its messages are not read:
// a workspace may have hundreds of open chats and allow ten calls a minute.
func (w *watch) takeDown(f *followed, room rest.Room, at time.Time) error {
	f.known = w.b.chat(room)
	w.b.estimate(&f.known, room)
	f.told, f.loaded, f.visited, f.read, f.contact = true, false, time.Time{}, w.rereads.due, ""
	for _, t := range []time.Time{at, room.TS.Time, room.LM.Time} {
		f.advance(t)
	}
	if room.LastMessage != nil {
		f.advance(room.LastMessage.TS.Time)
	}
	return w.show(f, Event{Event: sdk.Event{ID: OpenedID(f.id)}, Baseline: true})
}

func (w *watch) compareClosed(r *round, room rest.Room) {
	id := sdk.ChatID(room.ID)
	if !soundID(room.ID) {
		return
	}
	f := w.chats[id]
	switch {
	case f != nil && f.told && f.known.Status != sdk.Closed:
		w.check(r, f)
	case f != nil && !f.told && !r.past: // it is being read, and must not be taken for what was told long ago
		w.check(r, f)
	case f == nil && !r.past && !w.isPast(room) && (w.picture.Knows == nil || !w.picture.Knows(ClosedID(id))):
		w.check(r, w.follow(id))
	}
}

// check has a look taken at a chat as part of the round.
func (w *watch) check(r *round, f *followed) {
	f.past = r.past
	f.deep = true
	r.open[f] = true
	w.want(f, len(f.backlog) > 0)
}

package bridge

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Of some things neither a stream nor the room tells: that a conference has
// ended, and that the guest's data were changed. They are asked for after each
// comparison, as far as the server's limits leave room.

const (
	maxContacts  = 50               // guests that are read after one comparison
	contactEvery = 30 * time.Second // how long what was read of a guest counts as new
)

// callOf is the id of the conference that a message tells of.
func callOf(m rest.Message) string { return cmp.Or(m.Call(), m.ID) }

// called takes the message by which a conference was started.
func (s *story) called(m rest.Message) {
	id := callOf(m)
	if !soundID(id) || !s.fresh(m) || s.knows(CallID(id)) {
		return
	}
	v := sdk.Conference{ID: id, By: s.b.person(m.User), Started: m.TS.Time}
	if v.By.ID == serverUser {
		v.By = sdk.Person{}
	}
	s.add(m, sdk.Event{ID: CallID(id), Kind: sdk.EventCall, At: m.TS.Time, Conference: &v}, func(c *sdk.Chat) { c.Conference = v })
}

// contact tells first that the guest's data were changed, if they were since a
// look has read them.
func (s *story) contact(before sdk.Visitor) {
	if v := s.look.visitor; s.chat.told && !s.chat.visited.IsZero() && v != nil && v.ID == before.ID && !v.UpdatedAt.IsZero() && !sameGuest(before, s.b.visitor(s.look.room, v)) {
		s.moments = slices.Insert(s.moments, 0, moment{event: contacting(s.chat.id, v), change: nothing})
	}
}

func contacting(chat sdk.ChatID, v *rest.Visitor) sdk.Event {
	return sdk.Event{ID: ContactID(chat, v.UpdatedAt.Time), Kind: sdk.EventContact, Chat: chat, At: v.UpdatedAt.Time}
}

// sameGuest reports whether the same is known of both.
func sameGuest(a, b sdk.Visitor) bool {
	a.Username, b.Username = "", ""
	return reflect.DeepEqual(a, b)
}

// beside asks for what nothing else tells.
func (w *watch) beside() {
	watched := func(kind sdk.EventKind) bool { return w.picture.Watched != nil && w.picture.Watched(kind) }
	if watched(sdk.EventCall) {
		w.askCalls()
	}
	if watched(sdk.EventContact) {
		w.askContacts()
	}
}

// askCalls asks whether the conferences that go on have ended.
func (w *watch) askCalls() {
	if info := w.b.info.Load(); info == nil || !info.AtLeast(5, 0) {
		return // no end is to be had
	}
	for _, f := range w.chats {
		if v := f.known.Conference; !f.idle() || !f.known.Open() || v.IsZero() || !v.Ended.IsZero() {
			continue
		}
		w.group.Go(func() error {
			calls, err := w.b.rest.Conferences(w.ctx, string(f.id))
			if err != nil {
				w.log.Debug("conferences are not to be had", "chat", f.id, "err", err)
				return nil
			}
			w.do(func() error { return w.callsAre(f, calls) })
			return nil
		})
	}
}

func (w *watch) callsAre(f *followed, calls []rest.Conference) error {
	v := f.known.Conference
	at := slices.IndexFunc(calls, func(c rest.Conference) bool { return c.ID == v.ID })
	if at < 0 || w.chats[f.id] != f || !f.idle() || calls[at].Ended().IsZero() || w.knows(f)(CallEndedID(v.ID)) {
		return nil
	}
	v.Provider, v.Ended = cleanLine(calls[at].Provider), calls[at].Ended().Time
	f.known.Conference = v
	return w.show(f, Event{Event: sdk.Event{ID: CallEndedID(v.ID), Kind: sdk.EventCall, Chat: f.id, At: v.Ended, Conference: &v}})
}

// askContacts reads the guests of open chats again, those first that were not
// read for longest.
func (w *watch) askContacts() {
	var old []*followed
	for _, f := range w.chats {
		if f.idle() && f.known.Open() && f.known.Visitor.ID != "" && time.Since(f.visited) > min(contactEvery, w.b.opt.Reconcile/2) {
			old = append(old, f)
		}
	}
	slices.SortFunc(old, func(a, b *followed) int { return a.visited.Compare(b.visited) })
	for _, f := range old[:min(len(old), w.b.rest.SpareVisitors(maxContacts))] {
		id := f.known.Visitor.ID
		w.group.Go(func() error {
			if v, err := w.b.guest(w.ctx, id); err == nil && v != nil {
				w.do(func() error { return w.contactIs(f, v) })
			}
			return nil
		})
	}
}

func (w *watch) contactIs(f *followed, v *rest.Visitor) error {
	if w.chats[f.id] != f || !f.idle() || f.known.Visitor.ID != v.ID {
		return nil
	}
	before, first := f.known.Visitor, f.visited.IsZero()
	f.visited = time.Now()
	f.known.Visitor = w.b.visitor(rest.Room{Visitor: rest.Guest{Ref: rest.Ref{ID: v.ID, Username: before.Username}}, FName: before.Name}, v)
	switch {
	case sameGuest(before, f.known.Visitor):
		return nil
	case first || v.UpdatedAt.IsZero():
		return w.show(f, Event{})
	}
	return w.show(f, Event{Event: contacting(f.id, v)})
}

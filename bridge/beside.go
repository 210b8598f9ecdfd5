package bridge

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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
	v := s.look.visitor
	switch {
	case !s.chat.told || s.chat.visited.IsZero() || v == nil || v.UpdatedAt.IsZero() || v.ID != before.ID:
		return
	case sameGuest(before, s.b.visitor(s.look.room, v)) || s.knows(ContactID(s.chat.id, v.UpdatedAt.Time)):
		return
	}
	s.moments = slices.Insert(s.moments, 0, moment{event: contacting(s.chat.id, v.UpdatedAt), change: nothing})
	s.chat.contact = "" // it is likely to be changed with it
}

func contacting(chat sdk.ChatID, at rest.Time) sdk.Event {
	return sdk.Event{ID: ContactID(chat, at.Time), Kind: sdk.EventContact, Chat: chat, At: at.Time}
}

// sameGuest reports whether the same is known of both.
func sameGuest(a, b sdk.Visitor) bool {
	a.Username, b.Username = "", ""
	return reflect.DeepEqual(a, b)
}

// wants reports whether somebody has a handler for the kind of event.
func (w *watch) wants(kind sdk.EventKind) bool {
	return w.picture.Watched != nil && w.picture.Watched(kind)
}

// beside asks for what nothing else tells.
func (w *watch) beside() {
	if w.wants(sdk.EventCall) && w.isSince(5, 0) { // before, no end is to be had
		w.askCalls()
	}
	if w.wants(sdk.EventContact) {
		w.askContacts()
	}
}

// askCalls asks whether the conferences that go on have ended.
func (w *watch) askCalls() {
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
		if f.idle() && !f.asking && f.known.Open() && f.known.Visitor.ID != "" && time.Since(f.visited) > min(contactEvery, w.b.opt.Reconcile/2) {
			old = append(old, f)
		}
	}
	slices.SortFunc(old, func(a, b *followed) int { return a.visited.Compare(b.visited) })
	for _, f := range old[:min(len(old), w.b.rest.SpareGuests(maxContacts))] {
		f.asking = true
		id, contact := f.known.Visitor.ID, f.known.ContactID
		w.group.Go(func() error {
			k := w.b.contactBehind(w.ctx, contact)
			v, err := w.b.guest(w.ctx, id)
			w.do(func() error {
				f.asking = false
				if err != nil || v == nil {
					return nil
				}
				return w.contactIs(f, v, k)
			})
			return nil
		})
	}
}

// contactBehind is the contact that people edit from 7.0 on, and not the visitor;
// nil when there is none or it is not to be had.
func (b *Bridge) contactBehind(ctx context.Context, id string) *rest.Contact {
	if id == "" {
		return nil
	}
	k, err := b.rest.Contact(ctx, id)
	if err != nil {
		b.log.Debug("contact is not to be had", "contact", id, "err", err)
		return nil
	}
	return &k
}

// contactIs takes in what was read of a guest.
func (w *watch) contactIs(f *followed, v *rest.Visitor, k *rest.Contact) error {
	if w.chats[f.id] != f || !f.idle() || f.known.Visitor.ID != v.ID {
		return nil
	}
	before, contact, first := f.known.Visitor, f.contact, f.visited.IsZero()
	f.visited = time.Now()
	f.known.Visitor = w.b.visitor(rest.Room{Visitor: rest.Guest{Ref: rest.Ref{ID: v.ID, Username: before.Username}}, FName: before.Name}, v)
	f.contact = cmp.Or(digest(k), contact)
	at := rest.Time{}
	switch same := sameGuest(before, f.known.Visitor); {
	case !same && !first:
		at = v.UpdatedAt
	case contact != "" && f.contact != contact:
		at = k.UpdatedAt
	case same && f.contact == contact:
		return nil
	}
	if id := ContactID(f.id, at.Time); at.IsZero() || w.knows(f)(id) {
		return w.show(f, Event{})
	}
	return w.show(f, Event{Event: contacting(f.id, at)})
}

// digest tells contacts apart that people have edited; "" is of none. It is kept,
// so it says nothing of anybody.
func digest(k *rest.Contact) string {
	if k == nil {
		return ""
	}
	data, _ := json.Marshal([]any{k.Name, k.Emails, k.Phones, k.Fields}) // of plain values, which it writes in order
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

package bridge

import (
	"reflect"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tell emits what a look found out.
func (w *watch) tell(f *followed, a asked, l look) error {
	known := w.knows(f)
	l.tidy()
	if l.whole {
		f.read = max(f.read, a.due)
	}
	if !f.told {
		if stop, err := w.meet(f, l); stop || err != nil {
			return err
		}
	}
	s := &story{b: w.b, chat: f, look: l, knows: known}
	s.read()
	if s.unfit() && f.unfit < maxUnfit {
		f.unfit++
		f.again, f.deep = true, f.deep || a.whole || f.unfit > 1
		f.backlog = append(a.backlog, f.backlog...)
		return nil
	}
	f.unfit = 0
	if !f.past {
		s.complete(w.b.clock.now())
		s.contact(f.known.Visitor)
	}
	if l.visitor != nil {
		f.visited = time.Now()
	}
	if f.past {
		return w.tellPast(f, s)
	}
	if err := w.tellStory(f, s); err != nil {
		return err
	}
	return w.hearTypists()
}

// meet decides what an unknown chat is: new, which is left to the story, or
// from before the baseline, or over and done with.
func (w *watch) meet(f *followed, l look) (stop bool, err error) {
	journaled := w.picture.Knows != nil && w.picture.Knows(OpenedID(f.id))
	switch {
	case l.room.Type != "" && l.room.Type != "l", !journaled && w.isPast(l.room):
		delete(w.chats, f.id)
		return true, nil
	case journaled:
		f.told, f.known, f.mark = true, w.b.chat(l.room), w.since()
		if l.room.Open {
			break
		}
		f.mark = l.room.ClosedAt.Time
		if !w.picture.Knows(ClosedID(f.id)) {
			f.known.Status, f.mark = sdk.Taken, w.since()
		}
	case w.isOld(l.room):
		f.past = true
	}
	return false, nil
}

// since is the server time up to which everything is emitted or was part of a
// baseline.
func (w *watch) since() time.Time {
	return later(w.seen, w.baseline)
}

// isPast reports whether an unknown chat was over before we came, or was there
// before the baseline.
func (w *watch) isPast(room rest.Room) bool {
	if room.Open {
		return false
	}
	ended := room.ClosedAt
	if ended.IsZero() { // unknown, but not later than this
		ended = room.UpdatedAt
	}
	return !ended.After(w.since()) || w.isOld(room)
}

// isOld reports whether the chat was there before the baseline. One of which
// nobody knows when it began is not called old: it would be lost.
func (w *watch) isOld(room rest.Room) bool {
	return !room.TS.IsZero() && !room.TS.After(w.baseline)
}

// tellPast makes the chat known without events. What frames told meanwhile is
// news all the same.
func (w *watch) tellPast(f *followed, s *story) error {
	f.past = false
	f.known = s.begin()
	s.settle(&f.known)
	f.told = true
	f.loaded = s.look.whole
	f.advance(w.baseline)
	if err := w.show(f, Event{Event: sdk.Event{ID: OpenedID(f.id)}, Baseline: true}); err != nil {
		return err
	}
	for _, m := range s.look.messages {
		if s.look.live[m.ID] {
			f.hold(m)
		}
	}
	return nil
}

// tellStory emits what happened, and then, if that was nothing, a picture that
// has changed all the same.
func (w *watch) tellStory(f *followed, s *story) error {
	before, picture := f.known, s.begin()
	for _, m := range s.settled {
		if err := w.tick(f, m); err != nil {
			return err
		}
	}
	if err := w.tellMoments(f, s, &picture); err != nil {
		return err
	}
	f.loaded = f.loaded || s.look.whole
	if s.unsure {
		w.waits(f, picture.QueuedAt)
	}
	if len(s.moments) > 0 {
		return nil
	}
	s.settle(&picture)
	w.accounted(f, s.look)
	f.known = picture
	changed := s.look.room.UpdatedAt.Time
	if f.kept.Before(changed) && !f.mark.Before(changed) || !reflect.DeepEqual(before, picture) {
		return w.show(f, Event{})
	}
	return nil
}

// tellMoments emits moment after moment, each with the picture as it was then.
// The new mark goes with the last: after a crash between two of them the rest
// is found again.
func (w *watch) tellMoments(f *followed, s *story, picture *sdk.Chat) error {
	for i, m := range s.moments {
		m.change(picture)
		if i == len(s.moments)-1 {
			s.settle(picture)
			w.accounted(f, s.look)
		}
		f.known = *picture
		if err := w.show(f, Event{Event: m.event}); err != nil {
			return err
		}
		f.told = true
		if m.told == nil {
			continue
		}
		if err := w.tick(f, *m.told); err != nil {
			return err
		}
	}
	return nil
}

// accounted moves the mark after all messages were read. A message may become
// visible a little later than its time says.
func (w *watch) accounted(f *followed, l look) {
	if l.whole {
		f.advance(l.at.Add(-visibleLag))
	}
}

// show emits an event with the chat's picture. One without an ID changes the
// picture only.
func (w *watch) show(f *followed, e Event) error {
	e.Chat, e.Picture, e.Watermark, e.Contact = f.id, f.known, f.mark, f.contact
	e.Picture.Last = slices.Clip(e.Picture.Last)
	f.kept = f.mark
	if e.ID != "" {
		f.heard[e.ID] = e.At
	}
	return w.emit(e)
}

// tick makes a system message known without an event: what it tells is told.
func (w *watch) tick(f *followed, m rest.Message) error {
	id := MessageEventID(sdk.MessageID(m.ID))
	return w.show(f, Event{Event: sdk.Event{ID: id, At: m.TS.Time}, Baseline: true})
}

package bridge

import (
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// A chat is in the queue while it is open and nobody serves it. No message
// tells when it comes there: it does when it is opened, when it is moved to a
// department or to the queue, and when its agent is taken away. With automatic
// routing an agent may have it a moment later: then it never waited.

// waitNow has the chat wait from a time on.
func waitNow(c *sdk.Chat, since time.Time) {
	c.Agent, c.TakenAt, c.HeldAt, c.Status, c.QueuedAt = sdk.Person{}, time.Time{}, time.Time{}, sdk.Queued, since
}

// A hold and its end are told by their messages and by nothing else, so that
// they have one ID however they are learned: what the room shows has no time of
// its own, and is there before its message is. Servers before 3.14 write none;
// there what a look finds is told once, since the picture holds it from then on.

// writesHolds reports whether the server writes messages of holds.
func (b *Bridge) writesHolds() bool {
	info := b.info.Load()
	return info == nil || info.AtLeast(3, 14)
}

// putOnHold takes the message by which a chat was put on hold.
func (s *story) putOnHold(m rest.Message) {
	if id := HeldID(s.chat.id, m.TS.Time); s.fresh(m) && !s.knows(id) {
		s.hold(m, id)
	}
}

func (s *story) hold(m rest.Message, id sdk.EventID) {
	s.add(m, sdk.Event{ID: id, Kind: sdk.EventHeld, At: m.TS.Time}, func(c *sdk.Chat) {
		c.Status, c.HeldAt = sdk.Held, m.TS.Time
	})
}

// resumed takes the message by which that ended.
func (s *story) resumed(m rest.Message) {
	if id := ResumedID(s.chat.id, m.TS.Time); s.fresh(m) && !s.knows(id) {
		s.resume(m, id)
	}
}

func (s *story) resume(m rest.Message, id sdk.EventID) {
	s.add(m, sdk.Event{ID: id, Kind: sdk.EventResumed, At: m.TS.Time}, func(c *sdk.Chat) {
		if m.TS.Before(c.HeldAt) {
			return // it is told late: the chat is on hold again
		}
		if c.Status, c.HeldAt = sdk.Taken, (time.Time{}); c.Agent.IsZero() {
			waitNow(c, m.TS.Time)
		}
	})
}

// after is the picture after the moments.
func (s *story) after() sdk.Chat {
	c := s.chat.known
	for _, m := range s.moments {
		m.change(&c)
	}
	return c
}

// complete adds what no message told: what only the room shows, and that the
// chat came into the queue.
func (s *story) complete(now time.Time) {
	if room := s.look.room; room.Open {
		if !s.b.writesHolds() {
			s.shownHold(room.OnHold, rest.Message{TS: room.UpdatedAt})
		}
		if c := s.after(); !c.Agent.IsZero() && room.ServedBy == nil {
			s.left(c)
		}
	}
	s.queue(now)
}

// shownHold notes a hold, or the end of one, that only the room shows.
func (s *story) shownHold(onHold bool, silent rest.Message) {
	switch held := s.after().Status == sdk.Held; {
	case onHold && !held:
		s.hold(silent, HeldID(s.chat.id, silent.TS.Time))
	case held && !onHold:
		s.resume(silent, ResumedID(s.chat.id, silent.TS.Time))
	}
}

// left notes that the chat's agent serves it no more, though nothing was said
// of it.
func (s *story) left(c sdk.Chat) {
	at := s.look.room.QueuedAt.Time
	if s.move != nil {
		at = s.move.TS.Time
	}
	if !at.After(c.TakenAt) {
		at = s.look.room.UpdatedAt.Time
	}
	s.add(rest.Message{TS: rest.Time{Time: at}}, s.queued(at), func(c *sdk.Chat) { waitNow(c, at) })
}

func (s *story) queued(at time.Time) sdk.Event {
	return sdk.Event{ID: QueuedID(s.chat.id, at), Kind: sdk.EventQueued, Chat: s.chat.id, At: at}
}

// queue adds that the chat came into the queue, after each moment that brought
// it there, and first if that is still to be told.
func (s *story) queue(now time.Time) {
	c := s.chat.known
	if c.Status == sdk.Queued && c.QueuedAt.After(s.chat.mark) {
		s.enqueue(0, c.QueuedAt, now)
	}
	for i := 0; i < len(s.moments); i++ {
		m := s.moments[i]
		before := c.QueuedAt
		m.change(&c)
		if c.Status == sdk.Queued && !c.QueuedAt.Equal(before) && m.event.Kind != sdk.EventQueued {
			s.enqueue(i+1, c.QueuedAt, now)
		}
	}
}

// enqueue adds it before moment n, if the chat waited.
func (s *story) enqueue(n int, at, now time.Time) {
	e := s.queued(at)
	taken := slices.ContainsFunc(s.moments[n:], func(m moment) bool { return m.event.Kind == sdk.EventTaken && m.at.Sub(at) < delegateLag })
	switch {
	case at.IsZero() || s.knows(e.ID) || taken && !s.b.routing.isManual():
	case !s.b.routing.isManual() && n == len(s.moments) && s.look.room.Open && now.Sub(at) < delegateLag:
		s.unsure = true
	default:
		s.moments = slices.Insert(s.moments, n, moment{at: at, event: e, change: nothing})
	}
}

// waits tells that the chat is in the queue, unless an agent has it by now.
func (w *watch) waits(f *followed, since time.Time) {
	w.after(delegateLag, func() error {
		e := sdk.Event{ID: QueuedID(f.id, since), Kind: sdk.EventQueued, Chat: f.id, At: since}
		switch {
		case w.chats[f.id] != f || f.known.Status != sdk.Queued || !f.known.QueuedAt.Equal(since) || w.knows(f)(e.ID):
			return nil
		case f.looking || f.queued:
			w.waits(f, since)
			return nil
		}
		return w.show(f, Event{Event: e})
	})
}

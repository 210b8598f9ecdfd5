package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxLooks    = 8 // looks at a time
	maxCalm     = 6 // of which so many may be those that nobody waits for
	maxFails    = 6 // looks at a chat that the server fails, before the chat is left alone until it changes
	maxUnfit    = 6 // looks that wait for a change to end
	firstUnfit  = 30 * time.Millisecond
	firstRetry  = 500 * time.Millisecond
	lastRetry   = 30 * time.Second
	lookTimeout = 3 * time.Minute // the rate limiter may make a call wait for more than a minute
)

// watch is one run of the bridge's events. One goroutine owns it and calls
// emit; all others hand it turns.
type watch struct {
	b       *Bridge
	ctx     context.Context
	group   *errgroup.Group
	emit    func(Event) error
	picture Picture
	turns   chan func() error
	log     *slog.Logger

	chats    map[sdk.ChatID]*followed
	urgent   []*followed // looks to come
	calm     []*followed // and those that nobody waits for
	looking  int
	listed   bool      // the chats were compared since the last connection began
	baseline time.Time // server time of the last baseline in this run; zero means none
	rounds
}

func newWatch(ctx context.Context, g *errgroup.Group, b *Bridge, p Picture, emit func(Event) error) *watch {
	w := &watch{
		b: b, ctx: ctx, group: g, emit: emit, picture: p, log: b.log,
		turns: make(chan func() error), chats: map[sdk.ChatID]*followed{},
	}
	w.seen = p.Seen
	for id, k := range p.Chats {
		f := newFollowed(id)
		f.known, f.told, f.mark, f.kept = k.Chat, true, k.Watermark, k.Watermark
		f.loaded = len(k.Chat.Last) > 0
		w.chats[id] = f
	}
	return w
}

// run takes turns until ctx ends or emit fails.
func (w *watch) run() error {
	w.after(patience, func() error {
		if w.number > 0 {
			return nil // a connection was there before
		}
		return w.start()
	})
	for {
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case turn := <-w.turns:
			if err := turn(); err != nil {
				return err
			}
		}
		w.dispatch()
	}
}

// do has the watch's goroutine take a turn, and waits until it begins.
func (w *watch) do(turn func() error) error {
	select {
	case w.turns <- turn:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// after has a turn taken later.
func (w *watch) after(d time.Duration, turn func() error) {
	w.group.Go(func() error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			w.do(turn) // it fails only when all is over
		case <-w.ctx.Done():
		}
		return nil
	})
}

// knows reports whether the event has been emitted, in this run or before.
func (w *watch) knows(f *followed) func(sdk.EventID) bool {
	return func(id sdk.EventID) bool {
		_, heard := f.heard[id]
		return heard || w.picture.Knows != nil && w.picture.Knows(id)
	}
}

// follow is the chat, known or not.
func (w *watch) follow(id sdk.ChatID) *followed {
	f := w.chats[id]
	if f == nil {
		f = newFollowed(id)
		f.ready = w.listed
		w.chats[id] = f
	}
	f.touched = time.Now()
	return f
}

// want has a look taken at the chat. Nothing is looked at before the chats are
// compared: until then an unknown chat may be new or old.
func (w *watch) want(f *followed, urgent bool) {
	switch {
	case f.looking:
		f.again = true
	case f.queued || !w.listed:
	case urgent:
		f.queued, f.calm = true, false
		w.urgent = append(w.urgent, f)
	default:
		f.queued, f.calm = true, true
		w.calm = append(w.calm, f)
	}
}

// dispatch begins looks, as many as may run at a time.
func (w *watch) dispatch() {
	for w.looking < maxLooks {
		var f *followed
		switch {
		case len(w.urgent) > 0:
			f, w.urgent = w.urgent[0], w.urgent[1:]
		case len(w.calm) > 0 && w.looking < maxCalm:
			f, w.calm = w.calm[0], w.calm[1:]
		default:
			return
		}
		w.begin(f)
	}
}

func (w *watch) begin(f *followed) {
	a := asked{
		chat: f.id, since: f.mark, visitor: f.visitor(), backlog: f.backlog,
		whole: f.deep || !f.told || !f.loaded,
		spare: f.loaded && f.calm,
	}
	if !f.loaded {
		a.since = time.Time{}
	}
	f.queued, f.looking, f.again, f.deep, f.backlog, f.doubts = false, true, false, false, nil, nil
	w.looking++
	w.group.Go(func() error {
		ctx, cancel := context.WithTimeout(w.ctx, lookTimeout)
		defer cancel()
		l, err := w.b.look(ctx, a)
		w.do(func() error { return w.looked(f, a, l, err) })
		return nil
	})
}

// looked takes in what a look found.
func (w *watch) looked(f *followed, a asked, l look, err error) error {
	w.looking--
	f.looking = false
	if err == nil && !soundID(l.room.ID) {
		err = fmt.Errorf("read chat %s: %w", f.id, rest.ErrUnclear)
	}
	if err == nil {
		f.fails = 0
		err = w.tell(f, a, l)
	} else {
		err = w.failed(f, a, err)
	}
	if err != nil {
		return err
	}
	return w.settle(f)
}

// failed decides what becomes of a chat that could not be read.
func (w *watch) failed(f *followed, a asked, err error) error {
	f.fails++
	f.deep = f.deep || a.whole
	f.backlog = append(a.backlog, f.backlog...)
	switch {
	case errors.Is(err, rest.ErrNotFound):
		return w.vanished(f)
	case rest.Temporary(err) && !(errors.Is(err, rest.ErrServer) && f.fails >= maxFails), errors.Is(err, rest.ErrUnauthorized), errors.Is(err, context.DeadlineExceeded):
		w.log.Debug("chat is read again later", "chat", f.id, "attempt", f.fails, "err", err)
		f.again = true
		return nil
	}
	w.log.Error("chat cannot be read: what happens in it is missed until it can", "chat", f.id, "err", err)
	f.fails, f.again, f.backlog, f.doubts = 0, false, nil, nil
	if !f.told {
		delete(w.chats, f.id)
	}
	return nil
}

// vanished ends a chat that somebody deleted. How it ended nobody can tell, so
// that is no event, but the picture says that it is over.
func (w *watch) vanished(f *followed) error {
	delete(w.chats, f.id)
	f.again, f.backlog, f.doubts = false, nil, nil
	if !f.told || f.known.Status == sdk.Closed {
		return nil
	}
	w.log.Warn("chat is gone: somebody deleted it", "chat", f.id)
	f.known.Status = sdk.Closed
	return w.show(f, Event{})
}

// settle goes on with a chat after a look: with another look, or with what
// frames told meanwhile.
func (w *watch) settle(f *followed) error {
	switch {
	case f.again && f.fails > 0:
		f.again = false
		w.after(pause(f.fails, firstRetry, lastRetry), func() error { w.want(f, true); return nil })
		return nil
	case f.again && f.unfit > 0:
		f.again = false
		w.after(firstUnfit<<(f.unfit-1), func() error { w.want(f, true); return nil })
		return nil
	case f.again:
		w.want(f, true)
		return nil
	}
	if err := w.flush(f); err != nil || f.queued {
		return err
	}
	if f.doubted() {
		w.want(f, true)
		return nil
	}
	return w.done(f)
}

// flush takes the messages that waited for the chat's catch-up.
func (w *watch) flush(f *followed) error {
	if w.listed {
		f.ready = true
	}
	waiting := f.backlog
	f.backlog = nil
	for _, m := range waiting {
		if err := w.message(f, m); err != nil {
			return err
		}
	}
	return nil
}

// tell emits what a look found out.
func (w *watch) tell(f *followed, a asked, l look) error {
	known := w.knows(f)
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
	if f.past {
		return w.tellPast(f, s)
	}
	return w.tellStory(f, s)
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
	case !w.baseline.IsZero() && !l.room.TS.After(w.baseline):
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
	return !room.Open && (!room.ClosedAt.After(w.since()) || !room.TS.After(w.baseline))
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

// tellStory emits moment after moment, each with the picture as it was then.
// The new mark goes with the last: after a crash between two of them the rest
// is found again.
func (w *watch) tellStory(f *followed, s *story) error {
	before := f.known
	picture := s.begin()
	opened := !f.told
	for _, m := range s.settled {
		if err := w.tick(f, m); err != nil {
			return err
		}
	}
	for i, m := range s.moments {
		m.change(&picture)
		if i == len(s.moments)-1 {
			s.settle(&picture)
			w.accounted(f, s.look)
		}
		f.known = picture
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
	f.loaded = f.loaded || s.look.whole
	if len(s.moments) > 0 || opened {
		return nil
	}
	s.settle(&picture)
	w.accounted(f, s.look)
	f.known = picture
	behind := f.kept.Before(s.look.room.UpdatedAt.Time) && !f.mark.Before(s.look.room.UpdatedAt.Time)
	if behind || !reflect.DeepEqual(before, picture) {
		return w.show(f, Event{})
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
	e.Chat, e.Picture, e.Watermark = f.id, f.known, f.mark
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

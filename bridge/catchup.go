package bridge

import (
	"context"
	"math/rand/v2"
	"net/url"
	"strconv"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	away       = time.Hour        // after so long without a comparison a baseline is taken
	patience   = 10 * time.Second // how long the first comparison waits for a connection
	visibleLag = 5 * time.Second  // how much later than its time a message may become visible
	overlap    = 10 * time.Second // how much of what was compared is compared again: servers' clocks differ a little
	fullEvery  = time.Hour        // how often all open chats are listed, and not only those that changed
	closedKept = 15 * time.Minute // how long a closed chat stays in memory
	pageSize   = 100              // servers cut at 100
)

// rounds are the comparisons of the chats with the server's.
type rounds struct {
	seen   time.Time // server time up to which everything is emitted
	round  *round    // nil when none is under way
	number int       // of the last that began
	fails  int       // rounds that failed one after another
	fullAt time.Time // when all open chats were listed, by our clock
}

// round is one comparison. It is complete when the chats that differed have
// been looked at.
type round struct {
	number int
	at     time.Time // server time when it began
	full   bool      // all open chats are listed
	past   bool      // a baseline is taken
	open   map[*followed]bool
}

// listing is what the server has.
type listing struct {
	open   []rest.Room // all, or those that changed
	closed []rest.Room // since a little before the last round
}

// joined begins a comparison because a new connection listens: what happened
// between two connections no frame tells.
func (w *watch) joined() error {
	w.listed = false
	for _, f := range w.chats {
		f.ready = false
	}
	return w.start()
}

// start begins a comparison. One that is under way is given up.
func (w *watch) start() error {
	w.number++
	r := &round{number: w.number, at: w.b.clock.now(), open: map[*followed]bool{}}
	r.past = w.seen.IsZero() || r.at.Sub(w.seen) > away
	r.full = r.past || w.fullAt.IsZero() || time.Since(w.fullAt) > fullEvery
	since := w.seen.Add(-overlap)
	if w.seen.IsZero() {
		since = r.at.Add(-overlap)
	}
	w.round = r
	w.group.Go(func() error {
		l, err := w.b.list(w.ctx, r, since)
		w.do(func() error { return w.compared(r, l, err) })
		return nil
	})
	return nil
}

// next begins a comparison later, unless another has begun until then.
func (w *watch) next(d time.Duration) {
	number := w.number
	w.after(d, func() error {
		if w.number != number {
			return nil
		}
		return w.start()
	})
}

// compared takes in what the server has.
func (w *watch) compared(r *round, l listing, err error) error {
	if w.round != r {
		return nil
	}
	if err != nil {
		w.round = nil
		w.fails++
		w.log.Warn("chats cannot be compared with the server's: trying again", "attempt", w.fails, "err", err)
		w.next(min(pause(w.fails, firstRetry, lastRetry), w.b.opt.Reconcile))
		return nil
	}
	w.fails = 0
	w.listed = true
	if r.full {
		w.fullAt = time.Now()
	}
	if r.past {
		w.baseline = l.newest(r.at)
	}
	if err := w.compare(r, l); err != nil {
		return err
	}
	if err := w.release(); err != nil {
		return err
	}
	return w.finish()
}

// compare finds the chats that differ.
func (w *watch) compare(r *round, l listing) error {
	there := map[sdk.ChatID]bool{}
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
	f.told, f.loaded = true, false
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

// release lets frames through to the chats that need no look, and looks at
// those that are new.
func (w *watch) release() error {
	for _, f := range w.chats {
		if f.queued || f.looking {
			continue
		}
		if !f.told {
			w.want(f, true)
			continue
		}
		if err := w.settle(f); err != nil {
			return err
		}
	}
	return nil
}

// done takes a chat from the round.
func (w *watch) done(f *followed) error {
	if w.round == nil || !w.round.open[f] {
		return nil
	}
	delete(w.round.open, f)
	return w.finish()
}

// finish ends the round when all its chats were looked at.
func (w *watch) finish() error {
	r := w.round
	if r == nil || len(r.open) > 0 || !w.listed {
		return nil
	}
	w.round = nil
	w.seen = r.at
	w.sweep()
	w.next(w.b.opt.Reconcile)
	return w.emit(Event{Seen: r.at})
}

// sweep forgets closed chats of which nothing is heard any more.
func (w *watch) sweep() {
	for id, f := range w.chats {
		if f.known.Status == sdk.Closed && !f.queued && !f.looking && time.Since(f.touched) > closedKept {
			delete(w.chats, id)
		}
	}
}

// newest is the latest server time in the listing, if it is later than at: a
// clock that is read from Date headers is up to a second behind.
func (l listing) newest(at time.Time) time.Time {
	for _, r := range l.open {
		at = later(at, r.TS.Time)
	}
	for _, r := range l.closed {
		at = later(at, r.ClosedAt.Time)
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// list asks the server for its chats: those that are open, all or those that
// changed since, and those that were closed since.
func (b *Bridge) list(ctx context.Context, r *round, since time.Time) (listing, error) {
	var l listing
	var err error
	if r.full {
		l.open, err = b.rest.OpenRooms(ctx)
	} else {
		l.open, err = b.changed(ctx, since)
	}
	if err != nil {
		return l, err
	}
	l.closed, err = b.rest.Rooms(ctx, rest.RoomFilter{State: rest.RoomsClosed, ClosedSince: since})
	return l, err
}

// changed are the open chats that changed since, by as many pages as they
// need. There is no filter for it, so they are sorted.
func (b *Bridge) changed(ctx context.Context, since time.Time) ([]rest.Room, error) {
	var all []rest.Room
	for _, state := range b.openStates() {
		for offset := 0; ; offset += pageSize {
			var page struct {
				Rooms []rest.Room `json:"rooms"`
				Total int         `json:"total"`
			}
			query := url.Values{
				string(state): {"true"}, "sort": {`{"_updatedAt":-1}`},
				"count": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)},
			}
			if err := b.rest.Get(ctx, "livechat/rooms", query, &page); err != nil {
				return nil, err
			}
			for _, r := range page.Rooms {
				if r.Open && r.UpdatedAt.After(since) {
					all = append(all, r)
				}
			}
			n := len(page.Rooms)
			if n == 0 || offset+n >= page.Total || !page.Rooms[n-1].UpdatedAt.After(since) {
				break
			}
		}
	}
	return all, nil
}

// pause is how long to wait before attempt n+1: twice as long each time, and
// never the same for everybody.
func pause(n int, first, last time.Duration) time.Duration {
	d := last
	if n < 16 {
		d = min(first<<max(n-1, 0), last)
	}
	return d/2 + rand.N(d/2+1)
}

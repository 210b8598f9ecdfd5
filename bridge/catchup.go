package bridge

import (
	"maps"
	"time"

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

// joined begins a comparison because a new connection listens: what happened
// between two connections no frame tells.
func (w *watch) joined() error {
	w.listed, w.together = false, true
	w.rereads.due, w.rereads.list = w.rereads.due+1, nil
	for _, f := range w.chats {
		f.ready = false
	}
	return w.start()
}

// part tells that a connection is over, and says whether it had listened.
func (w *watch) part() (listened bool, err error) {
	told := make(chan bool, 1)
	err = w.do(func() error {
		told <- w.together
		return w.parted()
	})
	if err != nil {
		return false, err
	}
	select {
	case listened = <-told:
		return listened, nil
	case <-w.ctx.Done():
		return false, w.ctx.Err()
	}
}

// parted says that the connection is lost, once for each that was there. What a
// comparison under way has found is older than that, so it begins anew.
func (w *watch) parted() error {
	if !w.together {
		return nil
	}
	w.together = false
	if w.round != nil {
		if err := w.start(); err != nil {
			return err
		}
	}
	return w.emit(Event{Parted: true})
}

// start begins a comparison. One that is under way is given up.
func (w *watch) start() error {
	w.number++
	r := &round{number: w.number, at: w.b.clock.now(), open: map[*followed]bool{}}
	r.past = w.seen.IsZero() || r.at.Sub(w.seen) > away
	r.full = r.past || w.fullAt.IsZero() || time.Since(w.fullAt) > fullEvery
	if r.full {
		w.rereads.due++
	}
	since := w.seen.Add(-overlap)
	if w.seen.IsZero() {
		since = r.at.Add(-overlap)
	}
	w.round = r
	watched := w.wants(sdk.EventAgent)
	if !watched || r.past {
		if err := w.forgetStaff(); err != nil {
			return err
		}
	}
	read := maps.Clone(w.staff.read)
	w.group.Go(func() error {
		l, err := w.b.list(w.ctx, r, since)
		if err == nil && watched {
			l.staff = w.b.census(w.ctx, read)
		}
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
	for _, m := range l.commands {
		if err := w.commanded(m); err != nil {
			return err
		}
	}
	if l.staff != nil {
		if err := w.staffIs(l.staff); err != nil {
			return err
		}
	}
	if err := w.tellBehind(r); err != nil {
		return err
	}
	if err := w.release(); err != nil {
		return err
	}
	return w.finish()
}

// tellBehind says which chats are yet to be looked at.
func (w *watch) tellBehind(r *round) error {
	if len(r.open) == 0 {
		return nil // Seen follows at once
	}
	behind := map[sdk.ChatID]bool{}
	for f := range r.open {
		behind[f.id] = true
	}
	return w.emit(Event{Behind: behind})
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
	if len(w.round.open) > 0 {
		if err := w.emit(Event{Current: f.id}); err != nil {
			return err
		}
	}
	return w.finish()
}

// finish ends the round when all its chats were looked at.
func (w *watch) finish() error {
	r := w.round
	if r == nil || len(r.open) > 0 || !w.listed {
		return nil
	}
	w.round = nil
	w.seen = later(r.at, w.baseline) // which is of the server's documents: its Date header is up to a second behind
	if oldest := w.talks.unheard(); !oldest.IsZero() && !oldest.After(w.seen) {
		w.seen = oldest.Add(-time.Millisecond)
	}
	w.sweep()
	w.beside()
	w.reread()
	if err := w.hearTypists(); err != nil {
		return err
	}
	w.next(w.b.opt.Reconcile)
	return w.emit(Event{Seen: w.seen})
}

// sweep forgets closed chats of which nothing is heard any more.
func (w *watch) sweep() {
	for id, f := range w.chats {
		if f.known.Status == sdk.Closed && !f.queued && !f.looking && time.Since(f.touched) > closedKept {
			delete(w.chats, id)
		}
	}
}

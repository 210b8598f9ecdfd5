package bridge

import (
	"context"
	"log/slog"
	"slices"
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
	together bool      // a connection listens
	listed   bool      // the chats were compared since the last connection began
	baseline time.Time // server time of the last baseline in this run; zero means none
	talks    talks
	typists  typists
	staff    staff
	rereads  rereads
	rounds
}

func newWatch(ctx context.Context, g *errgroup.Group, b *Bridge, p Picture, emit func(Event) error) *watch {
	w := &watch{
		b: b, ctx: ctx, group: g, emit: emit, picture: p, log: b.log,
		turns: make(chan func() error, 64), chats: map[sdk.ChatID]*followed{},
		talks: talks{waiting: map[string][]rest.Message{}, roles: map[string]standing{}},
	}
	w.seen, w.staff = p.Seen, staffOf(p.Staff)
	for id, k := range p.Chats {
		f := newFollowed(id)
		f.known, f.told, f.mark, f.kept, f.contact = k.Chat, true, k.Watermark, k.Watermark, k.Contact
		f.known.Last = slices.Clip(f.known.Last)
		f.loaded = len(k.Chat.Last) > 0
		if f.loaded {
			f.visited = f.touched.Add(-contactEvery)
		}
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

// do has the watch's goroutine take a turn, after those that were given before.
func (w *watch) do(turn func() error) error {
	select {
	case w.turns <- turn:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

// doWithin is do for those who do not wait for ever.
func (w *watch) doWithin(ctx context.Context, turn func() error) error {
	select {
	case w.turns <- turn:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
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
	a := w.ask(f)
	w.group.Go(func() error {
		ctx, cancel := context.WithTimeout(w.ctx, lookTimeout)
		defer cancel()
		l, err := w.b.look(ctx, a)
		err = w.b.lapsed(ctx, err)
		w.do(func() error { return w.looked(f, a, l, err) })
		return nil
	})
}

// ask is what a look that begins now is to find out.
func (w *watch) ask(f *followed) asked {
	a := asked{
		chat: f.id, since: f.mark, visitor: f.visitor(), backlog: f.backlog,
		whole: f.deep || !f.told || !f.loaded,
		spare: f.loaded && f.calm, due: w.rereads.due,
	}
	if !f.loaded {
		a.since = time.Time{}
	}
	f.queued, f.looking, f.again, f.deep, f.backlog, f.doubts = false, true, false, false, nil, nil
	w.looking++
	return a
}

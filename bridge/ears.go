package bridge

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
)

const streamRoom = "stream-room-data"

const (
	hearing   = 2 * time.Second  // how long what a server tells of a room may take, if nobody says otherwise
	maxMisses = 3                // in a row: then this server does not tell of rooms,
	deafness  = 10 * time.Minute // and is asked again after so long
)

// ears listen to single rooms while their tags are written, over the
// connection of Run. A tag that somebody sets between our read and our write is
// nowhere to be read afterwards; but it was told.
type ears struct {
	mu     sync.Mutex // guards what follows
	conn   *ddp.Conn  // nil while there is none
	misses int        // how often, in a row, nothing was to be heard
	missed time.Time  // the last time
	rooms  map[string]*listening
	within time.Duration       // how long what a server tells may take; 0 means hearing
	owed   map[string][]string // tags of others that an attempt overwrote and could not put back, by room
}

// join has them listen by a connection that is logged in.
func (e *ears) join(conn *ddp.Conn) { e.set(conn) }

// part ends that.
func (e *ears) part() { e.set(nil) }

func (e *ears) set(conn *ddp.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conn, e.misses = conn, 0
	for _, l := range e.rooms {
		l.stop() // they listened by another
	}
}

// line is the connection by which they listen; nil while there is none.
func (e *ears) line() *ddp.Conn {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.conn
}

// listen begins to listen to a room; nil means that it is not to be heard.
func (e *ears) listen(ctx context.Context, room string) *listening {
	l := e.add(room)
	if l == nil || l.begin(ctx) {
		return l
	}
	l.end()
	return nil
}

func (e *ears) add(room string) *listening {
	e.mu.Lock()
	defer e.mu.Unlock()
	deaf := e.misses >= maxMisses && time.Since(e.missed) < deafness
	if e.conn == nil || deaf || e.rooms[room] != nil {
		return nil
	}
	l := &listening{ears: e, conn: e.conn, room: room, more: make(chan struct{}, 1)}
	l.over = make(chan struct{})
	l.stop = sync.OnceFunc(func() { close(l.over) })
	if e.rooms == nil {
		e.rooms = map[string]*listening{}
	}
	e.rooms[room] = l
	return l
}

// owe remembers tags until the next attempt, or that there are none.
func (e *ears) owe(room string, tags []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(tags) == 0 {
		delete(e.owed, room)
		return
	}
	if e.owed == nil {
		e.owed = map[string][]string{}
	}
	e.owed[room] = tags
}

func (e *ears) debt(room string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.owed[room]
}

// hear takes an event of a room's stream; false means that it is another's.
func (e *ears) hear(ev ddp.Event) bool {
	if ev.Collection != streamRoom {
		return false
	}
	e.mu.Lock()
	l := e.rooms[ev.Name]
	e.mu.Unlock()
	var room rest.Room
	if l != nil && read(ev.Args, 0, &room) == nil && room.Type != "" { // of a deleted room there is only its id
		l.note(room.Tags)
	}
	return true
}

// listening hears how the tags of one room change.
type listening struct {
	ears *ears
	conn *ddp.Conn
	room string
	sub  ddp.Sub
	more chan struct{} // holds one when there is something new

	over chan struct{} // closed by stop, when the connection ends
	stop func()

	mu    sync.Mutex // guards what follows
	heard [][]string // what the tags were, one after another
}

func (l *listening) begin(ctx context.Context) bool {
	within, cancel := context.WithTimeout(ctx, cmp.Or(l.ears.within, hearing))
	defer cancel()
	sub, err := l.conn.Subscribe(within, streamRoom, l.room, map[string]any{"useCollection": false, "args": []any{}})
	l.sub = sub
	var refused *ddp.Error
	busy := errors.As(err, &refused) && refused.Code == "too-many-requests" // it tells of rooms, but not of so many
	if err != nil && !busy {
		l.ears.count(l.conn, true)
	}
	return err == nil
}

// end is for a nil listening too.
func (l *listening) end() {
	if l == nil {
		return
	}
	l.stop()
	l.conn.Unsubscribe(l.sub) // of a connection that has ended there is nothing left to end
	l.ears.mu.Lock()
	defer l.ears.mu.Unlock()
	delete(l.ears.rooms, l.room)
}

func (l *listening) note(tags []string) {
	l.mu.Lock()
	l.heard = append(l.heard, tags)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// before are the tags that the room had just before it had ours, which have
// been written: what somebody set meanwhile is among them. It waits until ours
// are heard of, and says nil when they are not.
func (l *listening) before(ctx context.Context, ours []string) []string {
	if l == nil {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, cmp.Or(l.ears.within, hearing))
	defer cancel()
	for {
		if tags, found := l.take(ours); found {
			l.ears.count(l.conn, false)
			return tags
		}
		select {
		case <-l.more:
		case <-l.over:
			return nil
		case <-within.Done():
			l.ears.count(l.conn, true)
			return nil
		}
	}
}

// take takes what was heard up to ours.
func (l *listening) take(ours []string) (before []string, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.heard, func(tags []string) bool { return slices.Equal(tags, ours) })
	if at < 0 {
		return nil, false
	}
	if at > 0 {
		before = l.heard[at-1]
	}
	l.heard = l.heard[at+1:]
	return before, true
}

// count counts misses, so that nobody waits for ever for what is never told.
func (e *ears) count(conn *ddp.Conn, missed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.conn != conn:
	case missed:
		e.misses++
		e.missed = time.Now()
	default:
		e.misses = 0
	}
}

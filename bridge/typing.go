package bridge

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	typingSpan     = 10 * time.Second // how long a guest sees that somebody writes, unless a message comes before
	typingPatience = 2 * time.Second  // how long the server may take
)

// typing shows guests that somebody writes. Servers and older guests' pages
// never forget it by themselves, so that its end must be said.
type typing struct {
	mu    sync.Mutex // guards what follows
	conn  *ddp.Conn  // nil while there is none
	until map[string]time.Time
	more  chan struct{} // holds one when until has changed
}

func newTyping() *typing { return &typing{more: make(chan struct{}, 1)} }

// typing tells the guest that somebody writes. It is tried once: a moment later
// it would be wrong.
func (a *attempt) writes(ctx context.Context) sdk.Outcome {
	if err := a.typing.begin(ctx, a.Bridge, a.room.ID); err != nil {
		return unchanged("nobody sees it: " + err.Error())
	}
	return done("")
}

// wasTyping ends what was tried before.
func (a *attempt) wasTyping(context.Context) (sdk.Outcome, bool, error) {
	return unchanged("it is tried once, and that was"), a.e.Attempt > 0, nil
}

func (t *typing) line() *ddp.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn
}

func (t *typing) begin(ctx context.Context, b *Bridge, room string) error {
	conn := t.line()
	if conn == nil {
		return errors.New("there is no connection to the workspace at this moment")
	}
	if err := b.tellTyping(ctx, conn, room, true); err != nil {
		return err
	}
	t.end(room, time.Now().Add(typingSpan))
	return nil
}

// over ends it with the next message, if it has begun.
func (t *typing) over(room string) {
	t.mu.Lock()
	_, begun := t.until[room]
	t.mu.Unlock()
	if begun {
		t.end(room, time.Now())
	}
}

// end has it end at a time.
func (t *typing) end(room string, at time.Time) {
	t.mu.Lock()
	if t.until == nil {
		t.until = map[string]time.Time{}
	}
	t.until[room] = at
	t.mu.Unlock()
	select {
	case t.more <- struct{}{}:
	default:
	}
}

// serve says the ends over a connection that is logged in, until ctx ends.
func (t *typing) serve(ctx context.Context, b *Bridge, conn *ddp.Conn) error {
	t.set(conn)
	defer t.set(nil)
	clock := time.NewTimer(typingSpan)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.more:
		case <-clock.C:
		}
		due, next := t.due()
		for _, room := range due {
			if err := b.tellTyping(ctx, conn, room, false); err != nil {
				b.log.Debug("end of typing is not told", "chat", room, "err", err)
			}
		}
		clock.Reset(next)
	}
}

func (t *typing) set(conn *ddp.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conn, t.until = conn, nil
}

// due takes out the rooms in which it is over, and says when to look again.
func (t *typing) due() (rooms []string, next time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next = typingSpan
	for _, room := range slices.Sorted(maps.Keys(t.until)) {
		left := time.Until(t.until[room])
		if left <= 0 {
			rooms = append(rooms, room)
			delete(t.until, room)
			continue
		}
		next = min(next, left)
	}
	return rooms, next
}

// tellTyping writes to the room's stream, from 4.0 on to another event of it.
func (b *Bridge) tellTyping(ctx context.Context, conn *ddp.Conn, room string, on bool) error {
	ctx, cancel := context.WithTimeout(ctx, typingPatience)
	defer cancel()
	name, err := b.typist(ctx)
	if err != nil {
		return err
	}
	event, state := room+"/typing", any(on)
	if info := b.info.Load(); info != nil && info.AtLeast(4, 0) {
		activities := []string{}
		if on {
			activities = []string{"user-typing"}
		}
		event, state = room+"/user-activity", activities
	}
	_, err = conn.Call(ctx, "stream-notify-room", event, name, state, map[string]any{})
	return err
}

// typist is the name under which our account writes: servers let through no
// other.
func (b *Bridge) typist(ctx context.Context) (string, error) {
	if !b.prefs.on(ctx, "UI_Use_Real_Name") {
		me, err := b.self(ctx)
		return me.Username, err
	}
	me, err := b.rest.Me(ctx)
	return me.Name, err
}

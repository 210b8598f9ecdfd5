package ddp

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// deadline is the moment after which reading gives up.
func deadline(d time.Duration) time.Time { return time.Now().Add(d) }

// Call calls a method and waits for its result, which is nil if the server
// gave none: some methods of Rocket.Chat answer with neither value nor error.
// The server's refusal is an *Error. ErrClosed means that nothing was sent;
// after a *LostError or the end of ctx the server may have acted. Parameters
// are written as EJSON (see Marshal).
func (c *Conn) Call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	id, answer := c.expect("m", "")
	result, err := c.ask(ctx, id, answer, map[string]any{"msg": "method", "id": id, "method": method, "params": params})
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	return result, nil
}

// Sub is a live subscription.
type Sub struct {
	id   string
	Name string
}

// Subscribe subscribes and waits until the server is ready to send events. A
// refusal is a *RefusedError, or an *Error where the server says why.
func (c *Conn) Subscribe(ctx context.Context, name string, params ...any) (Sub, error) {
	if params == nil {
		params = []any{}
	}
	id, answer := c.expect("s", name)
	_, err := c.ask(ctx, id, answer, map[string]any{"msg": "sub", "id": id, "name": name, "params": params})
	if err == nil {
		return Sub{id: id, Name: name}, nil
	}
	c.forget(id)
	if ctx.Err() != nil {
		c.send(map[string]any{"msg": "unsub", "id": id}) // it may become ready yet
		return Sub{}, fmt.Errorf("subscribe to %s: %w", name, err)
	}
	return Sub{}, err
}

// Unsubscribe ends a subscription. A few of its events may still come.
func (c *Conn) Unsubscribe(s Sub) error {
	if _, ours := c.forget(s.id); !ours {
		return nil
	}
	return c.send(map[string]any{"msg": "unsub", "id": s.id})
}

// expect makes an id, unique in this session, and the place for its outcome.
// A sub is what the id subscribes to, if it does.
func (c *Conn) expect(prefix, sub string) (string, <-chan outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	id := prefix + strconv.Itoa(c.lastID)
	answer := make(chan outcome, 1)
	c.waiting[id] = answer
	if sub != "" {
		c.subs[id] = sub
	}
	return id, answer
}

// ask sends and waits for the outcome.
func (c *Conn) ask(ctx context.Context, id string, answer <-chan outcome, v any) (json.RawMessage, error) {
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	select {
	case <-c.done:
		return nil, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.send(v); err != nil {
		return nil, &LostError{Cause: err}
	}
	var without error
	select {
	case o := <-answer:
		return o.result, o.err
	case <-ctx.Done():
		without = ctx.Err()
	case <-c.done:
		without = c.lost()
	}
	select {
	case o := <-answer: // it had come before the end, and counts
		return o.result, o.err
	default:
		return nil, without
	}
}

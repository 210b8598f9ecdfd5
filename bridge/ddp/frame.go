package ddp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Event is one change of a stream.
type Event struct {
	Collection string            // such as "stream-room-messages"
	Name       string            // which of the stream's events, such as "__my_messages__"
	Args       []json.RawMessage // EJSON: dates are {"$date": ms}; Time reads them

	size int // bytes of the frame
}

// frame is any message of the server. Each kind fills some fields.
type frame struct {
	Msg        string          `json:"msg"`
	ID         string          `json:"id"`
	Session    string          `json:"session"`
	Version    string          `json:"version"`
	Reason     string          `json:"reason"`
	Subs       []string        `json:"subs"`
	Collection string          `json:"collection"`
	Fields     json.RawMessage `json:"fields"`
	Result     json.RawMessage `json:"result"`
	Error      json.RawMessage `json:"error"`
	Offending  struct {
		ID string `json:"id"`
	} `json:"offendingMessage"`

	size int
}

// onFrame is the protocol. An error ends the connection.
var onFrame = map[string]func(*Conn, frame) error{
	"ping":    (*Conn).pong,
	"pong":    ignore, // that it came is all it says
	"result":  (*Conn).resolve,
	"updated": ignore, // that a method's writes are visible: nobody waits for it
	"ready":   (*Conn).ready,
	"nosub":   (*Conn).nosub,
	"changed": (*Conn).changed,
	"added":   ignore, // collections are not kept
	"removed": ignore,
	"error":   (*Conn).complain,
}

// parse reads a frame. A field of an odd type is left empty: it must not cost
// the others.
func parse(data []byte) (frame, error) {
	var f frame
	if err := json.Unmarshal(data, &f); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return frame{}, fmt.Errorf("read frame: %w", err)
	}
	f.size = len(data)
	return f, nil
}

// read takes frame after frame until the connection ends.
func (c *Conn) read() error {
	for {
		data, err := c.next()
		if err != nil {
			return err
		}
		if err := c.handle(data); err != nil {
			return err
		}
	}
}

// next is the next text frame. It is good until the one after it.
func (c *Conn) next() ([]byte, error) {
	for {
		if now := time.Now(); now.Sub(c.armed) > c.opt.Heartbeat/16 { // setting it for every frame takes its time
			c.armed = now
			c.ws.SetReadDeadline(deadline(c.silence()))
		}
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return nil, ending(err)
		}
		if c.buffer.Cap() > maxBuffer {
			c.buffer = bytes.Buffer{}
		}
		c.buffer.Reset()
		if _, err := c.buffer.ReadFrom(r); err != nil {
			return nil, ending(err)
		}
		if kind == websocket.TextMessage {
			return c.buffer.Bytes(), nil
		}
		c.log.Warn("binary frame skipped", "bytes", c.buffer.Len())
	}
}

// maxBuffer is how many bytes are kept for the next frame: few are so large.
const maxBuffer = 64 << 10

// ending is how a connection ended, by what reading it gave.
func ending(err error) error {
	var network net.Error
	var closed *websocket.CloseError
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		return ErrTooLarge
	case errors.As(err, &closed):
		return &ClosedError{Code: closed.Code, Text: closed.Text, Err: err}
	case errors.As(err, &network) && network.Timeout():
		return ErrSilent
	}
	return &ClosedError{Err: err}
}

// eventOf reads a frame that is an event of a stream, as nearly all are; false
// means that it is another, or odd.
func eventOf(data []byte) (Event, bool) {
	e := Event{size: len(data), Args: make([]json.RawMessage, 0, 2)}
	r := NewReader(bytes.Clone(data)) // the arguments outlive it
	msg, told := "", false
	ok := r.Fields(frameNames, func(n int) (ok bool) {
		switch frameNames[n] {
		case "msg":
			msg, ok = r.Text()
		case "collection":
			e.Collection, ok = r.Text()
		case "fields":
			told, ok = e.read(r)
		}
		return ok
	})
	return e, ok && r.End() && msg == "changed" && e.Collection != "" && e.Name != "" && told
}

var frameNames, fieldNames = []string{"msg", "collection", "fields"}, []string{"eventName", "args"}

// read reads the fields of an event, and reports whether there are arguments.
func (e *Event) read(r *Reader) (told, ok bool) {
	ok = r.Fields(fieldNames, func(n int) (ok bool) {
		if fieldNames[n] == "eventName" {
			e.Name, ok = r.Text()
			return ok
		}
		told = true
		return r.Array(func() bool {
			value, ok := r.Value()
			e.Args = append(e.Args, value)
			return ok
		})
	})
	return told, ok
}

// handle does what one frame asks for. What cannot be understood is skipped.
func (c *Conn) handle(data []byte) error {
	if e, ok := eventOf(data); ok {
		return c.put(e)
	}
	f, err := parse(data)
	if err != nil {
		c.log.Warn("frame skipped", "bytes", len(data), "err", err)
		return nil
	}
	do, known := onFrame[f.Msg]
	if !known {
		c.puzzled(f)
		return nil
	}
	return do(c, f)
}

// maxPuzzles is how many kinds of unknown frames are spoken of aloud.
const maxPuzzles = 16

// puzzled says of each unknown kind of frame once that there are such. A server
// that has something new sends it all the time.
func (c *Conn) puzzled(f frame) {
	level := slog.LevelDebug
	if !c.puzzles[f.Msg] && len(c.puzzles) < maxPuzzles && f.Msg != "" { // servers greet with one that has none
		c.puzzles[f.Msg] = true
		level = slog.LevelWarn
	}
	c.log.Log(context.Background(), level, "unknown kind of frame skipped", "kind", brief(f.Msg), "bytes", f.size)
}

// brief is a word of bearable length.
func brief(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

func ignore(*Conn, frame) error { return nil }

func (c *Conn) pong(f frame) error {
	answer := map[string]any{"msg": "pong"}
	if f.ID != "" {
		answer["id"] = f.ID
	}
	return c.send(answer)
}

func (c *Conn) resolve(f frame) error {
	if f.Error != nil {
		c.tell(f.ID, outcome{err: parseError(f.Error)})
		return nil
	}
	c.tell(f.ID, outcome{result: f.Result})
	return nil
}

func (c *Conn) ready(f frame) error {
	for _, id := range f.Subs {
		c.tell(id, outcome{})
	}
	return nil
}

// nosub ends a subscription: refused, ended as we asked, or ended by the server.
func (c *Conn) nosub(f frame) error {
	name, ours := c.forget(f.ID)
	var err error = &RefusedError{Name: name}
	if f.Error != nil {
		err = fmt.Errorf("subscribe to %s: %w", name, parseError(f.Error))
	}
	if c.tell(f.ID, outcome{err: err}) || !ours {
		return nil
	}
	return err
}

func (c *Conn) changed(f frame) error {
	e, err := f.event()
	switch {
	case err == nil && e.Name != "":
		return c.put(e)
	case f.Collection != "" && !strings.HasPrefix(f.Collection, "stream-"):
		return nil // collections are not kept
	}
	c.log.Warn("event of a stream skipped: its fields are not eventName and args", "collection", brief(f.Collection), "bytes", f.size, "err", err)
	return nil
}

// event is what a changed frame tells.
func (f frame) event() (Event, error) {
	var fields struct {
		EventName string            `json:"eventName"`
		Args      []json.RawMessage `json:"args"`
	}
	err := json.Unmarshal(f.Fields, &fields)
	return Event{Collection: f.Collection, Name: fields.EventName, Args: fields.Args, size: f.size}, err
}

// complain hears that we sent something the server cannot read. It names no
// id, but often shows what we sent.
func (c *Conn) complain(f frame) error {
	c.log.Error("server rejects a frame of ours", "reason", f.Reason)
	c.tell(f.Offending.ID, outcome{err: &Error{Reason: f.Reason}})
	return nil
}

// tell gives an outcome to who waits for it, and reports whether anybody does.
func (c *Conn) tell(id string, o outcome) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, waits := c.waiting[id]
	if waits {
		delete(c.waiting, id)
		w <- o // has room for one
	}
	return waits
}

// forget drops a subscription and reports its name and whether we had it.
func (c *Conn) forget(id string) (name string, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, ours = c.subs[id]
	delete(c.subs, id)
	return name, ours
}

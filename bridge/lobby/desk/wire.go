package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long the workspace may take to answer.
const patience = 10 * time.Second

// wire is a realtime connection to the workspace.
type wire struct {
	ws   *websocket.Conn
	hear func(event) // called by one goroutine, in order
	done chan struct{}

	mu    sync.Mutex // guards what follows, and writing
	last  int
	waits map[string]chan reply // by id of method or subscription
}

// event is one that a stream told.
type event struct {
	stream, name string
	args         []json.RawMessage
}

// reply is the end of a method or the beginning of a subscription.
type reply struct {
	result json.RawMessage
	err    error
}

// frame is what the workspace sends.
type frame struct {
	Msg        string          `json:"msg"`
	ID         string          `json:"id"`
	Subs       []string        `json:"subs"`
	Collection string          `json:"collection"`
	Result     json.RawMessage `json:"result"`
	Error      *fault          `json:"error"`
	Fields     struct {
		EventName string            `json:"eventName"`
		Args      []json.RawMessage `json:"args"`
	} `json:"fields"`
}

// fault is a failure as the realtime API tells it.
type fault struct {
	Code    any    `json:"error"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func (f *fault) err() error {
	text := f.Reason
	if text == "" {
		text = f.Message
	}
	return &refusal{code: fmt.Sprint(f.Code), text: text}
}

// refusal is the workspace's no, in its own words.
type refusal struct{ code, text string }

func (r *refusal) Error() string {
	if r.text == "" {
		return r.code
	}
	return r.text
}

// connect opens a realtime connection. hear gets what its streams tell.
func (a *api) connect(ctx context.Context, hear func(event)) (*wire, error) {
	d := websocket.Dialer{HandshakeTimeout: patience, NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx) }}
	ws, answer, err := d.DialContext(ctx, "ws://workspace/websocket", nil)
	if err != nil {
		return nil, fmt.Errorf("connect to workspace: %w", err)
	}
	answer.Body.Close()
	w := &wire{ws: ws, hear: hear, done: make(chan struct{}), waits: map[string]chan reply{}}
	go w.read()
	hello := w.expect("hello")
	if err := w.write(map[string]any{"msg": "connect", "version": "1", "support": []string{"1"}}); err != nil {
		w.close()
		return nil, err
	}
	if _, err := w.await(ctx, hello); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *wire) expect(id string) chan reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan reply, 1)
	w.waits[id] = c
	return c
}

func (w *wire) write(v any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ws.SetWriteDeadline(time.Now().Add(patience))
	if err := w.ws.WriteJSON(v); err != nil {
		return fmt.Errorf("write to workspace: %w", err)
	}
	return nil
}

func (w *wire) await(ctx context.Context, c chan reply) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r := <-c:
		return r.result, r.err
	case <-w.done:
		return nil, errors.New("workspace ended the connection: try again")
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for workspace: %w", ctx.Err())
	}
}

// read handles frames until the connection ends.
func (w *wire) read() {
	defer close(w.done)
	defer w.ws.Close()
	for {
		var f frame
		if err := w.ws.ReadJSON(&f); err != nil {
			return
		}
		if do := onFrame[f.Msg]; do != nil {
			do(w, &f)
		}
	}
}

var onFrame = map[string]func(*wire, *frame){
	"connected": func(w *wire, _ *frame) { w.resolve("hello", reply{}) },
	"ping":      func(w *wire, f *frame) { w.write(map[string]any{"msg": "pong"}) },
	"result": func(w *wire, f *frame) {
		r := reply{result: f.Result}
		if f.Error != nil {
			r.err = f.Error.err()
		}
		w.resolve(f.ID, r)
	},
	"ready": func(w *wire, f *frame) {
		for _, id := range f.Subs {
			w.resolve(id, reply{})
		}
	},
	"nosub": func(w *wire, f *frame) {
		r := reply{err: &refusal{code: "not-allowed"}}
		if f.Error != nil {
			r.err = f.Error.err()
		}
		w.resolve(f.ID, r)
	},
	"changed": func(w *wire, f *frame) {
		w.hear(event{stream: f.Collection, name: f.Fields.EventName, args: f.Fields.Args})
	},
}

func (w *wire) resolve(id string, r reply) {
	w.mu.Lock()
	c := w.waits[id]
	delete(w.waits, id)
	w.mu.Unlock()
	if c != nil {
		c <- r
	}
}

func (w *wire) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	return strconv.Itoa(w.last)
}

// call runs a method.
func (w *wire) call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	id := w.id()
	c := w.expect(id)
	if params == nil {
		params = []any{}
	}
	if err := w.write(map[string]any{"msg": "method", "id": id, "method": method, "params": params}); err != nil {
		return nil, err
	}
	return w.await(ctx, c)
}

// login makes the connection that of a user, by its token.
func (w *wire) login(ctx context.Context, token string) error {
	_, err := w.call(ctx, "login", map[string]any{"resume": token})
	return err
}

// listen subscribes to a stream's event. The id ends it.
func (w *wire) listen(ctx context.Context, stream, name string, more ...any) (id string, err error) {
	id = w.id()
	c := w.expect(id)
	params := append([]any{name}, more...)
	if len(more) == 0 {
		params = append(params, false)
	}
	if err := w.write(map[string]any{"msg": "sub", "id": id, "name": stream, "params": params}); err != nil {
		return "", err
	}
	_, err = w.await(ctx, c)
	return id, err
}

// forget ends a subscription.
func (w *wire) forget(id string) {
	if id != "" {
		w.write(map[string]any{"msg": "unsub", "id": id}) // a connection that has ended hears nothing anyway
	}
}

// close ends the connection and waits until nothing is heard any more.
func (w *wire) close() {
	w.ws.Close()
	<-w.done
}

// client speaks HTTP over connections that dial makes.
func client(dial func(context.Context) (net.Conn, error)) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, DisableCompression: true,
	}}
}

package lobby

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// socket is a DDP connection. Frames that nobody waits for are kept in seen.
type socket struct {
	w    *workspace
	ws   *websocket.Conn
	seen []map[string]any
	n    int
}

func (w *workspace) dial() *socket {
	w.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.base, "http")+"/websocket", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { ws.Close() })
	return &socket{w: w, ws: ws}
}

// socket connects and says hello.
func (w *workspace) socket() *socket {
	w.t.Helper()
	s := w.dial()
	s.write(`{"msg":"connect","version":"1","support":["1"]}`)
	s.until(func(f map[string]any) bool { return f["msg"] == "connected" })
	return s
}

func (s *socket) write(text string) {
	s.w.t.Helper()
	if err := s.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		s.w.t.Fatal(err)
	}
}

// next is the next frame; an error means that the connection ended.
func (s *socket) next() (map[string]any, error) {
	s.ws.SetReadDeadline(time.Now().Add(patient))
	_, data, err := s.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	var f map[string]any
	if err := json.Unmarshal(data, &f); err != nil {
		s.w.t.Fatalf("frame %q: %v", data, err)
	}
	return f, nil
}

func (s *socket) until(is func(map[string]any) bool) map[string]any {
	s.w.t.Helper()
	for {
		f, err := s.next()
		if err != nil {
			s.w.t.Fatalf("connection ended while waiting: %v (after %v)", err, s.seen)
		}
		if f["msg"] == "changed" || f["msg"] == "added" {
			s.seen = append(s.seen, f)
		}
		if is(f) {
			return f
		}
	}
}

// call invokes a method and returns its result frame.
func (s *socket) call(method string, params ...any) map[string]any {
	s.w.t.Helper()
	s.n++
	id := fmt.Sprint("m", s.n)
	if params == nil {
		params = []any{}
	}
	data, err := json.Marshal(map[string]any{"msg": "method", "method": method, "id": id, "params": params})
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.write(string(data))
	return s.until(func(f map[string]any) bool { return f["msg"] == "result" && f["id"] == id })
}

// sub subscribes and tells whether it was ready.
func (s *socket) sub(name, event string, extra ...any) bool {
	s.w.t.Helper()
	s.n++
	id := fmt.Sprint("s", s.n)
	if extra == nil {
		extra = []any{}
	}
	data, _ := json.Marshal(map[string]any{"msg": "sub", "id": id, "name": name, "params": []any{event, map[string]any{"useCollection": false, "args": extra}}})
	s.write(string(data))
	f := s.until(func(f map[string]any) bool {
		subs, _ := f["subs"].([]any)
		return f["msg"] == "nosub" && f["id"] == id || f["msg"] == "ready" && subs[0] == id
	})
	return f["msg"] == "ready"
}

// login resumes a caller's token.
func (s *socket) login(c *caller) *socket {
	s.w.t.Helper()
	if f := s.call("login", map[string]any{"resume": c.token}); f["error"] != nil {
		s.w.t.Fatalf("login: %v", f["error"])
	}
	return s
}

// hangUp closes the connection and waits until the server has noticed.
func (s *socket) hangUp() {
	s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	for {
		if _, err := s.next(); err != nil {
			break
		}
	}
	for s.isServed() { // the server says goodbye before it forgets
		runtime.Gosched()
	}
	s.ws.Close()
}

// isServed reports whether the server still knows the connection.
func (s *socket) isServed() bool {
	s.w.s.mu.Lock()
	defer s.w.s.mu.Unlock()
	for c := range s.w.s.conns {
		if c.ws.RemoteAddr().String() == s.ws.LocalAddr().String() {
			return true
		}
	}
	return false
}

// sync makes sure that everything the server had sent is in seen, and empties it.
func (s *socket) sync() []map[string]any {
	s.w.t.Helper()
	s.n++
	id := fmt.Sprint("p", s.n)
	s.write(`{"msg":"ping","id":"` + id + `"}`)
	s.until(func(f map[string]any) bool { return f["msg"] == "pong" && f["id"] == id })
	out := s.seen
	s.seen = nil
	return out
}

// TestSilentConnectionDoesNotKeepTheLobbyFromEnding: one that never asked
// anything, as clients open them ahead of time.
func TestSilentConnectionDoesNotKeepTheLobbyFromEnding(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, l) }()
	silent, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if res, err := http.Get("http://" + l.Addr().String() + "/api/info"); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the lobby does not serve: %v %v", res, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

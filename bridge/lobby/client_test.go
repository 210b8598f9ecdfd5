package lobby

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// workspace is a running lobby and its log.
type workspace struct {
	t    *testing.T
	s    *Server
	base string
	log  *logBuffer
	stop func()
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) facts(t *testing.T) []Fact {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	facts, err := ReadFacts(bytes.NewReader(l.b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// open starts a workspace that ends with the test.
func open(t *testing.T, opt Options) *workspace {
	t.Helper()
	w := &workspace{t: t, log: &logBuffer{}}
	if opt.Log == nil {
		opt.Log = w.log
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	w.s, w.base = s, "http://"+l.Addr().String()
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("run: %v", err)
			}
		})
	}
	t.Cleanup(w.stop)
	return w
}

// person is somebody who makes REST calls.
type caller struct {
	w         *workspace
	id, token string
	headers   map[string]string
}

func (w *workspace) guestCaller() *caller { return &caller{w: w} }

// as logs a user in.
func (w *workspace) as(name string) *caller {
	w.t.Helper()
	a := w.account(name)
	c := &caller{w: w}
	r := c.ok("POST", "login", map[string]any{"user": a.User, "password": a.Password})
	data := r["data"].(map[string]any)
	c.id, c.token = data["userId"].(string), data["authToken"].(string)
	return c
}

func (w *workspace) account(name string) Account {
	a := w.s.Accounts(w.base)
	return map[string]Account{"admin": a.Admin, "bot": a.Bot, "alice": a.Alice, "carol": a.Carol, "dave": a.Dave}[name]
}

func (w *workspace) department(name string) string { return w.s.Accounts(w.base).Departments[name] }

// answer is what a REST call brought.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (c *caller) do(verb, path string, body any) answer {
	c.w.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			c.w.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	return c.send(verb, path, in, "application/json")
}

func (c *caller) send(verb, path string, in io.Reader, contentType string) answer {
	c.w.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/api/v1/" + path
	}
	req, err := http.NewRequest(verb, c.w.base+path, in)
	if err != nil {
		c.w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if c.token != "" {
		req.Header.Set("X-Auth-Token", c.token)
		req.Header.Set("X-User-Id", c.id)
	}
	for k, v := range c.headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		c.w.t.Fatal(err)
	}
	json.Unmarshal(a.raw, &a.body) // a page is no JSON
	return a
}

// ok is a call that must succeed.
func (c *caller) ok(verb, path string, body any) map[string]any {
	c.w.t.Helper()
	a := c.do(verb, path, body)
	if a.status != 200 {
		c.w.t.Fatalf("%s %s: %d %s", verb, path, a.status, a.raw)
	}
	return a.body
}

// upload sends a file as rooms.upload does.
func (c *caller) upload(path, name, kind string, data []byte, fields map[string]string) answer {
	c.w.t.Helper()
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	if name != "" {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
		h.Set("Content-Type", kind)
		part, err := form.CreatePart(h)
		if err != nil {
			c.w.t.Fatal(err)
		}
		part.Write(data)
	}
	for k, v := range fields {
		form.WriteField(k, v)
	}
	form.Close()
	return c.send("POST", path, &buf, form.FormDataContentType())
}

// guest opens a chat and says something; it returns caller, token and room.
func (w *workspace) guest(token, department, text string) (c *caller, rid string) {
	w.t.Helper()
	c = w.guestCaller()
	visitor := map[string]any{"token": token, "name": "Guest " + token, "email": token + "@visitor.example"}
	if department != "" {
		visitor["department"] = w.department(department)
	}
	c.ok("POST", "livechat/visitor", map[string]any{"visitor": visitor})
	room := c.ok("GET", "livechat/room?token="+token, nil)["room"].(map[string]any)
	rid = room["_id"].(string)
	if text != "" {
		w.say(token, rid, text)
	}
	return c, rid
}

func (w *workspace) say(token, rid, text string) map[string]any {
	w.t.Helper()
	return w.guestCaller().ok("POST", "livechat/message", map[string]any{"token": token, "rid": rid, "msg": text})["message"].(map[string]any)
}

func (c *caller) room(rid string) map[string]any {
	c.w.t.Helper()
	return c.ok("GET", "rooms.info?roomId="+rid, nil)["room"].(map[string]any)
}

func (c *caller) take(rid string) {
	c.w.t.Helper()
	q := c.ok("GET", "livechat/inquiries.getOne?roomId="+rid, nil)["inquiry"].(map[string]any)
	c.ok("POST", "livechat/inquiries.take", map[string]any{"inquiryId": q["_id"]})
}

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
	s.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
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
			s.ws.Close()
			return
		}
	}
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

// events are the names of stream events, as "stream event".
func events(frames []map[string]any) []string {
	var out []string
	for _, f := range frames {
		if f["msg"] == "changed" {
			out = append(out, fmt.Sprint(f["collection"], " ", f["fields"].(map[string]any)["eventName"]))
		}
	}
	return out
}

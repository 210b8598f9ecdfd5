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

// patient is how long a test waits for what must come. Nothing is timed by it.
const patient = 2 * time.Minute

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

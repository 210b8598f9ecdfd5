package rest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// recording is one answer of a real server.
type recording struct {
	Name    string
	Call    string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
	Text    string
}

// recordings reads the answers by name.
var recordings = sync.OnceValue(func() map[string]recording {
	f, err := os.Open("testdata/answers.jsonl")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	all := map[string]recording{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recording
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		all[r.Name] = r
	}
	return all
})

func (r recording) serve(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if r.Body == nil {
		w.Header().Set("Content-Type", "text/plain")
	}
	for k, v := range r.Headers {
		w.Header().Set(k, v)
	}
	w.WriteHeader(r.Status)
	w.Write(append(r.Body, r.Text...))
}

// server answers calls from a table whose keys are ends of "VERB path"; the
// first answers in a row are used once each, the last one for ever.
type server struct {
	t    *testing.T
	http *httptest.Server

	mu      sync.Mutex // guards what follows
	answers map[string][]http.HandlerFunc
	calls   []string // "VERB path?query"
	headers []http.Header
	bodies  []string
}

func newServer(t *testing.T) *server {
	s := &server{t: t, answers: map[string][]http.HandlerFunc{}}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.http.Close)
	s.on("GET /api/info", text200(`{"version":"3.11.1","success":true}`))
	return s
}

func (s *server) on(call string, answers ...http.HandlerFunc) *server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[call] = answers
	return s
}

func recorded(name string) http.HandlerFunc {
	r, ok := recordings()[name]
	if !ok {
		panic("no recording " + name)
	}
	return func(w http.ResponseWriter, _ *http.Request) { r.serve(w) }
}

func text200(body string) http.HandlerFunc {
	return recording{Status: 200, Body: json.RawMessage(body)}.handler()
}

func status(code int, body string) http.HandlerFunc {
	return recording{Status: code, Body: json.RawMessage(body)}.handler()
}

func page(code int) http.HandlerFunc {
	return recording{Status: code, Headers: map[string]string{"Content-Type": "text/html"}, Text: "<html>"}.handler()
}

func (r recording) handler() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { r.serve(w) }
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := new(strings.Builder)
	if _, err := bufio.NewReader(r.Body).WriteTo(body); err != nil {
		s.t.Errorf("read body: %v", err)
	}
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.RequestURI())
	s.headers = append(s.headers, r.Header.Clone())
	s.bodies = append(s.bodies, body.String())
	call := r.Method + " " + r.URL.EscapedPath()
	list := s.answers[call]
	if list == nil {
		list = s.answers[r.Method+" "+strings.TrimPrefix(r.URL.EscapedPath(), "/api/v1/")]
		call = r.Method + " " + strings.TrimPrefix(r.URL.EscapedPath(), "/api/v1/")
	}
	if len(list) > 1 {
		s.answers[call] = list[1:]
	}
	s.mu.Unlock()
	if len(list) == 0 {
		recorded("page")(w, r) // as the real server does
		return
	}
	list[0](w, r)
}

// seen are the calls so far whose text has part in it.
func (s *server) seen(part string) (found []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.Contains(c, part) {
			found = append(found, c)
		}
	}
	return found
}

// client is one with a token, which does not pause between attempts.
func (s *server) client() *Client {
	s.t.Helper()
	return s.clientWith(Options{UserID: "Tsym488Hbth9kgQ6i", Token: "secret-token"})
}

func (s *server) clientWith(o Options) *Client {
	s.t.Helper()
	if o.URL == "" {
		o.URL = s.http.URL
	}
	o.Pause = time.Microsecond
	c, err := New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

var ctx = context.Background()

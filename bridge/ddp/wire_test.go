package ddp

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is how long a test waits for what must come. Nothing is timed by it.
const patient = 2 * time.Minute

// peer is the server's side of one connection. Its scripts are lines: what
// begins with < it says, and what begins with > it must hear.
type peer struct {
	t  testing.TB
	ws *websocket.Conn
}

const greeting = `
	< {"server_id":"0"}
	> {"msg":"connect","version":"1","support":["1"]}
	< {"msg":"connected","session":"s1"}
`

// play plays a script to its end.
func (p *peer) play(script string) {
	p.t.Helper()
	for line := range strings.Lines(script) {
		what, frame, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "<":
			p.say(frame)
		case ">":
			p.hear(frame)
		}
	}
}

func (p *peer) say(frame string) {
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		runtime.Goexit() // the client has gone, and its side of the test says why
	}
}

// hear takes the next frame, which must be as told.
func (p *peer) hear(frame string) {
	p.t.Helper()
	var got, want any
	err := json.Unmarshal([]byte(frame), &want)
	if err == nil {
		err = p.ws.ReadJSON(&got)
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		p.t.Errorf("the server heard %v (%v), want %s", got, err, frame)
		p.ws.Close()
		runtime.Goexit()
	}
}

// rest answers pings until the client goes.
func (p *peer) rest() {
	for {
		var f struct{ Msg string }
		if p.ws.ReadJSON(&f) != nil {
			return
		}
		if f.Msg == "ping" {
			p.say(`{"msg":"pong"}`)
		}
	}
}

// listen has a server play to each connection, and gives what reaches it.
func listen(t testing.TB, l net.Listener, play func(*peer)) Options {
	t.Helper()
	handle := func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return // the upgrader has answered
		}
		defer ws.Close()
		play(&peer{t, ws})
	}
	var playing sync.WaitGroup
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		playing.Add(1)
		defer playing.Done()
		handle(w, r)
	})}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-done
		playing.Wait()
	})
	return Options{URL: "http://" + l.Addr().String(), Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }}
}

// serve plays on a loopback address, after the greeting.
func serve(t testing.TB, play func(*peer)) Options {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, l, func(p *peer) { p.play(greeting); play(p) })
}

// pipes are a network within the process, so that synctest can turn its clock.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.over) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// piped plays within the process, after the client's greeting: a pipe does not
// take what both sides say at once.
func piped(t testing.TB, play func(*peer)) Options {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), over: make(chan struct{})}
	o := listen(t, p, func(peer *peer) {
		peer.play(`
			> {"msg":"connect","version":"1","support":["1"]}
			< {"msg":"connected","session":"s1"}
		`)
		play(peer)
	})
	o.dial = p.dial
	return o
}

// dial is a connection that does not run.
func dial(t testing.TB, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// running is a connection that runs.
type running struct {
	*Conn
	t    testing.TB
	stop context.CancelFunc
	over chan struct{}
	err  error // why it ended; after over
}

func run(t testing.TB, o Options) *running {
	t.Helper()
	r := &running{Conn: dial(t, o), t: t, over: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() { defer close(r.over); r.err = r.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-r.over })
	return r
}

// ended waits for the end, and says why.
func (r *running) ended() error {
	r.t.Helper()
	select {
	case <-r.over:
		return r.err
	case <-time.After(patient):
		r.t.Fatal("the connection does not end")
		return nil
	}
}

// endsAs waits for an end of some type.
func endsAs[E error](r *running) (e E) {
	r.t.Helper()
	if err := r.ended(); !errors.As(err, &e) {
		r.t.Fatalf("it ended with %v, want a %T", err, e)
	}
	return e
}

// mailbox collects events.
type mailbox chan Event

func (m mailbox) put(_ context.Context, e Event) error { m <- e; return nil }

// next is the next event, its name and arguments as they came.
func (m mailbox) next(t testing.TB) string {
	t.Helper()
	select {
	case e := <-m:
		args, _ := json.Marshal(e.Args)
		return e.Collection + " " + e.Name + " " + string(args)
	case <-time.After(patient):
		t.Fatal("no event")
		return ""
	}
}

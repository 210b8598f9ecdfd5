package ddp

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

// Options configure a Conn. Only URL is required.
type Options struct {
	URL       string                                // of the workspace, as in the browser; http, https, ws or wss, and it may have a path
	TLS       *tls.Config                           // nil means the system's authorities
	Proxy     func(*http.Request) (*url.URL, error) // nil means what HTTPS_PROXY and its kin say
	Heartbeat time.Duration                         // how often we ping; a peer silent for 2.5 times as long is gone; 0 means 15s
	ReadLimit int64                                 // bytes of the largest frame; 0 means 16 MiB
	Queue     int                                   // events that may wait for OnEvent; 0 means 4096
	Log       *slog.Logger                          // nil means no log

	// OnEvent gets each event of a stream, one at a time, in order. It may
	// call methods of the Conn. An error ends Run, which returns it; ctx ends
	// when Run does. Nil drops all events.
	OnEvent func(ctx context.Context, e Event) error

	// Tests replace the network and lower the bounds.
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	room int64         // bytes of the events that may wait, whatever their number; 0 means 64 MiB
	wait time.Duration // how long a full queue is waited for; 0 means 5s
}

const writeWait = 10 * time.Second

// Conn is one DDP session. Its methods may be called from any goroutine.
type Conn struct {
	opt     Options
	log     *slog.Logger
	ws      *websocket.Conn
	session string

	// The reader's own.
	buffer  bytes.Buffer    // of the present frame
	armed   time.Time       // when the end of silence was put off
	puzzles map[string]bool // unknown kinds of frames that were spoken of

	events chan Event
	queued atomic.Int64  // bytes of the events that wait
	taken  chan struct{} // holds one when the handler has taken an event

	write sync.Mutex // one writer at a time

	mu      sync.Mutex                // guards what follows
	lastID  int                       // of a method or a subscription
	waiting map[string]chan<- outcome // by id: who waits for result, ready or nosub
	subs    map[string]string         // by id: the name of each subscription that is asked for or live
	cause   error                     // why the connection ended

	done chan struct{} // closed when the connection has ended
}

// outcome is how a method or a subscription ended.
type outcome struct {
	result []byte
	err    error
}

func newConn(opt Options) *Conn {
	if opt.Heartbeat <= 0 {
		opt.Heartbeat = 15 * time.Second
	}
	if opt.ReadLimit <= 0 {
		opt.ReadLimit = 16 << 20
	}
	if opt.Queue <= 0 {
		opt.Queue = 4096
	}
	if opt.room <= 0 {
		opt.room = 64 << 20
	}
	if opt.wait <= 0 {
		opt.wait = 5 * time.Second
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Conn{
		opt:     opt,
		log:     opt.Log,
		events:  make(chan Event, opt.Queue),
		taken:   make(chan struct{}, 1),
		puzzles: map[string]bool{},
		waiting: map[string]chan<- outcome{},
		subs:    map[string]string{},
		done:    make(chan struct{}),
	}
}

// Session is the server's name for this session, for logs.
func (c *Conn) Session() string { return c.session }

// Run reads the connection until ctx ends, the connection does, or OnEvent
// fails, and returns which: ctx.Err(), ErrSilent, ErrSlow, ErrTooLarge, a
// *ClosedError, a *RefusedError, or OnEvent's error. It is never nil. It may
// be called once.
func (c *Conn) Run(ctx context.Context) error {
	g, running := errgroup.WithContext(ctx)
	g.Go(c.read)
	g.Go(func() error { return c.beat(running) })
	g.Go(func() error { return c.deliver(running) })
	g.Go(func() error {
		<-running.Done()
		c.end(context.Cause(running))
		return nil
	})
	err := g.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Close ends the connection. Run does it by itself; Close is for a Conn that
// was never run.
func (c *Conn) Close() error {
	c.end(ErrClosed)
	return nil
}

// end closes the socket, politely where the peer still listens, and tells
// everybody who waits. It does so before the handler has returned, because the
// handler may be one of them.
func (c *Conn) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	close(c.done)
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
	c.ws.Close()
}

// lost is what somebody gets who waited when the connection ended.
func (c *Conn) lost() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &LostError{Cause: c.cause}
}

// silence is how long the peer may say nothing. With the default heartbeat it
// is 37.5 s; a server answers each ping at once.
func (c *Conn) silence() time.Duration { return c.opt.Heartbeat * 5 / 2 }

// beat pings, so that a living peer always has something to say.
func (c *Conn) beat(ctx context.Context) error {
	tick := time.NewTicker(c.opt.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := c.send(map[string]any{"msg": "ping"}); err != nil {
				return err
			}
		}
	}
}

// put has an event wait for the handler. When the queue is full it waits
// itself, and what the server sends meanwhile stays on the wire.
func (c *Conn) put(e Event) error {
	if c.opt.OnEvent == nil || c.hasRoom(e) {
		return nil
	}
	over := time.NewTimer(c.opt.wait)
	defer over.Stop()
	for {
		select {
		case <-c.taken:
			if c.hasRoom(e) {
				return nil
			}
		case <-over.C:
			return ErrSlow
		case <-c.done:
			return ErrClosed
		}
	}
}

// hasRoom puts an event into the queue if there is room for it.
func (c *Conn) hasRoom(e Event) bool {
	if c.queued.Add(int64(e.size)) <= c.opt.room {
		select {
		case c.events <- e:
			return true
		default:
		}
	}
	c.queued.Add(-int64(e.size))
	return false
}

// deliver hands the events that wait to the handler.
func (c *Conn) deliver(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-c.events:
			c.queued.Add(-int64(e.size))
			select {
			case c.taken <- struct{}{}:
			default:
			}
			if ctx.Err() != nil {
				return nil
			}
			if err := c.opt.OnEvent(ctx, e); err != nil {
				return err
			}
		}
	}
}

// send writes one frame. An error means that the connection is of no more use.
func (c *Conn) send(v any) error {
	data, err := Marshal(v)
	if err != nil {
		return err
	}
	c.write.Lock()
	defer c.write.Unlock()
	c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	if err := c.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		return &ClosedError{Err: err}
	}
	return nil
}

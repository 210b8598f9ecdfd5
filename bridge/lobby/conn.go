package lobby

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const writeWait = 10 * time.Second

// conn is one websocket. Its reader handles frames strictly in order; its
// writer sends what waits, and watches the silence.
type conn struct {
	s       *Server
	ws      *websocket.Conn
	seq     int
	session string
	inside  bool   // came by Dial
	who     string // for the log: username, or "" before the login; guarded by Server.mu

	user  *user  // guarded by Server.mu
	token string // the login token's hash; guarded by Server.mu
	subs  map[string]stream

	connected bool // has said hello; the reader's own

	out   outbox
	heard atomic.Int64 // when the last frame came, in nanoseconds
	done  chan struct{}
	once  sync.Once
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) websocket(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{
		s: s, ws: ws, session: newID(), inside: fromInside(r), subs: map[string]stream{},
		out: outbox{most: s.opt.SlowReader, ready: make(chan struct{}, 1)}, done: make(chan struct{}),
	}
	if !s.enter(c) {
		ws.Close()
		return
	}
	defer s.left(c)
	ws.SetReadLimit(s.opt.MaxFrame)
	c.heard.Store(time.Now().UnixNano())
	writer := make(chan struct{})
	go func() { defer close(writer); c.write() }()
	c.send([]byte(`{"server_id":"0"}`))
	c.read()
	c.stop()
	<-writer
}

// read handles frames until the connection ends.
func (c *conn) read() {
	for {
		kind, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		c.heard.Store(time.Now().UnixNano())
		if kind == websocket.TextMessage && !c.handle(data) {
			return
		}
	}
}

// send queues a frame. A reader that is too slow loses its connection, so that
// it does not hold up the others.
func (c *conn) send(frame []byte) {
	if !c.out.add(frame) {
		c.stop()
	}
}

// write sends frames, and a ping into a silence; a second silence ends it.
func (c *conn) write() {
	defer c.ws.Close()
	beat := c.s.opt.Heartbeat
	tick := time.NewTicker(beat / 4)
	defer tick.Stop()
	pinged := false
	for {
		select {
		case <-c.out.ready:
			if !c.flush() {
				c.stop()
				return
			}
		case <-tick.C:
			silence := time.Duration(time.Now().UnixNano() - c.heard.Load())
			switch {
			case silence < beat:
				pinged = false
			case !pinged:
				pinged = true
				c.send([]byte(`{"msg":"ping"}`))
			case silence >= 2*beat:
				c.stop()
				return
			}
		case <-c.done:
			c.sayGoodbye()
			return
		}
	}
}

// flush sends what waits; false means that nobody takes it.
func (c *conn) flush() bool {
	for _, f := range c.out.take() {
		c.ws.SetWriteDeadline(time.Now().Add(writeWait))
		if c.ws.WriteMessage(websocket.TextMessage, f) != nil {
			return false
		}
		c.out.sent(f)
	}
	return true
}

// sayGoodbye sends what was said before the end, unless it is that nobody took it.
func (c *conn) sayGoodbye() {
	if c.out.full() || !c.flush() {
		return
	}
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
}

// stop ends the connection. It may be called from anywhere, also twice.
func (c *conn) stop() { c.once.Do(func() { close(c.done) }) }

// outbox holds the frames that one reader has not taken yet.
type outbox struct {
	most  int           // bytes that may wait
	ready chan struct{} // says that something waits

	mu     sync.Mutex // guards what follows
	frames [][]byte
	bytes  int
	over   bool
}

// add queues a frame; false means that the reader is too slow.
func (o *outbox) add(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over || o.bytes+len(frame) > o.most && o.bytes > 0 {
		o.over = true
		return false
	}
	o.frames = append(o.frames, frame)
	o.bytes += len(frame)
	select {
	case o.ready <- struct{}{}:
	default:
	}
	return true
}

// take returns all that waits; it counts until it is sent.
func (o *outbox) take() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames = nil
	return frames
}

func (o *outbox) sent(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= len(frame)
}

func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}

package lobby

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	queueFrames = 8192     // frames that may wait for one slow reader
	queueBytes  = 64 << 20 // bytes that may
	writeWait   = 10 * time.Second
)

// conn is one websocket. Its reader handles frames strictly in order; its
// writer sends what waits, and watches the silence.
type conn struct {
	s       *Server
	ws      *websocket.Conn
	seq     int
	session string
	who     string // for the log: username, or "" before the login

	user  *user  // guarded by Server.mu
	token string // the login token's hash; guarded by Server.mu
	subs  map[string]stream

	out    chan []byte
	queued atomic.Int64 // bytes in out
	heard  atomic.Int64 // when the last frame came, in nanoseconds
	done   chan struct{}
	once   sync.Once
	limits limiter
}

// stream is a subscription of a connection.
type stream struct{ name, event string }

// frame is a DDP message from a client.
type frame struct {
	Msg     string          `json:"msg"`
	ID      json.RawMessage `json:"id"`
	Version string          `json:"version"`
	Name    string          `json:"name"`
	Method  string          `json:"method"`
	Params  []any           `json:"params"`

	id   string
	body map[string]any // the whole frame, for complaints
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) websocket(w http.ResponseWriter, r *http.Request) {
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{
		s: s, ws: ws, session: newID(), subs: map[string]stream{},
		out: make(chan []byte, queueFrames), done: make(chan struct{}), limits: limiter{},
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
	connected := false
	for {
		kind, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		c.heard.Store(time.Now().UnixNano())
		if kind != websocket.TextMessage {
			continue
		}
		f, err := parseFrame(data)
		if err != nil {
			c.answer(doc{"msg": "error", "reason": "Bad request"})
			continue
		}
		if f.Msg == "connect" {
			if !c.connect(f, connected) {
				return
			}
			connected = true
			continue
		}
		handle := onFrame[f.Msg]
		switch {
		case !connected:
			c.answer(doc{"msg": "error", "reason": "Must connect first", "offendingMessage": f.body})
		case handle == nil:
			c.answer(doc{"msg": "error", "reason": "Bad request", "offendingMessage": f.body})
		default:
			handle(c, f)
		}
	}
}

// onFrame are the messages that a client may send once it has connected.
var onFrame = map[string]func(*conn, frame){
	"ping":   (*conn).pong,
	"pong":   func(*conn, frame) {},
	"sub":    (*conn).subscribe,
	"unsub":  (*conn).unsubscribe,
	"method": (*conn).method,
}

func parseFrame(data []byte) (frame, error) {
	v, err := decode(data)
	if err != nil {
		return frame{}, err
	}
	body, ok := v.(map[string]any)
	if !ok {
		return frame{}, errors.New("not an object")
	}
	text := func(key string) string { s, _ := body[key].(string); return s }
	f := frame{Msg: text("msg"), Version: text("version"), Name: text("name"), Method: text("method"), id: text("id"), body: body}
	f.Params, _ = body["params"].([]any)
	if f.Msg == "" {
		return f, errors.New("no msg")
	}
	return f, nil
}

// connect answers the handshake; false ends the connection.
func (c *conn) connect(f frame, again bool) bool {
	if again {
		c.answer(doc{"msg": "error", "reason": "Already connected", "offendingMessage": f.body})
		return true
	}
	if f.Version != "1" {
		c.answer(doc{"msg": "failed", "version": "1"})
		c.stop()
		return false
	}
	c.answer(doc{"msg": "connected", "session": c.session})
	return true
}

func (c *conn) pong(f frame) { c.answer(doc{"msg": "pong"}.opt("id", f.id)) }

func (c *conn) subscribe(f frame) {
	if f.id == "" || f.Name == "" {
		c.answer(doc{"msg": "error", "reason": "Malformed subscription", "offendingMessage": f.body})
		return
	}
	if _, twice := c.subs[f.id]; twice {
		return
	}
	if err := c.limit(f.Name, "sub"); err != nil {
		c.answer(doc{"msg": "nosub", "id": f.id, "error": ddpError(err)})
		return
	}
	may, known := mayListen[f.Name]
	if !known {
		c.answer(doc{"msg": "nosub", "id": f.id, "error": ddpError(&meteorError{code: 404, reason: "Subscription '" + f.Name + "' not found"})})
		return
	}
	name, l, collect := subParams(f.Params)
	granted := false
	c.s.do(func(t *tx) error {
		l.user = c.user
		if granted = may(t, l, name); granted {
			c.s.listeners.add(f.Name, name, c)
			if f.Name == roomMessages && c.user != nil {
				c.s.watches[c.user.ID] = append(c.s.watches[c.user.ID], watch{name, c})
			}
		}
		return nil
	})
	c.s.log.line("ddp", doc{"who": c.who, "msg": "sub", "name": f.Name, "event": name, "granted": granted})
	if !granted {
		c.answer(doc{"msg": "nosub", "id": f.id}) // without an error: clients believe they are ready
		return
	}
	c.subs[f.id] = stream{f.Name, name}
	if collect {
		c.answer(doc{"msg": "added", "collection": f.Name, "id": "id", "fields": doc{"eventName": name, "args": []any{}}})
	}
	c.answer(doc{"msg": "ready", "subs": []any{f.id}})
}

// subParams reads a stream's event, what the client shows for it, and whether
// it wants to see a collection. The option is an object, or a bare boolean.
func subParams(params []any) (name string, l listener, collect bool) {
	name = nthText(params, 0)
	switch o := nth(params, 1).(type) {
	case bool:
		collect = o
	case map[string]any:
		collect, _ = o["useCollection"].(bool)
		list, _ := o["args"].([]any)
		extra, _ := nth(list, 0).(map[string]any)
		l.visitorToken, _ = extra["visitorToken"].(string)
		if l.visitorToken == "" {
			l.visitorToken, _ = extra["token"].(string)
		}
	}
	return name, l, collect
}

func (c *conn) unsubscribe(f frame) {
	if sub, ok := c.subs[f.id]; ok {
		delete(c.subs, f.id)
		c.s.mu.Lock()
		if !c.listensTo(sub) {
			c.s.listeners.drop(sub.name, sub.event, c)
			c.s.forgetWatches(c, sub.event)
		}
		c.s.mu.Unlock()
	}
	c.answer(doc{"msg": "nosub", "id": f.id})
}

// listensTo reports whether another subscription wants the same.
func (c *conn) listensTo(s stream) bool {
	for _, other := range c.subs {
		if other == s {
			return true
		}
	}
	return false
}

func (c *conn) method(f frame) {
	if f.id == "" || f.Method == "" {
		c.answer(doc{"msg": "error", "reason": "Malformed method invocation", "offendingMessage": f.body})
		return
	}
	start := time.Now()
	result, err := c.call(f)
	answer := doc{"msg": "result", "id": f.id}
	line := doc{"who": c.who, "msg": "method", "method": f.Method, "us": time.Since(start).Microseconds()}
	if err != nil {
		answer["error"] = ddpError(err)
		line["error"] = err.Error()
	} else if result != nil {
		answer["result"] = result
	}
	c.s.log.line("ddp", line)
	c.answer(doc{"msg": "updated", "methods": []any{f.id}})
	c.answer(answer)
}

func (c *conn) call(f frame) (result any, err error) {
	if err := c.limit(f.Method, "method"); err != nil {
		return nil, err
	}
	m := methods[f.Method]
	if m == nil {
		return nil, &meteorError{code: 404, reason: "Method '" + f.Method + "' not found"}
	}
	err = c.s.do(func(t *tx) error {
		var failed error
		result, failed = m(&call{tx: t, conn: c, user: c.user, params: f.Params})
		return failed
	})
	return result, err
}

// limit counts a call against the limits of this connection: ten of one name
// in ten seconds, for streams forty in forty, and five logins.
func (c *conn) limit(name, kind string) error {
	if c.s.opt.NoLimits {
		return nil
	}
	most, span := 10, 10*time.Second
	switch {
	case name == "login":
		most = 5
	case len(name) > 7 && name[:7] == "stream-":
		most, span = 40, 40*time.Second
	}
	_, left := c.limits.take(kind+name, most, span, c.s.opt.Now())
	if left == 0 {
		return nil
	}
	return tooMany("Error, too many requests. Please slow down. You must wait %d seconds before trying again.", left)
}

func (c *conn) answer(d doc) { c.send(encode(d, ejson)) }

// send queues a frame. A reader that is too slow loses its connection, so that
// it does not hold up the others.
func (c *conn) send(frame []byte) {
	if c.queued.Add(int64(len(frame))) > queueBytes {
		c.stop()
		return
	}
	select {
	case c.out <- frame:
	case <-c.done:
	default:
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
		case f := <-c.out:
			if !c.put(f) {
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
				c.put([]byte(`{"msg":"ping"}`))
			case silence >= 2*beat:
				c.stop()
				return
			}
		case <-c.done:
			c.drain()
			return
		}
	}
}

func (c *conn) put(f []byte) bool {
	c.queued.Add(-int64(len(f)))
	c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	return c.ws.WriteMessage(websocket.TextMessage, f) == nil
}

// drain sends what was said before the end, then says goodbye.
func (c *conn) drain() {
	for {
		select {
		case f := <-c.out:
			if c.put(f) {
				continue
			}
			return
		default:
			bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
			c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
			return
		}
	}
}

// stop ends the connection. It may be called from anywhere, also twice.
func (c *conn) stop() { c.once.Do(func() { close(c.done) }) }

package lobby

import (
	"errors"
	"slices"
	"time"
)

// stream is a subscription of a connection.
type stream struct{ name, event string }

// frame is a DDP message from a client.
type frame struct {
	msg, id, version, name, method string

	params []any
	body   map[string]any // the whole frame, for complaints
}

// handle answers one frame; false ends the connection.
func (c *conn) handle(data []byte) bool {
	f, err := parseFrame(data)
	if err != nil {
		c.complain("Bad request", f)
		return true
	}
	if f.msg == "connect" {
		return c.connect(f)
	}
	handle := onFrame[f.msg]
	switch {
	case !c.connected:
		c.complain("Must connect first", f)
	case handle == nil:
		c.complain("Bad request", f)
	default:
		handle(c, f)
	}
	return true
}

// complain answers a frame that makes no sense. The connection goes on.
func (c *conn) complain(reason string, f frame) {
	d := doc{"msg": "error", "reason": reason}
	if f.body != nil {
		d["offendingMessage"] = f.body
	}
	c.answer(d)
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
	f := frame{msg: text("msg"), id: text("id"), version: text("version"), name: text("name"), method: text("method"), body: body}
	f.params, _ = body["params"].([]any)
	if f.msg == "" {
		return f, errors.New("no msg")
	}
	return f, nil
}

// ddpVersions are the ones that the server speaks, the best first. They differ in
// nothing that the lobby does.
var ddpVersions = []string{"1", "pre2", "pre1"}

// connect answers the handshake; false ends the connection.
func (c *conn) connect(f frame) bool {
	if c.connected {
		c.complain("Already connected", f)
		return true
	}
	if best, agreed := agree(f); !agreed {
		c.answer(doc{"msg": "failed", "version": best})
		c.stop()
		return false
	}
	c.connected = true
	c.answer(doc{"msg": "connected", "session": c.session})
	return true
}

// agree looks for the first version of the client's list that the server speaks. It
// must be the one that the client asks for, or the client is told which to ask for.
func agree(f frame) (version string, agreed bool) {
	support, _ := f.body["support"].([]any)
	if !slices.Contains(support, any(f.version)) {
		return ddpVersions[0], false
	}
	for _, v := range support {
		if text, ok := v.(string); ok && slices.Contains(ddpVersions, text) {
			return text, text == f.version
		}
	}
	return ddpVersions[0], false
}

func (c *conn) pong(f frame) { c.answer(doc{"msg": "pong"}.opt("id", f.id)) }

func (c *conn) subscribe(f frame) {
	if f.id == "" || f.name == "" {
		c.complain("Malformed subscription", f)
		return
	}
	if _, twice := c.subs[f.id]; twice {
		return
	}
	event, l, collect := subParams(f.params)
	granted := false
	err := c.s.do(func(t *tx) (err error) {
		granted, err = t.listen(c, f.name, event, l)
		return err
	})
	c.s.log.line("ddp", doc{"who": c.who, "msg": "sub", "name": f.name, "event": event, "granted": granted})
	switch {
	case err != nil:
		c.answer(doc{"msg": "nosub", "id": f.id, "error": ddpError(err)})
	case !granted:
		c.answer(doc{"msg": "nosub", "id": f.id}) // without an error: clients believe they are ready
	default:
		c.subs[f.id] = stream{f.name, event}
		if collect {
			c.answer(doc{"msg": "added", "collection": f.name, "id": "id", "fields": doc{"eventName": event}})
		}
		c.answer(doc{"msg": "ready", "subs": []any{f.id}})
	}
}

// listen lets a connection hear a stream's event when it may.
func (t *tx) listen(c *conn, name, event string, l listener) (granted bool, err error) {
	if err := c.limit("sub", name); err != nil {
		return false, err
	}
	may := mayListen[name]
	if may == nil {
		return false, &meteorError{code: 404, reason: "Subscription '" + name + "' not found"}
	}
	l.user = c.user
	if !may(t, l, event) {
		return false, nil
	}
	t.s.listeners.add(name, event, c)
	if name == roomMessages && c.user != nil {
		t.s.watches[c.user.ID] = append(t.s.watches[c.user.ID], watch{event, c})
	}
	return true, nil
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
	if f.id == "" || f.method == "" {
		c.complain("Malformed method invocation", f)
		return
	}
	start := time.Now()
	result, err := c.call(f)
	answer := doc{"msg": "result", "id": f.id}
	line := doc{"who": c.who, "msg": "method", "method": f.method, "us": time.Since(start).Microseconds()}
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
	err = c.s.do(func(t *tx) (err error) {
		if err := c.limit("method", f.method); err != nil {
			return err
		}
		result, err = t.method(c, c.user, f)
		return err
	})
	return result, err
}

// method runs a DDP method; conn is nil when it comes by REST.
func (t *tx) method(c *conn, u *user, f frame) (any, error) {
	if !t.hasMethod(f.method) {
		return nil, &meteorError{code: 404, reason: "Method '" + f.method + "' not found"}
	}
	return methods[f.method](&call{tx: t, conn: c, user: u, params: f.params})
}

func (c *conn) answer(d doc) { c.send(encode(d, ejson)) }

// limit counts a method or subscription (kind).
func (c *conn) limit(kind, name string) error {
	if c.inside {
		return nil
	}
	return c.s.limits.call(c.session, c.user, kind, name)
}

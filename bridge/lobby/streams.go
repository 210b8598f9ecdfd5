package lobby

import (
	"slices"
	"strings"
)

// event is one frame on its way to the connections that may see it.
type event struct {
	stream, name string
	args         raw
	frame        []byte
	to           []*conn
}

// subscribers of a stream's event.
type listeners map[string]map[*conn]bool // stream + " " + event

func (l listeners) add(stream, name string, c *conn) {
	key := stream + " " + name
	if l[key] == nil {
		l[key] = map[*conn]bool{}
	}
	l[key][c] = true
}

func (l listeners) drop(stream, name string, c *conn) {
	key := stream + " " + name
	delete(l[key], c)
	if len(l[key]) == 0 {
		delete(l, key)
	}
}

// of are the connections that listen, in a fixed order.
func (l listeners) of(stream, name string) []*conn {
	set := l[stream+" "+name]
	list := make([]*conn, 0, len(set))
	for c := range set {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *conn) int { return a.seq - b.seq })
	return list
}

// watch waits for the end of a membership since a user subscribed to a stream
// of messages.
type watch struct {
	event string
	c     *conn
}

// fireWatches ends, without a word, what a former member hears of a room on the
// room's own stream, as the server does: all watches of the user fire, for good,
// in their order; the first takes the subscription out of the list, but the
// stream stops only when the watch was set by that very subscription. So
// whoever listens to __my_messages__ as well hears on, until somebody leaves.
func (s *Server) fireWatches(uid, rid string) {
	fired := s.watches[uid]
	delete(s.watches, uid)
	listed := slices.DeleteFunc(s.listeners.of(roomMessages, rid), func(c *conn) bool { return c.user == nil || c.user.ID != uid })
	for i, w := range fired[:min(len(fired), len(listed))] {
		if w.event == rid {
			s.listeners.drop(roomMessages, rid, listed[i])
		}
	}
}

// forgetWatches drops a connection's watches of one event, or all when it is "".
func (s *Server) forgetWatches(c *conn, event string) {
	if c.user == nil {
		return
	}
	s.watches[c.user.ID] = slices.DeleteFunc(s.watches[c.user.ID], func(w watch) bool {
		return w.c == c && (event == "" || w.event == event)
	})
}

const roomMessages = "stream-room-messages"

// emit tells everybody who listens. args are made only when somebody does.
func (t *tx) emit(stream, name string, args func() any) {
	if to := t.s.listeners.of(stream, name); len(to) > 0 {
		t.queue(stream, name, encode(args(), ejson), to)
	}
}

func (t *tx) queue(stream, name string, args raw, to []*conn) {
	frame := encode(doc{
		"msg": "changed", "collection": stream, "id": "id",
		"fields": doc{"eventName": name, "args": args},
	}, ejson)
	t.events = append(t.events, event{stream: stream, name: name, args: args, frame: frame, to: to})
}

// emitMine shows a message on __my_messages__ to each who may see its room
// now, and tells whether the receiver is a member.
func (t *tx) emitMine(r *room, m *message) {
	var outside, inside []*conn
	for _, c := range t.s.listeners.of(roomMessages, "__my_messages__") {
		switch {
		case c.user == nil || !t.canSee(c.user, r):
		case t.subs[r.ID][c.user.ID] != nil:
			inside = append(inside, c)
		default:
			outside = append(outside, c)
		}
	}
	for _, to := range []struct {
		conns  []*conn
		member bool
	}{{outside, false}, {inside, true}} {
		if len(to.conns) == 0 {
			continue
		}
		var told any = m.doc()
		if t.does(nestsMyMessages) {
			told = []any{told}
		}
		args := []any{told, doc{"roomParticipant": to.member, "roomType": r.T}}
		t.queue(roomMessages, "__my_messages__", encode(args, ejson), to.conns)
	}
}

// listener is who asks to listen: a user, or a guest by token.
type listener struct {
	user         *user
	visitorToken string // from the subscription's args
}

// mayListen are the streams, and who may hear which of their events.
var mayListen = map[string]func(t *tx, l listener, name string) bool{
	roomMessages: func(t *tx, l listener, name string) bool {
		if name == "__my_messages__" {
			return true
		}
		if r := t.guestRoom(name, l.visitorToken); r != nil && r.Open {
			return true
		}
		return t.canSee(l.user, t.rooms[name])
	},
	"stream-notify-user": func(_ *tx, l listener, name string) bool {
		uid, _, _ := strings.Cut(name, "/")
		return l.user != nil && l.user.ID == uid
	},
	"stream-notify-room": func(t *tx, l listener, name string) bool {
		rid, _, _ := strings.Cut(name, "/")
		if t.guestRoom(rid, l.visitorToken) != nil {
			return true
		}
		if t.does(typesByActivity) { // and since then the right to see the room is enough
			return t.canSee(l.user, t.rooms[rid])
		}
		return l.user != nil && t.subs[rid][l.user.ID] != nil
	},
	"stream-room-data": func(t *tx, l listener, name string) bool { return t.canSee(l.user, t.rooms[name]) },
	"stream-livechat-inquiry-queue-observer": func(_ *tx, l listener, _ string) bool {
		return l.user.may("view-l-room")
	},
	"stream-livechat-room": func(t *tx, l listener, name string) bool {
		return t.guestRoom(name, l.visitorToken) != nil
	},
	"stream-notify-logged":     func(_ *tx, l listener, _ string) bool { return l.user != nil },
	"stream-notify-all":        func(*tx, listener, string) bool { return true },
	"stream-notify-room-users": func(_ *tx, l listener, _ string) bool { return l.user != nil },
	"stream-roles":             func(_ *tx, l listener, _ string) bool { return l.user != nil },
}

// typist is the name under which a user writes now.
func (w *world) typist(u *user) string {
	if w.on(setRealNames) {
		return u.Name
	}
	return u.Username
}

// signal passes on what two browsers tell each other to set up a call. Where the real
// server takes it from anybody, here only those who may see the room are heard.
func (t *tx) signal(from *conn, u *user, rid string, params []any) {
	extra, _ := nth(params, 3).(map[string]any)
	visitorToken, _ := extra["token"].(string)
	if t.guestRoom(rid, visitorToken) == nil && !t.canSee(u, t.rooms[rid]) {
		return
	}
	name := rid + "/webrtc"
	to := slices.DeleteFunc(t.s.listeners.of("stream-notify-room", name), func(c *conn) bool { return c == from })
	if len(to) > 0 {
		t.queue("stream-notify-room", name, encode([]any{nth(params, 1), nth(params, 2)}, ejson), to)
	}
}

// typing is a client's write to a stream: what is let through is "writes now" under
// one's own name, and what sets up a call. Anything else is dropped without a word.
func (t *tx) typing(from *conn, u *user, params []any) {
	name := nthText(params, 0)
	rid, kind, _ := strings.Cut(name, "/")
	if kind == "webrtc" {
		t.signal(from, u, rid, params)
		return
	}
	if want := map[bool]string{false: "typing", true: "user-activity"}[t.does(typesByActivity)]; kind != want {
		return
	}
	extra, _ := nth(params, 3).(map[string]any)
	visitorToken, _ := extra["token"].(string)
	if t.guestRoom(rid, visitorToken) == nil && (u == nil || nthText(params, 1) != t.typist(u)) {
		return
	}
	to := slices.DeleteFunc(t.s.listeners.of("stream-notify-room", name), func(c *conn) bool { return c == from })
	if len(to) > 0 {
		t.queue("stream-notify-room", name, encode(params[1:], ejson), to)
	}
}

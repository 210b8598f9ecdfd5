package bridge

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	streamOfRoom = "stream-notify-room"

	// maxTyping is in how many chats at a time it is heard who writes: each costs
	// a subscription, of which servers take 40 of one stream in 40 seconds.
	maxTyping = 100
)

// typists are the chats in which it is heard who writes. The watch's goroutine
// owns them.
type typists struct {
	conn *ddp.Conn
	subs map[sdk.ChatID]ddp.Sub
	busy bool // one is being subscribed to
}

// hearTypists listens to one more chat, and to the next a little later, until
// all are listened to in which somebody may write, the newest first.
func (w *watch) hearTypists() error {
	conn := w.b.ears.line()
	if w.typists.busy || conn == nil || !w.hearsTypists() {
		return nil
	}
	if w.typists.conn != conn {
		w.typists.conn, w.typists.subs = conn, map[sdk.ChatID]ddp.Sub{}
		w.b.writers.forget()
	}
	w.leaveEnded(conn)
	f := w.unheard()
	if f == nil {
		return nil
	}
	n := len(w.typists.subs)
	w.typists.busy = true
	w.group.Go(func() error {
		sub, err := conn.Subscribe(w.ctx, streamOfRoom, string(f.id)+"/"+w.typingEvent(), map[string]any{"useCollection": false, "args": []any{}})
		if err != nil {
			w.log.Debug("who writes is not to be heard", "chat", f.id, "err", err)
		}
		if n >= burst && sleep(w.ctx, pace) != nil {
			return nil
		}
		w.do(func() error {
			w.typists.busy = false
			if w.typists.conn == conn {
				w.typists.subs[f.id] = sub // also one that was refused: it would be again
			}
			return w.hearTypists()
		})
		return nil
	})
	return nil
}

// hearsTypists reports whether somebody wants to know who writes, or may move a
// chat in which somebody does.
func (w *watch) hearsTypists() bool {
	return w.wants(sdk.EventTyping) || w.picture.Moves != nil && w.picture.Moves()
}

// leaveEnded ends listening to chats that are over.
func (w *watch) leaveEnded(conn *ddp.Conn) {
	for id, sub := range w.typists.subs {
		if f := w.chats[id]; f == nil || !f.known.Open() {
			conn.Unsubscribe(sub) // of a connection that has ended there is nothing left to end
			delete(w.typists.subs, id)
		}
	}
}

// unheard is the chat to listen to next; nil means none.
func (w *watch) unheard() (next *followed) {
	if len(w.typists.subs) >= maxTyping {
		return nil
	}
	for id, f := range w.chats {
		_, heard := w.typists.subs[id]
		if !heard && f.told && f.known.Open() && w.mayHearTypists(f) && (next == nil || f.touched.After(next.touched)) {
			next = f
		}
	}
	return next
}

// mayHearTypists reports whether the server tells us: before 5.3 it does so only
// in chats of which the account is a member.
func (w *watch) mayHearTypists(f *followed) bool {
	return w.isSince(5, 3) || f.known.Agent.ID == w.b.me.Load().UserID
}

func (w *watch) typingEvent() string {
	if w.isSince(5, 3) {
		return "user-activity"
	}
	return "typing"
}

func (w *watch) isSince(major, minor int) bool {
	info := w.b.info.Load()
	return info != nil && info.AtLeast(major, minor)
}

// typingFrame reads [name, true] or, of newer servers, [name, ["user-typing"]].
func (w *watch) typingFrame(e ddp.Event) error {
	if !w.hearsTypists() {
		return nil
	}
	room, event, _ := strings.Cut(e.Name, "/")
	var name string
	if event != "typing" && event != "user-activity" || len(e.Args) < 2 || json.Unmarshal(e.Args[0], &name) != nil {
		return nil
	}
	on := isTyping(e.Args[1])
	return w.do(func() error { return w.types(sdk.ChatID(room), name, on) })
}

func isTyping(state json.RawMessage) (on bool) {
	if json.Unmarshal(state, &on) == nil {
		return on
	}
	var activities []string
	json.Unmarshal(state, &activities) // what cannot be read is nothing
	return slices.Contains(activities, "user-typing")
}

// types tells that somebody has begun to write: once until the next message,
// since clients say it again every few seconds.
func (w *watch) types(chat sdk.ChatID, name string, on bool) error {
	f := w.chats[chat]
	if f == nil || !f.known.Open() || !soundID(name) {
		return nil
	}
	t, ok := w.typist(f, name)
	if ok && t.From == sdk.Human && t.By.ID != "" && t.By.ID == f.known.Agent.ID {
		w.b.writers.types(chat, t.By.Username, on)
	}
	if !on || !f.idle() || !w.wants(sdk.EventTyping) {
		return nil
	}
	id := TypingID(chat, t.By.Username, f.known.Last)
	if !ok || w.knows(f)(id) {
		return nil
	}
	return w.show(f, Event{Event: sdk.Event{ID: id, Kind: sdk.EventTyping, Chat: chat, At: w.b.clock.now(), Typing: &t}})
}

// typist is who writes under the name, which is a username or, as the workspace
// may want, a real one; false means Bellhop itself.
func (w *watch) typist(f *followed, name string) (t sdk.Typing, ok bool) {
	c, me := f.known, w.b.me.Load()
	switch name {
	case me.Username, w.b.names.agent(me.UserID):
		return t, false
	case c.Visitor.Username, c.Visitor.Name:
		return sdk.Typing{From: sdk.Guest, By: sdk.Person{ID: c.Visitor.ID, Username: c.Visitor.Username, Name: c.Visitor.Name}}, true
	case c.Agent.Username, c.Agent.Name:
		return sdk.Typing{From: sdk.Human, By: c.Agent}, true
	}
	return sdk.Typing{From: sdk.Human, By: sdk.Person{Username: cleanLine(name)}}, true
}

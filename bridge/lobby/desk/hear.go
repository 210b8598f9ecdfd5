package desk

import (
	"encoding/json"
	"fmt"
	"strings"
)

func unmarshal(data json.RawMessage, into any) error {
	if len(data) == 0 || string(data) == "false" { // the API's word for "you may not"
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read workspace's answer: %w", err)
	}
	return nil
}

// hear takes an event of the tab's streams. It notes what changed; it asks nothing,
// since answers come the way on which it stands.
func (t *tab) hear(e event) {
	key := e.stream
	if _, what, ok := strings.Cut(e.name, "/"); ok && (e.stream == "stream-notify-user" || e.stream == "stream-notify-room") {
		key += "/" + what
	}
	do := onEvent[key]
	if do == nil {
		return
	}
	t.mu.Lock()
	do(t, e)
	t.mu.Unlock()
	t.changed()
}

var onEvent = map[string]func(*tab, event){
	"stream-notify-user/subscriptions-changed": (*tab).heardMember,
	"stream-notify-user/rooms-changed":         (*tab).heardRoom,
	"stream-notify-user/departmentAgentData":   func(t *tab, _ event) { t.stale = true },
	"stream-notify-user/userData":              func(t *tab, _ event) { t.status = true },
	"stream-notify-user/notification":          (*tab).heardNotice,
	"stream-room-messages":                     (*tab).heardMessage,
	"stream-livechat-inquiry-queue-observer":   (*tab).heardQueue,
	"stream-notify-room/typing":                (*tab).heardTyping,
	"stream-notify-room/user-activity":         (*tab).heardTyping,
	"stream-notify-room/deleteMessage":         (*tab).heardDeleted,
}

// changeOf reads an event of two parts: what was done, and to what.
func changeOf(e event, into any) (action string, ok bool) {
	if len(e.args) < 2 || json.Unmarshal(e.args[0], &action) != nil {
		return "", false
	}
	return action, json.Unmarshal(e.args[1], into) == nil
}

func (t *tab) heardMember(e event) {
	var s subscription
	action, ok := changeOf(e, &s)
	if !ok {
		return
	}
	if t.open != nil && t.open.rid == s.RID && action != "updated" {
		t.open.room = true
	}
	t.queue = t.queue || action != "updated"
	if action == "removed" {
		if c := t.chats[s.RID]; c != nil {
			c.gone = true
			t.rows[s.RID] = true
		}
		return
	}
	t.member(&s)
}

// member notes a membership. Direct messages count by themselves, chats do not.
func (t *tab) member(s *subscription) {
	if s.T != "l" && s.T != "d" {
		return
	}
	c := t.chats[s.RID]
	if c == nil {
		c = &chat{RID: s.RID}
		t.chats[s.RID] = c
	}
	c.T, c.gone, c.read = s.T, false, s.Read.Time
	if s.FName != "" {
		c.Name = s.FName
	}
	switch {
	case !s.Alert:
		c.Unread, c.heard, c.recount = 0, nil, false
	case !c.placed:
		c.recount = true
	}
	t.rows[s.RID] = true
}

func (t *tab) heardRoom(e event) {
	var r room
	action, ok := changeOf(e, &r)
	if !ok || action == "removed" {
		return
	}
	t.roomIs(&r)
}

// roomIs notes what a room is now. Others than the agent's are no line of the list.
func (t *tab) roomIs(r *room) {
	if t.open != nil && t.open.rid == r.ID {
		t.open.room, t.open.deeds = true, true // what can be undone may be another
	}
	c := t.chats[r.ID]
	if c == nil {
		return
	}
	if c.Department != r.Department && c.placed {
		c.placed = false // its row goes to another list
	}
	c.Department, c.OnHold = r.Department, r.OnHold
	if r.T == "d" {
		c.Name = other(r.Usernames, t.session.user.Username)
	} else if r.FName != "" {
		c.Name = r.FName
	}
	if r.Last != nil && r.Last.Type == "" {
		c.Preview, c.At = r.Last.preview(), r.Last.TS.Time
	}
	t.rows[r.ID] = true
}

// other is who else is in a direct room.
func other(names []string, me string) string {
	for _, n := range names {
		if n != me {
			return n
		}
	}
	return me
}

// heardMessage takes a message of any room that the agent may see.
func (t *tab) heardMessage(e event) {
	m := readMessage(e.args)
	if m == nil || m.Hidden {
		return
	}
	if o := t.open; o != nil && o.rid == m.RID {
		o.waiting = append(o.waiting, m)
		o.deeds = true
	}
	c := t.chats[m.RID]
	if c == nil || m.Type != "" || !m.EditedAt.IsZero() {
		return
	}
	c.Preview, c.At = m.preview(), m.TS.Time
	if t.counts(c, m) {
		c.Unread++
		c.heard = append(c.heard, m.TS.Time)
		t.notices = append(t.notices, notice{RID: m.RID, Title: c.Name, Text: c.Preview})
	}
	t.rows[m.RID] = true
}

// readMessage reads the message of an event, which older versions nest.
func readMessage(args []json.RawMessage) *message {
	if len(args) == 0 {
		return nil
	}
	var nested []*message
	if json.Unmarshal(args[0], &nested) == nil && len(nested) > 0 {
		return nested[0]
	}
	m := &message{}
	if json.Unmarshal(args[0], m) != nil || m.ID == "" {
		return nil
	}
	return m
}

// heardNotice tells of a chat that waits; of messages the tab tells by itself.
func (t *tab) heardNotice(e event) {
	var n struct {
		Title, Text string
		Payload     struct{ RID, ID string }
	}
	if len(e.args) == 0 || json.Unmarshal(e.args[0], &n) != nil || n.Payload.RID != "" {
		return
	}
	t.queue = true
	t.notices = append(t.notices, notice{Title: word("queue.new")})
}

// heardQueue hears that a chat waits, or does no more: it may be the open one, which
// then can't be taken any more.
func (t *tab) heardQueue(event) {
	t.queue = true
	if t.open != nil && t.open.mode == takes {
		t.open.room = true
	}
}

func (t *tab) heardTyping(e event) {
	rid, _, _ := strings.Cut(e.name, "/")
	name, on := readTyping(e.args)
	if t.open == nil || t.open.rid != rid || name == t.session.user.Username {
		return
	}
	if !on {
		name = ""
	}
	t.open.typing = &name
}

func (t *tab) heardDeleted(e event) {
	rid, _, _ := strings.Cut(e.name, "/")
	var gone struct {
		ID string `json:"_id"`
	}
	if t.open == nil || t.open.rid != rid || len(e.args) == 0 || json.Unmarshal(e.args[0], &gone) != nil {
		return
	}
	t.open.deleted = append(t.open.deleted, gone.ID)
}

// deedDone hears that Bellhop did something in a chat.
func (t *tab) deedDone(rid string) {
	t.mu.Lock()
	mine := t.open != nil && t.open.rid == rid
	if mine {
		t.open.deeds = true
	}
	t.mu.Unlock()
	if mine {
		t.changed()
	}
}

package lobby

import (
	"regexp"
	"slices"
	"time"
)

// shortName is how a client names an emoji. The lobby has no list of them.
var shortName = regexp.MustCompile(`^:[a-z0-9+_-]+:$`)

// react sets or takes back a user's emoji on a message. The message is shown
// again, on the room's own stream even twice.
func (t *tx) react(u *user, m *message, emoji string, on bool) {
	var r reactions
	r.read(m.Extra["reactions"])
	if slices.Contains(r[emoji], u.Username) == on {
		return
	}
	if on {
		r[emoji] = append(r[emoji], u.Username)
	} else {
		r[emoji] = slices.DeleteFunc(r[emoji], func(name string) bool { return name == u.Username })
	}
	if m.Extra["reactions"] = r.doc(); len(r.doc()) == 0 {
		delete(m.Extra, "reactions")
	}
	room := t.rooms[m.RID]
	t.emit(roomMessages, room.ID, func() any { return []any{m.doc()} })
	t.changed(room, m)
}

// reactions are the usernames by emoji.
type reactions map[string][]string

func (r *reactions) read(v any) {
	*r = reactions{}
	all, _ := v.(map[string]any)
	for emoji, x := range all {
		who, _ := x.(map[string]any)
		names, _ := who["usernames"].([]any)
		for _, n := range names {
			name, _ := n.(string)
			(*r)[emoji] = append((*r)[emoji], name)
		}
	}
}

func (r reactions) doc() map[string]any {
	out := map[string]any{}
	for emoji, names := range r {
		if len(names) > 0 {
			out[emoji] = map[string]any{"usernames": list(names)}
		}
	}
	return out
}

// star marks a message for one user.
func (t *tx) star(u *user, m *message, on bool) {
	starred, _ := m.Extra["starred"].([]any)
	starred = slices.DeleteFunc(slices.Clone(starred), func(v any) bool {
		s, _ := v.(map[string]any)
		return s["_id"] == u.ID
	})
	if on {
		starred = append(starred, map[string]any{"_id": u.ID})
	}
	m.Extra["starred"] = starred
	t.changed(t.rooms[m.RID], m)
}

// reply counts an answer in a thread at the message that it answers.
func (t *tx) reply(r *room, m *message) {
	id, _ := m.Extra["tmid"].(string)
	parent := t.messages[id]
	if parent == nil || parent.RID != r.ID {
		return
	}
	replies, _ := parent.Extra["replies"].([]any)
	for _, who := range []string{parent.U.ID, m.U.ID} {
		if !slices.Contains(replies, any(who)) {
			replies = append(replies, who)
		}
	}
	count, _ := parent.Extra["tcount"].(float64)
	parent.Extra["replies"], parent.Extra["tcount"], parent.Extra["tlm"] = replies, count+1, m.TS
	if s := t.subs[r.ID][m.U.ID]; s != nil {
		s.LR = t.now
	}
	t.changed(r, parent)
}

// changed stores a message that is another now and shows it again.
func (t *tx) changed(r *room, m *message) {
	m.UpdatedAt = later(t.now, m.UpdatedAt.Add(time.Millisecond))
	t.put(m)
	t.messageEvent(r, m)
	if r.LastID == m.ID {
		t.roomChanged(r)
	}
}

// seen is a message of a room that the user may see.
func (t *tx) seen(u *user, id string) *message {
	m := t.messages[id]
	if m == nil || !t.canSee(u, t.rooms[m.RID]) {
		return nil
	}
	return m
}

func (c *call) setReaction() (any, error) {
	emoji, id := nthText(c.params, 0), nthText(c.params, 1)
	m := c.seen(c.user, id)
	if m == nil {
		return nil, meteor("error-not-allowed", "Not allowed", in("setReaction"))
	}
	if len(emoji) > 0 && emoji[0] != ':' {
		emoji = ":" + emoji + ":"
	}
	if !shortName.MatchString(emoji) {
		return nil, meteor("error-not-allowed", "Invalid emoji provided.", in("setReaction"))
	}
	on, told := nth(c.params, 2).(bool)
	if !told {
		var r reactions
		r.read(m.Extra["reactions"])
		on = !slices.Contains(r[emoji], c.user.Username)
	}
	c.react(c.user, m, emoji, on)
	return nil, nil
}

func (c *call) starMessage() (any, error) {
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	id, _ := a["_id"].(string)
	m := c.seen(c.user, id)
	if m == nil {
		return false, nil
	}
	c.star(c.user, m, a.flag("starred"))
	return 1, nil
}

func (c *rest) react() (doc, error) {
	id, err := c.body.text("messageId")
	if err != nil {
		return nil, meteor("error-messageid-param-not-provided", "The required \"messageId\" param is missing.", nil)
	}
	emoji, _ := c.body["emoji"].(string)
	if emoji == "" {
		emoji, _ = c.body["reaction"].(string)
	}
	if emoji == "" {
		return nil, meteor("error-emoji-param-not-provided", "The required \"emoji\" param is missing.", nil)
	}
	if c.seen(c.user, id) == nil {
		return nil, meteor("error-message-not-found", "The provided \"messageId\" does not match any existing message.", nil)
	}
	return c.viaMethod((*call).setReaction, emoji, id, c.body["shouldReact"])
}

func (c *rest) starMessage(on bool) (doc, error) {
	id, _ := c.body["messageId"].(string)
	m := c.seen(c.user, id)
	if m == nil {
		return nil, meteor("error-message-not-found", "The provided \"messageId\" does not match any existing message.", nil)
	}
	c.star(c.user, m, on)
	return nil, nil
}

// pin always fails: those who may pin are no members of chats.
func (c *rest) pin(method, doing string) (doc, error) {
	if !c.user.may("pin-message") {
		return nil, meteor("not-authorized", "Not Authorized", in(method))
	}
	return nil, meteor("error-invalid-message", "Message you are "+doing+" was not found", doc{"method": method, "action": "Message_pinning"})
}

package lobby

import (
	"net/url"
	"regexp"
	"strings"
	"time"
)

// message is one message of a room. What the lobby only carries stands in
// Extra, under the wire's names.
type message struct {
	ID        string    `json:"_id"`
	RID       string    `json:"rid"`
	Type      string    `json:"t,omitempty"`
	Msg       string    `json:"msg"`
	TS        time.Time `json:"ts"`
	U         person    `json:"u"`
	Token     string    `json:"token,omitempty"` // present when the guest wrote it
	UpdatedAt time.Time `json:"_updatedAt"`
	EditedAt  time.Time `json:"editedAt"`
	EditedBy  *person   `json:"editedBy,omitempty"`
	Hidden    bool      `json:"_hidden,omitempty"`
	Extra     extra     `json:"extra,omitempty"`
}

func (m *message) doc() doc {
	d := make(doc, len(m.Extra)+10)
	for k, v := range m.Extra {
		d[k] = v
	}
	d["_id"], d["rid"], d["msg"], d["ts"], d["u"], d["_updatedAt"] = m.ID, m.RID, m.Msg, m.TS, m.U.doc(), m.UpdatedAt
	d.opt("t", m.Type).opt("token", m.Token).opt("editedAt", m.EditedAt).opt("_hidden", m.Hidden)
	if m.EditedBy != nil {
		d["editedBy"] = m.EditedBy.short().doc()
	}
	return d
}

func (w *world) addMessage(m *message) {
	w.last = later(w.last, m.UpdatedAt)
	w.messages[m.ID] = m
	if r := w.rooms[m.RID]; r != nil {
		r.log = append(r.log, m)
	}
}

// note stores a system message: it is no answer and does not become the
// room's last message; only some kinds are counted.
func (t *tx) note(r *room, m *message, counted bool) {
	m.ID, m.RID, m.TS = newID(), r.ID, t.stamp(r)
	m.UpdatedAt = m.TS
	if m.Extra == nil {
		m.Extra = extra{}
	}
	m.Extra["groupable"] = false
	t.addMessage(m)
	t.put(m)
	if counted {
		r.Msgs++
		t.put(r)
	}
	if !m.Hidden {
		t.messageEvent(r, m)
	}
}

// say stores what somebody wrote and does all that follows from it.
func (t *tx) say(r *room, m *message) {
	if m.ID == "" {
		m.ID = newID()
	}
	m.RID, m.TS = r.ID, t.stamp(r)
	m.UpdatedAt = m.TS
	t.parse(m)
	t.addMessage(m)
	t.put(m)
	r.Msgs++
	r.LM, r.LastID, r.LastExtra = m.TS, m.ID, nil
	if r.T == "l" {
		t.figures(r, m)
	}
	t.roomChanged(r)
	t.reply(r, m)
	t.alert(r, m)
	t.messageEvent(r, m)
	t.hookSaid(r, m)
}

// figures keeps a chat's metrics and whose turn it is.
func (t *tx) figures(r *room, m *message) {
	if m.Token != "" {
		r.LastExtra = extra{"newRoom": false, "showConnecting": !t.autoRouting()}
		r.V.LastAt, r.Waiting, r.ResponseBy = m.TS, true, nil
		r.Metrics.asked(r, m.TS)
		return
	}
	r.Metrics.answered(r, t.now)
	if r.Waiting || r.ResponseBy == nil {
		r.ResponseBy = &response{person: m.U.short()}
	}
	r.Waiting, r.ResponseBy.At = false, t.now
}

// alert marks the room as read for the writer and as new for the others, who
// also get a notification.
func (t *tx) alert(r *room, m *message) {
	for _, s := range t.members(r.ID) {
		switch {
		case m.Type != "":
		case s.U.ID == m.U.ID:
			s.LS, s.Alert, s.Unread, s.Mentions = t.now, false, 0, 0
			t.subChanged(s)
		case r.T == "d":
			s.Alert, s.Unread = true, s.Unread+1
			t.subChanged(s)
		case !s.Alert:
			s.Alert = true
			t.subChanged(s)
		}
		if s.U.ID != m.U.ID && (r.T == "d" || m.Token != "") {
			t.notify(r, m, s.U.ID)
		}
	}
}

func (t *tx) notify(r *room, m *message, uid string) {
	t.emit("stream-notify-user", uid+"/notification", func() any {
		title, text := m.U.Username, quoteForm.ReplaceAllString(m.Msg, " ")
		if r.T == "l" {
			title = "[Omnichannel] " + r.FName
		}
		if file, ok := m.Extra["file"].(map[string]any); ok && text == "" {
			text = "Uploaded a file"
			if typ, _ := file["type"].(string); strings.HasPrefix(typ, "image/") {
				text = "Uploaded an image"
			}
		}
		return []any{doc{"title": title, "text": text, "payload": doc{
			"_id": m.ID, "rid": m.RID, "sender": m.U.doc(), "type": r.T, "message": doc{"msg": m.Msg},
		}}}
	})
}

// messageEvent shows the message to those who may see it at this moment.
func (t *tx) messageEvent(r *room, m *message) {
	if m.Type != "" && t.does(hidesFromStreams) && t.hides(m.Type) {
		return
	}
	t.emit(roomMessages, r.ID, func() any { return []any{m.doc()} })
	t.emitMine(r, m)
}

var (
	mentionForm = regexp.MustCompile(`@([0-9A-Za-z._-]+)`)
	quoteForm   = regexp.MustCompile(`\[ \]\([^)]*\)`)
	linkForm    = regexp.MustCompile(`https?://[^\s<>()]+`)
)

// parse adds what the server finds in a text: mentions and links.
func (t *tx) parse(m *message) {
	if m.Extra == nil {
		m.Extra = extra{}
	}
	mentions := []any{}
	for _, hit := range mentionForm.FindAllStringSubmatch(m.Msg, 20) {
		if u := t.userByName[hit[1]]; u != nil {
			mentions = append(mentions, map[string]any(u.person().doc()))
		}
	}
	m.Extra["mentions"], m.Extra["channels"] = mentions, []any{}
	var urls []any
	for _, link := range linkForm.FindAllString(m.Msg, 20) {
		found := map[string]any{"url": link}
		if quoted := t.quoted(m, link); quoted != nil {
			found["ignoreParse"] = true
			m.Extra["attachments"] = quoted
		}
		urls = append(urls, found)
	}
	if urls != nil {
		m.Extra["urls"] = urls
	}
}

// quoted shows the message of the same room that a link leads to.
func (t *tx) quoted(by *message, link string) []any {
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	m := t.messages[u.Query().Get("msg")]
	if m == nil || m.RID != by.RID {
		return nil
	}
	name, _ := m.Extra["alias"].(string)
	if name == "" {
		name = m.U.Username
	}
	return []any{map[string]any{
		"text": m.Msg, "author_name": name, "author_icon": "/avatar/" + m.U.Username, "message_link": link, "attachments": []any{}, "ts": m.TS,
	}}
}

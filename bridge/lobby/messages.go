package lobby

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
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
	w.messages[m.ID] = m
	if r := w.rooms[m.RID]; r != nil {
		r.log = append(r.log, m)
	}
}

// note stores a system message: it is no answer and does not become the
// room's last message; only some kinds are counted.
func (t *tx) note(r *room, m *message, counted bool) {
	m.ID, m.RID, m.TS, m.UpdatedAt = newID(), r.ID, t.now, t.now
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
	m.RID, m.TS, m.UpdatedAt = r.ID, t.now, t.now
	t.parse(m)
	t.addMessage(m)
	t.put(m)
	r.Msgs++
	r.LM, r.LastID, r.LastExtra = t.now, m.ID, nil
	if r.T == "l" {
		t.figures(r, m)
	}
	t.roomChanged(r)
	t.alert(r, m)
	t.messageEvent(r, m)
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
	r.Waiting, r.ResponseBy = false, &response{person: m.U.short(), At: t.now}
}

// alert marks the room as read for the writer and as new for the others, who
// also get a notification.
func (t *tx) alert(r *room, m *message) {
	for _, s := range t.members(r.ID) {
		switch {
		case s.U.ID == m.U.ID:
			s.LS, s.Alert, s.Unread, s.Mentions = t.now, false, 0, 0
		case r.T == "d":
			s.Alert, s.Unread = true, s.Unread+1
		default:
			s.Alert = true
		}
		t.subChanged(s)
		if s.U.ID != m.U.ID && (r.T == "d" || m.Token != "") {
			t.notify(r, m, s.U.ID)
		}
	}
}

func (t *tx) notify(r *room, m *message, uid string) {
	t.emit("stream-notify-user", uid+"/notification", func() any {
		title, text := m.U.Username, m.Msg
		if r.T == "l" {
			title = "[Omnichannel] " + r.FName
		}
		if file, ok := m.Extra["file"].(map[string]any); ok {
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
	t.emit("stream-room-messages", r.ID, func() any { return []any{m.doc()} })
	t.emitMine(r, m)
}

var (
	mentionForm = regexp.MustCompile(`@([0-9A-Za-z._-]+)`)
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
		urls = append(urls, map[string]any{"url": link})
	}
	if urls != nil {
		m.Extra["urls"] = urls
	}
}

// carried are the fields of a client's message that the server keeps as they are.
var carried = []string{"alias", "emoji", "avatar", "attachments", "tmid", "tshow", "customFields", "groupable", "blocks"}

// errNotStored says that a message was dropped without a word, as one with an
// _id that is taken.
var errNotStored = jsError("Cannot read property 'starred' of undefined")

// send is a user's message from a client, who may choose its _id.
func (t *tx) send(u *user, a args) (*message, error) {
	rid, _ := a["rid"].(string)
	r := t.rooms[rid]
	if r == nil {
		t.whisper(u, rid, "Invalid room")
		return nil, textError("error-invalid-room")
	}
	if !t.canSee(u, r) {
		t.whisper(u, rid, "Not allowed")
		return nil, textError("error-not-allowed")
	}
	msg, _ := a["msg"].(string)
	if n := t.number(setMaxSize); n > 0 && utf8.RuneCountInString(msg) > n {
		return nil, meteor("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize", in("sendMessage"))
	}
	id, _ := a["_id"].(string)
	if t.messages[id] != nil {
		return nil, errNotStored
	}
	m := &message{ID: id, Msg: msg, U: u.person().short(), Extra: extra{}}
	for _, key := range carried {
		if v, ok := a[key]; ok {
			m.Extra[key] = v
		}
	}
	t.say(r, m)
	t.messageFact(r, m, "")
	return m, nil
}

// whisper is a message that only one user sees and nobody stores.
func (t *tx) whisper(u *user, rid, text string) {
	t.emit("stream-notify-user", u.ID+"/message", func() any {
		return []any{doc{"groupable": false, "msg": text, "_id": fmt.Sprint(t.now.UnixMilli()), "rid": rid, "ts": t.now}}
	})
}

func (t *tx) messageFact(r *room, m *message, file string) {
	f := Fact{Fact: "message", RID: r.ID, By: m.U.Username, Guest: m.Token != "", Text: m.Msg, ID: m.ID}
	if r.T == "d" {
		f.Fact = "dm"
		for _, p := range r.Members {
			if p.ID != m.U.ID {
				f.To = append(f.To, p.Username)
			}
		}
	}
	f.File = file
	t.fact(f, r)
}

// post is chat.postMessage: it knows no _id and no size limit, and trims.
func (t *tx) post(u *user, r *room, a args) (*message, error) {
	if !t.canSee(u, r) {
		t.whisper(u, r.ID, "Not allowed")
		return nil, textError("error-not-allowed")
	}
	text, _ := a["text"].(string)
	alias, _ := a["alias"].(string)
	attachments, _ := a["attachments"].([]any)
	if attachments == nil {
		attachments = []any{}
	}
	m := &message{Msg: strings.TrimSpace(text), U: u.person(), Extra: extra{
		"alias": alias, "attachments": attachments, "groupable": false, "parseUrls": len(attachments) == 0,
	}}
	if v, ok := a["parseUrls"].(bool); ok {
		m.Extra["parseUrls"] = v
	}
	for _, key := range []string{"emoji", "avatar", "tmid", "customFields"} {
		if v, ok := a[key]; ok {
			m.Extra[key] = v
		}
	}
	t.say(r, m)
	t.messageFact(r, m, "")
	return m, nil
}

// guestSays is a guest's message, with a fresh _id when it names none.
func (t *tx) guestSays(v *visitor, r *room, id, text string) (*message, error) {
	if id != "" && t.messages[id] != nil {
		return nil, errBare
	}
	m := &message{ID: id, Msg: text, U: v.person(), Token: v.Token, Extra: extra{"alias": v.alias()}}
	t.say(r, m)
	t.messageFact(r, m, "")
	return m, nil
}

func (v *visitor) alias() string {
	if v.Name == "" {
		return v.Username
	}
	return v.Name
}

// edit replaces a message's text.
func (t *tx) edit(m *message, by person, text string) {
	by = by.short()
	m.Msg, m.EditedAt, m.EditedBy, m.UpdatedAt = text, t.now, &by, t.now
	t.parse(m)
	if m.Extra["urls"] == nil {
		m.Extra["urls"] = []any{}
	}
	t.put(m)
	r := t.rooms[m.RID]
	t.messageEvent(r, m)
	t.fact(Fact{Fact: "edited", RID: r.ID, By: by.Username, Guest: m.Token != "", Text: text, ID: m.ID}, r)
}

// erase removes a message and its file, or only its content when the
// workspace shows that something was deleted.
func (t *tx) erase(m *message, by person) {
	r := t.rooms[m.RID]
	t.fact(Fact{Fact: "deleted", RID: r.ID, By: by.Username, Guest: m.Token != "", ID: m.ID}, r)
	if t.on(setShowDeleted) {
		by = by.short()
		m.Type, m.Msg, m.EditedAt, m.EditedBy, m.UpdatedAt = "rm", "", t.now, &by, t.now
		m.Extra["urls"], m.Extra["attachments"], m.Extra["reactions"] = []any{}, []any{}, []any{}
		t.put(m)
		t.messageEvent(r, m)
		return
	}
	if file, ok := m.Extra["file"].(map[string]any); ok {
		id, _ := file["_id"].(string)
		t.removeUpload(id)
	}
	delete(t.messages, m.ID)
	r.log = slices.DeleteFunc(r.log, func(x *message) bool { return x == m })
	t.remove(m)
	r.Msgs--
	r.Deleted = append(r.Deleted, deletion{ID: m.ID, At: t.now})
	if r.LastID == m.ID {
		r.LastID, r.LastExtra = r.lastSaid(), nil
	}
	t.roomChanged(r)
	t.emit("stream-notify-room", r.ID+"/deleteMessage", func() any { return []any{doc{"_id": m.ID}} })
}

// lastSaid is the newest message that somebody wrote.
func (r *room) lastSaid() string {
	for i := len(r.log) - 1; i >= 0; i-- {
		if m := r.log[i]; m.Type == "" || m.Type == "livechat-close" {
			return m.ID
		}
	}
	return ""
}

// history picks messages, newest first. hidden leaves out the system messages
// that the workspace hides.
func (w *world) history(r *room, count, offset int, hidden bool, keep func(*message) bool) []*message {
	out := []*message{}
	for i := len(r.log) - 1; i >= 0; i-- {
		m := r.log[i]
		if m.Hidden || hidden && m.Type != "" && w.hides(m.Type) || keep != nil && !keep(m) {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		if count > 0 && len(out) == count {
			break
		}
		out = append(out, m)
	}
	return out
}

func messageDocs(list []*message) []any {
	out := make([]any, len(list))
	for i, m := range list {
		out[i] = m.doc()
	}
	return out
}

// search understands the server's search box: /pattern/flags, from:, order:.
func (w *world) search(u *user, r *room, text string, limit int) ([]*message, error) {
	match, err := w.query(u, text)
	if err != nil {
		return nil, err
	}
	found := w.history(r, 0, 0, false, func(m *message) bool { return m.Type == "" && match(m) })
	if strings.Contains(text, "order:asc") {
		slices.Reverse(found)
	}
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

var searchWord = regexp.MustCompile(`(from|order|has):(\S+)`)

func (w *world) query(u *user, text string) (func(*message) bool, error) {
	var from, has string
	for _, hit := range searchWord.FindAllStringSubmatch(text, -1) {
		switch hit[1] {
		case "from":
			from = strings.Replace(hit[2], "me", u.Username, 1)
		case "has":
			has = hit[2]
		}
	}
	rest := strings.TrimSpace(searchWord.ReplaceAllString(text, ""))
	re, err := pattern(rest)
	if err != nil {
		return nil, err
	}
	return func(m *message) bool {
		if from != "" && m.U.Username != from {
			return false
		}
		if has == "url" || has == "link" {
			return m.Extra["urls"] != nil
		}
		return re == nil || re.MatchString(m.Msg)
	}, nil
}

// pattern reads /x/flags as a regular expression and anything else as plain words.
func pattern(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	end := strings.LastIndex(text, "/")
	if !strings.HasPrefix(text, "/") || end < 1 {
		return wordsPattern(text), nil
	}
	flags := ""
	for _, f := range text[end+1:] {
		if strings.ContainsRune("ims", f) {
			flags += string(f)
		}
	}
	body := text[1:end]
	if flags != "" {
		body = "(?" + flags + ")" + body
	}
	re, err := regexp.Compile(body)
	if err != nil {
		return nil, textError(fmt.Sprintf("Invalid regular expression: %s: %v", text, err))
	}
	return re, nil
}

// wordsPattern finds any of the words, as the server's text index does.
func wordsPattern(text string) *regexp.Regexp {
	var words []string
	for _, w := range strings.Fields(text) {
		words = append(words, regexp.QuoteMeta(w))
	}
	return regexp.MustCompile("(?i)" + strings.Join(words, "|"))
}

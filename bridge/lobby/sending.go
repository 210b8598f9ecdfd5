package lobby

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// carried are the fields of a client's message that the server keeps as they are.
var carried = []string{"alias", "emoji", "avatar", "attachments", "tmid", "tshow", "customFields", "groupable", "blocks"}

// errNotStored says that a message was dropped without a word, as one with an
// _id that is taken.
func (w *world) errNotStored() error { return w.noProperty("starred") }

// noProperty is a TypeError in the words of the version's JavaScript engine.
func (w *world) noProperty(name string) error {
	if w.does(wordsOfNewerEngine) {
		return jsError("Cannot read properties of undefined (reading '" + name + "')")
	}
	return jsError("Cannot read property '" + name + "' of undefined")
}

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
		return nil, t.errNotStored()
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
	if r.peopleRoom() {
		f.Fact, f.To = "posted", []string{r.Name}
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
	if r.OnHold { // which the server ends when the message is saved
		t.setHold(r, rocketCat, false, "The guest wrote")
	}
	return m, nil
}

func (v *visitor) alias() string {
	if v.Name == "" {
		return v.Username
	}
	return v.Name
}

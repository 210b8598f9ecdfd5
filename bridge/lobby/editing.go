package lobby

import (
	"slices"
	"time"
)

// editAs lets users edit what they wrote themselves.
func (t *tx) editAs(u *user, m *message, text string) error {
	if m == nil || u == nil || m.U.ID != u.ID || m.Token != "" || !t.on(setAllowEditing) {
		return meteor("error-action-not-allowed", "Message editing not allowed", doc{"method": "updateMessage", "action": "Message_editing"})
	}
	if t.tooOld(u, m, setBlockEditing) {
		return meteor("error-message-editing-blocked", "Message editing is blocked", in("updateMessage"))
	}
	t.edit(m, u.person(), text)
	return nil
}

func (t *tx) eraseAs(u *user, m *message) error {
	if m == nil || u == nil || m.Token != "" || m.U.ID != u.ID && !u.has("admin") || !t.on(setAllowDeleting) {
		return meteor("error-action-not-allowed", "Not allowed", doc{"method": "deleteMessage", "action": "Delete_message"})
	}
	if t.tooOld(u, m, setBlockDeleting) {
		return meteor("error-message-deleting-blocked", "Message deleting is blocked", in("deleteMessage"))
	}
	t.erase(m, u.person())
	return nil
}

// tooOld reports whether a message is older than what may be changed: so many
// minutes, and 0 means that no age matters.
func (t *tx) tooOld(u *user, m *message, setting string) bool {
	most := t.number(setting)
	return most > 0 && t.now.Sub(m.TS) > time.Duration(most)*time.Minute && !(t.does(bypassesAge) && u.may("bypass-time-limit-edit-and-delete"))
}

// edit replaces a message's text.
func (t *tx) edit(m *message, by person, text string) {
	by = by.short()
	m.Msg, m.EditedAt, m.EditedBy = text, t.now, &by
	t.parse(m)
	if m.Extra["urls"] == nil {
		m.Extra["urls"] = []any{}
	}
	r := t.rooms[m.RID]
	if m.Token == "" {
		t.changed(r, m)
	} else { // the room's copy of a guest's last message stays as it was
		m.UpdatedAt = later(t.now, m.UpdatedAt.Add(time.Millisecond))
		t.put(m)
		t.messageEvent(r, m)
	}
	t.fact(Fact{Fact: "edited", RID: r.ID, By: by.Username, Guest: m.Token != "", Text: text, ID: m.ID}, r)
	t.hookSaid(r, m)
}

// erase removes a message and its file, or only its content when the
// workspace shows that something was deleted.
func (t *tx) erase(m *message, by person) {
	r := t.rooms[m.RID]
	t.fact(Fact{Fact: "deleted", RID: r.ID, By: by.Username, Guest: m.Token != "", ID: m.ID}, r)
	r.Msgs--
	if t.on(setShowDeleted) {
		by = by.short()
		m.Type, m.Msg, m.EditedAt, m.EditedBy, m.UpdatedAt = "rm", "", t.now, &by, t.now
		m.Extra["urls"], m.Extra["attachments"], m.Extra["reactions"] = []any{}, []any{}, []any{}
		t.put(m)
		t.put(r)
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

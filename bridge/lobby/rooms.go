package lobby

import (
	"slices"
	"strings"
	"time"
)

// room is a livechat conversation (T "l"), direct messages (T "d"), or a room
// for people of the workspace (T "c" and "p").
type room struct {
	ID        string    `json:"_id"`
	T         string    `json:"t"`
	Name      string    `json:"name,omitempty"` // of a room for people of the workspace
	FName     string    `json:"fname,omitempty"`
	Topic     string    `json:"topic,omitempty"`
	Msgs      int       `json:"msgs"`
	Users     int       `json:"usersCount"`
	TS        time.Time `json:"ts"`
	LM        time.Time `json:"lm"`
	UpdatedAt time.Time `json:"_updatedAt"`

	// of a direct room
	Members []person `json:"members,omitempty"`

	// of a chat
	Department string      `json:"departmentId,omitempty"`
	V          roomVisitor `json:"v"`
	Open       bool        `json:"open,omitempty"`
	Waiting    bool        `json:"waitingResponse,omitempty"`
	OnHold     bool        `json:"onHold,omitempty"`
	ServedBy   *serving    `json:"servedBy,omitempty"`
	ResponseBy *response   `json:"responseBy,omitempty"`
	Metrics    metrics     `json:"metrics"`
	Tags       []string    `json:"tags"` // nil means the field is absent
	Data       extra       `json:"livechatData,omitempty"`
	Priority   string      `json:"priorityId,omitempty"`
	Survey     extra       `json:"surveyFeedback,omitempty"`
	Closer     string      `json:"closer,omitempty"`
	ClosedBy   *person     `json:"closedBy,omitempty"`
	ClosedAt   time.Time   `json:"closedAt"`
	Transcript *transcript `json:"transcriptRequest,omitempty"`
	PDF        string      `json:"pdfTranscriptFileId,omitempty"`
	LastID     string      `json:"lastMessage,omitempty"`
	LastExtra  extra       `json:"lastExtra,omitempty"` // what the room's copy of its last message says beyond the message

	Deleted []deletion `json:"deleted,omitempty"`

	log []*message // oldest first
}

type roomVisitor struct {
	ID       string    `json:"_id"`
	Username string    `json:"username"`
	Token    string    `json:"token"`
	Status   string    `json:"status"`
	LastAt   time.Time `json:"lastMessageTs"`
}

func (v roomVisitor) doc() doc {
	return doc{"_id": v.ID, "username": v.Username, "token": v.Token, "status": v.Status}.opt("lastMessageTs", v.LastAt)
}

// serving is the agent of a chat, and since when.
type serving struct {
	person
	TS time.Time `json:"ts"`
}

func (s *serving) doc() doc { return doc{"_id": s.ID, "username": s.Username, "ts": s.TS} }

type response struct {
	person
	At time.Time `json:"at"`
}

// transcript is a request to mail the conversation when the chat closes.
type transcript struct {
	Email   string    `json:"email"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
	By      person    `json:"by"`
}

// deletion is what chat.syncMessages tells of a message that is gone.
type deletion struct {
	ID string    `json:"_id"`
	At time.Time `json:"at"`
}

// setData sets a custom field; a text without anything in it takes it away.
func (r *room) setData(key string, value any) {
	if text, ok := value.(string); ok && strings.TrimSpace(text) == "" {
		delete(r.Data, key)
		return
	}
	if r.Data == nil {
		r.Data = extra{}
	}
	r.Data[key] = value
}

// doc is the whole room, as rooms.info and "inserted" events show it.
func (w *world) roomDoc(r *room) doc {
	d := w.roomView(r)
	d["msgs"], d["ts"] = r.Msgs, r.TS
	if r.T != "l" {
		return d
	}
	if w.does(keepsContacts) {
		d["contactId"], d["source"], d["queuedAt"] = r.V.ID, doc{"type": "widget"}, r.TS
	}
	d.opt("waitingResponse", r.Waiting).opt("closer", r.Closer).opt("closedAt", r.ClosedAt).opt("pdfTranscriptFileId", r.PDF)
	if r.ClosedBy != nil {
		d["closedBy"] = r.ClosedBy.short().doc()
	}
	if r.ResponseBy != nil {
		d["responseBy"] = doc{"_id": r.ResponseBy.ID, "username": r.ResponseBy.Username, "lastMessageTs": r.ResponseBy.At}
	}
	if len(r.Survey) > 0 {
		d["surveyFeedback"] = map[string]any(r.Survey)
	}
	if m := r.Metrics.doc(); len(m) > 0 {
		d["metrics"] = m
	}
	return d
}

// roomView is the part of a room that "updated" events carry: neither
// metrics nor anything about the close but that open is gone.
func (w *world) roomView(r *room) doc {
	d := doc{"_id": r.ID, "t": r.T, "lm": r.LM, "_updatedAt": r.UpdatedAt, "usersCount": r.Users}
	if last := w.messages[r.LastID]; last != nil {
		copied := last.doc()
		for k, v := range r.LastExtra {
			copied[k] = v
		}
		d["lastMessage"] = copied
	}
	if r.T == "d" {
		d["usernames"], d["uids"] = r.memberNames(), r.memberIDs()
		return d
	}
	if r.peopleRoom() {
		d["name"], d["fname"] = r.Name, r.FName
		return d
	}
	d["fname"], d["cl"], d["v"] = r.FName, false, r.V.doc()
	d.opt("priorityId", r.Priority)
	d.opt("topic", r.Topic).opt("departmentId", r.Department).opt("open", r.Open).opt("onHold", r.OnHold)
	if r.ServedBy != nil {
		d["servedBy"] = r.ServedBy.doc()
	}
	if r.Tags != nil {
		d["tags"] = append([]string{}, r.Tags...)
	}
	if len(r.Data) > 0 {
		d["livechatData"] = map[string]any(r.Data)
	}
	if q := r.Transcript; q != nil {
		d["transcriptRequest"] = doc{"requestedAt": q.At, "requestedBy": q.By.doc(), "email": q.Email, "subject": q.Subject}
	}
	return d
}

func (r *room) memberNames() []string {
	var names []string
	for _, m := range r.Members {
		names = append(names, m.Username)
	}
	slices.Sort(names)
	return names
}

func (r *room) memberIDs() []string {
	var ids []string
	for _, m := range r.Members {
		ids = append(ids, m.ID)
	}
	return ids
}

func (w *world) addRoom(r *room) {
	w.rooms[r.ID] = r
	w.roomOrder = append(w.roomOrder, r)
	if r.T != "l" {
		return
	}
	w.roomsByVisitor[r.V.ID] = append(w.roomsByVisitor[r.V.ID], r)
	if r.Open {
		w.openChats[r.ID] = r
	}
}

// canSee is the rule of canAccessRoom: managers see every chat; agents their
// own and, with manual routing, what waits in their departments' queues.
func (w *world) canSee(u *user, r *room) bool {
	if u == nil || r == nil {
		return false
	}
	if w.subs[r.ID][u.ID] != nil {
		return true
	}
	if r.T == "c" {
		return u.may("view-c-room")
	}
	if r.T != "l" || !u.may("view-l-room") {
		return false
	}
	if u.may("view-livechat-rooms") || r.ServedBy != nil && r.ServedBy.ID == u.ID {
		return true
	}
	q := w.inquiryByRoom[r.ID]
	if w.autoRouting() || q == nil || q.Status != "queued" {
		return false
	}
	return q.Department == "" || w.isMember(u.ID, q.Department) || !w.hasDepartment(u.ID)
}

// guestRoom is a chat whose guest shows the right token.
func (w *world) guestRoom(rid, visitorToken string) *room {
	r := w.rooms[rid]
	if r == nil || r.T != "l" || visitorToken == "" || r.V.Token != visitorToken {
		return nil
	}
	return r
}

// roomChanged stores the room and tells its members and watchers.
func (t *tx) roomChanged(r *room) {
	r.UpdatedAt = t.now
	t.put(r)
	seen := t.roomView
	if t.does(wholeRoomsOnStream) {
		seen = t.roomDoc
	}
	view := func() any { return []any{"updated", seen(r)} }
	for uid := range t.subs[r.ID] {
		t.emit("stream-notify-user", uid+"/rooms-changed", view)
	}
	t.emit("stream-room-data", r.ID, func() any { return []any{seen(r)} })
}

package lobby

import (
	"slices"
	"strings"
	"time"
)

// room is a livechat conversation (T "l") or direct messages (T "d").
type room struct {
	ID        string    `json:"_id"`
	T         string    `json:"t"`
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
	ServedBy   *serving    `json:"servedBy,omitempty"`
	ResponseBy *response   `json:"responseBy,omitempty"`
	Metrics    metrics     `json:"metrics"`
	Tags       []string    `json:"tags"` // nil means the field is absent
	Data       extra       `json:"livechatData,omitempty"`
	Closer     string      `json:"closer,omitempty"`
	ClosedBy   *person     `json:"closedBy,omitempty"`
	ClosedAt   time.Time   `json:"closedAt"`
	Transcript *transcript `json:"transcriptRequest,omitempty"`
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

func (r *room) setData(key string, value any) {
	if r.Data == nil {
		r.Data = extra{}
	}
	r.Data[key] = value
}

// subscription is a user's membership of a room.
type subscription struct {
	ID         string    `json:"_id"`
	RID        string    `json:"rid"`
	T          string    `json:"t"`
	Name       string    `json:"name,omitempty"`
	FName      string    `json:"fname"`
	U          person    `json:"u"`
	Alert      bool      `json:"alert"`
	Unread     int       `json:"unread"`
	Mentions   int       `json:"userMentions"`
	Department string    `json:"department,omitempty"`
	LS         time.Time `json:"ls"`
	UpdatedAt  time.Time `json:"_updatedAt"`
	V          extra     `json:"v,omitempty"`
}

func (s *subscription) doc() doc {
	d := doc{
		"_id": s.ID, "t": s.T, "fname": s.FName, "rid": s.RID, "u": s.U.short().doc(), "open": true, "alert": s.Alert,
		"unread": s.Unread, "userMentions": s.Mentions, "groupMentions": 0, "_updatedAt": s.UpdatedAt,
	}
	d.opt("ls", s.LS).opt("name", s.Name)
	if s.T == "l" {
		d["v"] = map[string]any(s.V)
		d["desktopNotifications"], d["mobilePushNotifications"], d["emailNotifications"] = "all", "all", "all"
	}
	return d
}

// doc is the whole room, as rooms.info and "inserted" events show it.
func (w *world) roomDoc(r *room) doc {
	d := w.roomView(r)
	d["msgs"], d["ts"] = r.Msgs, r.TS
	if r.T == "d" {
		return d
	}
	d.opt("waitingResponse", r.Waiting).opt("closer", r.Closer).opt("closedAt", r.ClosedAt)
	if r.ClosedBy != nil {
		d["closedBy"] = r.ClosedBy.short().doc()
	}
	if r.ResponseBy != nil {
		d["responseBy"] = doc{"_id": r.ResponseBy.ID, "username": r.ResponseBy.Username, "lastMessageTs": r.ResponseBy.At}
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
	d["fname"], d["cl"], d["v"] = r.FName, false, r.V.doc()
	d.opt("topic", r.Topic).opt("departmentId", r.Department).opt("open", r.Open)
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

func (w *world) addSub(s *subscription) {
	if w.subs[s.RID] == nil {
		w.subs[s.RID] = map[string]*subscription{}
	}
	if w.subsByUser[s.U.ID] == nil {
		w.subsByUser[s.U.ID] = map[string]*subscription{}
	}
	w.subs[s.RID][s.U.ID], w.subsByUser[s.U.ID][s.RID] = s, s
}

func (w *world) dropSub(s *subscription) {
	delete(w.subs[s.RID], s.U.ID)
	delete(w.subsByUser[s.U.ID], s.RID)
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
	view := func() any { return []any{"updated", t.roomView(r)} }
	for uid := range t.subs[r.ID] {
		t.emit("stream-notify-user", uid+"/rooms-changed", view)
	}
	t.emit("stream-room-data", r.ID, func() any { return []any{t.roomView(r)} })
}

func (t *tx) subChanged(s *subscription) {
	s.UpdatedAt = t.now
	t.put(s)
	t.emit("stream-notify-user", s.U.ID+"/subscriptions-changed", func() any { return []any{"updated", s.doc()} })
}

// join makes the user a member of the chat.
func (t *tx) join(r *room, u *user) *subscription {
	s := &subscription{
		ID: newID(), RID: r.ID, T: r.T, FName: r.FName, U: u.person(), Alert: true, Unread: 1, Mentions: 1,
		Department: r.Department, UpdatedAt: t.now,
	}
	if r.T == "l" {
		v := r.V
		v.LastAt = time.Time{}
		s.V = extra(v.doc())
	}
	t.addSub(s)
	t.put(s)
	t.emit("stream-notify-user", u.ID+"/subscriptions-changed", func() any { return []any{"inserted", s.doc()} })
	return s
}

// leave ends the membership and says so in the room when loud.
func (t *tx) leave(r *room, s *subscription) {
	t.dropSub(s)
	t.remove(s)
	gone := doc{"_id": s.ID, "u": s.U.short().doc(), "rid": s.RID}
	t.emit("stream-notify-user", s.U.ID+"/subscriptions-changed", func() any { return []any{"removed", gone} })
	r.Users--
	t.put(r)
}

// members of a room, in a fixed order.
func (w *world) members(rid string) []*subscription {
	list := make([]*subscription, 0, len(w.subs[rid]))
	for _, s := range w.subs[rid] {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *subscription) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// chatFor answers a guest that opens its page: the chat with this id when it
// is open and the guest's, or else a new one.
func (t *tx) chatFor(v *visitor, rid string) (room doc, fresh bool, err error) {
	if r := t.rooms[rid]; r != nil && r.Open {
		if r.V.Token != v.Token {
			return nil, false, meteor("cannot-access-room", "", nil)
		}
		return t.roomDoc(r), false, nil
	}
	if rid == "" || t.rooms[rid] != nil {
		rid = newID()
	}
	if v.Department == "" {
		v.Department = t.requiredDepartment()
		defer func() { v.Department = "" }() // it is the chat's, not the visitor's
	}
	if !t.on(setAcceptNoAgents) && len(t.onlineAgents(v.Department)) == 0 && t.serviceOff(v.Department) {
		return nil, false, meteor("no-agent-online", "Sorry, no online agents", nil)
	}
	r := t.openChat(v, rid)
	snapshot := t.roomDoc(r)
	q := t.newInquiry(r)
	t.route(q)
	return snapshot, true, nil
}

// serviceOff reports whether nobody of the department is there. A department
// that is not enabled still takes chats.
func (w *world) serviceOff(departmentID string) bool {
	return len(w.onlineAgents(departmentID)) == 0
}

func (t *tx) openChat(v *visitor, rid string) *room {
	r := &room{
		ID: rid, T: "l", FName: v.Name, Users: 1, TS: t.now, LM: t.now, UpdatedAt: t.now, Department: v.Department,
		V: roomVisitor{ID: v.ID, Username: v.Username, Token: v.Token, Status: "online"}, Open: true, Waiting: true,
	}
	if r.FName == "" {
		r.FName = v.Username
	}
	t.addRoom(r)
	t.put(r)
	v.LastChat, v.LastChatAt = r.ID, t.now
	t.put(v)
	t.fact(Fact{Fact: "opened", RID: r.ID, By: v.Username, Guest: true}, r)
	return r
}

// closing is how a chat is to end.
type closing struct {
	by      person
	guest   bool
	comment string
	tags    []string
	client  bool // a person pressed the button: the department may insist on tags
}

// closeChat ends a chat. Tags given come first, then those the chat had.
func (t *tx) closeChat(r *room, c closing) error {
	d := t.departments[r.Department]
	before := slices.Clone(r.Tags)
	if d != nil && d.NeedsTag && c.client && len(c.tags) == 0 && len(r.Tags) == 0 {
		return meteor("error-tags-must-be-assigned-before-closing-chat", "Tag(s) must be assigned before closing the chat", in("livechat.beforeCloseRoom"))
	}
	r.Tags = union(c.tags, r.Tags)
	if d != nil {
		r.Tags = union(r.Tags, d.ClosingTags)
	}
	inactive, counts := t.inactivity(r, c)
	by := c.by.short()
	r.Open, r.ClosedAt, r.ClosedBy, r.Closer, r.V.Status = false, t.now, &by, "user", "offline"
	if c.guest {
		r.Closer = "visitor"
	}
	r.Metrics.close(r, t.now)
	delete(t.openChats, r.ID)
	t.roomChanged(r)
	if q := t.inquiryByRoom[r.ID]; q != nil {
		t.removeInquiry(q)
	}
	t.say(r, &message{Type: "livechat-close", Msg: c.comment, U: c.by, Extra: extra{
		"groupable": false, "transcriptRequested": r.Transcript != nil, "mentions": []any{}, "channels": []any{},
	}})
	if r.ServedBy != nil {
		if s := t.subs[r.ID][r.ServedBy.ID]; s != nil {
			t.leave(r, s)
		}
	}
	t.note(r, &message{Type: "command", Msg: "promptTranscript", U: by}, true)
	if counts {
		r.Metrics.Inactivity = &inactive
	}
	t.fact(Fact{Fact: "closed", RID: r.ID, By: by.Username, Guest: c.guest, Text: c.comment, Tags: r.Tags, TagsBefore: before}, r)
	t.tagged(r, by.Username, before)
	t.mailTranscript(r)
	t.put(r)
	return nil
}

// tagged writes a fact when the chat's tags are not what they were.
func (t *tx) tagged(r *room, by string, before []string) {
	if slices.Equal(before, r.Tags) {
		return
	}
	t.fact(Fact{Fact: "tagged", RID: r.ID, By: by, Tags: r.Tags, TagsBefore: before}, r)
}

// union is every tag once, first a, then b. It is never nil.
func union(a, b []string) []string {
	out := []string{}
	for _, tag := range append(slices.Clone(a), b...) {
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

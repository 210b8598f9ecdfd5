package lobby

import (
	"slices"
	"strings"
)

func (t *tx) rename(r *room, name string) {
	r.FName = name
	t.roomChanged(r)
	for _, s := range t.members(r.ID) {
		s.Name, s.FName = name, name
		t.subChanged(s)
	}
	if q := t.inquiryByRoom[r.ID]; q != nil {
		q.Name = name
		t.inquiryChanged(q, false)
	}
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
	for _, visit := range t.visits[v.Token] {
		t.visited(r, visit)
	}
	delete(t.visits, v.Token)
	return snapshot, true, nil
}

// visited keeps a page that the guest of the chat has opened.
func (t *tx) visited(r *room, navigation map[string]any) {
	page, _ := navigation["page"].(map[string]any)
	t.note(r, &message{
		Type: "livechat_navigation_history", Msg: visitText(page), U: rocketCat.short(), Hidden: !t.on(setNavigation), Extra: extra{"navigation": navigation},
	}, false)
}

// visitText is what agents read of a page.
func visitText(page map[string]any) string {
	title, _ := page["title"].(string)
	location, _ := page["location"].(map[string]any)
	href, _ := location["href"].(string)
	return title + " - " + href
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
	if t.does(saysStarted) {
		t.note(r, &message{Type: "livechat-started", U: v.person().short(), Token: v.Token}, true)
	}
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

// mayEnd is what the workspace and the department (which may be nil) want before
// a chat ends. Where a department demands tags, it must have some of its own,
// or none of its chats ever ends.
func (t *tx) mayEnd(d *department, r *room, c closing) error {
	if t.does(demandsComment) && t.on(setAskComment) && strings.TrimSpace(c.comment) == "" {
		return textError("error-comment-is-required")
	}
	if d == nil || !d.NeedsTag || len(d.ClosingTags) > 0 && (!c.client || len(c.tags)+len(r.Tags) > 0) {
		return nil
	}
	const code = "error-tags-must-be-assigned-before-closing-chat"
	if t.does(demandsComment) {
		return textError(code)
	}
	return meteor(code, "Tag(s) must be assigned before closing the chat", in("livechat.beforeCloseRoom"))
}

// closeChat ends a chat. Tags given come first, then those the chat had.
func (t *tx) closeChat(r *room, c closing) error {
	d := t.departments[r.Department]
	before := slices.Clone(r.Tags)
	if err := t.mayEnd(d, r, c); err != nil {
		return err
	}
	r.Tags = union(c.tags, r.Tags)
	if d != nil {
		r.Tags = union(r.Tags, d.ClosingTags)
	}
	inactive, counts := t.inactivity(r, c)
	by := c.by.short()
	r.Open, r.OnHold, r.ClosedAt, r.ClosedBy, r.Closer, r.V.Status = false, false, t.now, &by, "user", "offline"
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

func (t *tx) removeChat(r *room, by person) {
	t.fact(Fact{Fact: "removed", RID: r.ID, By: by.Username}, r)
	for _, s := range t.members(r.ID) {
		t.leave(r, s)
	}
	for _, m := range r.log {
		delete(t.messages, m.ID)
		t.remove(m)
	}
	for _, f := range slices.Clone(t.byRoom[r.ID]) {
		t.removeUpload(f.ID)
	}
	same := func(x *room) bool { return x == r }
	t.roomOrder = slices.DeleteFunc(t.roomOrder, same)
	t.roomsByVisitor[r.V.ID] = slices.DeleteFunc(t.roomsByVisitor[r.V.ID], same)
	delete(t.rooms, r.ID)
	t.remove(r)
}

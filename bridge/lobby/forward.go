package lobby

import "cmp"

// transfer is where a chat is to go.
type transfer struct {
	roomID, userID, departmentID, comment string

	toQueue bool // livechat:returnAsInquiry
}

// transferDoc is the record of a move, as transfer.history and the message in
// the room show it.
func (t *tx) transferDoc(r *room, by person, kind string, x transfer, scope string) doc {
	d := doc{"transferredBy": by.doc(), "ts": t.now}
	d["transferredBy"].(doc)["type"] = kind
	d.opt("comment", x.comment).opt("previousDepartment", r.Department)
	next := t.departments[x.departmentID]
	if scope == "" {
		scope = "agent"
		if next != nil {
			scope = "department"
		}
	}
	d["scope"] = scope
	if next != nil && scope == "department" {
		d["nextDepartment"] = doc{"_id": next.ID, "name": next.Name}
	}
	if u := t.users[x.userID]; u != nil {
		d["transferredTo"] = u.person().doc()
	}
	return d
}

// transferrer says in which capacity somebody moves the chat.
func (r *room) transferrer(uid string) string {
	if r.ServedBy != nil && r.ServedBy.ID == uid {
		return "agent"
	}
	return "user"
}

// forward moves a chat for a user. done is false when nothing was to be done.
func (t *tx) forward(u *user, x transfer) (done bool, err error) {
	const method = "livechat:transfer"
	r := t.rooms[x.roomID]
	switch {
	case r == nil || r.T != "l":
		return false, meteor("error-invalid-room", "Invalid room", in(method))
	case !r.Open:
		return false, meteor("room-closed", "Room closed", in(method))
	case r.OnHold:
		return false, meteor("error-room-onHold", "Room On Hold", in(method))
	case t.subs[r.ID][u.ID] == nil && !u.may("transfer-livechat-guest"):
		return false, meteor("error-not-authorized", "Not authorized", in(method))
	}
	if x.userID != "" && t.users[x.userID] == nil {
		return false, t.noProperty("_id")
	}
	return t.move(r, u.person(), r.transferrer(u.ID), x)
}

func (t *tx) move(r *room, by person, kind string, x transfer) (bool, error) {
	if x.departmentID != "" {
		return t.moveToDepartment(r, by, kind, x)
	}
	if x.userID != "" {
		return t.moveToAgent(r, by, kind, x)
	}
	return false, nil
}

func (t *tx) moveToAgent(r *room, by person, kind string, x transfer) (bool, error) {
	details := doc{"function": "forwardRoomToAgent"}
	u := t.users[x.userID]
	if !u.available() {
		return false, meteor("error-user-is-offline", "User is offline", details)
	}
	if r.ServedBy != nil && r.ServedBy.ID == u.ID {
		return false, meteor("error-selected-agent-room-agent-are-same", "The selected agent and the room agent are the same", details)
	}
	t.forwarded(r, by, x)
	t.handOver(r, by, u, t.transferDoc(r, by, kind, x, "agent"))
	return true, nil
}

// handOver gives the chat to another agent.
func (t *tx) handOver(r *room, by person, u *user, record doc) {
	t.assign(t.inquiryByRoom[r.ID], u)
	t.transferNote(r, by, record)
	t.clearMembers(r, u.ID)
	t.note(r, &message{Type: "uj", Msg: u.Username, U: u.person().short()}, true)
}

// moveToDepartment moves the chat to a department and, where one is named, to an
// agent in it. Without automatic routing the agent makes no difference: the chat
// waits in the queue.
func (t *tx) moveToDepartment(r *room, by person, kind string, x transfer) (bool, error) {
	details := doc{"function": "forwardRoomToDepartment"}
	if r.Department == x.departmentID {
		return false, meteor("error-forwarding-chat-same-department", "The selected department and the current room department are the same", details)
	}
	if u := t.users[x.userID]; x.userID != "" {
		switch {
		case !u.available():
			return false, meteor("error-user-is-offline", "User is offline", doc{"function": "forwardRoomToAgent"})
		case t.departments[x.departmentID] == nil || t.departments[x.departmentID].member(u.ID) == nil:
			return false, meteor("error-user-not-belong-to-department", "The selected user does not belong to this department", details)
		}
	}
	record := t.transferDoc(r, by, kind, x, "")
	if !t.autoRouting() {
		t.forwarded(r, by, x)
		t.transferNote(r, by, record)
		return true, t.unassign(r, x.departmentID)
	}
	u := t.users[x.userID]
	if u == nil {
		u = t.nextAgent(x.departmentID)
	}
	if u == nil && t.does(movesWithoutAgents) {
		return false, meteor("error-no-agents-available-for-service-on-department", "No agents available for service on department", details)
	}
	if u == nil || r.ServedBy != nil && r.ServedBy.ID == u.ID {
		return false, nil // the chat stays where it is, and nobody is told
	}
	t.forwarded(r, by, x)
	t.handOver(r, by, u, record)
	t.setDepartment(r, x.departmentID)
	return true, nil
}

func (t *tx) transferNote(r *room, by person, record doc) {
	t.note(r, &message{Type: "livechat_transfer_history", U: by.short(), Extra: extra{"transferData": map[string]any(record)}}, false)
}

// forwarded states a move that is about to be made.
func (t *tx) forwarded(r *room, by person, x transfer) {
	f := Fact{
		Fact: "forwarded", RID: r.ID, By: by.Username, Guest: t.visitors[by.ID] != nil, Text: x.comment,
		FromDepartmentID: r.Department, FromDepartment: t.departmentName(r.Department),
	}
	if r.ServedBy != nil {
		f.FromAgent = r.ServedBy.Username
	}
	switch after := cmp.Or(x.departmentID, r.Department); {
	case x.userID != "":
		f.Agent = t.users[x.userID].Username
		if x.departmentID != "" {
			f.TargetDepartmentID, f.TargetDepartmentName = after, t.departmentName(after)
		}
		t.factIn(f, r, after)
	case x.toQueue:
		f.ToQueue = true
		t.factIn(f, r, after)
	default:
		f.TargetDepartmentID, f.TargetDepartmentName = after, t.departmentName(after)
		t.factIn(f, r, after)
	}
}

func (t *tx) setDepartment(r *room, departmentID string) {
	r.Department = departmentID
	t.roomChanged(r)
	if q := t.inquiryByRoom[r.ID]; q != nil {
		q.Department = departmentID
		t.inquiryChanged(q, true)
	}
	for _, s := range t.members(r.ID) {
		s.Department = departmentID
		t.subChanged(s)
	}
}

// clearMembers removes everybody but one from the chat.
func (t *tx) clearMembers(r *room, but string) {
	for _, s := range t.members(r.ID) {
		if s.U.ID == but {
			continue
		}
		t.leave(r, s)
		t.note(r, &message{Type: "ul", Msg: s.U.Username, U: s.U.short()}, true)
	}
}

// unassign takes the chat from its agent and lets it wait. When nobody of the
// department is online the server stumbles after all is done: a client must
// look at the room before it believes the error.
func (t *tx) unassign(r *room, departmentID string) error {
	q := t.inquiryByRoom[r.ID]
	if departmentID != "" && departmentID != r.Department {
		t.setDepartment(r, departmentID)
	}
	left := t.members(r.ID)
	if r.ServedBy != nil {
		r.ServedBy = nil
		for _, s := range left {
			t.leave(r, s)
		}
		t.agentData(r, nil)
	}
	t.enqueue(q)
	for _, s := range left {
		t.note(r, &message{Type: "ul", Msg: s.U.Username, U: s.U.short()}, true)
	}
	t.roomChanged(r)
	if t.autoRouting() {
		return nil
	}
	if len(t.onlineAgents(r.Department)) == 0 && !t.does(movesWithoutAgents) {
		return t.noProperty("forEach")
	}
	t.announce(q)
	return nil
}

// returnToQueue is livechat:returnAsInquiry.
func (t *tx) returnToQueue(u *user, rid, departmentID string) (bool, error) {
	const method = "livechat:returnAsInquiry"
	r := t.rooms[rid]
	switch {
	case !u.may("view-l-room"):
		return false, meteor("error-not-allowed", "Not allowed", in(method))
	case r == nil || r.T != "l":
		return false, meteor("error-invalid-room", "Invalid room", in(method))
	case !r.Open:
		return false, meteor("room-closed", "Room closed", in(method))
	case r.OnHold:
		return false, meteor("error-room-onHold", "Room On Hold", in(method))
	case r.ServedBy == nil:
		return false, nil
	}
	by := t.users[r.ServedBy.ID].person()
	t.forwarded(r, u.person(), transfer{departmentID: departmentID, toQueue: true})
	t.transferNote(r, by, t.transferDoc(r, by, "agent", transfer{}, "queue"))
	// This way back the server does not stumble over an empty department.
	_ = t.unassign(r, departmentID)
	return true, nil
}

package lobby

import "time"

// inquiry is a chat's place in the queue. It lives until the chat closes.
type inquiry struct {
	ID         string    `json:"_id"`
	RID        string    `json:"rid"`
	Name       string    `json:"name"`
	TS         time.Time `json:"ts"`
	Department string    `json:"department,omitempty"`
	Status     string    `json:"status"` // ready, queued, taken
	V          extra     `json:"v"`
	UpdatedAt  time.Time `json:"_updatedAt"`
}

func (q *inquiry) doc() doc {
	return doc{
		"_id": q.ID, "rid": q.RID, "name": q.Name, "ts": q.TS, "message": "", "status": q.Status, "v": map[string]any(q.V),
		"t": "l", "queueOrder": 1, "estimatedWaitingTimeQueue": 0, "estimatedServiceTimeAt": q.TS, "_updatedAt": q.UpdatedAt,
	}.opt("department", q.Department)
}

// brief is the inquiry as a manager's list shows it.
func (q *inquiry) brief() doc {
	return doc{"_id": q.ID, "rid": q.RID, "name": q.Name, "ts": q.TS, "status": q.Status}.opt("department", q.Department)
}

func (w *world) addInquiry(q *inquiry) { w.inquiries[q.ID], w.inquiryByRoom[q.RID] = q, q }

func (t *tx) newInquiry(r *room) *inquiry {
	q := &inquiry{ID: newID(), RID: r.ID, Name: r.FName, TS: t.now, Department: r.Department, Status: "ready", V: extra(r.V.doc()), UpdatedAt: t.now}
	t.addInquiry(q)
	t.put(q)
	t.queueEvent(q, "added", "inserted", false)
	return q
}

// queueEvent tells the queue's watchers. Added and removed go to the
// department only; changes go to everybody, except that one which moves the
// chat to another department. Automatic routing keeps silent.
func (t *tx) queueEvent(q *inquiry, kind, action string, moved bool) {
	if t.autoRouting() || t.does(silentInquiries) || kind == "added" && !t.does(tellsNewInquiries) {
		return
	}
	const stream = "stream-livechat-inquiry-queue-observer"
	body := func(key, value string) func() any {
		return func() any {
			d := q.doc()
			d[key] = value
			if kind == "removed" {
				d["_deletedAt"], d["__collection__"] = t.now, "livechat_inquiry"
			}
			return []any{d}
		}
	}
	t.emit(stream, q.ID, body("clientAction", action))
	if q.Department != "" {
		t.emit(stream, "department/"+q.Department, body("type", kind))
	}
	if q.Department == "" || kind == "changed" && !moved {
		t.emit(stream, "public", body("type", kind))
	}
}

func (t *tx) inquiryChanged(q *inquiry, moved bool) {
	q.UpdatedAt = t.now
	t.put(q)
	t.queueEvent(q, "changed", "updated", moved)
}

func (t *tx) removeInquiry(q *inquiry) {
	delete(t.inquiries, q.ID)
	delete(t.inquiryByRoom, q.RID)
	t.remove(q)
	t.queueEvent(q, "removed", "removed", false)
}

// route gives a new chat to an agent, or lets it wait.
func (t *tx) route(q *inquiry) {
	if t.autoRouting() {
		if u := t.nextAgent(q.Department); u != nil {
			t.assign(q, u)
			return
		}
	}
	t.enqueue(q)
	t.announce(q)
}

// enqueue makes the chat wait for anybody who may take it.
func (t *tx) enqueue(q *inquiry) {
	q.Status = "queued"
	t.inquiryChanged(q, false)
	t.fact(Fact{Fact: "queued", RID: q.RID}, t.rooms[q.RID])
}

// announce shows a notification to the agents who might take the chat.
func (t *tx) announce(q *inquiry) {
	r := t.rooms[q.RID]
	for _, u := range t.onlineAgents(q.Department) {
		t.emit("stream-notify-user", u.ID+"/notification", func() any {
			return []any{doc{
				"title": "[Omnichannel] New chat in queue", "text": r.V.Username + " started a new conversation",
				"payload": doc{"sender": map[string]any(q.V), "type": "l", "name": "New chat in queue", "message": doc{}},
			}}
		})
	}
}

// assign makes the agent serve the chat: membership, "connected", and the
// guest's page learns who it is.
func (t *tx) assign(q *inquiry, u *user) {
	r := t.rooms[q.RID]
	q.Status = "taken"
	t.inquiryChanged(q, false)
	t.join(r, u)
	r.ServedBy = &serving{person: u.person().short(), TS: t.now}
	r.Users++
	t.roomChanged(r)
	t.emit("stream-notify-user", u.ID+"/rooms-changed", func() any { return []any{"inserted", t.roomDoc(r)} })
	t.note(r, &message{Type: "command", Msg: "connected", U: u.person().short()}, true)
	t.agentData(r, u)
	t.fact(Fact{Fact: "taken", RID: r.ID, By: u.Username, Agent: u.Username}, r)
}

func (t *tx) agentData(r *room, u *user) {
	t.emit("stream-livechat-room", r.ID, func() any {
		if u == nil {
			return []any{doc{"type": "agentData"}}
		}
		return []any{doc{"type": "agentData", "data": u.forGuest()}}
	})
}

// take is an agent's own grasp into the queue.
func (t *tx) take(u *user, inquiryID string) (doc, error) {
	const method = "livechat:takeInquiry"
	if !u.may("view-l-room") {
		return nil, meteor("error-not-allowed", "Not allowed", in(method))
	}
	q := t.inquiries[inquiryID]
	if q == nil || q.Status == "taken" {
		return nil, meteor("error-not-allowed", "Inquiry already taken", in(method))
	}
	if !u.available() {
		return nil, meteor("error-agent-status-service-offline", "Agent status is offline or Omnichannel service is not active", in(method))
	}
	t.assign(q, u)
	return t.roomDoc(t.rooms[q.RID]), nil
}

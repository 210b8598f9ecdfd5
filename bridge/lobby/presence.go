package lobby

// statusCode is a status as the user-status stream writes it.
var statusCode = map[string]int{"offline": 0, "online": 1, "away": 2, "busy": 3}

// online is what routing asks: present, or a bot, which always is.
func (u *user) online() bool { return u.Status != "offline" && u.Status != "" || u.has("bot") }

// available is an agent that may be given a chat.
func (u *user) available() bool {
	return u.has("livechat-agent") && u.Livechat == "available" && u.online()
}

// setConnection is what the user's websockets say: online, away or, when the
// last one is gone, offline.
func (t *tx) setConnection(u *user, connection string) {
	if u.Connection == connection || u.pinned && connection == "offline" {
		return
	}
	u.Connection = connection
	t.resolveStatus(u, doc{"statusConnection": connection})
}

// setDefaultStatus is what the user wants to be while connected.
func (t *tx) setDefaultStatus(u *user, status string) {
	if u.StatusDefault == status {
		return
	}
	u.StatusDefault = status
	t.userChanged(u, doc{"statusDefault": status})
	t.resolveStatus(u, doc{})
}

// resolveStatus makes one status of the connection and the wish, and tells
// everybody, also when nothing came of it.
func (t *tx) resolveStatus(u *user, diff doc) {
	status := u.Connection
	if status != "offline" && u.StatusDefault != "online" {
		status = u.StatusDefault
	}
	if u.Status != status {
		u.Status, diff["status"] = status, status
	}
	if len(diff) > 0 {
		t.userChanged(u, diff)
	}
	t.tellStatus(u, u.StatusText)
	t.tellGuests(u)
}

func (t *tx) tellStatus(u *user, text string) {
	t.emit("stream-notify-logged", "user-status", func() any {
		return []any{[]any{u.ID, u.Username, statusCode[u.Status], text}}
	})
}

// tellGuests shows the status on the pages of the guests whom the user serves.
func (t *tx) tellGuests(u *user) {
	for _, s := range t.memberships(u.ID) {
		if r := t.rooms[s.RID]; r.Open && r.ServedBy != nil && r.ServedBy.ID == u.ID {
			t.emit("stream-livechat-room", r.ID, func() any { return []any{doc{"type": "agentStatus", "status": u.Status}} })
		}
	}
}

// forceStatus is users.setStatus: it makes a user present also without a
// websocket, until the last one of the user ends; guests are not told.
func (t *tx) forceStatus(u *user, status string) {
	diff := doc{}
	if u.Status != status {
		u.Status, diff["status"] = status, status
	}
	if u.StatusDefault != status {
		u.StatusDefault, diff["statusDefault"] = status, status
	}
	if len(diff) == 0 {
		return
	}
	t.userChanged(u, diff)
	t.tellStatus(u, "") // without the text: the server's own slip
}

func (t *tx) setStatusText(u *user, text string) {
	if u.StatusText == text {
		return
	}
	u.StatusText = text
	t.userChanged(u, doc{"statusText": text})
	t.tellStatus(u, text)
}

// setLivechat changes whether an agent takes chats; only the agent is told.
func (t *tx) setLivechat(u *user, status string) bool {
	if u.Livechat == status {
		return false
	}
	u.Livechat = status
	t.userChanged(u, doc{"statusLivechat": status})
	return true
}

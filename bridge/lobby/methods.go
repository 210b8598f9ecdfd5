package lobby

import (
	"slices"
	"time"
)

// call is one invocation of a DDP method, over a websocket or through REST's
// method.call (then conn is nil).
type call struct {
	*tx
	conn   *conn
	user   *user // nil before the login
	params []any
}

// method answers a value; nil means a result without one.
type method func(*call) (any, error)

// methods are the DDP methods that the lobby knows.
var methods map[string]method

func init() { // the table refers to functions that refer to it
	methods = map[string]method{
		"login":                         (*call).login,
		"logout":                        (*call).logout,
		"livechat:loginByToken":         (*call).loginByToken,
		"livechat:takeInquiry":          (*call).takeInquiry,
		"livechat:transfer":             (*call).transferChat,
		"livechat:returnAsInquiry":      (*call).returnAsInquiry,
		"livechat:closeRoom":            (*call).closeRoom,
		"livechat:saveInfo":             (*call).saveInfo,
		"livechat:requestTranscript":    (*call).requestTranscript,
		"livechat:discardTranscript":    (*call).discardTranscript,
		"livechat:sendTranscript":       (*call).sendTranscript,
		"livechat:changeLivechatStatus": (*call).changeLivechatStatus,
		"livechat:getRoutingConfig":     (*call).routingConfig,
		"livechat:saveCustomField":      (*call).saveCustomField,
		"livechat:removeCustomField":    (*call).removeCustomField,
		"sendMessage":                   (*call).sendMessage,
		"updateMessage":                 (*call).updateMessage,
		"deleteMessage":                 (*call).deleteMessage,
		"readMessages":                  (*call).readMessages,
		"loadHistory":                   (*call).loadHistory,
		"loadMissedMessages":            (*call).loadMissedMessages,
		"messageSearch":                 (*call).messageSearch,
		"getRoomByTypeAndName":          (*call).roomByName,
		"getUserRoles":                  (*call).userRoles,
		"rooms/get":                     (*call).roomsGet,
		"subscriptions/get":             (*call).subscriptionsGet,
		"createDirectMessage":           (*call).createDirect,
		"setUserStatus":                 (*call).setUserStatus,
		"UserPresence:setDefaultStatus": (*call).setDefaultStatus,
		"UserPresence:online":           presence("online"),
		"UserPresence:away":             presence("away"),
		"stream-notify-room":            (*call).notifyRoom,
	}
}

func (c *call) login() (any, error) {
	cred, err := ddpCredential(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	u, secret, expires, err := c.tx.login(cred)
	if err != nil {
		return nil, err
	}
	if c.conn != nil {
		c.logIn(c.conn, u, secret)
		// Clients read their own user before they look at the result.
		c.conn.answer(doc{"msg": "added", "collection": "users", "id": u.ID, "fields": doc{"username": u.Username, "emails": u.emails()}})
	}
	kind := "resume"
	if cred.resume == "" {
		kind = "password"
	}
	return doc{"id": u.ID, "token": secret, "tokenExpires": expires, "type": kind}, nil
}

func ddpCredential(v any) (credential, error) {
	a, err := asArgs(v)
	if err != nil {
		return credential{}, errNoOptions
	}
	if resume, ok := a["resume"].(string); ok {
		return credential{resume: resume}, nil
	}
	who, _ := a["user"].(map[string]any)
	name, _ := who["username"].(string)
	if name == "" {
		name, _ = who["email"].(string)
	}
	return withPassword(name, a["password"])
}

// withPassword reads a password, plain or as a digest.
func withPassword(name string, v any) (credential, error) {
	c := credential{name: name}
	switch p := v.(type) {
	case string:
		c.secret = p
	case map[string]any:
		c.secret, _ = p["digest"].(string)
		c.digest = true
	}
	if c.name == "" || c.secret == "" {
		return c, errNoOptions
	}
	return c, nil
}

func (c *call) logout() (any, error) {
	if c.conn == nil || c.user == nil {
		return nil, nil
	}
	delete(c.user.Tokens, c.conn.token)
	delete(c.userByToken, c.conn.token)
	c.put(c.user)
	if c.user.conns--; c.user.conns == 0 {
		c.setStatus(c.user, "offline")
	}
	c.conn.user, c.conn.who, c.conn.token = nil, "", ""
	return nil, nil
}

// loginByToken is the guest's: it tells who the token is.
func (c *call) loginByToken() (any, error) {
	v := c.visitorByToken[nthText(c.params, 0)]
	if v == nil {
		return nil, nil
	}
	return doc{"_id": v.ID}, nil
}

func (c *call) takeInquiry() (any, error) {
	d, err := c.take(c.user, nthText(c.params, 0))
	if err != nil {
		return nil, err
	}
	return d, nil
}

func transferArgs(a args, more ...string) (transfer, error) {
	if err := a.only(append([]string{"roomId", "userId", "departmentId", "comment"}, more...)...); err != nil {
		return transfer{}, err
	}
	x := transfer{}
	var err error
	if x.roomID, err = a.text("roomId"); err != nil {
		return x, err
	}
	for key, to := range map[string]*string{"userId": &x.userID, "departmentId": &x.departmentID, "comment": &x.comment} {
		if *to, err = a.maybe(key); err != nil {
			return x, err
		}
	}
	return x, nil
}

func (c *call) transferChat() (any, error) {
	if c.user == nil {
		return nil, meteor("error-not-authorized", "Not authorized", in("livechat:transfer"))
	}
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	x, err := transferArgs(a, "clientAction")
	if err != nil {
		return nil, err
	}
	done, err := c.forward(c.user, x)
	return done, err
}

func (c *call) returnAsInquiry() (any, error) {
	return c.returnToQueue(c.user, nthText(c.params, 0), nthText(c.params, 1))
}

func (c *call) closeRoom() (any, error) {
	const name = "livechat:closeRoom"
	r := c.rooms[nthText(c.params, 0)]
	switch {
	case !c.user.may("close-livechat-room"):
		return nil, meteor("error-not-authorized", "Not authorized", in(name))
	case r == nil || r.T != "l":
		return nil, meteor("error-invalid-room", "Invalid room", in(name))
	case !r.Open:
		return nil, meteor("room-closed", "Room closed", in(name))
	case c.subs[r.ID][c.user.ID] == nil && !c.user.may("close-others-livechat-room"):
		return nil, meteor("error-not-authorized", "Not authorized", in(name))
	}
	options, _ := nth(c.params, 2).(map[string]any)
	tags, _, err := args(options).list("tags")
	if err != nil {
		return nil, err
	}
	err = c.closeChat(r, closing{by: c.user.person(), comment: nthText(c.params, 1), tags: tags, client: args(options).flag("clientAction")})
	return err == nil, err
}

// saveInfo writes guest and room. The trap is the server's own: without tags
// all tags are gone.
func (c *call) saveInfo() (any, error) {
	const name = "livechat:saveInfo"
	if !c.user.may("view-l-room") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	guest, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	info, err := asArgs(nth(c.params, 1))
	if err != nil {
		return nil, err
	}
	tags, _, err := info.list("tags")
	if err != nil {
		return nil, err
	}
	rid, err := info.text("_id")
	if err != nil {
		return nil, err
	}
	r := c.rooms[rid]
	if r == nil || r.T != "l" {
		return nil, meteor("error-invalid-room", "Invalid room", in(name))
	}
	if (r.ServedBy == nil || r.ServedBy.ID != c.user.ID) && !c.user.may("save-others-livechat-room-info") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	renamed := c.saveGuest(guest, r)
	c.saveRoom(info, tags, r)
	if renamed {
		return 1, nil
	}
	return nil, nil
}

// saveGuest writes what is given and leaves the rest; renaming shows on the
// room, in the queue and with its members.
func (c *call) saveGuest(a args, r *room) (renamed bool) {
	id, _ := a["_id"].(string)
	v := c.visitors[id]
	if v == nil {
		return false
	}
	if mail, _ := a["email"].(string); mail != "" {
		v.Emails = []string{mail}
	}
	if phone, _ := a["phone"].(string); phone != "" {
		v.Phones = []string{phone}
	}
	data, _ := a["livechatData"].(map[string]any)
	for key, value := range data {
		if text, ok := value.(string); ok {
			c.setVisitorField(v, fieldValue{key: key, value: text, overwrite: true})
		}
	}
	name, _ := a["name"].(string)
	renamed = name != ""
	if renamed {
		v.Name = name
		c.rename(r, name)
	}
	v.UpdatedAt = c.now
	c.addVisitor(v)
	c.put(v)
	return renamed
}

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

func (c *call) saveRoom(a args, tags []string, r *room) {
	before := slices.Clone(r.Tags)
	r.Tags = nil
	if len(tags) > 0 {
		r.Tags = tags
	}
	if topic, ok := a["topic"].(string); ok {
		r.Topic = topic
	}
	data, _ := a["livechatData"].(map[string]any)
	for key, value := range data {
		if c.hasField(key, "room") {
			r.setData(key, value)
		}
	}
	c.roomChanged(r)
	c.tagged(r, c.user.Username, before)
}

func (c *call) changeLivechatStatus() (any, error) {
	const name = "livechat:changeLivechatStatus"
	if c.user == nil {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	a, _ := asArgs(nth(c.params, 0))
	u := c.user
	if id, _ := a["agentId"].(string); id != "" && id != u.ID {
		if !u.may("manage-livechat-agents") {
			return nil, meteor("error-not-allowed", "Not allowed", in("livechat:saveAgentInfo"))
		}
		u = c.users[id]
	}
	if u == nil || !u.has("livechat-agent") {
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	}
	status, _ := a["status"].(string)
	if status == "" {
		status = map[string]string{"available": "not-available"}[u.Livechat]
	}
	if status == "" {
		status = "available"
	}
	if c.setLivechat(u, status) {
		return 1, nil
	}
	return nil, nil
}

func (c *call) routingConfig() (any, error) {
	auto := c.autoRouting()
	return doc{
		"previewRoom": !auto, "showConnecting": !auto, "showQueue": !auto, "showQueueLink": auto,
		"returnQueue": !auto, "enableTriggerAction": auto, "autoAssignAgent": auto,
	}, nil
}

func (c *call) saveCustomField() (any, error) {
	if !c.user.may("view-livechat-manager") {
		return nil, meteor("error-not-allowed", "Not allowed", in("livechat:saveCustomField"))
	}
	a, err := asArgs(nth(c.params, 1))
	if err != nil {
		return nil, err
	}
	t, err := a.texts("field", "label", "scope", "visibility")
	if err != nil {
		return nil, err
	}
	f := &customField{ID: t[0], Label: t[1], Scope: t[2], Visible: t[3], UpdatedAt: c.now}
	f.Regexp, _ = a["regexp"].(string)
	c.addField(f)
	c.put(f)
	return f.doc(), nil
}

func (c *call) removeCustomField() (any, error) {
	if !c.user.may("view-livechat-manager") {
		return nil, meteor("error-not-allowed", "Not allowed", in("livechat:removeCustomField"))
	}
	id := nthText(c.params, 0)
	f := c.fields[id]
	if f == nil {
		return nil, meteor("error-invalid-custom-field", "Custom field not found", in("livechat:removeCustomField"))
	}
	delete(c.fields, id)
	c.fieldOrder = slices.DeleteFunc(c.fieldOrder, func(x string) bool { return x == id })
	c.remove(f)
	return 1, nil
}

// sendMessage swallows most failures: only a foreign room is an error, all
// else is a result without a value, and a whisper.
func (c *call) sendMessage() (any, error) {
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("sendMessage"))
	}
	m, err := c.send(c.user, a)
	switch {
	case err == textError("error-not-allowed"):
		return nil, meteor("error-not-allowed", "", in("sendMessage"))
	case err != nil:
		return nil, nil
	}
	return m.doc(), nil
}

func (c *call) updateMessage() (any, error) {
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	text, err := a.texts("_id", "msg")
	if err != nil {
		return nil, err
	}
	return nil, c.editAs(c.user, c.messages[text[0]], text[1])
}

// editAs lets users edit what they wrote themselves.
func (t *tx) editAs(u *user, m *message, text string) error {
	if m == nil || u == nil || m.U.ID != u.ID || m.Token != "" || !t.on(setAllowEditing) {
		return meteor("error-action-not-allowed", "Message editing not allowed", doc{"method": "updateMessage", "action": "Message_editing"})
	}
	t.edit(m, u.person(), text)
	return nil
}

func (c *call) deleteMessage() (any, error) {
	a, err := asArgs(nth(c.params, 0))
	if err != nil {
		return nil, err
	}
	id, err := a.text("_id")
	if err != nil {
		return nil, err
	}
	return nil, c.eraseAs(c.user, c.messages[id])
}

func (t *tx) eraseAs(u *user, m *message) error {
	if m == nil || u == nil || m.Token != "" || m.U.ID != u.ID && !u.has("admin") || !t.on(setAllowDeleting) {
		return meteor("error-action-not-allowed", "Not allowed", doc{"method": "deleteMessage", "action": "Delete_message"})
	}
	t.erase(m, u.person())
	return nil
}

func (c *call) readMessages() (any, error) {
	if c.user != nil {
		c.markRead(c.user, nthText(c.params, 0))
	}
	return nil, nil
}

func (t *tx) markRead(u *user, rid string) {
	if s := t.subs[rid][u.ID]; s != nil {
		s.LS, s.Alert, s.Unread, s.Mentions = t.now, false, 0, 0
		t.subChanged(s)
	}
}

func (c *call) loadHistory() (any, error) {
	r := c.rooms[nthText(c.params, 0)]
	if !c.canSee(c.user, r) {
		return false, nil
	}
	limit, ok := nth(c.params, 2).(float64)
	if !ok || limit <= 0 {
		limit = 20
	}
	end, ok := nth(c.params, 1).(time.Time)
	list := c.history(r, int(limit), 0, true, func(m *message) bool { return !ok || m.TS.Before(end) })
	return doc{"messages": messageDocs(list), "unreadNotLoaded": 0}, nil
}

func (c *call) loadMissedMessages() (any, error) {
	r := c.rooms[nthText(c.params, 0)]
	since, ok := nth(c.params, 1).(time.Time)
	if !ok || !c.canSee(c.user, r) {
		return false, nil
	}
	return messageDocs(c.history(r, 0, 0, true, func(m *message) bool { return m.TS.After(since) })), nil
}

func (c *call) messageSearch() (any, error) {
	r := c.rooms[nthText(c.params, 1)]
	if !c.canSee(c.user, r) {
		return false, nil
	}
	limit, _ := nth(c.params, 2).(float64)
	list, err := c.search(c.user, r, nthText(c.params, 0), int(limit))
	if err != nil {
		return nil, err
	}
	return doc{"message": doc{"docs": messageDocs(list)}}, nil
}

func (c *call) roomByName() (any, error) {
	r := c.rooms[nthText(c.params, 1)]
	if r == nil || r.T != nthText(c.params, 0) {
		return nil, meteor("error-invalid-room", "Invalid room", in("getRoomByTypeAndName"))
	}
	if !c.canSee(c.user, r) {
		return nil, meteor("error-no-permission", "No permission", in("getRoomByTypeAndName"))
	}
	return c.roomView(r), nil
}

// userRoles lists who holds more than plain membership.
func (c *call) userRoles() (any, error) {
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("getUserRoles"))
	}
	out := []any{}
	for _, u := range c.userOrder {
		roles := []string{}
		for _, r := range u.Roles {
			if r != "user" && r != "bot" {
				roles = append(roles, r)
			}
		}
		out = append(out, doc{"_id": u.ID, "username": u.Username, "roles": roles})
	}
	return out, nil
}

func (c *call) roomsGet() (any, error) {
	out := []any{}
	if c.user != nil {
		for _, r := range c.roomOrder {
			if c.subs[r.ID][c.user.ID] != nil {
				out = append(out, c.roomView(r))
			}
		}
	}
	return doc{"update": out, "remove": []any{}}, nil
}

func (c *call) subscriptionsGet() (any, error) {
	out := []any{}
	if c.user != nil {
		for _, r := range c.roomOrder {
			if s := c.subs[r.ID][c.user.ID]; s != nil {
				out = append(out, s.doc())
			}
		}
	}
	return doc{"update": out, "remove": []any{}}, nil
}

func (c *call) createDirect() (any, error) {
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("createDirectMessage"))
	}
	var names []string
	for i := range c.params {
		names = append(names, nthText(c.params, i))
	}
	r, err := c.imCreate(c.user, names)
	if err != nil {
		return nil, err
	}
	return doc{"t": "d", "rid": r.ID, "usernames": r.memberNames()}, nil
}

func (c *call) setUserStatus() (any, error) {
	if c.user == nil {
		return nil, meteor("error-invalid-user", "Invalid user", in("setUserStatus"))
	}
	c.user.StatusText = nthText(c.params, 1)
	c.user.StatusDefault = nthText(c.params, 0)
	c.setStatus(c.user, c.user.StatusDefault)
	return nil, nil
}

func (c *call) setDefaultStatus() (any, error) {
	if c.user == nil || statusCode[nthText(c.params, 0)] == 0 && nthText(c.params, 0) != "offline" {
		return nil, nil
	}
	c.user.StatusDefault = nthText(c.params, 0)
	c.setStatus(c.user, c.user.StatusDefault)
	return nil, nil
}

// presence is what a client says of its user's activity; an explicit status
// other than online stands.
func presence(status string) method {
	return func(c *call) (any, error) {
		if c.user != nil && c.user.StatusDefault == "online" {
			c.setStatus(c.user, status)
		}
		return nil, nil
	}
}

func (c *call) notifyRoom() (any, error) {
	if len(c.params) > 1 {
		c.typing(c.conn, c.user, c.params)
	}
	return nil, nil
}

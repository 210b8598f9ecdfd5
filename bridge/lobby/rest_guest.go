package lobby

import (
	"slices"
	"strconv"
)

var guestRoutes = []route{
	{verb: "POST", path: "livechat/visitor", handle: (*rest).registerGuest, public: true, whole: true},
	{verb: "GET", path: "livechat/visitor/:token", handle: (*rest).guestByToken, public: true, whole: true},
	{verb: "GET", path: "livechat/visitor/:token/room", handle: (*rest).guestRooms, whole: true},
	{verb: "POST", path: "livechat/visitor.status", handle: (*rest).guestStatus, public: true, whole: true},
	{verb: "GET", path: "livechat/room", handle: (*rest).openRoom, public: true, whole: true},
	{verb: "POST", path: "livechat/room.close", handle: (*rest).guestCloses, public: true, whole: true},
	{verb: "POST", path: "livechat/room.transfer", handle: (*rest).guestMoves, public: true, whole: true, when: guestTransfers},
	{verb: "POST", path: "livechat/message", handle: (*rest).guestWrites, public: true, whole: true},
	{verb: "GET", path: "livechat/message/:id", handle: (*rest).guestReads, public: true, whole: true},
	{verb: "PUT", path: "livechat/message/:id", handle: (*rest).guestEdits, public: true, whole: true},
	{verb: "DELETE", path: "livechat/message/:id", handle: (*rest).guestErases, public: true, whole: true},
	{verb: "GET", path: "livechat/messages.history/:rid", handle: (*rest).guestHistory, public: true, whole: true},
	{verb: "POST", path: "livechat/transcript", handle: (*rest).guestTranscript, public: true, whole: true},
	{verb: "POST", path: "livechat/transcript/:rid", handle: (*rest).askTranscript, when: transcriptByREST},
	{verb: "DELETE", path: "livechat/transcript/:rid", handle: (*rest).dropTranscript, when: transcriptByREST},
	{verb: "POST", path: "livechat/upload/:rid", handle: (*rest).guestUploads, public: true, files: true},
	{verb: "POST", path: "livechat/page.visited", handle: (*rest).pageVisited, public: true, whole: true},
	{verb: "POST", path: "livechat/custom.field", handle: (*rest).guestField, public: true, whole: true},
	{verb: "POST", path: "livechat/custom.fields", handle: (*rest).guestFields, public: true, whole: true},
	{verb: "GET", path: "livechat/agent.info/:rid/:token", handle: (*rest).guestAgent, public: true, whole: true},
	{verb: "GET", path: "livechat/agent.next/:token", handle: func(*rest) (doc, error) { return nil, nil }, public: true, whole: true},
	{verb: "GET", path: "livechat/video.call/:token", handle: func(*rest) (doc, error) { return nil, errBare }, public: true, whole: true},
	{verb: "POST", path: "livechat/room.survey", handle: (*rest).guestRates, public: true, whole: true},
	{verb: "POST", path: "livechat/offline.message", handle: (*rest).offlineMessage, public: true, whole: true},
}

func (c *rest) registerGuest() (doc, error) {
	a, err := c.body.object("visitor")
	if err != nil {
		return nil, err
	}
	g := registration{}
	if g.token, err = a.text("token"); err != nil {
		return nil, err
	}
	for key, to := range map[string]*string{"name": &g.name, "email": &g.email, "phone": &g.phone, "department": &g.department, "username": &g.username} {
		if *to, err = a.maybe(key); err != nil {
			return nil, err
		}
	}
	fields, _ := a["customFields"].([]any)
	for _, v := range fields {
		if f, ok := fieldOf(v); ok {
			g.fields = append(g.fields, f)
		}
	}
	v := c.register(g)
	c.guestRenamed(v)
	return doc{"visitor": v.doc()}, nil
}

// guestRenamed carries a new name to the guest's open chats.
func (c *rest) guestRenamed(v *visitor) {
	for _, r := range c.roomsByVisitor[v.ID] {
		if r.Open && v.Name != "" && r.FName != v.Name {
			c.rename(r, v.Name)
		}
	}
}

func fieldOf(v any) (fieldValue, bool) {
	m, _ := v.(map[string]any)
	f := fieldValue{}
	f.key, _ = m["key"].(string)
	f.value, _ = m["value"].(string)
	f.overwrite, _ = m["overwrite"].(bool)
	return f, f.key != ""
}

func (c *rest) guestByToken() (doc, error) {
	v := c.visitorByToken[c.path["token"]]
	if v == nil {
		return nil, nil
	}
	return doc{"visitor": v.doc()}, nil
}

func (c *rest) guestRooms() (doc, error) {
	out := []any{}
	if v := c.visitorByToken[c.path["token"]]; v != nil {
		for _, r := range c.roomsByVisitor[v.ID] {
			if r.Open && r.V.Token == v.Token {
				out = append(out, doc{"_id": r.ID, "t": "l", "cl": false, "v": r.V.doc()})
			}
		}
	}
	return doc{"rooms": out}, nil
}

func (c *rest) guestStatus() (doc, error) {
	t, err := c.body.texts("token", "status")
	if err != nil {
		return nil, err
	}
	v, err := c.guest(t[0])
	if err != nil {
		return nil, err
	}
	v.Status = t[1]
	c.put(v)
	return doc{"token": t[0], "status": t[1]}, nil
}

func (c *rest) guest(token string) (*visitor, error) {
	v := c.visitorByToken[token]
	if v == nil {
		return nil, meteor("invalid-token", "", nil)
	}
	return v, nil
}

// chatOf finds a guest and its room.
func (c *rest) chatOf(token, rid string) (*visitor, *room, error) {
	v, err := c.guest(token)
	if err != nil {
		return nil, nil, err
	}
	r := c.guestRoom(rid, token)
	if r == nil {
		return nil, nil, meteor("invalid-room", "", nil)
	}
	return v, r, nil
}

func (c *rest) openRoom() (doc, error) {
	if !c.query.Has("token") {
		return nil, matchError("Missing key 'token'")
	}
	v, err := c.guest(c.query.Get("token"))
	if err != nil {
		return nil, err
	}
	room, fresh, err := c.chatFor(v, c.query.Get("rid"))
	if err != nil {
		return nil, err
	}
	return doc{"room": room, "newRoom": fresh}, nil
}

func (c *rest) guestCloses() (doc, error) {
	t, err := c.body.texts("rid", "token")
	if err != nil {
		return nil, err
	}
	v, r, err := c.chatOf(t[1], t[0])
	if err != nil {
		return nil, err
	}
	if !r.Open {
		return nil, meteor("room-closed", "", nil)
	}
	const comment = "Closed by visitor"
	if err := c.closeChat(r, closing{by: v.person(), guest: true, comment: comment}); err != nil {
		return nil, err
	}
	return doc{"rid": r.ID, "comment": comment}, nil
}

func (c *rest) guestMoves() (doc, error) {
	t, err := c.body.texts("rid", "token", "department")
	if err != nil {
		return nil, err
	}
	v, r, err := c.chatOf(t[1], t[0])
	if err != nil {
		return nil, err
	}
	if !r.Open {
		return nil, errBare
	}
	if _, err := c.move(r, v.person(), "visitor", transfer{roomID: r.ID, departmentID: t[2]}); err != nil {
		return nil, err
	}
	return doc{"room": doc{"_id": r.ID, "t": r.T, "departmentId": r.Department, "open": true, "v": r.V.doc(), "ts": r.TS}}, nil
}

func (c *rest) guestWrites() (doc, error) {
	t, err := c.body.texts("token", "rid", "msg")
	if err != nil {
		return nil, err
	}
	v, r, err := c.chatOf(t[0], t[1])
	if err != nil {
		return nil, err
	}
	if !r.Open {
		return nil, meteor("room-closed", "", nil)
	}
	id, err := c.body.maybe("_id")
	if err != nil {
		return nil, err
	}
	m, err := c.guestSays(v, r, id, t[2])
	if err != nil {
		return nil, err
	}
	return doc{"message": m.doc()}, nil
}

// guestMessage is a message in the guest's own room.
func (c *rest) guestMessage(token, rid string) (*visitor, *message, error) {
	v, r, err := c.chatOf(token, rid)
	if err != nil {
		return nil, nil, err
	}
	m := c.messages[c.path["id"]]
	if m == nil || m.RID != r.ID || m.Hidden {
		return nil, nil, meteor("invalid-message", "", nil)
	}
	return v, m, nil
}

func (c *rest) guestReads() (doc, error) {
	_, m, err := c.guestMessage(c.query.Get("token"), c.query.Get("rid"))
	if err != nil {
		return nil, err
	}
	return doc{"message": m.doc()}, nil
}

func (c *rest) guestEdits() (doc, error) {
	t, err := c.body.texts("token", "rid", "msg")
	if err != nil {
		return nil, err
	}
	v, m, err := c.guestMessage(t[0], t[1])
	if err != nil {
		return nil, err
	}
	if m.Token != v.Token || !c.on(setAllowEditing) {
		return nil, errBare
	}
	c.edit(m, v.person(), t[2])
	return doc{"message": m.doc()}, nil
}

func (c *rest) guestErases() (doc, error) {
	t, err := c.body.texts("token", "rid")
	if err != nil {
		return nil, err
	}
	v, m, err := c.guestMessage(t[0], t[1])
	if err != nil {
		return nil, err
	}
	if m.Token != v.Token || !c.on(setAllowDeleting) {
		return nil, errBare
	}
	c.erase(m, v.person())
	return doc{"message": doc{"_id": m.ID, "ts": c.now}}, nil
}

func (c *rest) guestHistory() (doc, error) {
	if !c.query.Has("token") {
		return nil, meteor("error-token-param-not-provided", `The required "token" query param is missing.`, nil)
	}
	_, r, err := c.chatOf(c.query.Get("token"), c.path["rid"])
	if err != nil {
		return nil, err
	}
	limit := 20
	if n, err := strconv.Atoi(c.query.Get("limit")); err == nil && n > 0 {
		limit = n
	}
	offset, _ := strconv.Atoi(c.query.Get("offset"))
	out := []any{}
	for _, m := range c.history(r, limit, max(offset, 0), true, nil) {
		d := m.doc()
		if file, ok := m.Extra["file"].(map[string]any); ok {
			id, _ := file["_id"].(string)
			if f := c.uploads[id]; f != nil {
				d["fileUpload"] = doc{"publicFilePath": c.base + f.publicLink(), "type": f.Type, "size": f.Size}
			}
		}
		out = append(out, d)
	}
	return doc{"messages": out}, nil
}

func (c *rest) guestTranscript() (doc, error) {
	t, err := c.body.texts("token", "rid", "email")
	if err != nil {
		return nil, err
	}
	_, r, err := c.chatOf(t[0], t[1])
	if err != nil {
		return nil, errBare
	}
	c.transcriptSent(r, rocketCat, "visitor", t[2], "")
	return doc{"message": "Omnichannel transcript sent"}, nil
}

// askTranscript has the conversation mailed when it ends.
func (c *rest) askTranscript() (doc, error) {
	t, err := c.body.texts("email", "subject")
	if err != nil {
		return nil, err
	}
	_, err = c.viaMethod((*call).requestTranscript, c.path["rid"], t[0], t[1])
	return nil, err
}

func (c *rest) dropTranscript() (doc, error) {
	_, err := c.viaMethod((*call).discardTranscript, c.path["rid"])
	return nil, err
}

func (c *rest) guestUploads() (doc, error) {
	token := c.r.Header.Get("X-Visitor-Token")
	v := c.visitorByToken[token]
	r := c.guestRoom(c.path["rid"], token)
	if v == nil || r == nil || !r.Open {
		return nil, errUnauthorized
	}
	return nil, c.guestFile(v, r, c.form.file)
}

// watchedChange is Livechat_history_monitor_type as it is unless somebody sets it:
// pages are told when their address changes, and not when their title does.
const watchedChange = "url"

// A guest's browser tells of pages also before there is a chat. They become the
// next chat's. The real server keeps them for a month; the lobby while it runs.
const (
	maxVisits   = 100 // of one guest
	maxVisitors = 10000
)

func (c *rest) pageVisited() (doc, error) {
	token, err := c.body.text("token")
	if err != nil {
		return nil, err
	}
	info, err := c.body.object("pageInfo")
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"change", "title", "location"} {
		if info[key] == nil {
			return nil, matchError("Missing key '" + key + "' in field pageInfo")
		}
	}
	if info["change"] != watchedChange {
		return doc{}, nil
	}
	nav := map[string]any{"page": map[string]any(info), "token": token}
	rid, _ := c.body.maybe("rid")
	if r := c.guestRoom(rid, token); r != nil {
		c.visited(r, nav)
	} else if kept := c.visits[token]; rid == "" && len(kept) < maxVisits && len(c.visits) < maxVisitors {
		c.visits[token] = append(kept, nav)
	}
	return doc{"page": doc{"msg": visitText(info), "navigation": nav}}, nil
}

func (c *rest) guestField() (doc, error) {
	t, err := c.body.texts("token", "key", "value")
	if err != nil {
		return nil, err
	}
	v, err := c.guest(t[0])
	if err != nil {
		return nil, err
	}
	f := fieldValue{key: t[1], value: t[2], overwrite: c.body.flag("overwrite")}
	c.setField(v, f)
	return doc{"field": doc{"key": f.key, "value": f.value, "overwrite": f.overwrite}}, nil
}

func (c *rest) guestFields() (doc, error) {
	token, err := c.body.text("token")
	if err != nil {
		return nil, err
	}
	v, err := c.guest(token)
	if err != nil {
		return nil, err
	}
	out := []any{}
	fields, _ := c.body["customFields"].([]any)
	for _, x := range fields {
		if f, ok := fieldOf(x); ok {
			c.setField(v, f)
			out = append(out, doc{"Key": f.key, "value": f.value, "overwrite": f.overwrite}) // the capital is the server's
		}
	}
	return doc{"fields": out}, nil
}

func (c *rest) guestAgent() (doc, error) {
	_, r, err := c.chatOf(c.path["token"], c.path["rid"])
	if err != nil {
		return nil, err
	}
	if r.ServedBy == nil {
		return nil, meteor("invalid-agent", "", nil)
	}
	return doc{"agent": c.users[r.ServedBy.ID].forGuest()}, nil
}

// surveyItems are what a guest may rate.
var surveyItems = []string{"satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"}

func (c *rest) guestRates() (doc, error) {
	t, err := c.body.texts("rid", "token")
	if err != nil {
		return nil, err
	}
	_, r, err := c.chatOf(t[1], t[0])
	if err != nil {
		return nil, err
	}
	answers, _ := c.body["data"].([]any)
	ratings := extra{}
	for _, x := range answers {
		f, _ := x.(map[string]any)
		if name, _ := f["name"].(string); slices.Contains(surveyItems, name) {
			ratings[name] = f["value"]
		}
	}
	if len(ratings) == 0 {
		return nil, meteor("invalid-data", "", nil)
	}
	r.Survey = ratings
	c.put(r)
	return doc{"rid": r.ID, "data": map[string]any(ratings)}, nil
}

// offlineMessage is what a guest leaves when nobody is there. The lobby mails
// nothing; and it knows no mail domain, so that none passes the check.
func (c *rest) offlineMessage() (doc, error) {
	t, err := c.body.texts("name", "email", "message")
	if err != nil {
		return nil, err
	}
	if c.on("Livechat_validate_offline_email") {
		return nil, meteor("error-invalid-email-address", "Invalid email address", in("livechat:sendOfflineMessage"))
	}
	if c.on("Livechat_webhook_on_offline_msg") {
		c.queueHook("LivechatOfflineMessage", "", doc{"type": "LivechatOfflineMessage", "sentAt": c.now, "visitor": doc{"name": t[0], "email": t[1]}, "message": t[2]})
	}
	c.s.log.line("state", doc{"offlineMessage": t[2], "name": t[0], "email": t[1]})
	return doc{"message": "Livechat offline message sent"}, nil
}

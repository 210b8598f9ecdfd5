package lobby

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var messageRoutes = []route{
	{verb: "POST", path: "chat.sendMessage", handle: (*rest).sendMessage},
	{verb: "POST", path: "chat.postMessage", handle: (*rest).postMessage},
	{verb: "GET", path: "chat.getMessage", handle: (*rest).getMessage},
	{verb: "POST", path: "chat.update", handle: (*rest).updateMessage},
	{verb: "POST", path: "chat.delete", handle: (*rest).deleteMessage},
	{verb: "POST", path: "chat.react", handle: (*rest).react},
	{verb: "POST", path: "chat.starMessage", handle: func(c *rest) (doc, error) { return c.starMessage(true) }},
	{verb: "POST", path: "chat.unStarMessage", handle: func(c *rest) (doc, error) { return c.starMessage(false) }},
	{verb: "POST", path: "chat.pinMessage", handle: func(c *rest) (doc, error) { return c.pin("pinMessage", "pinning") }},
	{verb: "POST", path: "chat.unPinMessage", handle: func(c *rest) (doc, error) { return c.pin("unpinMessage", "unpinning") }},
	{verb: "GET", path: "chat.syncMessages", handle: (*rest).syncMessages},
	{verb: "GET", path: "chat.search", handle: (*rest).searchMessages},
	{verb: "GET", path: "channels.history", handle: (*rest).channelHistory},
	{verb: "GET", path: "channels.messages", handle: (*rest).channelMessages},
	{verb: "GET", path: "channels.files", handle: (*rest).channelFiles},
	{verb: "GET", path: "groups.files", handle: func(*rest) (doc, error) { return nil, noRoom("group") }},
	{verb: "GET", path: "livechat/:rid/messages", handle: (*rest).chatMessages, when: readsByREST},
}

func (c *rest) sendMessage() (doc, error) {
	a, err := c.body.object("message")
	if err != nil {
		return nil, meteor("error-invalid-params", `The "message" parameter must be provided.`, nil)
	}
	m, err := c.send(c.user, a)
	if err != nil {
		return nil, err
	}
	return doc{"message": m.doc()}, nil
}

// postMessage writes to a room by its id, or to a user as @name.
func (c *rest) postMessage() (doc, error) {
	channel, _ := c.body["roomId"].(string)
	if channel == "" {
		channel, _ = c.body["channel"].(string)
	}
	var r *room
	if name, ok := strings.CutPrefix(channel, "@"); ok {
		if u := c.userByName[name]; u != nil {
			r = c.directRoom(c.user, u)
		}
	} else {
		channel := strings.TrimPrefix(channel, "#")
		if r = c.rooms[channel]; r == nil {
			r = c.roomNamed(channel)
		}
	}
	if r == nil {
		return nil, meteor("invalid-channel", "", nil)
	}
	m, err := c.post(c.user, r, c.body)
	if err != nil {
		return nil, err
	}
	return doc{"ts": c.now.UnixMilli(), "channel": channel, "message": m.doc()}, nil
}

func (c *rest) getMessage() (doc, error) {
	id := c.query.Get("msgId")
	if id == "" {
		return nil, textError(`The "msgId" query parameter must be provided.`)
	}
	m := c.seen(c.user, id)
	if m == nil {
		return nil, errBare
	}
	return doc{"message": m.doc()}, nil
}

func (c *rest) updateMessage() (doc, error) {
	t, err := c.body.texts("roomId", "msgId", "text")
	if err != nil {
		return nil, textError(err.Error())
	}
	m := c.messages[t[1]]
	if m == nil {
		return nil, textError(`No message found with the id of "` + t[1] + `".`)
	}
	if m.RID != t[0] {
		return nil, textError("The room id provided does not match where the message is from.")
	}
	if err := c.editAs(c.user, m, t[2]); err != nil {
		return nil, err
	}
	return doc{"message": m.doc()}, nil
}

func (c *rest) deleteMessage() (doc, error) {
	t, err := c.body.texts("msgId", "roomId")
	if err != nil {
		return nil, textError(err.Error())
	}
	m := c.messages[t[0]]
	if m == nil {
		return nil, textError(`No message found with the id of "` + t[0] + `".`)
	}
	if m.RID != t[1] {
		return nil, textError("The room id provided does not match where the message is from.")
	}
	if err := c.eraseAs(c.user, m); err != nil {
		return nil, err
	}
	return doc{"_id": m.ID, "ts": c.now.UnixMilli(), "message": doc{"_id": m.ID, "u": m.U.short().doc(), "rid": m.RID}}, nil
}

func (c *rest) missing(param string) error {
	return meteor("error-"+param+"-param-not-provided", `The required "`+param+`" query param is missing.`, nil)
}

// syncMessages tells what changed since a date, also system messages that are
// hidden elsewhere.
func (c *rest) syncMessages() (doc, error) {
	rid, last := c.query.Get("roomId"), c.query.Get("lastUpdate")
	if rid == "" {
		return nil, c.missing("roomId")
	}
	if last == "" {
		return nil, c.missing("lastUpdate")
	}
	since, ok := parseDate(last)
	if !ok {
		return nil, meteor("error-roomId-param-invalid", `The "lastUpdate" query parameter must be a valid date.`, nil) // the code is the server's
	}
	r := c.rooms[rid]
	if r == nil {
		return nil, meteor("error-invalid-room", "Invalid room", in("canAccessRoom"))
	}
	if !c.canSee(c.user, r) {
		return nil, meteor("error-not-allowed", "Not allowed", in("messages/get"))
	}
	updated := c.history(r, 0, 0, false, func(m *message) bool { return m.UpdatedAt.After(since) })
	deleted := []any{}
	for _, d := range r.Deleted {
		if d.At.After(since) {
			deleted = append(deleted, doc{"_id": d.ID, "_deletedAt": d.At})
		}
	}
	return doc{"result": doc{"updated": messageDocs(updated), "deleted": deleted}}, nil
}

func (c *rest) searchMessages() (doc, error) {
	rid, text := c.query.Get("roomId"), c.query.Get("searchText")
	if rid == "" {
		return nil, c.missing("roomId")
	}
	if text == "" {
		return nil, c.missing("searchText")
	}
	r := c.rooms[rid]
	if r == nil {
		return nil, meteor("error-invalid-room", "Invalid room", in("canAccessRoom"))
	}
	if !c.canSee(c.user, r) {
		return doc{"messages": []any{}}, nil
	}
	count, err := strconv.Atoi(c.query.Get("count"))
	if err != nil || count <= 0 {
		count = 20
	}
	found, err := c.search(c.user, r, text, count)
	if err != nil {
		return nil, err
	}
	return doc{"messages": messageDocs(found)}, nil
}

// channel is a room for the channels routes, which find chats too.
func (c *rest) channel() (*room, error) {
	r := c.rooms[c.query.Get("roomId")]
	if r == nil {
		return nil, noRoom("channel")
	}
	return r, nil
}

func (c *rest) channelHistory() (doc, error) {
	r, err := c.channel()
	if err != nil {
		return nil, err
	}
	return c.roomHistory(r)
}

// roomHistory cuts by count, offset and the dates oldest and latest.
func (c *rest) roomHistory(r *room) (doc, error) {
	if !c.canSee(c.user, r) {
		return nil, errUnauthorized
	}
	count, err := strconv.Atoi(c.query.Get("count"))
	if err != nil || count <= 0 {
		count = 20
	}
	offset, _ := strconv.Atoi(c.query.Get("offset"))
	oldest, hasOldest := parseDate(c.query.Get("oldest"))
	latest, hasLatest := parseDate(c.query.Get("latest"))
	within := c.query.Get("inclusive") == "true"
	found := c.history(r, count, max(offset, 0), false, func(m *message) bool {
		return (!hasOldest || after(m.TS, oldest, within)) && (!hasLatest || after(latest, m.TS, within))
	})
	return doc{"messages": messageDocs(found)}, nil
}

func after(a, b time.Time, orEqual bool) bool { return a.After(b) || orEqual && a.Equal(b) }

func (c *rest) channelMessages() (doc, error) {
	r, err := c.channel()
	if err != nil {
		return nil, err
	}
	if !c.canSee(c.user, r) {
		return nil, errUnauthorized
	}
	return c.allMessages(r), nil
}

// chatMessages are what people said in a chat: no system messages.
func (c *rest) chatMessages() (doc, error) {
	r := c.rooms[c.path["rid"]]
	if r == nil || r.T != "l" {
		return nil, textError("invalid-room")
	}
	if !c.user.may("view-l-room") || !c.canSee(c.user, r) {
		return nil, textError("not-allowed")
	}
	said := c.history(r, 0, 0, false, func(m *message) bool { return m.Type == "" })
	answer := page(c, "messages", said)
	list := answer["messages"].([]any)
	for i, m := range list {
		list[i] = m.(*message).doc()
	}
	if n, err := strconv.Atoi(c.query.Get("count")); err == nil {
		answer["count"] = min(n, c.number(setMostCount)) // what was asked for, however many there are
	}
	return answer, nil
}

func (c *rest) allMessages(r *room) doc {
	answer := page(c, "messages", c.history(r, 0, 0, false, nil))
	list := answer["messages"].([]any)
	for i, m := range list {
		list[i] = m.(*message).doc()
	}
	return answer
}

// channelFiles does not ask whether the caller may see the room: the server
// does not either.
func (c *rest) channelFiles() (doc, error) {
	r, err := c.channel()
	if err != nil {
		return nil, err
	}
	return c.roomFiles(r)
}

func (c *rest) roomFiles(r *room) (doc, error) {
	match, err := c.nameQuery()
	if err != nil {
		return nil, err
	}
	var found []*upload
	for _, f := range c.byRoom[r.ID] {
		if !f.Unseen && match(f.Name) {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b *upload) int { return strings.Compare(a.Name, b.Name) })
	if strings.Contains(c.query.Get("sort"), `"uploadedAt":-1`) {
		slices.SortStableFunc(found, func(a, b *upload) int { return b.At.Compare(a.At) })
	}
	answer := page(c, "files", found)
	list := answer["files"].([]any)
	for i, f := range list {
		list[i] = c.project(c.uploadDoc(f.(*upload), c.base))
	}
	return answer, nil
}

// project leaves only what the parameter fields names, such as {"name":1}.
func (c *rest) project(d doc) doc {
	var fields map[string]int
	if json.Unmarshal([]byte(c.query.Get("fields")), &fields) != nil || len(fields) == 0 {
		return d
	}
	out := doc{"_id": d["_id"]}
	for key, on := range fields {
		if v, ok := d[key]; ok && on == 1 {
			out[key] = v
		}
	}
	return out
}

// nameQuery understands query={"name":"x"} and {"name":{"$regex":"x","$options":"i"}}.
func (c *rest) nameQuery() (func(string) bool, error) {
	text := c.query.Get("query")
	if text == "" {
		return func(string) bool { return true }, nil
	}
	var q struct{ Name any }
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return nil, meteor("error-invalid-query", "Invalid query parameter provided: \""+text+"\"", doc{"helperMethod": "parseJsonQuery"})
	}
	switch v := q.Name.(type) {
	case string:
		return func(name string) bool { return name == v }, nil
	case map[string]any:
		body, _ := v["$regex"].(string)
		flags, _ := v["$options"].(string)
		if flags != "" {
			body = "(?" + flags + ")" + body
		}
		re, err := regexp.Compile(body)
		if err != nil {
			return nil, textError(err.Error())
		}
		return re.MatchString, nil
	}
	return func(string) bool { return true }, nil
}

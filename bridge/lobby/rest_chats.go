package lobby

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

var chatRoutes = []route{
	{verb: "GET", path: "livechat/rooms", handle: (*rest).listChats},
	{verb: "POST", path: "livechat/room.forward", handle: (*rest).forwardChat},
	{verb: "POST", path: "livechat/room.closeByUser", handle: (*rest).closeChatByUser, when: closesByREST},
	{verb: "POST", path: "livechat/room.saveInfo", handle: (*rest).saveInfo, when: savesByREST},
	{verb: "POST", path: "livechat/rooms.delete", handle: (*rest).deleteChat, when: deletesByREST},
	{verb: "GET", path: "livechat/transfer.history/:rid", handle: (*rest).transfers},
	{verb: "GET", path: "rooms.info", handle: (*rest).roomInfo},
	{verb: "GET", path: "rooms.get", handle: (*rest).roomsGet},
	{verb: "GET", path: "subscriptions.get", handle: (*rest).subscriptionsGet},
	{verb: "GET", path: "subscriptions.getOne", handle: (*rest).subscription},
	{verb: "POST", path: "subscriptions.read", handle: (*rest).readRoom},
}

// listChats shows all chats to managers, and to agents only their own when
// they ask for exactly these.
func (c *rest) listChats() (doc, error) {
	agents := c.query["agents[]"]
	own := c.user.may("view-l-room") && len(agents) == 1 && agents[0] == c.user.ID
	if !c.user.may("view-livechat-rooms") && !own {
		return nil, errUnauthorized
	}
	if c.query.Has("agents") {
		return nil, textError("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation")
	}
	keep, err := c.chatFilter(agents)
	if err != nil {
		return nil, err
	}
	less, err := c.chatOrder()
	if err != nil {
		return nil, err
	}
	var found []*room
	if c.query.Get("open") == "true" {
		for _, r := range c.openChats {
			if keep(r) {
				found = append(found, r)
			}
		}
	} else {
		for _, r := range c.roomOrder {
			if r.T == "l" && keep(r) {
				found = append(found, r)
			}
		}
	}
	slices.SortStableFunc(found, less)
	answer := page(c, "rooms", found)
	rooms := answer["rooms"].([]any)
	for i, v := range rooms {
		r := v.(*room)
		d := c.roomDoc(r)
		if dep := c.departments[r.Department]; dep != nil {
			d["department"] = doc{"_id": dep.ID, "name": dep.Name}
		}
		rooms[i] = d
	}
	return answer, nil
}

// chatFilter reads the filters: anything but open=true means closed.
func (c *rest) chatFilter(agents []string) (func(*room) bool, error) {
	q := c.query
	created, err := c.span("createdAt")
	if err != nil {
		return nil, err
	}
	closed, err := c.span("closedAt")
	if err != nil {
		return nil, err
	}
	name, err := regexp.Compile("(?i)" + q.Get("roomName"))
	if err != nil {
		return nil, textError(err.Error())
	}
	fields, err := c.fieldPatterns()
	if err != nil {
		return nil, err
	}
	tags := q["tags[]"]
	return func(r *room) bool {
		served := r.ServedBy != nil && (slices.Contains(agents, r.ServedBy.ID) || slices.Contains(agents, r.ServedBy.Username))
		switch {
		case !c.inState(r),
			len(agents) > 0 && !served,
			q.Get("departmentId") != "" && r.Department != q.Get("departmentId"),
			len(tags) > 0 && !slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(r.Tags, t) }),
			!name.MatchString(r.FName), !created(r.TS), !closed(r.ClosedAt):
			return false
		}
		for key, re := range fields {
			if text, _ := r.Data[key].(string); r.Data[key] == nil || !re.MatchString(text) {
				return false
			}
		}
		return true
	}, nil
}

// inState reports whether the chat is in the state that is asked for. Where open
// ones are told apart, open=true are those with an agent.
func (c *rest) inState(r *room) bool {
	open := c.query.Get("open")
	if !c.does(partsOpenChats) {
		return open == "" || r.Open == (open == "true")
	}
	asks := func(key string) bool { return slices.Contains([]string{"true", "t", "1"}, c.query.Get(key)) }
	switch {
	case asks("queued"):
		return r.Open && r.ServedBy == nil && !r.OnHold
	case asks("onhold"):
		return r.Open && r.OnHold
	case open == "true":
		return r.Open && r.ServedBy != nil && !r.OnHold
	case open != "":
		return !r.Open
	}
	return true
}

// span reads a range of dates from a JSON parameter.
func (c *rest) span(param string) (func(time.Time) bool, error) {
	text := c.query.Get(param)
	if text == "" {
		return func(time.Time) bool { return true }, nil
	}
	var v struct{ Start, End string }
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, textError("Unexpected token " + text[:1] + " in JSON at position 0")
	}
	start, okStart := parseDate(v.Start)
	end, okEnd := parseDate(v.End)
	if v.Start != "" && !okStart {
		return nil, textError(`The "` + param + `.start" query parameter must be a valid date.`)
	}
	if v.End != "" && !okEnd {
		return nil, textError(`The "` + param + `.end" query parameter must be a valid date.`)
	}
	return func(t time.Time) bool {
		return !t.IsZero() && (!okStart || !t.Before(start)) && (!okEnd || !t.After(end))
	}, nil
}

func (c *rest) fieldPatterns() (map[string]*regexp.Regexp, error) {
	text := c.query.Get("customFields")
	if text == "" {
		return nil, nil
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, textError("Unexpected token " + text[:1] + " in JSON at position 0")
	}
	out := map[string]*regexp.Regexp{}
	for k, p := range v {
		re, err := regexp.Compile("(?i)" + p)
		if err != nil {
			return nil, textError(err.Error())
		}
		out[k] = re
	}
	return out, nil
}

// chatOrder reads sort, such as {"lm":-1}; newest chats come first without it.
func (c *rest) chatOrder() (func(a, b *room) int, error) {
	order := map[string]int{"ts": -1}
	if text := c.query.Get("sort"); text != "" {
		order = map[string]int{}
		if err := json.Unmarshal([]byte(text), &order); err != nil {
			return nil, meteor("error-invalid-sort", "Invalid sort parameter provided: \""+text+"\"", doc{"helperMethod": "parseJsonQuery"})
		}
	}
	fields := map[string]func(*room) time.Time{
		"ts": func(r *room) time.Time { return r.TS }, "lm": func(r *room) time.Time { return r.LM },
		"_updatedAt": func(r *room) time.Time { return r.UpdatedAt }, "closedAt": func(r *room) time.Time { return r.ClosedAt },
	}
	return func(a, b *room) int {
		for _, key := range sortedKeys(order) {
			if key == "fname" {
				if n := strings.Compare(a.FName, b.FName); n != 0 {
					return n * order[key]
				}
			}
			if at := fields[key]; at != nil {
				if n := at(a).Compare(at(b)); n != 0 {
					return n * order[key]
				}
			}
		}
		return strings.Compare(a.ID, b.ID) // paging must not skip or repeat
	}, nil
}

func (c *rest) forwardChat() (doc, error) {
	if c.does(guardsRoutes) {
		if err := c.guard("view-l-room", "transfer-livechat-guest"); err != nil {
			return nil, err
		}
	}
	x, err := transferArgs(c.body)
	if err != nil {
		return nil, textError(err.Error())
	}
	_, err = c.forward(c.user, x)
	return nil, err
}

func (c *rest) transfers() (doc, error) {
	if err := c.guard("view-livechat-rooms"); err != nil {
		return nil, err
	}
	r := c.rooms[c.path["rid"]]
	if r == nil {
		return nil, meteor("invalid-room", "", nil)
	}
	var all []any
	for _, m := range r.log {
		if m.Type == "livechat_transfer_history" {
			all = append(all, m.Extra["transferData"])
		}
	}
	return page(c, "history", all), nil
}

func noRoom(kind string) error {
	return meteor("error-room-not-found", `The required "roomId" or "roomName" param provided does not match any `+kind, nil)
}

func (c *rest) roomInfo() (doc, error) {
	id, name := c.query.Get("roomId"), c.query.Get("roomName")
	if id == "" && name == "" {
		return nil, meteor("error-roomid-param-not-provided", `The parameter "roomId" or "roomName" is required`, nil)
	}
	r := c.rooms[id]
	if id == "" {
		r = c.roomNamed(name)
	}
	if r == nil {
		return nil, noRoom("channel")
	}
	if !c.canSee(c.user, r) {
		return nil, &statusError{400, doc{"success": false, "error": "not-allowed", "errorType": "Not Allowed"}}
	}
	return doc{"room": c.roomDoc(r)}, nil
}

// viaMethod answers with a DDP method's result.
func (c *rest) viaMethod(m method, params ...any) (doc, error) {
	v, err := m(&call{tx: c.tx, user: c.user, params: params})
	d, _ := v.(doc)
	return d, err
}

// closeChatByUser is what livechat:closeRoom was, with other words for a chat
// that is closed.
func (c *rest) closeChatByUser() (doc, error) {
	if err := c.need("close-livechat-room"); err != nil {
		return nil, err
	}
	rid, err := c.body.text("rid")
	if err != nil {
		return nil, err
	}
	if r := c.rooms[rid]; r != nil && r.T == "l" && !r.Open {
		return nil, meteor("error-room-already-closed", "Room is already closed", nil)
	}
	comment, err := c.body.maybe("comment")
	if err != nil {
		return nil, err
	}
	ask, err := c.askedAtClose()
	if err != nil {
		return nil, err
	}
	r := c.rooms[rid]
	before := (*transcript)(nil)
	if r != nil && c.body["transcriptEmail"] != nil {
		before, r.Transcript = r.Transcript, ask
	}
	if _, err = c.viaMethod((*call).closeRoom, rid, comment, map[string]any{"clientAction": true, "tags": c.body["tags"]}); err != nil {
		if r != nil && c.body["transcriptEmail"] != nil {
			r.Transcript = before
		}
		return nil, err
	}
	if c.body.flag("generateTranscriptPdf") && c.licensed {
		return nil, c.orderPDF(c.user, r)
	}
	return nil, nil
}

// askedAtClose is the transcript that is asked for together with the end of the
// chat; nil when none is.
func (c *rest) askedAtClose() (*transcript, error) {
	ask, _ := c.body["transcriptEmail"].(map[string]any)
	if !args(ask).flag("sendToVisitor") {
		return nil, nil
	}
	about, err := args(ask).object("requestData")
	if err != nil {
		return nil, err
	}
	t, err := about.texts("email", "subject")
	if err != nil {
		return nil, err
	}
	return &transcript{Email: t[0], Subject: t[1], At: c.now, By: c.user.person()}, nil
}

// saveInfo is what livechat:saveInfo was, without renaming the room.
func (c *rest) saveInfo() (doc, error) {
	guest, err := c.body.object("guestData")
	if err != nil {
		return nil, err
	}
	info, err := c.body.object("roomData")
	if err != nil {
		return nil, err
	}
	delete(guest, "name")
	_, err = c.viaMethod((*call).saveInfo, map[string]any(guest), map[string]any(info))
	return nil, err
}

func (c *rest) deleteChat() (doc, error) {
	rid, err := c.body.text("roomId")
	if err != nil {
		return nil, err
	}
	_, err = c.viaMethod((*call).removeRoom, rid)
	return nil, err
}

func (c *rest) roomsGet() (doc, error) { return c.viaMethod((*call).roomsGet, c.updatedSince()) }

func (c *rest) subscriptionsGet() (doc, error) {
	return c.viaMethod((*call).subscriptionsGet, c.updatedSince())
}

func (c *rest) updatedSince() time.Time {
	since, _ := parseDate(c.query.Get("updatedSince"))
	return since
}

func (c *rest) subscription() (doc, error) {
	s := c.subs[c.query.Get("roomId")][c.user.ID]
	if s == nil {
		return doc{"subscription": nil}, nil
	}
	return doc{"subscription": s.doc().opt("department", s.Department)}, nil
}

func (c *rest) readRoom() (doc, error) {
	rid, err := c.body.text("rid")
	if err != nil {
		return nil, err
	}
	c.markRead(c.user, rid)
	return nil, nil
}

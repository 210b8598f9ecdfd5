package lobby

import "time"

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

func (c *call) readMessages() (any, error) {
	if c.user != nil {
		c.markRead(c.user, nthText(c.params, 0))
	}
	return nil, nil
}

// loadHistory are the latest messages of a room, the newest first: parameters room,
// end, limit and when the caller last read. It answers false to who may not see the room.
func (c *call) loadHistory() (any, error) {
	rid, ok := nth(c.params, 0).(string)
	switch r := c.rooms[rid]; {
	case !ok:
		return nil, matchError("Expected string, got " + typeName(nth(c.params, 0)))
	case c.user == nil:
		return nil, meteor("error-invalid-user", "Invalid user", in("loadHistory"))
	case !c.canSee(c.user, r):
		return false, nil
	default:
		return c.loaded(r), nil
	}
}

func (c *call) loaded(r *room) doc {
	limit, ok := nth(c.params, 2).(float64)
	if !ok || limit <= 0 {
		limit = 20
	}
	end, ended := asTime(nth(c.params, 1))
	list := c.history(r, int(limit), 0, true, func(m *message) bool { return !ended || m.TS.Before(end) })
	answer := doc{"messages": messageDocs(list), "unreadNotLoaded": 0}
	if read, ok := asTime(nth(c.params, 3)); ok && len(list) > 0 {
		oldest := list[len(list)-1].TS
		unread := c.history(r, 0, 0, true, func(m *message) bool { return m.TS.After(read) && m.TS.Before(oldest) })
		answer["unreadNotLoaded"] = len(unread)
		if n := len(unread); n > 0 {
			answer["firstUnread"] = unread[n-1].doc()
		}
	}
	return answer
}

// asTime reads a time as newer and older clients say it.
func asTime(v any) (time.Time, bool) {
	if text, ok := v.(string); ok {
		t, err := time.Parse(time.RFC3339, text)
		return t, err == nil
	}
	t, ok := v.(time.Time)
	return t, ok
}

// loadMissedMessages are all messages since a time, the newest first; false to who
// may not see the room.
func (c *call) loadMissedMessages() (any, error) {
	rid, ok := nth(c.params, 0).(string)
	if !ok {
		return nil, matchError("Expected string, got " + typeName(nth(c.params, 0)))
	}
	since, ok := nth(c.params, 1).(time.Time)
	if !ok {
		return nil, matchError("Expected Date, got " + typeName(nth(c.params, 1)))
	}
	r := c.rooms[rid]
	if !c.canSee(c.user, r) {
		return false, nil
	}
	return messageDocs(c.history(r, 0, 0, true, func(m *message) bool { return m.TS.After(since) })), nil
}

func (c *call) messageSearch() (any, error) {
	limit, _ := nth(c.params, 2).(float64)
	return c.found(nthText(c.params, 0), nthText(c.params, 1), limit)
}

// providerSearch is what the web application's search box calls.
func (c *call) providerSearch() (any, error) {
	context, _ := nth(c.params, 1).(map[string]any)
	options, _ := nth(c.params, 2).(map[string]any)
	rid, _ := context["rid"].(string)
	limit, _ := options["limit"].(float64)
	answer, err := c.found(nthText(c.params, 0), rid, limit)
	if d, ok := answer.(doc); ok {
		for _, v := range d["message"].(doc)["docs"].([]any) {
			v.(doc)["r"], v.(doc)["valid"] = doc{"t": c.rooms[rid].T}, true
		}
	}
	return answer, err
}

func (c *call) found(text, rid string, limit float64) (any, error) {
	r := c.rooms[rid]
	if !c.canSee(c.user, r) {
		return false, nil
	}
	list, err := c.search(c.user, r, text, int(limit))
	if err != nil {
		return nil, err
	}
	return doc{"message": doc{"docs": messageDocs(list)}}, nil
}

func (c *call) notifyRoom() (any, error) {
	if len(c.params) > 1 {
		c.typing(c.conn, c.user, c.params)
	}
	return nil, nil
}

package lobby

// Priorities need the paid omnichannel features. A workspace begins with five,
// which nobody has named yet.

var priorityRoutes = []route{
	{verb: "GET", path: "livechat/priorities", handle: (*rest).priorities, paid: true, when: prioritizes},
	{verb: "POST", path: "livechat/room/:rid/priority", handle: (*rest).prioritize, paid: true, when: prioritizes},
	{verb: "DELETE", path: "livechat/room/:rid/priority", handle: (*rest).unprioritize, paid: true, when: prioritizes},
}

// defaultPriorities are those of a new workspace, the least first.
var defaultPriorities = []doc{
	{"_id": "priority-lowest", "i18n": "Lowest", "sortItem": 5, "dirty": false},
	{"_id": "priority-low", "i18n": "Low", "sortItem": 4, "dirty": false},
	{"_id": "priority-medium", "i18n": "Medium", "sortItem": 3, "dirty": false},
	{"_id": "priority-high", "i18n": "High", "sortItem": 2, "dirty": false},
	{"_id": "priority-highest", "i18n": "Highest", "sortItem": 1, "dirty": false},
}

func (c *rest) priorities() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	return page(c, "priorities", defaultPriorities), nil
}

func priorityOf(id string) doc {
	for _, p := range defaultPriorities {
		if p["_id"] == id {
			return p
		}
	}
	return nil
}

// prioritizedRoom is the chat that the path names.
func (c *rest) prioritizedRoom() (*room, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	r := c.rooms[c.path["rid"]]
	if r == nil || r.T != "l" {
		return nil, textError("error-room-does-not-exist")
	}
	return r, nil
}

func (c *rest) prioritize() (doc, error) {
	r, err := c.prioritizedRoom()
	if err != nil {
		return nil, err
	}
	id, err := c.body.text("priorityId")
	if err != nil {
		return nil, err
	}
	p := priorityOf(id)
	if p == nil {
		return nil, textError("error-invalid-priority")
	}
	c.setPriority(r, id, p)
	return nil, nil
}

func (c *rest) unprioritize() (doc, error) {
	r, err := c.prioritizedRoom()
	if err != nil {
		return nil, err
	}
	c.setPriority(r, "", nil)
	return nil, nil
}

// setPriority writes a line into the chat each time, also when nothing changes.
func (c *rest) setPriority(r *room, id string, p doc) {
	changed := r.Priority != id
	r.Priority = id
	c.roomChanged(r)
	about := doc{"definedBy": c.user.person().short().doc()}
	title := ""
	if p != nil {
		title = p["i18n"].(string)
		about["priority"] = doc{"i18n": title}
	}
	c.note(r, &message{Type: "omnichannel_priority_change_history", U: c.user.person().short(), Extra: extra{"priorityData": map[string]any(about)}}, false)
	if changed {
		c.fact(Fact{Fact: "priority", RID: r.ID, By: c.user.Username, Text: title}, r)
	}
}

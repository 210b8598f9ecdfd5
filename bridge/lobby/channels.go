package lobby

import "slices"

// Rooms for people of the workspace: channels (T "c"), which anybody reads and
// writes, and private ones (T "p"), which only members do.

var channelRoutes = []route{
	{verb: "POST", path: "channels.create", handle: func(c *rest) (doc, error) { return c.createRoom("c", "channel") }},
	{verb: "POST", path: "groups.create", handle: func(c *rest) (doc, error) { return c.createRoom("p", "group") }},
}

func (c *rest) createRoom(kind, field string) (doc, error) {
	if !c.user.may("create-" + kind) {
		return nil, errUnauthorized
	}
	name, err := c.body.text("name")
	if err != nil || name == "" {
		return nil, textError("Body param \"name\" is required")
	}
	if c.roomNamed(name) != nil {
		return nil, meteor("error-duplicate-channel-name", "A channel with name '"+name+"' exists", in("createRoom"))
	}
	members, _, err := c.body.list("members")
	if err != nil {
		return nil, err
	}
	r := &room{ID: newID(), T: kind, Name: name, FName: name, TS: c.now, LM: c.now, UpdatedAt: c.now}
	c.addRoom(r)
	c.put(r)
	for _, u := range append([]string{c.user.Username}, members...) {
		if u := c.userByName[u]; u != nil && c.subs[r.ID][u.ID] == nil {
			r.Users++
			s := c.join(r, u)
			s.Alert, s.Unread, s.Mentions, s.Name = false, 0, 0, name
			c.subChanged(s)
		}
	}
	return doc{field: c.roomDoc(r)}, nil
}

// roomNamed is a channel or a private room by its name.
func (w *world) roomNamed(name string) *room {
	n := slices.IndexFunc(w.roomOrder, func(r *room) bool { return r.Name != "" && r.Name == name })
	if n < 0 {
		return nil
	}
	return w.roomOrder[n]
}

// peopleRoom reports whether the room is for people of the workspace.
func (r *room) peopleRoom() bool { return r.T == "c" || r.T == "p" }

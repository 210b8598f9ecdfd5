package lobby

import (
	"slices"
	"time"
)

// sinceOrAll is how the lists that clients keep are asked for: without a date all
// of it, with one what changed since. The lobby's hardly change.
func (c *call) sinceOrAll(all []any) any {
	if _, dated := nth(c.params, 0).(time.Time); dated {
		return doc{"update": []any{}, "remove": []any{}}
	}
	return all
}

func (c *call) publicSettings() (any, error) { return c.sinceOrAll(c.publicValues("")), nil }

func (c *call) permissions() (any, error) { return c.sinceOrAll(c.permissionDocs()), nil }

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

// roomID answers with the id of a room that the caller may see.
func (c *call) roomID() (any, error) {
	r := c.rooms[nthText(c.params, 0)]
	if !c.canSee(c.user, r) {
		return nil, meteor("error-not-allowed", "Not allowed", in("getRoomIdByNameOrId"))
	}
	return r.ID, nil
}

// roomName answers a member with nothing: chats and direct rooms have no name.
func (c *call) roomName() (any, error) {
	r := c.rooms[nthText(c.params, 0)]
	if r == nil || c.user == nil || c.subs[r.ID][c.user.ID] == nil {
		return nil, meteor("error-not-allowed", "Not allowed", in("getRoomNameById"))
	}
	return nil, nil
}

// changedSince is the date that a client knows the list of.
func (c *call) changedSince() time.Time {
	since, _ := nth(c.params, 0).(time.Time)
	return since
}

// roomsGet lists the caller's rooms that changed since a date. Those that it
// left meanwhile the lobby has forgotten.
func (c *call) roomsGet() (any, error) {
	out := []any{}
	for _, s := range c.mine() {
		if r := c.rooms[s.RID]; r.UpdatedAt.After(c.changedSince()) {
			out = append(out, c.roomView(r))
		}
	}
	return doc{"update": out, "remove": []any{}}, nil
}

func (c *call) subscriptionsGet() (any, error) {
	out := []any{}
	for _, s := range c.mine() {
		if s.UpdatedAt.After(c.changedSince()) {
			out = append(out, s.doc())
		}
	}
	return doc{"update": out, "remove": c.ended()}, nil
}

func (c *call) ended() []any {
	out := []any{}
	since := c.changedSince()
	if c.user == nil || since.IsZero() {
		return out
	}
	for _, d := range c.left[c.user.ID] {
		if d.At.After(since) {
			out = append(out, doc{"_id": d.ID, "_deletedAt": d.At})
		}
	}
	return out
}

func (c *call) mine() []*subscription {
	if c.user == nil {
		return nil
	}
	return c.memberships(c.user.ID)
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

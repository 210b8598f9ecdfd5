package lobby

import "strings"

// Holding a chat needs the paid omnichannel features. A chat on hold keeps its
// agent, is not forwarded, and goes on with the guest's next message.

var holdRoutes = []route{
	{verb: "POST", path: "livechat/room.onHold", handle: (*rest).holdChat, paid: true, when: holds},
	{verb: "POST", path: "livechat/room.resumeOnHold", handle: (*rest).resumeChat, paid: true, when: holds},
	{verb: "GET", path: "livechat/tags", handle: (*rest).tagCatalogue, paid: true, when: holds},
}

func (c *rest) holdChat() (doc, error) {
	id, err := c.body.text("roomId")
	if err != nil {
		return nil, err
	}
	r := c.rooms[id]
	switch {
	case r == nil || r.T != "l":
		return nil, meteor("error-invalid-room", "Invalid room", nil)
	case !c.mayHold(r):
		return nil, textError("Not_authorized")
	case !r.Open:
		return nil, meteor("error-room-already-closed", "Room is already closed", nil)
	case r.OnHold:
		return nil, meteor("error-room-is-already-on-hold", "Room is already On-Hold", nil)
	case c.on(setHoldAnswered) && r.Waiting:
		return nil, meteor("error-cannot-place-chat-on-hold", "Cannot place chat on hold", nil)
	case r.ServedBy == nil:
		return nil, meteor("error-unserved-rooms-cannot-be-placed-onhold", "Un-served rooms cannot be placed OnHold", nil)
	}
	c.setHold(r, c.user.person(), true, "On hold by "+c.user.Name)
	return nil, nil
}

func (c *rest) resumeChat() (doc, error) {
	id, err := c.body.text("roomId")
	if err != nil {
		return nil, err
	}
	r := c.rooms[id]
	switch {
	case r == nil || r.T != "l":
		return nil, meteor("error-invalid-room", "Invalid room", nil)
	case !c.mayHold(r):
		return nil, textError("Not_authorized")
	case !r.OnHold:
		return nil, meteor("error-room-not-on-hold", "This room is not On-Hold", nil)
	}
	c.setHold(r, c.user.person(), false, "Resumed by "+c.user.Name)
	return nil, nil
}

// resumeOnHold is how clients did it before there was a call, and then still
// until 8.0.
func (c *call) resumeOnHold() (any, error) {
	const name = "livechat:resumeOnHold"
	r := c.rooms[nthText(c.params, 0)]
	switch {
	case r == nil || r.T != "l":
		return nil, meteor("error-invalid-room", "Invalid room", in(name))
	case !r.OnHold:
		return nil, meteor("room-closed", "Room is not OnHold", in(name))
	}
	by := c.user.person()
	if options, _ := nth(c.params, 1).(map[string]any); !args(options).flag("clientAction") {
		by = rocketCat
	}
	c.setHold(r, by, false, "Resumed by "+by.Name)
	return true, nil
}

func (c *rest) mayHold(r *room) bool {
	own := r.ServedBy != nil && r.ServedBy.ID == c.user.ID
	return own && c.user.may("on-hold-livechat-room") || c.user.may("on-hold-others-livechat-room")
}

func (t *tx) setHold(r *room, by person, on bool, comment string) {
	kind, fact := "omnichannel_on_hold_chat_resumed", "resumed"
	if on {
		kind, fact = "omnichannel_placed_chat_on_hold", "held"
	}
	r.OnHold = on
	t.roomChanged(r)
	t.note(r, &message{Type: kind, U: by.short(), Extra: extra{"comment": comment}}, false)
	t.fact(Fact{Fact: fact, RID: r.ID, By: by.Username}, r)
}

// catalogue are the tags that agents of a workspace with the paid features choose
// from. On the wire any text is a tag.
var catalogue = []string{"billing", "complaint", "delivery", "refund", "technical"}

func (c *rest) tagCatalogue() (doc, error) {
	if !c.query.Has("text") {
		return nil, invalid("must have required property 'text'")
	}
	var found []doc
	for _, name := range catalogue {
		if strings.Contains(name, strings.ToLower(c.query.Get("text"))) {
			found = append(found, doc{"_id": "tag-" + name, "name": name, "description": "", "numDepartments": 0, "departments": []any{}})
		}
	}
	return page(c, "tags", found), nil
}

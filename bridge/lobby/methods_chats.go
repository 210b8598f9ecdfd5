package lobby

import (
	"regexp"
	"slices"
	"strings"
)

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
	if err := c.checkData(info); err != nil {
		return nil, err
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
		c.setEmails(v, mail)
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
	if len(a) > 1 {
		c.fact(Fact{Fact: "contact", RID: r.ID, By: c.user.Username}, r)
	}
	name, _ := a["name"].(string)
	renamed = name != ""
	if renamed {
		v.Name = name
		c.rename(r, name)
	}
	v.UpdatedAt = c.now
	c.put(v)
	return renamed
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
	c.saveData(a, r)
	c.roomChanged(r)
	c.tagged(r, c.user.Username, before)
	c.hookEdited(r)
}

// checkData refuses a value that the field's pattern does not fit.
func (c *call) checkData(a args) error {
	data, _ := a["livechatData"].(map[string]any)
	for _, key := range sortedKeys(data) {
		text, _ := data[key].(string)
		f := c.fields[key]
		if f == nil || f.Scope != "room" || f.Regexp == "" || strings.TrimSpace(text) == "" {
			continue
		}
		if re, err := regexp.Compile(f.Regexp); err == nil && !re.MatchString(text) {
			return meteor("error-invalid-custom-field-value", "Invalid value for "+f.Label+" field", nil)
		}
	}
	return nil
}

// saveData sets the custom fields that there are; who may not is not told.
func (c *call) saveData(a args, r *room) {
	if !c.user.may("edit-livechat-room-customfields") {
		return
	}
	data, _ := a["livechatData"].(map[string]any)
	for _, key := range sortedKeys(data) {
		before := r.Data[key]
		if !c.hasField(key, "room") {
			continue
		}
		if r.setData(key, data[key]); r.Data[key] != before {
			c.fact(Fact{Fact: "field", RID: r.ID, By: c.user.Username, Text: key}, r)
		}
	}
}

func (c *call) routingConfig() (any, error) {
	auto := c.autoRouting()
	return doc{
		"previewRoom": !auto, "showConnecting": !auto, "showQueue": !auto, "showQueueLink": auto,
		"returnQueue": !auto, "enableTriggerAction": auto, "autoAssignAgent": auto,
	}, nil
}

// removeRoom deletes a closed chat with all that was said in it.
func (c *call) removeRoom() (any, error) {
	const name = "livechat:removeRoom"
	r := c.rooms[nthText(c.params, 0)]
	switch {
	case !c.user.may("remove-closed-livechat-rooms"):
		return nil, meteor("error-not-allowed", "Not allowed", in(name))
	case r == nil:
		return nil, meteor("error-invalid-room", "Invalid room", in(name))
	case r.T != "l":
		return nil, meteor("error-this-is-not-a-livechat-room", "This is not a Livechat room", in(name))
	case r.Open:
		return nil, meteor("error-room-is-not-closed", "Room is not closed", in(name))
	}
	c.removeChat(r, c.user.person())
	return 1, nil
}

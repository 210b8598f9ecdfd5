package lobby

import (
	"encoding/json"
	"regexp"
	"slices"
)

var visitorRoutes = []route{
	{verb: "GET", path: "livechat/visitors.info", handle: (*rest).visitorInfo},
	{verb: "GET", path: "livechat/visitors.search", handle: (*rest).findVisitors},
	{verb: "GET", path: "livechat/visitors.autocomplete", handle: (*rest).completeVisitor},
	{verb: "GET", path: "livechat/visitors.pagesVisited/:rid", handle: (*rest).pages},
	{verb: "GET", path: "livechat/visitors.chatHistory/room/:rid/visitor/:id", handle: (*rest).chatHistory},
	{verb: "GET", path: "livechat/visitors.searchChats/room/:rid/visitor/:id", handle: (*rest).searchChats},
	{verb: "GET", path: "livechat/messages.external/:rid", handle: func(c *rest) (doc, error) { return page(c, "messages", []any{}), nil }},
	{verb: "GET", path: "omnichannel/contact", handle: (*rest).contact, whole: true},
	{verb: "POST", path: "omnichannel/contact", handle: (*rest).saveContact, whole: true},
	{verb: "GET", path: "omnichannel/contact.search", handle: (*rest).findContact, whole: true},
}

func (c *rest) visitorInfo() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	v := c.visitors[c.query.Get("visitorId")]
	if v == nil {
		return nil, textError("visitor-not-found")
	}
	return doc{"visitor": v.doc()}, nil
}

func (c *rest) findVisitors() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	found, err := c.searchVisitors(c.query.Get("term"))
	if err != nil {
		return nil, textError(err.Error())
	}
	var all []doc
	for _, v := range found {
		d := doc{}
		full := v.doc()
		for _, key := range []string{"_id", "username", "name", "phone", "livechatData", "visitorEmails", "lastChat"} {
			if value, ok := full[key]; ok {
				d[key] = value
			}
		}
		all = append(all, d)
	}
	return page(c, "visitors", all), nil
}

func (c *rest) completeVisitor() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	var selector struct{ Term string }
	if err := json.Unmarshal([]byte(c.query.Get("selector")), &selector); err != nil {
		return nil, textError("The 'selector' param is required")
	}
	found, err := c.searchVisitors(selector.Term)
	if err != nil {
		return nil, textError(err.Error())
	}
	items := []any{}
	for _, v := range found[:min(10, len(found))] {
		items = append(items, doc{"_id": v.ID, "name": v.Name, "username": v.Username, "custom_name": v.Username + " - " + v.Name})
	}
	return doc{"items": items}, nil
}

// seenRoom is a room that the caller may see, with the errors of the visitors routes.
func (c *rest) seenRoom() (*room, error) {
	r := c.rooms[c.path["rid"]]
	if r == nil {
		return nil, textError("invalid-room")
	}
	if !c.user.may("view-l-room") {
		return nil, textError("error-not-authorized")
	}
	if !c.canSee(c.user, r) {
		return nil, textError("error-not-allowed")
	}
	return r, nil
}

func (c *rest) pages() (doc, error) {
	r, err := c.seenRoom()
	if err != nil {
		return nil, err
	}
	var all []doc
	for i := len(r.log) - 1; i >= 0; i-- {
		if m := r.log[i]; m.Type == "livechat_navigation_history" {
			all = append(all, m.doc())
		}
	}
	return page(c, "pages", all), nil
}

// visitorChats are a visitor's chats, newest first.
func (c *rest) visitorChats() []*room {
	rooms := slices.Clone(c.roomsByVisitor[c.path["id"]])
	slices.Reverse(rooms)
	return rooms
}

func (c *rest) chatHistory() (doc, error) {
	if _, err := c.seenRoom(); err != nil {
		return nil, err
	}
	var all []doc
	for _, r := range c.visitorChats() {
		all = append(all, c.roomDoc(r))
	}
	return page(c, "history", all), nil
}

// searchChats looks into open chats, or with closedChatsOnly=true into closed
// ones. The text is a regular expression that heeds case.
func (c *rest) searchChats() (doc, error) {
	if _, err := c.seenRoom(); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(c.query.Get("searchText"))
	if err != nil {
		return nil, textError(err.Error())
	}
	closed, served := c.query.Get("closedChatsOnly") == "true", c.query.Get("servedChatsOnly") == "true"
	var all []doc
	for _, r := range c.visitorChats() {
		if r.Open == closed || served && r.ServedBy == nil || !slices.ContainsFunc(r.log, func(m *message) bool {
			return (m.Type == "" || m.Type == "livechat-close") && re.MatchString(m.Msg)
		}) && c.query.Get("searchText") != "" {
			continue
		}
		all = append(all, c.foundChat(r))
	}
	if c.query.Get("sort") == `{"closedAt":1}` {
		slices.Reverse(all)
	}
	return page(c, "history", all), nil
}

func (c *rest) foundChat(r *room) doc {
	full, d := c.roomDoc(r), doc{}
	for _, key := range []string{"_id", "fname", "ts", "v", "msgs", "servedBy", "closedAt", "closedBy", "closer", "tags"} {
		if v, ok := full[key]; ok {
			d[key] = v
		}
	}
	for i := len(r.log) - 1; i >= 0; i-- {
		if m := r.log[i]; m.Type == "livechat-close" {
			d["closingMessage"] = m.doc()
			break
		}
	}
	return d
}

func (c *rest) contact() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	v := c.visitors[c.query.Get("contactId")]
	if v == nil {
		return nil, nil
	}
	return doc{"contact": v.doc()}, nil
}

func (c *rest) findContact() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	mail, phone := c.query.Get("email"), c.query.Get("phone")
	if mail == "" && phone == "" {
		return nil, meteor("error-invalid-params", "", nil)
	}
	for _, v := range c.visitors {
		if mail != "" && slices.Contains(v.Emails, mail) || phone != "" && slices.Contains(v.Phones, phone) {
			return doc{"contact": v.doc()}, nil
		}
	}
	return nil, nil
}

// saveContact writes a contact by its token; what is left out is wiped.
func (c *rest) saveContact() (doc, error) {
	if err := c.need("view-l-room"); err != nil {
		return nil, err
	}
	t, err := c.body.texts("token", "name")
	if err != nil {
		return nil, err
	}
	mail, err := c.body.maybe("email")
	if err != nil {
		return nil, err
	}
	phone, err := c.body.maybe("phone")
	if err != nil {
		return nil, err
	}
	v := c.register(registration{token: t[0], name: t[1], email: mail})
	v.Contact, v.Phones, v.Data, v.Manager = true, nil, nil, ""
	if manager, ok := c.body["contactManager"].(map[string]any); ok {
		v.Manager, _ = manager["username"].(string)
	}
	c.setEmails(v, mail)
	if phone != "" {
		v.Phones = []string{phone}
	}
	fields, _ := c.body["customFields"].(map[string]any)
	for key, value := range fields {
		if text, ok := value.(string); ok {
			c.setVisitorField(v, fieldValue{key: key, value: text, overwrite: true})
		}
	}
	c.put(v)
	return doc{"contact": v.ID}, nil
}

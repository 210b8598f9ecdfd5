package lobby

// A contact is the person behind one or more visitors. The lobby has one for
// each visitor, under the visitor's own id.

var contactRoutes = []route{
	{verb: "GET", path: "omnichannel/contacts.get", handle: (*rest).oneContact, when: keepsContacts},
	{verb: "GET", path: "omnichannel/contacts.search", handle: (*rest).findContacts, when: keepsContacts},
	{verb: "POST", path: "omnichannel/contacts.update", handle: (*rest).updateContact, when: keepsContacts},
	{verb: "GET", path: "omnichannel/contacts.history", handle: (*rest).contactHistory, when: keepsContacts},
}

func (c *rest) askedContact(permission string) (*visitor, error) {
	if err := c.need(permission); err != nil {
		return nil, err
	}
	if !c.query.Has("contactId") {
		return nil, invalid("must have required property 'contactId'")
	}
	v := c.visitors[c.query.Get("contactId")]
	if v == nil {
		return nil, &statusError{404, doc{"success": false, "error": "Resource not found"}}
	}
	return v, nil
}

func (c *rest) oneContact() (doc, error) {
	v, err := c.askedContact("view-livechat-contact")
	if err != nil {
		return nil, err
	}
	return doc{"contact": v.contact()}, nil
}

// contact is the visitor as a contact.
func (v *visitor) contact() doc {
	emails, phones := []any{}, []any{}
	for _, address := range v.Emails {
		emails = append(emails, doc{"address": address})
	}
	for _, number := range v.Phones {
		phones = append(phones, doc{"phoneNumber": number})
	}
	return doc{
		"_id": v.ID, "name": v.alias(), "emails": emails, "phones": phones, "customFields": map[string]any(v.Data), "_updatedAt": v.UpdatedAt,
		"channels": []any{doc{"name": "widget", "verified": false, "blocked": false, "visitor": doc{"visitorId": v.ID, "source": doc{"type": "widget"}}}},
	}
}

// findContacts finds by a part of name, address or number.
func (c *rest) findContacts() (doc, error) {
	if err := c.need("view-livechat-contact"); err != nil {
		return nil, err
	}
	found, err := c.searchVisitors(c.query.Get("searchText"))
	if err != nil {
		return nil, textError(err.Error())
	}
	var all []doc
	for _, v := range found {
		all = append(all, v.contact())
	}
	return page(c, "contacts", all), nil
}

// updateContact writes what is given: lists and custom fields replace those that
// there were.
func (c *rest) updateContact() (doc, error) {
	if err := c.need("update-livechat-contact"); err != nil {
		return nil, err
	}
	id, err := c.body.text("contactId")
	if err != nil {
		return nil, err
	}
	v := c.visitors[id]
	if v == nil {
		return nil, textError("error-contact-not-found")
	}
	fields, given := c.body["customFields"].(map[string]any)
	for _, key := range sortedKeys(fields) {
		if !c.hasField(key, "visitor") {
			return nil, textError("Custom field not allowed: " + key)
		}
	}
	emails, someEmails, err := c.body.list("emails")
	if err != nil {
		return nil, err
	}
	phones, somePhones, err := c.body.list("phones")
	if err != nil {
		return nil, err
	}
	if someEmails {
		c.setEmails(v, emails...)
	}
	if somePhones {
		v.Phones = phones
	}
	if given {
		v.Data = extra(fields)
	}
	if name, _ := c.body.maybe("name"); name != "" {
		v.Name = name
		for _, r := range c.roomsByVisitor[v.ID] {
			c.rename(r, name)
		}
	}
	v.UpdatedAt = c.now
	c.put(v)
	for _, r := range c.roomsByVisitor[v.ID] {
		if r.Open {
			c.fact(Fact{Fact: "contact", RID: r.ID, By: c.user.Username}, r)
		}
	}
	return doc{"contact": v.contact()}, nil
}

// contactHistory are the contact's closed chats, the newest first.
func (c *rest) contactHistory() (doc, error) {
	v, err := c.askedContact("view-livechat-contact-history")
	if err != nil {
		return nil, err
	}
	var all []doc
	for i := len(c.roomsByVisitor[v.ID]) - 1; i >= 0; i-- {
		if r := c.roomsByVisitor[v.ID][i]; !r.Open {
			full, d := c.roomDoc(r), doc{}
			for _, key := range []string{"_id", "fname", "ts", "v", "msgs", "servedBy", "closedAt", "closedBy", "closer", "tags", "source", "lastMessage"} {
				if v, ok := full[key]; ok {
					d[key] = v
				}
			}
			all = append(all, d)
		}
	}
	return page(c, "history", all), nil
}

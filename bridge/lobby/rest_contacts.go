package lobby

// A contact is the person behind one or more visitors. The lobby has one for
// each visitor, under the visitor's own id.

var contactRoutes = []route{
	{verb: "GET", path: "omnichannel/contacts.get", handle: (*rest).oneContact, when: keepsContacts},
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
	emails, phones := []any{}, []any{}
	for _, address := range v.Emails {
		emails = append(emails, doc{"address": address})
	}
	for _, number := range v.Phones {
		phones = append(phones, doc{"phoneNumber": number})
	}
	return doc{"contact": doc{
		"_id": v.ID, "name": v.alias(), "emails": emails, "phones": phones, "customFields": map[string]any(v.Data),
		"channels": []any{doc{"name": "widget", "verified": false, "blocked": false, "visitor": doc{"visitorId": v.ID, "source": doc{"type": "widget"}}}},
	}}, nil
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
			all = append(all, c.roomDoc(r))
		}
	}
	return page(c, "history", all), nil
}

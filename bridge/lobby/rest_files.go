package lobby

var fileRoutes = []route{
	{verb: "POST", path: "rooms.upload/:rid", handle: (*rest).uploadFile, files: true, when: uploadsInOne},
	{verb: "POST", path: "rooms.media/:rid", handle: (*rest).storeFile, files: true, when: uploadsInTwo},
	{verb: "POST", path: "rooms.mediaConfirm/:rid/:id", handle: (*rest).showFile, when: uploadsInTwo},
}

// fileRoom is the room into which the caller sends a file.
func (c *rest) fileRoom() (*room, error) {
	r := c.rooms[c.path["rid"]]
	if r == nil {
		return nil, meteor("error-invalid-room", "Invalid room", in("canAccessRoom"))
	}
	if !c.canSee(c.user, r) {
		return nil, errUnauthorized
	}
	return r, nil
}

// uploadFile is the upload in one call: the file, and a message that shows it.
func (c *rest) uploadFile() (doc, error) {
	r, err := c.fileRoom()
	if err != nil {
		return nil, err
	}
	m, err := c.sendFile(c.user, r, c.form.file, c.form.fields["msg"])
	if err != nil {
		return nil, err
	}
	d := m.doc()
	for _, key := range []string{"groupable", "mentions", "channels"} { // the answer is older than the message
		delete(d, key)
	}
	return doc{"message": d}, nil
}

// storeFile is the first half of an upload: nobody sees the file yet.
func (c *rest) storeFile() (doc, error) {
	r, err := c.fileRoom()
	if err != nil {
		return nil, err
	}
	f := c.form.file
	f.RID, f.UserID, f.Unseen = r.ID, c.user.ID, true
	if err := c.keep(f); err != nil {
		return nil, err
	}
	return doc{"file": doc{"_id": f.ID, "url": f.link()}}, nil
}

// showFile is the second half. A repeat shows the file once more.
func (c *rest) showFile() (doc, error) {
	r, err := c.fileRoom()
	if err != nil {
		return nil, err
	}
	f := c.uploads[c.path["id"]]
	if f == nil || f.RID != r.ID || f.UserID != c.user.ID {
		return nil, meteor("invalid-file", "", nil)
	}
	text, err := c.body.maybe("msg")
	if err != nil {
		return nil, err
	}
	f.Unseen = false
	c.put(f)
	return doc{"message": c.shown(c.user, r, f, text).doc()}, nil
}

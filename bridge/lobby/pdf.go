package lobby

import "fmt"

// The PDF of a chat needs the paid omnichannel features. It is asked for when
// the chat is over, made later, and put by rocket.cat into the chat and into
// the direct messages of whoever asked.

var pdfRoutes = []route{
	{verb: "POST", path: "omnichannel/:rid/request-transcript", handle: (*rest).requestPDF, paid: true, when: makesPDFs},
}

func (c *rest) requestPDF() (doc, error) {
	r := c.rooms[c.path["rid"]]
	switch {
	case !c.user.may("request-pdf-transcript"):
		return nil, errUnauthorized
	case r == nil || r.T != "l":
		return nil, textError("error-invalid-room")
	case !c.canSee(c.user, r):
		return nil, textError("error-not-allowed")
	}
	return nil, c.orderPDF(c.user, r)
}

// orderPDF queues the PDF; a chat that has one gets no other.
func (t *tx) orderPDF(u *user, r *room) error {
	switch {
	case r.Open:
		return textError("room-still-open")
	case r.PDF != "":
		return nil
	}
	t.s.later(func(t *tx) error { return t.makePDF(u.ID, r.ID) })
	return nil
}

func (t *tx) makePDF(uid, rid string) error {
	u, r := t.users[uid], t.rooms[rid]
	if u == nil || r == nil || r.PDF != "" {
		return nil
	}
	name := fmt.Sprintf("Transcript_%v_%s_%s.pdf", t.settings["Site_Name"], t.now.Format("2006-01-02"), r.FName)
	for _, to := range []*room{t.directWithCat(u), r} {
		f := &upload{Name: name, Type: "application/pdf", data: []byte("%PDF-1.4\n%lobby\n%%EOF\n"), RID: to.ID, UserID: rocketCat.ID}
		if err := t.keep(f); err != nil {
			return err
		}
		m := f.message()
		m.U = rocketCat
		m.Extra["groupable"] = false
		t.say(to, m)
		t.uploadFact(to, m, f)
		r.PDF = f.ID
	}
	t.roomChanged(r)
	return nil
}

// directWithCat is the room in which rocket.cat, who is no account here, writes
// to somebody.
func (t *tx) directWithCat(u *user) *room {
	id := u.ID + rocketCat.ID
	if r := t.rooms[id]; r != nil {
		return r
	}
	r := &room{ID: id, T: "d", Users: 2, TS: t.now, LM: t.now, UpdatedAt: t.now, Members: []person{u.person(), rocketCat}}
	t.addRoom(r)
	t.put(r)
	s := t.join(r, u)
	s.Name, s.FName = r.others(u.ID)
	t.subChanged(s)
	return r
}

// later has work done after the present request, unless the workspace stops.
func (s *Server) later(work func(*tx) error) {
	if s.closed {
		return
	}
	s.wait.Add(1)
	go func() {
		defer s.wait.Done()
		if err := s.do(work); err != nil {
			s.log.line("lost", doc{"error": err.Error()})
		}
	}()
}

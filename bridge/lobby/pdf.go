package lobby

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"time"
)

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
	t.s.beside(func() error { return t.s.makePDF(u.ID, r.ID) })
	return nil
}

// Paper is a chat that is over, as the workspace writes it down.
type Paper struct {
	Room, Workspace, Guest, Department string // the department's name; "" means none
	Opened, Closed                     time.Time
	ClosedBy, Comment                  string // who ended it, and with which words
	Tags                               []string
	Lines                              []PaperLine // the oldest first
}

// PaperLine is a message of people.
type PaperLine struct {
	At    time.Time
	Who   string
	Text  string
	Guest bool     // a guest has written it
	Files []string // names
}

// plainPaper is a PDF of one empty page, for workspaces that nobody reads.
func plainPaper(w io.Writer, _ Paper) error {
	_, err := io.WriteString(w, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"+
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	return err
}

// makePDF writes the chat down, which may take a while: the workspace goes on
// meanwhile.
func (s *Server) makePDF(uid, rid string) error {
	var p Paper
	if err := s.do(func(t *tx) error { p = t.paper(t.rooms[rid]); return nil }); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.opt.PDF(&b, p); err != nil {
		return fmt.Errorf("make PDF of chat %s: %w", rid, err)
	}
	return s.do(func(t *tx) error { return t.handPDF(uid, rid, b.Bytes()) })
}

func (t *tx) paper(r *room) Paper {
	if r == nil {
		return Paper{}
	}
	p := Paper{Room: r.ID, Workspace: fmt.Sprint(t.settings["Site_Name"]), Guest: r.FName, Opened: r.TS, Closed: r.ClosedAt}
	if d := t.departments[r.Department]; d != nil {
		p.Department = d.Name
	}
	p.Tags = r.Tags
	if r.ClosedBy != nil {
		p.ClosedBy = t.called(*r.ClosedBy)
	}
	for _, m := range r.log {
		if m.Type == "livechat-close" {
			p.Comment = m.Msg
		}
		if m.Type != "" || m.Hidden {
			continue
		}
		l := PaperLine{At: m.TS, Who: t.called(m.U), Text: m.Msg, Guest: m.Token != ""}
		if f, ok := m.Extra["file"].(map[string]any); ok {
			l.Files = []string{fmt.Sprint(f["name"])}
		}
		p.Lines = append(p.Lines, l)
	}
	return p
}

// called is the name of a person. Messages and rooms hold it only in workspaces that show
// real names.
func (t *tx) called(p person) string {
	if u := t.users[p.ID]; u != nil {
		return u.Name
	}
	return cmp.Or(p.Name, p.Username)
}

func (t *tx) handPDF(uid, rid string, data []byte) error {
	u, r := t.users[uid], t.rooms[rid]
	if u == nil || r == nil || r.PDF != "" {
		return nil
	}
	name := fmt.Sprintf("Transcript_%v_%s_%s.pdf", t.settings["Site_Name"], t.now.Format("2006-01-02"), r.FName)
	for _, to := range []*room{t.directWithCat(u), r} {
		f := &upload{Name: name, Type: "application/pdf", data: data, RID: to.ID, UserID: rocketCat.ID}
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

// beside has work done after the present request, unless the workspace stops.
func (s *Server) beside(work func() error) {
	if s.closed {
		return
	}
	s.wait.Add(1)
	go func() {
		defer s.wait.Done()
		if err := work(); err != nil {
			s.log.line("lost", doc{"error": err.Error()})
		}
	}()
}

package desk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/mail"
	"slices"
	"strings"
)

// asking are the quick actions' dialogs: each reads what its template, named ask-...,
// shows before anything is done.
var asking = map[string]func(*Desk, context.Context, *session, *room) (any, error){
	"forward":    (*Desk).askForward,
	"transcript": (*Desk).askTranscript,
	"close":      (*Desk).askClose,
	"call":       (*Desk).askCall,
}

func (d *Desk) ask(w http.ResponseWriter, r *http.Request, s *session) error {
	what := r.PathValue("what")
	read := asking[what]
	if read == nil {
		http.NotFound(w, r)
		return nil
	}
	room, err := d.api.room(r.Context(), s.who, r.PathValue("rid"))
	if err != nil {
		return err
	}
	data, err := read(d, r.Context(), s, room)
	if err != nil {
		return err
	}
	html(w, "ask-"+what, data)
	return nil
}

// done closes the dialog and says what was done.
func (d *Desk) done(w http.ResponseWriter, r *http.Request, text string) error {
	w.Header().Set("HX-Trigger", "desk:done")
	d.say(w, r, http.StatusOK, text)
	return nil
}

// forwarding is what the dialog for a forward shows.
type forwarding struct {
	RID         string
	Departments []choice
	Agents      []choice
}

// choice is one of a list. WhyNot says why it can't be chosen; "" when it can.
type choice struct{ ID, Name, WhyNot string }

func (d *Desk) askForward(ctx context.Context, s *session, r *room) (any, error) {
	f := forwarding{RID: r.ID}
	teams, err := d.api.departments(ctx, s.who)
	if err != nil {
		return nil, err
	}
	for _, t := range teams {
		c := choice{ID: t.ID, Name: t.Name}
		switch {
		case t.ID == r.Department:
			c.WhyNot = word("forward.here")
		case !t.Enabled:
			c.WhyNot = word("forward.off")
		}
		f.Departments = append(f.Departments, c)
	}
	agents, err := d.api.agents(ctx, s.who)
	if err != nil {
		return nil, err
	}
	for _, a := range agents {
		c := choice{ID: a.ID, Name: a.Title()}
		switch {
		case r.ServedBy != nil && r.ServedBy.ID == a.ID:
			c.WhyNot = word("forward.serves")
		case !a.available():
			c.WhyNot = word("forward.away")
		}
		f.Agents = append(f.Agents, c)
	}
	return f, nil
}

// mailing is what the dialog for a transcript shows.
type mailing struct {
	RID, Email, Subject string
	Asked               string // whom it goes to already; "" when nobody
}

func (d *Desk) askTranscript(ctx context.Context, s *session, r *room) (any, error) {
	m := mailing{RID: r.ID, Subject: word("transcript.subject")}
	if r.Transcript != nil {
		m.Asked = r.Transcript.Email
		return m, nil
	}
	c, err := d.api.contact(ctx, s.who, r.V.ID)
	if err == nil {
		m.Email = c.Email()
	}
	return m, known(err)
}

// known is nil for what the workspace refused: whoever asks goes on without it.
func known(err error) error {
	if no := (*refusal)(nil); errors.As(err, &no) {
		return nil
	}
	return err
}

// ending is what the dialog for the end of a chat shows.
type ending struct {
	mailing
	Tags     []string // that may be added
	Free     bool     // any text is a tag
	Has      []string // tags that it has
	NeedsTag bool
	PDF      bool
}

func (d *Desk) askClose(ctx context.Context, s *session, r *room) (any, error) {
	m, err := d.askTranscript(ctx, s, r)
	if err != nil {
		return nil, err
	}
	e := ending{mailing: m.(mailing), Has: r.Tags}
	allowed, err := d.allowedTags(ctx, s.who, r)
	if err != nil {
		return nil, err
	}
	e.NeedsTag, e.PDF, e.Free = allowed.must && len(r.Tags) == 0, allowed.licensed && d.api.release(ctx).since(6, 0), len(allowed.list) == 0
	for _, t := range allowed.list {
		if !slices.Contains(r.Tags, t) {
			e.Tags = append(e.Tags, t)
		}
	}
	return e, nil
}

// allowance is which tags may be given to a chat.
type allowance struct {
	list     []string // none: any text
	must     bool     // the department wants one before the chat ends
	licensed bool     // the workspace has the paid features
}

// allowedTags are those that the workspace's catalogue has for the chat's department,
// and those that its department has of its own. Where there are none, the workspace
// takes any text.
func (d *Desk) allowedTags(ctx context.Context, w who, r *room) (allowance, error) {
	var a allowance
	var err error
	if a.list, a.licensed, err = d.api.tags(ctx, w, r.Department); err != nil {
		return a, err
	}
	teams, err := d.api.departments(ctx, w)
	if err != nil {
		return a, err
	}
	for _, t := range teams {
		if t.ID == r.Department {
			a.must = t.NeedsTag
			a.list = append(a.list, t.ClosingTags...)
		}
	}
	slices.Sort(a.list)
	a.list = slices.Compact(a.list)
	return a, nil
}

// callAsk is what the dialog for a call shows.
type callAsk struct {
	RID string
	App *callApp
}

func (d *Desk) askCall(ctx context.Context, s *session, r *room) (any, error) {
	return callAsk{r.ID, d.callApp(ctx, s.who)}, nil
}

func (d *Desk) forward(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx, rid := r.Context(), r.PathValue("rid")
	kind, id, _ := strings.Cut(r.FormValue("to"), "/")
	team, user := "", ""
	switch kind {
	case "department":
		team = id
	case "agent":
		user = id
	default:
		return &refusal{text: word("forward.choose")}
	}
	if err := d.api.forward(ctx, s.who, rid, team, user, r.FormValue("comment")); err != nil {
		return err
	}
	// A workspace may say yes and leave the chat where it is. Who can't see it any
	// more has given it away.
	room, err := d.api.room(ctx, s.who, rid)
	if err == nil && (team != "" && room.Department != team || user != "" && (room.ServedBy == nil || room.ServedBy.ID != user)) {
		return &refusal{text: word("forward.stayed")}
	}
	if known(err) != nil {
		return err
	}
	return d.done(w, r, word("forward.done", cmp.Or(r.FormValue("name"), word("forward.there"))))
}

func (d *Desk) transcript(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx, rid := r.Context(), r.PathValue("rid")
	if r.FormValue("discard") != "" {
		if err := d.api.discardTranscript(ctx, s.who, rid); err != nil {
			return err
		}
		return d.done(w, r, word("transcript.discarded"))
	}
	to, err := addressIn(r)
	if err != nil {
		return err
	}
	if err := d.api.askTranscript(ctx, s.who, rid, to, subjectIn(r)); err != nil {
		return mayNotMail(err)
	}
	return d.done(w, r, word("transcript.done", to))
}

// mayNotMail says what an admin must do, where that is why the workspace refused.
func mayNotMail(err error) error {
	if no := (*refusal)(nil); errors.As(err, &no) && no.code == "error-not-allowed" {
		return &refusal{text: word("transcript.maynot")}
	}
	return err
}

func (d *Desk) endChat(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx, rid := r.Context(), r.PathValue("rid")
	c := closing{comment: r.FormValue("comment"), tags: tagsIn(r), pdf: r.FormValue("pdf") != ""}
	if r.FormValue("mail") != "" {
		to, err := addressIn(r)
		if err != nil {
			return err
		}
		c.email, c.subject = to, subjectIn(r)
	}
	room, err := d.api.room(ctx, s.who, rid)
	if err != nil {
		return err
	}
	if err := d.checkTags(ctx, s.who, room, c.tags); err != nil {
		return err
	}
	if err := d.api.closeChat(ctx, s.who, rid, c); err != nil {
		return err
	}
	text := word("close.done")
	if c.pdf {
		text = word("close.donepdf")
	}
	return d.done(w, r, text)
}

func (d *Desk) checkTags(ctx context.Context, w who, r *room, tags []string) error {
	allowed, err := d.allowedTags(ctx, w, r)
	if err != nil {
		return err
	}
	for _, t := range tags {
		if len(allowed.list) > 0 && !slices.Contains(allowed.list, t) {
			return &refusal{text: word("close.nosuchtag", t)}
		}
	}
	if allowed.must && len(tags) == 0 && len(r.Tags) == 0 {
		return &refusal{code: "error-tags-must-be-assigned-before-closing-chat"}
	}
	return nil
}

// addressIn is the e-mail address of a form.
func addressIn(r *http.Request) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(r.FormValue("email")))
	if err != nil {
		return "", &refusal{text: word("transcript.noaddress")}
	}
	return a.Address, nil
}

func subjectIn(r *http.Request) string {
	return cmp.Or(strings.TrimSpace(r.FormValue("subject")), word("transcript.subject"))
}

// tagsIn are the tags of a form: those that were ticked, and those that were written,
// with commas between.
func tagsIn(r *http.Request) []string {
	tags := []string{}
	for _, t := range append(r.Form["tag"], strings.Split(r.FormValue("tags"), ",")...) {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags
}

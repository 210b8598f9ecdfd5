package desk

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// facts are the room's in the panel.
type facts struct {
	room
	Guest      string
	Department string
	Queued     float64 // seconds in the queue; 0 when nobody has taken it
	Answered   bool
}

func (d *Desk) info(w http.ResponseWriter, r *http.Request, s *session) error {
	room, err := d.api.room(r.Context(), s.who, r.PathValue("rid"))
	if err != nil {
		return err
	}
	f := facts{room: *room, Guest: cmp.Or(room.FName, room.V.Title()), Answered: room.Metrics.Response.Average > 0}
	if room.ServedBy != nil {
		f.Queued = room.ServedBy.TS.Sub(room.TS.Time).Seconds()
	}
	teams, err := d.api.departments(r.Context(), s.who)
	if err != nil {
		return err
	}
	for _, t := range teams {
		if t.ID == room.Department {
			f.Department = t.Name
		}
	}
	html(w, "info", f)
	return nil
}

// shelf are a room's files in the panel.
type shelf struct {
	RID, Query, Kind string
	Kinds            []choice
	Files            []shelved
}

type shelved struct {
	file
	Link    string
	Picture bool
}

// kinds are those of files, by the beginning of their type; "" are all.
var kinds = []struct {
	id    string
	types []string
}{
	{"all", nil},
	{"pictures", []string{"image/"}},
	{"audio", []string{"audio/"}},
	{"video", []string{"video/"}},
	{"texts", []string{"text/", "application/pdf", "application/msword", "application/vnd.", "application/rtf"}},
	{"other", nil},
}

// kindOfFile is the kind by the type that the file says it has.
func kindOfFile(f file) string {
	kind, _, err := mime.ParseMediaType(f.Type)
	if err != nil {
		return "other"
	}
	for _, k := range kinds {
		if slices.ContainsFunc(k.types, func(start string) bool { return strings.HasPrefix(kind, start) }) {
			return k.id
		}
	}
	return "other"
}

func (d *Desk) files(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	room, err := d.api.room(ctx, s.who, r.PathValue("rid"))
	if err != nil {
		return err
	}
	list, err := d.api.files(ctx, s.who, room)
	if err != nil {
		return err
	}
	v := d.viewer(s, r)
	p := shelf{RID: room.ID, Query: r.FormValue("q"), Kind: r.FormValue("kind")}
	if p.Kind == "" {
		p.Kind = "all"
	}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, choice{ID: k.id, Name: word("files." + k.id)})
	}
	for _, f := range list {
		if p.Kind != "all" && kindOfFile(f) != p.Kind || !strings.Contains(strings.ToLower(f.Name), strings.ToLower(p.Query)) {
			continue
		}
		p.Files = append(p.Files, shelved{f, v.link(f.Path), pictures[f.Type]})
	}
	part := "files"
	if r.Header.Get("HX-Target") == "hits" {
		part = "files-hits"
	}
	html(w, part, p)
	return nil
}

// chest are the past chats of a contact, in the panel.
type chest struct {
	RID, Query string
	Chats      []room
	Error      string
}

func (d *Desk) history(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	room, err := d.api.room(ctx, s.who, r.PathValue("rid"))
	if err != nil {
		return err
	}
	p := chest{RID: room.ID, Query: strings.TrimSpace(r.FormValue("q"))}
	f, err := newFilter(p.Query, false)
	if err != nil {
		return err
	}
	if p.Chats, err = d.api.pastChats(ctx, s.who, room.ID, room.V.ID, f.pattern()); err != nil {
		return err
	}
	part := "history"
	if r.Header.Get("HX-Target") == "hits" {
		part = "history-hits"
	}
	html(w, part, p)
	return nil
}

// past is one of them with its messages.
type past struct {
	RID, Query string
	Room       *room
	Department string // its name; "" means none
	Items      []item
}

func (d *Desk) pastChat(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	rid := r.PathValue("past")
	if !idForm.MatchString(rid) {
		http.NotFound(w, r)
		return nil
	}
	room, err := d.seenRoom(ctx, s.who, rid)
	if err != nil {
		return err
	}
	list, err := d.api.history(ctx, s.who, rid, most)
	if err != nil {
		return err
	}
	v := d.viewer(s, r)
	if v.found, err = newFilter(strings.TrimSpace(r.FormValue("q")), false); err != nil {
		return err
	}
	html(w, "past", past{RID: r.PathValue("rid"), Query: r.FormValue("q"), Room: room, Department: room.team, Items: v.lines(room, list, nil)})
	return nil
}

// card is a contact in the panel.
type card struct {
	RID string
	visitor
	Agents []agent // to choose the contact's manager from
	Error  string
}

func (d *Desk) readCard(ctx context.Context, s *session, rid string) (card, error) {
	room, err := d.api.room(ctx, s.who, rid)
	if err != nil {
		return card{}, err
	}
	v, err := d.api.contact(ctx, s.who, room.V.ID)
	if err != nil {
		return card{}, err
	}
	return card{RID: rid, visitor: *v}, nil
}

func (d *Desk) contact(w http.ResponseWriter, r *http.Request, s *session) error {
	c, err := d.readCard(r.Context(), s, r.PathValue("rid"))
	if err != nil {
		return err
	}
	html(w, "contact", c)
	return nil
}

func (d *Desk) contactForm(w http.ResponseWriter, r *http.Request, s *session) error {
	c, err := d.readCard(r.Context(), s, r.PathValue("rid"))
	if err != nil {
		return err
	}
	if c.Agents, err = d.api.agents(r.Context(), s.who); err != nil {
		return err
	}
	html(w, "contact-form", c)
	return nil
}

func (d *Desk) saveContact(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	c, err := d.readCard(ctx, s, r.PathValue("rid"))
	if err != nil {
		return err
	}
	name := strings.TrimSpace(r.FormValue("contact-name"))
	if name == "" {
		return &refusal{text: word("contact.noname")}
	}
	email := ""
	if strings.TrimSpace(r.FormValue("email")) != "" {
		if email, err = addressIn(r); err != nil {
			return err
		}
	}
	if err := d.api.saveContact(ctx, s.who, &c.visitor, name, email, strings.TrimSpace(r.FormValue("phone")), r.FormValue("manager")); err != nil {
		return err
	}
	if c, err = d.readCard(ctx, s, c.RID); err != nil {
		return err
	}
	html(w, "contact", c)
	return nil
}

// saveContact writes a contact: all of it, since a workspace wipes what is left out.
func (a *api) saveContact(ctx context.Context, w who, v *visitor, name, email, phone, manager string) error {
	fields := map[string]any{}
	for key, value := range v.Data {
		fields[key] = value
	}
	body := map[string]any{"_id": v.ID, "token": v.Token, "name": name, "email": email, "phone": phone, "customFields": fields}
	if manager != "" {
		body["contactManager"] = map[string]any{"username": manager}
	}
	return a.post(ctx, w, "omnichannel/contact", body, nil)
}

// pastChats are a contact's closed chats in which the pattern was found, the newest
// first. The workspace reads it as a regular expression.
func (a *api) pastChats(ctx context.Context, w who, rid, visitorID, pattern string) ([]room, error) {
	var answer struct{ History []room }
	path := "livechat/visitors.searchChats/room/" + url.PathEscape(rid) + "/visitor/" + url.PathEscape(visitorID)
	q := url.Values{"closedChatsOnly": {"true"}, "searchText": {pattern}, "count": {"50"}}
	err := a.get(ctx, w, path, q, &answer)
	return answer.History, err
}

// files are a room's uploads, the newest first.
func (a *api) files(ctx context.Context, w who, r *room) ([]file, error) {
	var answer struct{ Files []file }
	path := "channels.files"
	if r.T == "d" {
		path = "im.files"
	}
	err := a.get(ctx, w, path, url.Values{"roomId": {r.ID}, "sort": {`{"uploadedAt":-1}`}, "count": {"500"}}, &answer)
	return answer.Files, err
}

// since is how long ago something was, in seconds.
func since(t time.Time) float64 { return max(0, time.Since(t).Seconds()) }

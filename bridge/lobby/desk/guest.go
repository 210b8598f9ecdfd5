package desk

import (
	"context"
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	guestCookie = "bellhop_guest"
	guestLife   = 30 * 24 * time.Hour
)

// idForm is what ids of rooms are made of; rocket.cat's has a dot.
var idForm = regexp.MustCompile(`^[0-9A-Za-z_-][0-9A-Za-z._-]{0,63}$`)

// guestHandler serves a request of a guest.
type guestHandler func(w http.ResponseWriter, r *http.Request, g *guest) error

// guest is the visitor of this browser, and its open chat when there is one.
type guest struct {
	token string
	rid   string // "" when there is no open chat
	name  string
}

func (g *guest) who() who { return who{visitor: g.token} }

func (d *Desk) guestRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /guest/", d.guestPage)
	for pattern, h := range map[string]guestHandler{
		"POST /guest/start":                 d.guestStart,
		"GET /guest/events":                 d.guestEvents,
		"GET /guest/talk":                   d.guestTalk,
		"POST /guest/message":               d.guestWrites,
		"POST /guest/file":                  d.guestSends,
		"POST /guest/typing":                d.guestTypes,
		"POST /guest/end":                   d.guestEnds,
		"POST /guest/rate":                  d.guestRates,
		"GET /guest/file/{rid}/{id}/{name}": d.guestFile,
	} {
		mux.HandleFunc(pattern, d.asGuest(h))
	}
}

// asGuest finds who the guest is by the cookie, which holds the token and, for what
// changes something, must fit what the page shows of it.
func (d *Desk) asGuest(h guestHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, largest)
		token := cookie(r, guestCookie)
		if token == "" || r.Method != http.MethodGet && !same(tokenOf(r), csrfOf(token)) {
			d.say(w, r, http.StatusForbidden, word("csrf"))
			return
		}
		g, err := d.guestOf(r.Context(), token)
		if err == nil {
			err = h(w, r, g)
		}
		if err != nil {
			d.fail(w, r, err)
		}
	}
}

// config is what the workspace tells guests' pages.
type config struct {
	Config struct {
		Online      bool
		Departments []department
		Guest       *visitor
		Room        *room
		Agent       *person
		Survey      struct{ Items, Values []string }
	}
}

func (a *api) config(ctx context.Context, token string) (*config, error) {
	c := &config{}
	q := url.Values{}
	if token != "" {
		q.Set("token", token)
	}
	return c, a.get(ctx, who{visitor: token}, "livechat/config", q, c)
}

func (d *Desk) guestOf(ctx context.Context, token string) (*guest, error) {
	c, err := d.api.config(ctx, token)
	if err != nil {
		return nil, err
	}
	g := &guest{token: token}
	if c.Config.Guest != nil {
		g.name = c.Config.Guest.Title()
	}
	if c.Config.Room != nil {
		g.rid = c.Config.Room.ID
	}
	return g, nil
}

// welcome is the guest's page.
type welcome struct {
	page
	Online      bool
	Departments []department
	Name, Email string
	Department  string
	Error       string
	Talk        *talk
}

// talk is the guest's open chat.
type talk struct {
	RID   string
	Agent string
	Items []item

	last *message
}

// guestPage shows the open chat, or the form that begins one.
func (d *Desk) guestPage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/guest/" {
		http.NotFound(w, r)
		return
	}
	token := cookie(r, guestCookie)
	if token == "" {
		token = secret()
		setCookie(w, r, guestCookie, token, guestLife)
	}
	p, err := d.welcome(r, token)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	html(w, "guest", p)
}

func (d *Desk) welcome(r *http.Request, token string) (*welcome, error) {
	c, err := d.api.config(r.Context(), token)
	if err != nil {
		return nil, err
	}
	p := &welcome{page: page{Title: word("guest.title"), CSRF: csrfOf(token)}, Online: c.Config.Online}
	for _, t := range c.Config.Departments {
		if t.OnForm {
			p.Departments = append(p.Departments, t)
		}
	}
	if g := c.Config.Guest; g != nil {
		p.Name, p.Email, p.Department = g.Name, g.Email(), ""
	}
	if c.Config.Room != nil {
		p.Talk, err = d.talk(r, &guest{token: token, rid: c.Config.Room.ID}, c)
	}
	return p, err
}

func (d *Desk) talk(r *http.Request, g *guest, c *config) (*talk, error) {
	list, err := d.api.guestHistory(r.Context(), g)
	if err != nil {
		return nil, err
	}
	t := &talk{RID: g.rid, Items: guestViewer(r, g).lines(nil, list, nil)}
	if len(list) > 0 {
		t.last = list[len(list)-1]
	}
	if c.Config.Agent != nil {
		t.Agent = c.Config.Agent.Title()
	}
	return t, nil
}

// guestViewer has the room in the links to files: they are the guest's to see when the
// chat has ended, too.
func guestViewer(r *http.Request, g *guest) viewer {
	return viewer{guest: true, files: "/guest/file/" + g.rid + "/", host: r.Host}
}

// guestHistory are the messages of a guest's chat, the oldest first.
func (a *api) guestHistory(ctx context.Context, g *guest) ([]*message, error) {
	var answer struct{ Messages []*message }
	q := url.Values{"token": {g.token}, "limit": {"200"}}
	if err := a.get(ctx, g.who(), "livechat/messages.history/"+url.PathEscape(g.rid), q, &answer); err != nil {
		return nil, err
	}
	for i, j := 0, len(answer.Messages)-1; i < j; i, j = i+1, j-1 {
		answer.Messages[i], answer.Messages[j] = answer.Messages[j], answer.Messages[i]
	}
	return answer.Messages, nil
}

// guestStart registers the guest and begins a chat.
func (d *Desk) guestStart(w http.ResponseWriter, r *http.Request, g *guest) error {
	name, email, team := strings.TrimSpace(r.FormValue("name")), strings.TrimSpace(r.FormValue("email")), r.FormValue("department")
	text := ""
	if _, err := mail.ParseAddress(email); email != "" && err != nil {
		text = word("guest.bademail")
	}
	if name == "" {
		text = word("guest.noname")
	}
	if text == "" && !d.arrivals.allow(r) {
		text = word("login.toomany")
	}
	if text == "" {
		var no *refusal
		err := d.openChat(r.Context(), g, name, email, team)
		switch {
		case errors.As(err, &no):
			text = plainWords(no)
		case err != nil:
			return err
		default:
			http.Redirect(w, r, "/guest/", http.StatusSeeOther)
			return nil
		}
	}
	p, err := d.welcome(r, g.token)
	if err != nil {
		return err
	}
	p.Name, p.Email, p.Department, p.Error = name, email, team, text
	w.WriteHeader(http.StatusUnprocessableEntity)
	html(w, "guest", p)
	return nil
}

// openChat begins a chat, unless the guest has one by now: a form may be sent twice at
// once, and workspaces open a chat for each time that they are asked.
func (d *Desk) openChat(ctx context.Context, g *guest, name, email, team string) error {
	turn := d.opening.of(g.token)
	turn.Lock()
	defer turn.Unlock()
	if now, err := d.guestOf(ctx, g.token); err != nil || now.rid != "" {
		return err
	}
	v := map[string]any{"token": g.token, "name": name}
	if email != "" {
		v["email"] = email
	}
	if team != "" {
		v["department"] = team
	}
	if err := d.api.post(ctx, g.who(), "livechat/visitor", map[string]any{"visitor": v}, nil); err != nil {
		return err
	}
	return d.api.get(ctx, g.who(), "livechat/room", url.Values{"token": {g.token}}, nil)
}

// errNoChat tells a guest whose chat has ended.
func errNoChat() error { return &refusal{text: word("guest.over")} }

func (d *Desk) guestWrites(w http.ResponseWriter, r *http.Request, g *guest) error {
	text := strings.TrimSpace(r.FormValue("text"))
	if g.rid == "" {
		return errNoChat()
	}
	w.Header().Set("HX-Reswap", "none")
	if text == "" {
		return nil
	}
	body := map[string]any{"token": g.token, "rid": g.rid, "msg": text}
	if err := d.api.post(r.Context(), g.who(), "livechat/message", body, nil); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) guestSends(w http.ResponseWriter, r *http.Request, g *guest) error {
	if g.rid == "" {
		return errNoChat()
	}
	name, kind, data, err := received(r)
	if err != nil {
		return err
	}
	body, err := fileBody(name, kind, data)
	if err != nil {
		return err
	}
	if err := d.api.post(r.Context(), g.who(), "livechat/upload/"+url.PathEscape(g.rid), body, nil); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) guestTypes(w http.ResponseWriter, r *http.Request, g *guest) error {
	if g.rid != "" {
		params := d.api.typingParams(r.Context(), g.rid, g.name, r.FormValue("on") == "1", map[string]any{"token": g.token})
		if err := d.api.methodAnon(r.Context(), "stream-notify-room", params...); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) guestEnds(w http.ResponseWriter, r *http.Request, g *guest) error {
	if g.rid == "" {
		return errNoChat()
	}
	body := map[string]any{"rid": g.rid, "token": g.token}
	if err := d.api.post(r.Context(), g.who(), "livechat/room.close", body, nil); err != nil {
		return err
	}
	html(w, "guest-over", over{RID: g.rid})
	return nil
}

// over is what a guest sees when the chat has ended.
type over struct {
	RID    string
	Closer string
	OOB    bool
	Thanks bool
}

func (d *Desk) guestRates(w http.ResponseWriter, r *http.Request, g *guest) error {
	stars, rid := r.FormValue("stars"), r.FormValue("rid")
	if len(stars) != 1 || stars < "1" || stars > "5" {
		return &refusal{text: word("guest.nostars")}
	}
	body := map[string]any{"rid": rid, "token": g.token, "data": []any{map[string]any{"name": "satisfaction", "value": stars}}}
	if err := d.api.post(r.Context(), g.who(), "livechat/room.survey", body, nil); err != nil {
		return err
	}
	html(w, "guest-over", over{RID: rid, Thanks: true})
	return nil
}

func (d *Desk) guestFile(w http.ResponseWriter, r *http.Request, g *guest) error {
	return d.giveFile(w, r, g.who(), r.PathValue("rid"))
}

func (d *Desk) guestTalk(w http.ResponseWriter, r *http.Request, g *guest) error {
	p, err := d.welcome(r, g.token)
	if err != nil {
		return err
	}
	if p.Talk == nil {
		w.Header().Set("HX-Refresh", "true")
		return nil
	}
	html(w, "talk-items", p.Talk)
	return nil
}

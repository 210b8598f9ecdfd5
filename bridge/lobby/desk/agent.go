package desk

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// page is what all whole pages have.
type page struct {
	Title string
	CSRF  string
	Tab   string
	User  person
}

// handler serves a request of somebody who signed in.
type handler func(w http.ResponseWriter, r *http.Request, s *session) error

func (d *Desk) agentRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /desk/login", func(w http.ResponseWriter, r *http.Request) { html(w, "login", login{Chat: r.FormValue("chat")}) })
	mux.HandleFunc("POST /desk/login", d.login)
	mux.HandleFunc("GET /desk/events", func(w http.ResponseWriter, r *http.Request) {
		if s := d.sessions.of(r); s != nil {
			d.events(w, r, s)
			return
		}
		newStream(w).send(r.Context(), []byte(stale)) // signed out, or this program began anew
	})
	for pattern, h := range map[string]handler{
		"GET /desk/":                          d.home,
		"POST /desk/logout":                   d.logout,
		"POST /desk/status":                   d.changeStatus,
		"GET /desk/chat/{rid}":                d.chat,
		"GET /desk/chat/{rid}/older":          d.older,
		"POST /desk/chat/{rid}/seen":          d.seen,
		"POST /desk/chat/{rid}/message":       d.message,
		"POST /desk/chat/{rid}/file":          d.sendFile,
		"POST /desk/chat/{rid}/typing":        d.typing,
		"POST /desk/chat/{rid}/take":          d.take,
		"GET /desk/chat/{rid}/ask/{what}":     d.ask,
		"POST /desk/chat/{rid}/forward":       d.forward,
		"POST /desk/chat/{rid}/transcript":    d.transcript,
		"POST /desk/chat/{rid}/close":         d.endChat,
		"GET /desk/chat/{rid}/why":            d.why,
		"POST /desk/chat/{rid}/undo":          d.undo,
		"GET /desk/chat/{rid}/info":           d.info,
		"GET /desk/chat/{rid}/files":          d.files,
		"GET /desk/chat/{rid}/search":         d.search,
		"GET /desk/chat/{rid}/history":        d.history,
		"GET /desk/chat/{rid}/history/{past}": d.pastChat,
		"GET /desk/chat/{rid}/contact":        d.contact,
		"GET /desk/chat/{rid}/contact/edit":   d.contactForm,
		"POST /desk/chat/{rid}/contact":       d.saveContact,
		"POST /desk/chat/{rid}/call":          d.startCall,
		"GET /desk/file/{id}/{name}":          d.file,
	} {
		mux.HandleFunc(pattern, d.signedIn(h))
	}
}

// signedIn lets in whoever signed in and, for what changes something, whose page
// is ours.
func (d *Desk) signedIn(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := d.sessions.of(r)
		if s == nil {
			d.toLogin(w, r)
			return
		}
		if rid := r.PathValue("rid"); rid != "" && !idForm.MatchString(rid) {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, largest)
		if r.Method != http.MethodGet && !same(tokenOf(r), s.csrf) {
			d.say(w, r, http.StatusForbidden, word("csrf"))
			return
		}
		if err := h(w, r, s); err != nil {
			if errors.Is(err, errSignedOut) {
				d.end(w, r, s)
			}
			d.fail(w, r, err)
		}
	}
}

// largest is how long a request may be, in bytes: a file and its form.
const largest = 64 << 20

// toLogin leads to the sign-in, and from there back to the chat that was asked for.
func (d *Desk) toLogin(w http.ResponseWriter, r *http.Request) {
	to := "/desk/login"
	if rid := r.PathValue("rid"); rid != "" {
		to += "?chat=" + url.QueryEscape(rid)
	}
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized) // or the page would take it for done, and forget the draft
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// login is the page on which one signs in.
type login struct {
	Name, Error string
	Chat        string // room id of the chat to open then; "" means none
}

func (d *Desk) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	p := login{Name: r.PostFormValue("name"), Chat: r.PostFormValue("chat")}
	if !d.logins.allow(r) {
		w.WriteHeader(http.StatusTooManyRequests)
		p.Error = word("login.toomany")
		html(w, "login", p)
		return
	}
	who, user, err := d.api.signIn(r.Context(), p.Name, r.PostFormValue("password"))
	if err != nil {
		p.Error = word("login.wrong")
		if !errors.Is(err, errSignedOut) {
			p.Error = word("broken")
			d.log.Error("sign-in not possible", "err", err)
		}
		w.WriteHeader(http.StatusUnauthorized)
		html(w, "login", p)
		return
	}
	setCookie(w, r, sessionCookie, d.sessions.add(who, user).key, sessionLife)
	to := "/desk/"
	if p.Chat != "" {
		to = "/desk/chat/" + url.PathEscape(p.Chat) // a room's id is no address: it leads nowhere else
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (d *Desk) end(w http.ResponseWriter, r *http.Request, s *session) {
	d.tabs.closeOf(s)
	d.sessions.drop(s)
	setCookie(w, r, sessionCookie, "", 0)
}

func (d *Desk) logout(w http.ResponseWriter, r *http.Request, s *session) error {
	if err := d.api.post(r.Context(), s.who, "logout", nil, nil); err != nil && !errors.Is(err, errSignedOut) {
		return err
	}
	d.end(w, r, s)
	http.Redirect(w, r, "/desk/login", http.StatusSeeOther)
	return nil
}

// board is the whole page of an agent.
type board struct {
	page
	Status status
	Queue  queue
	Lists  []list
	Total  int
	Chat   *conversation
	Empty  bool
}

func (d *Desk) home(w http.ResponseWriter, r *http.Request, s *session) error {
	if r.URL.Path != "/desk/" {
		http.NotFound(w, r)
		return nil
	}
	if r.Header.Get("HX-Request") != "" {
		if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
			t.leaveRoom()
		}
		html(w, "nothing", nil)
		return nil
	}
	return d.board(w, r, s, "")
}

// board makes the page, with a chat when there is one.
func (d *Desk) board(w http.ResponseWriter, r *http.Request, s *session, rid string) error {
	ctx := r.Context()
	t, err := d.newTab(ctx, s)
	if err != nil {
		return err
	}
	b := board{page: page{Title: word("desk.title"), CSRF: s.csrf, Tab: t.id, User: s.user}}
	if rid != "" {
		if b.Chat, err = t.show(ctx, r, rid); err != nil {
			t.close()
			return err
		}
	}
	teams, err := d.api.departments(ctx, s.who)
	if err == nil {
		b.Lists = t.lists(teams)
		b.Queue, err = d.readQueue(ctx, s.who)
	}
	if err == nil {
		b.Status, err = d.readStatus(ctx, s)
	}
	if err != nil {
		t.close()
		return err
	}
	t.mu.Lock()
	b.Total = t.total()
	t.inPage[""] = b.Total
	t.mu.Unlock()
	html(w, "board", b)
	return nil
}

// status is whether the agent takes chats.
type status struct {
	Available bool
	OOB       bool
}

func (d *Desk) readStatus(ctx context.Context, s *session) (status, error) {
	var me struct {
		Livechat string `json:"statusLivechat"`
	}
	err := d.api.get(ctx, s.who, "me", nil, &me)
	return status{Available: me.Livechat == "available"}, err
}

func (d *Desk) changeStatus(w http.ResponseWriter, r *http.Request, s *session) error {
	want := "not-available"
	if r.FormValue("available") == "1" {
		want = "available"
	}
	if err := d.api.setStatus(r.Context(), s.who, want); err != nil {
		return err
	}
	st, err := d.readStatus(r.Context(), s)
	if err == nil {
		html(w, "status", st)
	}
	return err
}

// queue are the chats that wait.
type queue struct {
	Waiting []waiting
	More    int
	OOB     bool
}

type waiting struct {
	inquiry
	Team string
}

func (d *Desk) readQueue(ctx context.Context, w who) (queue, error) {
	list, total, err := d.api.queue(ctx, w)
	if err != nil {
		return queue{}, err
	}
	q := queue{More: total - len(list)}
	if len(list) == 0 {
		return q, nil
	}
	teams, err := d.api.departments(ctx, w)
	if err != nil {
		return queue{}, err
	}
	names := map[string]string{}
	for _, t := range teams {
		names[t.ID] = t.Name
	}
	for _, i := range list {
		q.Waiting = append(q.Waiting, waiting{i, names[i.Department]})
	}
	return q, nil
}

func (d *Desk) chat(w http.ResponseWriter, r *http.Request, s *session) error {
	rid := r.PathValue("rid")
	t := d.tabs.of(r.Header.Get("X-Tab"), s)
	if r.Header.Get("HX-Request") == "" {
		return d.board(w, r, s, rid)
	}
	if t == nil {
		w.Header().Set("HX-Redirect", r.URL.Path)
		return nil
	}
	c, err := t.show(r.Context(), r, rid)
	if err != nil {
		return err
	}
	html(w, "chat", c)
	return nil
}

// seen says that the chat is in the page and, with read, before the agent's eyes.
func (d *Desk) seen(w http.ResponseWriter, r *http.Request, s *session) error {
	rid := r.PathValue("rid")
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		t.mu.Lock()
		if t.open != nil && t.open.rid == rid {
			t.open.ready = true
		}
		t.mu.Unlock()
		t.changed()
	}
	if r.FormValue("read") != "" {
		if err := d.api.post(r.Context(), s.who, "subscriptions.read", map[string]any{"rid": rid}, nil); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) message(w http.ResponseWriter, r *http.Request, s *session) error {
	text := strings.TrimSpace(r.FormValue("text"))
	if text == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := d.api.send(r.Context(), s.who, r.PathValue("rid"), text); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// received is a file from a form.
func received(r *http.Request) (name, kind string, data []byte, err error) {
	f, h, err := r.FormFile("file")
	if err != nil {
		return "", "", nil, &refusal{text: word("file.missing")}
	}
	defer f.Close()
	data, err = io.ReadAll(f)
	if err != nil {
		return "", "", nil, err
	}
	kind, _, err = mime.ParseMediaType(h.Header.Get("Content-Type"))
	if err != nil {
		kind = "application/octet-stream"
	}
	return path.Base(strings.ReplaceAll(h.Filename, `\`, "/")), kind, data, nil
}

func (d *Desk) sendFile(w http.ResponseWriter, r *http.Request, s *session) error {
	name, kind, data, err := received(r)
	if err != nil {
		return err
	}
	if err := d.api.upload(r.Context(), s.who, r.PathValue("rid"), name, kind, data); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) typing(w http.ResponseWriter, r *http.Request, s *session) error {
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		params := d.api.typingParams(r.Context(), r.PathValue("rid"), d.typist(r.Context(), s), r.FormValue("on") == "1", nil)
		if _, err := t.wire.call(r.Context(), "stream-notify-room", params...); err != nil { // the tab may have gone meanwhile
			d.log.Debug("typing not told", "err", err)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// typist is the name under which an agent writes: the workspace says which one.
func (d *Desk) typist(ctx context.Context, s *session) string {
	raw, err := d.api.setting(ctx, s.who, "UI_Use_Real_Name")
	if err == nil && string(raw) == "true" {
		return s.user.Name
	}
	return s.user.Username
}

func (d *Desk) take(w http.ResponseWriter, r *http.Request, s *session) error {
	rid := r.PathValue("rid")
	inquiry := r.FormValue("inquiry")
	if inquiry == "" {
		var err error
		if inquiry, err = d.api.inquiryOf(r.Context(), s.who, rid); err != nil {
			return err
		}
	}
	if err := d.api.take(r.Context(), s.who, inquiry); err != nil {
		return err
	}
	if t := d.tabs.of(r.Header.Get("X-Tab"), s); t != nil {
		t.mu.Lock()
		t.queue = true
		t.mu.Unlock()
		t.changed()
	}
	w.Header().Set("HX-Location", `{"path":"/desk/chat/`+rid+`","target":"#main","swap":"innerHTML"}`)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Desk) file(w http.ResponseWriter, r *http.Request, s *session) error {
	return d.giveFile(w, r, s.who, "")
}

// giveFile gives an upload out: as a picture when it is of a kind that runs
// nothing, and as an attachment otherwise, whatever it says it is.
func (d *Desk) giveFile(w http.ResponseWriter, r *http.Request, who who, rid string) error {
	link := "/file-upload/" + r.PathValue("id") + "/" + url.PathEscape(r.PathValue("name"))
	res, err := d.api.file(r.Context(), who, rid, link)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden: // the chat has gone to somebody else, or a guest's has ended
		http.Error(w, word("file.gone"), http.StatusForbidden)
		return nil
	default:
		http.Error(w, word("file.gone"), http.StatusNotFound)
		return nil
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	if pictures[kind] && r.URL.Query().Get("view") != "" {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", "inline")
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": r.PathValue("name")}))
	}
	_, err = io.Copy(w, res.Body)
	return err
}

package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// caller is somebody on a call page.
type caller struct {
	who  who
	csrf string
	name string
	rid  string
}

func (d *Desk) callRoutes(mux *http.ServeMux) {
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request, *caller) error{
		"GET /call/{rid}":         d.callPage,
		"GET /call/{rid}/events":  d.callEvents,
		"POST /call/{rid}/signal": d.callSignal,
	} {
		mux.HandleFunc(pattern, d.calling(h))
	}
}

// calling finds who calls: the agent who signed in here, or the guest of the chat.
func (d *Desk) calling(h func(http.ResponseWriter, *http.Request, *caller) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		c, err := d.caller(r)
		switch {
		case err != nil:
			d.fail(w, r, err)
			return
		case c == nil:
			w.WriteHeader(http.StatusForbidden)
			html(w, "call-closed", page{Title: word("call.title")})
			return
		case r.Method != http.MethodGet && !same(tokenOf(r), c.csrf):
			d.say(w, r, http.StatusForbidden, word("csrf"))
			return
		}
		if err := h(w, r, c); err != nil {
			d.fail(w, r, err)
		}
	}
}

// caller is nil when the room is nothing of the browser's.
func (d *Desk) caller(r *http.Request) (*caller, error) {
	rid := r.PathValue("rid")
	if !idForm.MatchString(rid) {
		return nil, nil
	}
	if s := d.sessions.of(r); s != nil && r.URL.Query().Get("as") != "guest" {
		if room, err := d.api.room(r.Context(), s.who, rid); err == nil && room.Open {
			return &caller{who: s.who, csrf: s.csrf, name: s.user.Title(), rid: rid}, nil
		}
	}
	token := cookie(r, guestCookie)
	if token == "" {
		return nil, nil
	}
	g, err := d.guestOf(r.Context(), token)
	if err != nil || g.rid != rid {
		return nil, err
	}
	return &caller{who: g.who(), csrf: csrfOf(token), name: g.name, rid: rid}, nil
}

// callView is the call page.
type callView struct {
	page
	RID          string
	Name         string
	Query        string // what the page's own requests say of who calls
	Video, Audio bool
}

func (d *Desk) callPage(w http.ResponseWriter, r *http.Request, c *caller) error {
	q := r.URL.Query()
	v := callView{page: page{Title: word("call.title"), CSRF: c.csrf}, RID: c.rid, Name: c.name, Video: q.Get("video") != "0", Audio: q.Get("audio") != "0"}
	if c.who.visitor != "" {
		v.Query = "?as=guest"
	}
	html(w, "call", v)
	return nil
}

// callSignal passes on what one browser tells the other.
func (d *Desk) callSignal(w http.ResponseWriter, r *http.Request, c *caller) error {
	var s struct {
		Kind string         `json:"kind"`
		Data map[string]any `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return &refusal{text: word("broken")}
	}
	params := []any{c.rid + "/webrtc", s.Kind, s.Data, map[string]any{"token": c.who.visitor}}
	var err error
	if c.who.visitor != "" {
		err = d.api.methodAnon(r.Context(), "stream-notify-room", params...)
	} else {
		err = d.api.method(r.Context(), c.who, "stream-notify-room", nil, params...)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// signals are those that a call page has yet to hear.
type signals struct {
	mu   sync.Mutex // guards all
	all  []event
	wake chan struct{}
}

func (s *signals) hear(e event) {
	s.mu.Lock()
	s.all = append(s.all, e)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *signals) take() []event {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// callEvents sends what the other browser tells, one JSON array an event.
func (d *Desk) callEvents(w http.ResponseWriter, r *http.Request, c *caller) error {
	ctx := r.Context()
	s := &signals{wake: make(chan struct{}, 1)}
	line, err := d.api.connect(ctx, s.hear)
	if err != nil {
		return err
	}
	defer line.close()
	if err := hearCall(ctx, line, c); err != nil {
		return err
	}
	out := newStream(w)
	fmt.Fprint(w, "event: ready\ndata: 1\n\n")
	out.rc.Flush()
	beat := time.NewTicker(silence)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-line.done:
			return nil
		case <-beat.C:
			if out.comment() != nil {
				return nil
			}
		case <-s.wake:
			for _, e := range s.take() {
				data, err := json.Marshal(e.args)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "data: %s\n\n", data)
			}
			if out.rc.Flush() != nil {
				return nil
			}
		}
	}
}

func hearCall(ctx context.Context, line *wire, c *caller) error {
	args := map[string]any{"useCollection": false, "args": []any{map[string]any{"token": c.who.visitor, "visitorToken": c.who.visitor}}}
	if c.who.visitor == "" {
		if err := line.login(ctx, c.who.token); err != nil {
			return err
		}
	}
	_, err := line.listen(ctx, "stream-notify-room", c.rid+"/webrtc", args)
	return err
}

// startCall invites the guest and takes the agent to the call.
func (d *Desk) startCall(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx, rid := r.Context(), r.PathValue("rid")
	app := d.callApp(ctx, s.who)
	if app.Missing != "" {
		return &refusal{text: app.Missing}
	}
	q := url.Values{"video": {flag(r, "video")}, "audio": {flag(r, "audio")}}
	here, link := "/call/"+rid+"?"+q.Encode(), base(r)+"/call/"+rid
	if !app.Own {
		link = strings.ReplaceAll(app.Link, "{room}", rid)
		here = link
	}
	if err := d.api.send(ctx, s.who, rid, word("call.invite", link)); err != nil {
		return err
	}
	if app.Own {
		http.Redirect(w, r, here, http.StatusSeeOther)
		return nil
	}
	w.Header().Set("Refresh", "1; url="+link)
	html(w, "call-away", away{page: page{Title: word("call.title")}, App: app.Name, Link: link})
	return nil
}

// away leads to a call in another app.
type away struct {
	page
	App, Link string
}

func flag(r *http.Request, name string) string {
	if r.FormValue(name) == "" {
		return "0"
	}
	return "1"
}

func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// csrfOf is what a guest's page shows of its secret, so that it proves that it is
// ours without telling it.
func csrfOf(token string) string {
	sum := sha256.Sum256([]byte("page of " + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// methodAnon calls a realtime method as nobody.
func (a *api) methodAnon(ctx context.Context, name string, params ...any) error {
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": name, "params": params})
	if err != nil {
		return err
	}
	return a.post(ctx, who{}, "method.callAnon/"+name, map[string]any{"message": string(message)}, nil)
}

// ear is what a guest's page hears.
type ear struct {
	g    *guest
	wake chan struct{}

	mu      sync.Mutex // guards what follows
	waiting []*message
	deleted []string
	typing  *string
	agent   bool // another agent, or none
}

// guestLog is what stands in a guest's page.
type guestLog struct {
	in   map[string]string // and how
	last *message
}

func (e *ear) hear(ev event) {
	e.mu.Lock()
	switch {
	case ev.stream == "stream-room-messages":
		if m := readMessage(ev.args); m != nil && !m.Hidden {
			e.waiting = append(e.waiting, m)
		}
	case ev.stream == "stream-livechat-room":
		e.agent = true
	case strings.HasSuffix(ev.name, "/deleteMessage"):
		var gone struct {
			ID string `json:"_id"`
		}
		if len(ev.args) > 0 && json.Unmarshal(ev.args[0], &gone) == nil {
			e.deleted = append(e.deleted, gone.ID)
		}
	default:
		name, on := readTyping(ev.args)
		if !on {
			name = ""
		}
		if name != e.g.name {
			e.typing = &name
		}
	}
	e.mu.Unlock()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// guestEvents sends what happens in a guest's chat until the browser goes away.
func (d *Desk) guestEvents(w http.ResponseWriter, r *http.Request, g *guest) error {
	if g.rid == "" { // the chat has ended while nobody listened
		newStream(w).send(r.Context(), []byte(stale))
		return nil
	}
	ctx := r.Context()
	e := &ear{g: g, wake: make(chan struct{}, 1)}
	line, err := d.api.connect(ctx, e.hear)
	if err != nil {
		return err
	}
	defer line.close()
	args := map[string]any{"useCollection": false, "args": []any{map[string]any{"token": g.token, "visitorToken": g.token}}}
	for _, s := range [][2]string{
		{"stream-room-messages", g.rid}, {"stream-livechat-room", g.rid},
		{"stream-notify-room", d.api.typingEvent(ctx, g.rid)}, {"stream-notify-room", g.rid + "/deleteMessage"},
	} {
		if _, err := line.listen(ctx, s[0], s[1], args); err != nil {
			if known(err) == nil { // the chat has ended meanwhile
				w.WriteHeader(http.StatusNoContent)
			}
			return known(err)
		}
	}
	shown := &guestLog{in: map[string]string{}}
	out := newStream(w)
	if err := d.catchUp(r, g, shown, out); err != nil {
		return nil // the browser comes again
	}
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
		case <-e.wake:
			if news := d.guestNews(r, e, shown); len(news) > 0 && out.send(ctx, news) != nil {
				return nil
			}
			if !rest(ctx, breath) {
				return nil
			}
		}
	}
}

// catchUp sends the whole list once, since something may have been said between the
// page and this.
func (d *Desk) catchUp(r *http.Request, g *guest, shown *guestLog, out stream) error {
	c, err := d.api.config(r.Context(), g.token)
	if err != nil {
		return err
	}
	t, err := d.talk(r, g, c)
	if err != nil {
		return err
	}
	for _, it := range t.Items {
		shown.in[it.ID] = it.state()
	}
	shown.last = t.last
	var b bytes.Buffer
	render(&b, "talk-whole", t)
	return out.send(r.Context(), b.Bytes())
}

func (d *Desk) guestNews(r *http.Request, e *ear, shown *guestLog) []byte {
	var b bytes.Buffer
	e.mu.Lock()
	waiting, deleted, typed, agent := e.waiting, e.deleted, e.typing, e.agent
	e.waiting, e.deleted, e.typing, e.agent = nil, nil, nil, false
	e.mu.Unlock()
	v := guestViewer(r, e.g)
	for _, m := range waiting {
		v.guestLine(&b, m, shown)
	}
	for _, id := range deleted {
		render(&b, "item-gone", "m-"+id)
	}
	if typed != nil {
		render(&b, "typing", typing{RID: e.g.rid, Name: *typed, OOB: true})
	}
	if agent {
		d.newAgent(r, e, &b)
	}
	return b.Bytes()
}

// guestLine is a message that is new, or changed, in a guest's page.
func (v viewer) guestLine(b *bytes.Buffer, m *message, shown *guestLog) {
	it := v.line(m, shown.last)
	if it == nil {
		return
	}
	if before, known := shown.in[it.ID]; known {
		it.Continue = before == continues
		it.OOB = "true"
		render(b, "item", it)
	} else {
		shown.in[it.ID], shown.last = it.state(), m
		render(b, "item-new", it)
	}
	if m.Type == "livechat-close" {
		render(b, "guest-over", over{RID: m.RID, Closer: m.U.Title(), OOB: true})
	}
}

// newAgent says who serves the guest now.
func (d *Desk) newAgent(r *http.Request, e *ear, b *bytes.Buffer) {
	c, err := d.api.config(r.Context(), e.g.token)
	if err != nil {
		d.log.Warn("guest's agent not read", "err", err)
		return
	}
	name := ""
	if c.Config.Agent != nil {
		name = c.Config.Agent.Title()
	}
	render(b, "guest-agent-new", name)
}

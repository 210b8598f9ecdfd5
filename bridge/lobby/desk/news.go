package desk

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// breath is the least time between two pieces of news: what comes meanwhile goes
// together.
const breath = 40 * time.Millisecond

// silence is after how long a listener hears that nothing happened.
const silence = 20 * time.Second

// stale has the browser load the page anew.
const stale = `<i id="stale" hx-swap-oob="true" data-stale="1" hidden></i>`

// events sends a tab's news until the browser goes away.
func (d *Desk) events(w http.ResponseWriter, r *http.Request, s *session) {
	t := d.tabs.of(r.URL.Query().Get("tab"), s)
	out := newStream(w)
	if t == nil || !t.attach() {
		out.send(r.Context(), []byte(stale))
		return
	}
	defer t.detach()
	t.changed()
	beat := time.NewTicker(silence)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-t.wire.done:
			return
		case <-beat.C:
			if out.comment() != nil {
				return
			}
		case <-t.wake:
			if news := t.news(r); len(news) > 0 && out.send(r.Context(), news) != nil {
				return
			}
			if !rest(r.Context(), breath) {
				return
			}
		}
	}
}

// rest waits; false means that the listener has gone.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stream writes server-sent events.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func newStream(w http.ResponseWriter) stream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := stream{w, http.NewResponseController(w)}
	s.rc.SetWriteDeadline(time.Time{}) // a server's limit on answers is not meant for these
	w.WriteHeader(http.StatusOK)
	s.rc.Flush()
	return s
}

// send writes an event named news.
func (s stream) send(_ context.Context, html []byte) error {
	var b bytes.Buffer
	b.WriteString("event: news\n")
	for line := range bytes.Lines(html) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	b.WriteByte('\n')
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return err
	}
	return s.rc.Flush()
}

func (s stream) comment() error {
	if _, err := fmt.Fprint(s.w, ": still here\n\n"); err != nil {
		return err
	}
	return s.rc.Flush()
}

// news are the parts of the page that changed since the last time.
func (t *tab) news(r *http.Request) []byte {
	var b bytes.Buffer
	ctx := r.Context()
	queue, status, frame, deeds := t.took()
	if err := t.countUnread(ctx); err != nil {
		t.d.log.Warn("unread messages not counted", "err", err)
	}
	t.mu.Lock()
	if t.stale {
		t.stale = false
		b.WriteString(stale)
	}
	t.newRows(&b)
	t.newMessages(&b, r)
	t.mu.Unlock()
	newest := ""
	if queue {
		newest = t.newQueue(ctx, &b)
	}
	t.newNotices(&b, newest)
	if status {
		t.newStatus(ctx, &b)
	}
	if frame != "" {
		t.newFrame(ctx, &b, frame)
	}
	if deeds != "" {
		t.newDeeds(ctx, &b, deeds)
	}
	return b.Bytes()
}

// took takes note of what has to be asked for.
func (t *tab) took() (queue, status bool, frame, deeds string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue, status = t.queue, t.status
	t.queue, t.status = false, false
	if o := t.open; o != nil && o.ready {
		if o.room {
			frame, o.room = o.rid, false
		}
		if o.deeds {
			deeds, o.deeds = o.rid, false
		}
	}
	return queue, status, frame, deeds
}

// newRows are the lines of the list of chats that changed.
func (t *tab) newRows(b *bytes.Buffer) {
	if len(t.rows) == 0 {
		return
	}
	teams := map[string]bool{}
	for rid := range t.rows {
		c := t.chats[rid]
		if c == nil {
			continue
		}
		teams[t.team(c)] = true
		t.newRow(b, c)
	}
	clear(t.rows)
	t.newCounts(b)
}

// newCounts are the numbers of unread messages that changed.
func (t *tab) newCounts(b *bytes.Buffer) {
	total := 0
	for id, n := range t.unread() {
		total += n
		if t.inPage[id] != n {
			t.inPage[id] = n
			render(b, "count", count{ID: id, N: n, OOB: true})
		}
	}
	if t.inPage[""] != total {
		t.inPage[""] = total
		render(b, "total", total)
	}
}

func (t *tab) newRow(b *bytes.Buffer, c *chat) {
	row := t.row(c)
	switch {
	case c.gone:
		delete(t.chats, c.RID)
		render(b, "row-gone", row)
	case c.placed:
		row.OOB = "true"
		render(b, "row", row)
	default:
		c.placed = true
		render(b, "row-gone", row)
		render(b, "row-new", row)
	}
}

// newMessages are what was said in the open chat, once its list is in the page.
func (t *tab) newMessages(b *bytes.Buffer, r *http.Request) {
	o := t.open
	if o == nil || !o.ready {
		return
	}
	v := t.d.viewer(t.session, r)
	for _, m := range o.waiting {
		it := v.line(m, o.last)
		if it == nil {
			continue
		}
		if before, known := o.shown[it.ID]; known {
			it.Continue = before == continues
			it.OOB = "true"
			render(b, "item", it)
			continue
		}
		o.shown[it.ID], o.last = it.state(), m
		render(b, "item-new", it)
	}
	o.waiting = nil
	for _, id := range o.deleted {
		render(b, "item-gone", "m-"+id)
	}
	o.deleted = nil
	if o.typing != nil {
		render(b, "typing", typing{RID: o.rid, Name: *o.typing, OOB: true})
		o.typing = nil
	}
}

// typing says who writes; nobody when Name is "".
type typing struct {
	RID, Name string
	OOB       bool
}

// newNotices are short notices in the page; of the queue they name who is newest in it.
func (t *tab) newNotices(b *bytes.Buffer, newest string) {
	const most = 3 // at once: nobody reads more
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.notices[max(0, len(t.notices)-most):] {
		text := n.Text
		if n.RID == "" {
			text = newest
		}
		if text != "" { // else who waited has been taken already
			render(b, "toast", toast{Kind: "chat", Title: n.Title, Text: text, RID: n.RID})
		}
	}
	t.notices = nil
}

// toast is a short notice in the page.
type toast struct{ Kind, Title, Text, RID string }

// newQueue is the queue, and who is newest in it.
func (t *tab) newQueue(ctx context.Context, b *bytes.Buffer) (newest string) {
	q, err := t.d.readQueue(ctx, t.session.who)
	if err != nil {
		t.d.log.Warn("queue not read", "err", err)
		return ""
	}
	var now bytes.Buffer
	q.OOB = true
	render(&now, "queue", q)
	t.mu.Lock()
	changed := now.String() != t.queueNow
	t.queueNow = now.String()
	t.mu.Unlock()
	if changed {
		b.Write(now.Bytes())
	}
	if len(q.Waiting) == 0 {
		return ""
	}
	last := q.Waiting[len(q.Waiting)-1]
	return strings.TrimSuffix(last.Name+" · "+last.Team, " · ")
}

func (t *tab) newStatus(ctx context.Context, b *bytes.Buffer) {
	s, err := t.d.readStatus(ctx, t.session)
	if err != nil {
		t.d.log.Warn("status not read", "err", err)
		return
	}
	s.OOB = true
	render(b, "status", s)
}

// newFrame is the head of the open chat and, when the agent can now do something
// else in it, its foot: not always, since a message may be half written there.
func (t *tab) newFrame(ctx context.Context, b *bytes.Buffer, rid string) {
	room, err := t.d.api.room(ctx, t.session.who, rid)
	var h head
	f := foot{RID: rid, Mode: looks, OOB: true}
	if err == nil {
		h, f, err = t.d.frame(ctx, t.session, room)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil || t.open.rid != rid {
		return
	}
	if err == nil {
		t.open.newHead(b, h)
	}
	if f.Mode != t.open.mode {
		f.OOB = true
		t.open.mode = f.Mode
		render(b, "foot", f)
	}
}

// newHead writes the head only when it is another: what somebody is about to click
// on should stay.
func (o *opened) newHead(b *bytes.Buffer, h head) {
	var now bytes.Buffer
	h.OOB = true
	render(&now, "head", h)
	if now.String() != o.head {
		o.head = now.String()
		b.Write(now.Bytes())
	}
}

// newDeeds are what Bellhop did in the open chat since, or what can be undone no more.
func (t *tab) newDeeds(ctx context.Context, b *bytes.Buffer, rid string) {
	list := t.d.deedsOf(ctx, rid)
	if len(list) == 0 {
		return
	}
	room, err := t.d.seenRoom(ctx, t.session.who, rid)
	if err != nil { // it is not the agent's any more
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.open
	if o == nil || o.rid != rid {
		return
	}
	for _, d := range list {
		it := deedLine(room, d)
		before, known := o.shown[it.ID]
		if known && before == it.state() {
			continue
		}
		o.shown[it.ID] = it.state()
		if known {
			it.OOB = "true"
			render(b, "item", it)
			continue
		}
		render(b, "item-new", it)
	}
}

// unread are the numbers by list of chats.
func (t *tab) unread() map[string]int {
	n := map[string]int{}
	for id := range t.teams {
		n[id] = 0
	}
	for _, c := range t.chats {
		if !c.gone {
			n[t.team(c)] += c.Unread
		}
	}
	return n
}

func (t *tab) total() int {
	n := 0
	for _, c := range t.chats {
		n += c.Unread
	}
	return n
}

// team is the list in which a chat stands.
func (t *tab) team(c *chat) string {
	switch {
	case c.T == "d":
		return "direct"
	case t.teams[c.Department]:
		return c.Department
	}
	return "other"
}

// count is the number of unread messages of a list.
type count struct {
	ID  string
	N   int
	OOB bool
}

// row is a chat in the list.
type row struct {
	chat
	Team    string
	Current bool
	OOB     string
}

func (t *tab) row(c *chat) row {
	return row{chat: *c, Team: t.team(c), Current: t.open != nil && t.open.rid == c.RID}
}

// list is the chats of one department.
type list struct {
	ID, Name string
	N        int
	Rows     []row
}

// lists are all chats, by department; within one the newest first.
func (t *tab) lists(teams []department) []list {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []list
	for _, d := range teams {
		if t.teams[d.ID] {
			all = append(all, list{ID: d.ID, Name: d.Name})
		}
	}
	all = append(all, list{ID: "other", Name: word("side.other")}, list{ID: "direct", Name: word("side.direct")})
	n := t.unread()
	for i := range all {
		all[i].N, t.inPage[all[i].ID] = n[all[i].ID], n[all[i].ID]
		for _, c := range t.chats {
			if t.team(c) == all[i].ID && !c.gone {
				c.placed = true
				all[i].Rows = append(all[i].Rows, t.row(c))
			}
		}
		slices.SortFunc(all[i].Rows, func(a, b row) int { return b.At.Compare(a.At) })
	}
	return all
}

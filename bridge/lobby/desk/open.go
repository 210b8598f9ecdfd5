package desk

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"
)

// latest is how many messages a page begins with; one that is to show an older one
// has more.
const latest = 200

// show makes a chat the one that the tab shows, and reads it. What is said
// meanwhile waits for the page.
func (t *tab) show(ctx context.Context, r *http.Request, rid string) (*conversation, error) {
	d := t.d
	t.leaveRoom()
	o := &opened{rid: rid, shown: map[string]string{}}
	t.mu.Lock()
	t.open = o
	t.mu.Unlock()
	for _, name := range []string{d.api.typingEvent(ctx, rid), rid + "/deleteMessage"} {
		if id, err := t.wire.listen(ctx, "stream-notify-room", name); err == nil { // refused for what only waits
			o.subs = append(o.subs, id)
		}
	}
	c, list, err := d.conversation(ctx, r, t.session, rid)
	if err != nil {
		t.leaveRoom()
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	o.mode = c.Foot.Mode
	o.newHead(new(bytes.Buffer), c.Head)
	o.placed(c.Items)
	for _, d := range c.deeds { // those above stand there when they are asked for
		if _, known := o.shown["deed-"+d.Key]; !known {
			o.shown["deed-"+d.Key] = ""
		}
	}
	if len(list) > 0 {
		o.last = list[len(list)-1]
	}
	return c, nil
}

// leaveRoom ends what is heard for the open chat alone.
func (t *tab) leaveRoom() {
	t.mu.Lock()
	o := t.open
	t.open = nil
	t.mu.Unlock()
	if o == nil {
		return
	}
	for _, id := range o.subs {
		t.wire.forget(id)
	}
}

// conversation reads a chat as an agent sees it.
func (d *Desk) conversation(ctx context.Context, r *http.Request, s *session, rid string) (*conversation, []*message, error) {
	room, err := d.seenRoom(ctx, s.who, rid)
	if err != nil {
		return nil, nil, err
	}
	want := latest
	if r.FormValue("at") != "" {
		want = most
	}
	list, err := d.api.history(ctx, s.who, rid, want)
	if err != nil {
		return nil, nil, err
	}
	c := &conversation{RID: rid, Earlier: above(rid, list, want), deeds: d.deedsOf(ctx, rid)}
	var first *message
	if c.Earlier != nil {
		first = list[0]
	}
	c.Items = d.viewer(s, r).lines(room, list, between(c.deeds, first, time.Time{}))
	if c.Head, c.Foot, err = d.frame(ctx, s, room); err != nil {
		return nil, nil, err
	}
	for _, m := range slices.Backward(list) {
		if m.Type == "livechat-close" {
			c.Foot.Closing = m.Msg
			break
		}
	}
	return c, list, nil
}

func (d *Desk) viewer(s *session, r *http.Request) viewer {
	return viewer{me: s.who.id, files: "/desk/file/", host: r.Host}
}

// frame is what stands above and below a conversation.
func (d *Desk) frame(ctx context.Context, s *session, r *room) (head, foot, error) {
	h := head{RID: r.ID, Direct: r.T == "d", Name: r.FName, Tags: r.Tags, Open: r.Open, OnHold: r.OnHold}
	f := foot{RID: r.ID, Mode: looks, Closed: !r.Open && r.T == "l", Uploads: true}
	if r.T == "d" {
		h.Name = other(r.Usernames, s.user.Username)
		f.Name, f.Mode = h.Name, writes
		return h, f, nil
	}
	h.Name = cmp.Or(h.Name, r.V.Title())
	f.Name = h.Name
	teams, err := d.api.departments(ctx, s.who)
	if err != nil {
		return h, f, err
	}
	for _, t := range teams {
		if t.ID == r.Department {
			h.Department = t.Name
		}
	}
	if r.ServedBy != nil {
		h.Agent = r.ServedBy.Title()
		h.Mine = r.Open && r.ServedBy.ID == s.who.id
	}
	h.Call = d.callApp(ctx, s.who)
	switch {
	case h.Mine:
		f.Mode = writes
	case r.Open && r.ServedBy == nil:
		f.Mode = takes
		f.Inquiry, err = d.api.inquiryOf(ctx, s.who, r.ID)
	}
	return h, f, err
}

package lobby

import (
	"slices"
	"testing"
)

// checkWorld looks for what must hold between any two requests.
func checkWorld(t *testing.T, w *world) {
	t.Helper()
	for _, r := range w.roomOrder {
		if w.rooms[r.ID] != r {
			t.Errorf("room %s is not the one of its id", r.ID)
		}
		checkMessages(t, w, r)
		if r.T == "l" {
			checkChat(t, w, r)
		}
	}
	for uid, mine := range w.subsByUser {
		for rid, s := range mine {
			if w.subs[rid][uid] != s || w.rooms[rid] == nil || w.users[uid] == nil {
				t.Errorf("membership %s of %s in %s hangs in the air", s.ID, uid, rid)
			}
		}
	}
	for h, k := range w.tokens {
		if h != k.Hash || w.users[k.UserID] == nil {
			t.Errorf("token %s is nobody's", h)
		}
	}
	for _, v := range w.visitors {
		if w.visitorByToken[v.Token] != v {
			t.Errorf("visitor %s is not found by its token", v.ID)
		}
	}
}

func checkMessages(t *testing.T, w *world, r *room) {
	t.Helper()
	for i, m := range r.log {
		if w.messages[m.ID] != m || m.RID != r.ID {
			t.Errorf("message %s of %s is not the one of its id", m.ID, r.ID)
		}
		if i > 0 && !m.TS.After(r.log[i-1].TS) {
			t.Errorf("message %s of %s is not after the one before", m.ID, r.ID)
		}
	}
	if r.LastID != "" && w.messages[r.LastID] == nil {
		t.Errorf("room %s ends with a message that is gone", r.ID)
	}
	for _, f := range w.byRoom[r.ID] {
		if w.uploads[f.ID] != f || len(f.data) != f.Size {
			t.Errorf("upload %s has %d of its %d bytes", f.ID, len(f.data), f.Size)
		}
	}
}

func checkChat(t *testing.T, w *world, r *room) {
	t.Helper()
	q := w.inquiryByRoom[r.ID]
	switch {
	case r.Open != (q != nil), r.Open != (w.openChats[r.ID] == r):
		t.Errorf("chat %s: open is %v, inquiry %v, in the list %v", r.ID, r.Open, q != nil, w.openChats[r.ID] == r)
	case q != nil && (w.inquiries[q.ID] != q || q.Department != r.Department):
		t.Errorf("chat %s: its inquiry is another's or of another department", r.ID)
	case q != nil && (q.Status == "taken") != (r.ServedBy != nil):
		t.Errorf("chat %s is %s but served is %v", r.ID, q.Status, r.ServedBy != nil)
	}
	members := w.members(r.ID)
	if want := r.Open && r.ServedBy != nil; want != (len(members) == 1) || want && members[0].U.ID != r.ServedBy.ID {
		t.Errorf("chat %s has %d members, served and open is %v", r.ID, len(members), want)
	}
	if r.Users != 1+len(members) {
		t.Errorf("chat %s counts %d people, has %d members", r.ID, r.Users, len(members))
	}
	if r.Open == !r.ClosedAt.IsZero() || r.Open == (r.Closer != "") {
		t.Errorf("chat %s: open is %v, closed at %v by %q", r.ID, r.Open, r.ClosedAt, r.Closer)
	}
	if !slices.Contains(w.roomsByVisitor[r.V.ID], r) {
		t.Errorf("chat %s is not among its guest's", r.ID)
	}
}

// snapshot is the whole world as the state file would keep it.
func snapshot(t *testing.T, w *world) []string {
	t.Helper()
	var lines []string
	w.each(func(e entity) {
		line, err := appendChanges(nil, w, nil, []entity{e})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	})
	slices.Sort(lines) // what counts is what there is
	return lines
}

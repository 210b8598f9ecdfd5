package lobby

import (
	"slices"
	"strings"
	"time"
)

func (t *tx) markRead(u *user, rid string) {
	if s := t.subs[rid][u.ID]; s != nil {
		s.LS, s.Alert, s.Unread, s.Mentions = t.now, false, 0, 0
		t.subShown(s)
	}
}

// subscription is a user's membership of a room.
type subscription struct {
	ID         string    `json:"_id"`
	RID        string    `json:"rid"`
	T          string    `json:"t"`
	Name       string    `json:"name,omitempty"`
	FName      string    `json:"fname"`
	U          person    `json:"u"`
	Alert      bool      `json:"alert"`
	Unread     int       `json:"unread"`
	Mentions   int       `json:"userMentions"`
	Department string    `json:"department,omitempty"`
	LS         time.Time `json:"ls"`
	LR         time.Time `json:"lr"` // when the user last answered in a thread
	UpdatedAt  time.Time `json:"_updatedAt"`
	V          extra     `json:"v,omitempty"`
}

func (s *subscription) doc() doc {
	d := doc{
		"_id": s.ID, "t": s.T, "fname": s.FName, "rid": s.RID, "u": s.U.short().doc(), "open": true, "alert": s.Alert,
		"unread": s.Unread, "userMentions": s.Mentions, "groupMentions": 0, "_updatedAt": s.UpdatedAt,
	}
	d.opt("ls", s.LS).opt("lr", s.LR).opt("name", s.Name)
	if s.T == "l" {
		d["v"] = map[string]any(s.V)
		d["desktopNotifications"], d["mobilePushNotifications"], d["emailNotifications"] = "all", "all", "all"
	}
	return d
}

func (w *world) addSub(s *subscription) {
	if w.subs[s.RID] == nil {
		w.subs[s.RID] = map[string]*subscription{}
	}
	if w.subsByUser[s.U.ID] == nil {
		w.subsByUser[s.U.ID] = map[string]*subscription{}
	}
	w.subs[s.RID][s.U.ID], w.subsByUser[s.U.ID][s.RID] = s, s
}

func (w *world) dropSub(s *subscription) {
	delete(w.subs[s.RID], s.U.ID)
	delete(w.subsByUser[s.U.ID], s.RID)
}

func (t *tx) subChanged(s *subscription) {
	s.UpdatedAt = t.now
	t.subShown(s)
}

// subShown stores and shows a membership whose date of change stays.
func (t *tx) subShown(s *subscription) {
	t.put(s)
	t.emit("stream-notify-user", s.U.ID+"/subscriptions-changed", func() any { return []any{"updated", s.doc()} })
}

// join makes the user a member of the chat.
func (t *tx) join(r *room, u *user) *subscription {
	s := &subscription{
		ID: newID(), RID: r.ID, T: r.T, FName: r.FName, U: u.person(), Alert: true, Unread: 1, Mentions: 1,
		Department: r.Department, UpdatedAt: t.now,
	}
	if r.T == "l" {
		v := r.V
		v.LastAt = time.Time{}
		s.V = extra(v.doc())
	}
	t.addSub(s)
	t.put(s)
	t.emit("stream-notify-user", u.ID+"/subscriptions-changed", func() any { return []any{"inserted", s.doc()} })
	return s
}

// leave ends the membership, and with it, maybe, what the user hears of the room.
func (t *tx) leave(r *room, s *subscription) {
	t.dropSub(s)
	t.remove(s)
	t.left[s.U.ID] = append(t.left[s.U.ID], deletion{ID: s.ID, At: t.now})
	t.s.fireWatches(s.U.ID, r.ID)
	gone := doc{"_id": s.ID, "u": s.U.short().doc(), "rid": s.RID}
	t.emit("stream-notify-user", s.U.ID+"/subscriptions-changed", func() any { return []any{"removed", gone} })
	r.Users--
	t.put(r)
}

// members of a room, in a fixed order.
func (w *world) members(rid string) []*subscription {
	list := make([]*subscription, 0, len(w.subs[rid]))
	for _, s := range w.subs[rid] {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *subscription) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// memberships of a user, in a fixed order.
func (w *world) memberships(uid string) []*subscription {
	list := make([]*subscription, 0, len(w.subsByUser[uid]))
	for _, s := range w.subsByUser[uid] {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *subscription) int { return strings.Compare(a.ID, b.ID) })
	return list
}

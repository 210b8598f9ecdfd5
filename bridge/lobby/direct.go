package lobby

import (
	"slices"
	"strings"
)

// directRoom is the direct messages of these people, made when there are none yet.
func (t *tx) directRoom(people ...*user) *room {
	ids := make([]string, 0, len(people))
	for _, u := range people {
		if !slices.Contains(ids, u.ID) {
			ids = append(ids, u.ID)
		}
	}
	slices.Sort(ids)
	id := strings.Join(ids, "")
	if r := t.rooms[id]; r != nil {
		for _, s := range t.members(id) {
			t.subChanged(s)
		}
		return r
	}
	r := &room{ID: id, T: "d", Users: len(ids), TS: t.now, LM: t.now, UpdatedAt: t.now}
	for _, uid := range ids {
		r.Members = append(r.Members, t.users[uid].person())
	}
	t.addRoom(r)
	t.put(r)
	for _, p := range r.Members {
		s := t.join(r, t.users[p.ID])
		s.Alert, s.Unread, s.Mentions = false, 0, 0
		s.Name, s.FName = r.others(p.ID)
		t.subChanged(s)
	}
	return r
}

// others are the usernames and names of everybody but one; for notes to
// oneself they are one's own.
func (r *room) others(uid string) (usernames, names string) {
	var u, n []string
	for _, p := range r.Members {
		if p.ID != uid || len(r.Members) == 1 {
			u, n = append(u, p.Username), append(n, p.Name)
		}
	}
	return strings.Join(u, ", "), strings.Join(n, ", ")
}

// imCreate is createDirectMessage: one username or several, with oneself.
func (t *tx) imCreate(me *user, usernames []string) (*room, error) {
	if !me.may("create-d") {
		return nil, meteor("error-not-allowed", "Not allowed", in("createDirectMessage"))
	}
	people := []*user{me}
	for _, name := range usernames {
		u := t.userByName[strings.TrimPrefix(strings.TrimSpace(name), "@")]
		if u == nil {
			return nil, meteor("error-invalid-user", "Invalid user", in("createDirectMessage"))
		}
		people = append(people, u)
	}
	return t.directRoom(people...), nil
}

// directOf finds a user's direct room by its id or by the other's username.
func (t *tx) directOf(u *user, roomID, username string) (*room, error) {
	if other := t.userByName[username]; roomID == "" && other != nil {
		return t.directRoom(u, other), nil
	}
	r := t.rooms[roomID]
	if r != nil && r.T != "d" {
		return nil, meteor("invalid-channel", "", nil)
	}
	if r == nil || t.subs[r.ID][u.ID] == nil {
		return nil, meteor("error-room-not-found", `The required "roomId" or "username" param provided does not match any direct message`, nil)
	}
	return r, nil
}

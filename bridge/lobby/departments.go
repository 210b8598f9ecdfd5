package lobby

import (
	"slices"
	"strings"
	"time"
)

// department is a team that chats are addressed to.
type department struct {
	ID          string    `json:"_id"`
	Name        string    `json:"name"`
	Enabled     bool      `json:"enabled"`
	Description string    `json:"description"`
	Email       string    `json:"email"`
	OnForm      bool      `json:"showOnRegistration"`
	OnOffline   bool      `json:"showOnOfflineForm"`
	TagRule     bool      `json:"tagRule"` // whether anything was ever said about tags
	NeedsTag    bool      `json:"requestTagBeforeClosingChat"`
	ClosingTags []string  `json:"chatClosingTags"`
	Members     []*member `json:"members"`
	UpdatedAt   time.Time `json:"_updatedAt"`
}

// member is an agent's place in a department. Count is how many chats routing
// has given to the agent there.
type member struct {
	ID        string    `json:"_id"`
	AgentID   string    `json:"agentId"`
	Username  string    `json:"username"`
	Count     int       `json:"count"`
	Order     int       `json:"order"`
	UpdatedAt time.Time `json:"_updatedAt"`
}

func (d *department) doc() doc {
	out := doc{
		"_id": d.ID, "enabled": d.Enabled, "name": d.Name, "description": d.Description,
		"showOnRegistration": d.OnForm, "showOnOfflineForm": d.OnOffline, "email": d.Email, "_updatedAt": d.UpdatedAt,
	}
	if d.TagRule {
		out["requestTagBeforeClosingChat"], out["chatClosingTags"] = d.NeedsTag, append([]string{}, d.ClosingTags...)
	}
	if n := len(d.Members); n > 0 {
		out["numAgents"] = n
	}
	return out
}

func (d *department) memberDoc(m *member) doc {
	return doc{
		"_id": m.ID, "agentId": m.AgentID, "departmentId": d.ID, "username": m.Username,
		"departmentEnabled": d.Enabled, "count": m.Count, "order": m.Order, "_updatedAt": m.UpdatedAt,
	}
}

// memberDocs lists the agents by name.
func (d *department) memberDocs() []doc {
	list := slices.Clone(d.Members)
	slices.SortFunc(list, func(a, b *member) int { return strings.Compare(a.Username, b.Username) })
	out := []doc{}
	for _, m := range list {
		out = append(out, d.memberDoc(m))
	}
	return out
}

func (d *department) member(userID string) *member {
	for _, m := range d.Members {
		if m.AgentID == userID {
			return m
		}
	}
	return nil
}

// isMember reports whether the user works in the department.
func (w *world) isMember(userID, departmentID string) bool {
	d := w.departments[departmentID]
	return d != nil && d.member(userID) != nil
}

// hasDepartment reports whether the user works in any.
func (w *world) hasDepartment(userID string) bool {
	return slices.ContainsFunc(w.deptOrder, func(d *department) bool { return d.member(userID) != nil })
}

// findDepartment looks by id, then by name.
func (w *world) findDepartment(key string) *department {
	if d := w.departments[key]; d != nil {
		return d
	}
	for _, d := range w.deptOrder {
		if d.Name == key {
			return d
		}
	}
	return nil
}

// departmentName is what facts call a department.
func (w *world) departmentName(id string) string {
	if d := w.departments[id]; d != nil {
		return d.Name
	}
	return ""
}

// onlineAgents are those who may be given a chat of the department, or any
// chat when it has none.
func (w *world) onlineAgents(departmentID string) []*user {
	var out []*user
	if departmentID == "" {
		for _, u := range w.userOrder {
			if u.available() {
				out = append(out, u)
			}
		}
		return out
	}
	d := w.departments[departmentID]
	if d == nil {
		return nil
	}
	for _, m := range d.Members {
		if u := w.users[m.AgentID]; u != nil && u.available() {
			out = append(out, u)
		}
	}
	return out
}

// nextAgent is whom automatic routing would choose: the one with the fewest
// chats so far, then by order, then by name. It counts the choice.
func (t *tx) nextAgent(departmentID string) *user {
	agents := t.onlineAgents(departmentID)
	if len(agents) == 0 {
		return nil
	}
	d := t.departments[departmentID]
	count := func(u *user) (int, int) {
		if d == nil {
			return t.counters["agent/"+u.ID], 0
		}
		m := d.member(u.ID)
		return m.Count, m.Order
	}
	best := slices.MinFunc(agents, func(a, b *user) int {
		ac, ao := count(a)
		bc, bo := count(b)
		if ac != bc {
			return ac - bc
		}
		if ao != bo {
			return ao - bo
		}
		return strings.Compare(a.Username, b.Username)
	})
	if d == nil {
		t.count("agent/" + best.ID)
		return best
	}
	d.member(best.ID).Count++
	t.put(d)
	return best
}

// requiredDepartment is where a guest without a department lands: the first
// that is enabled, shown on the form, and has somebody online.
func (w *world) requiredDepartment() string {
	for _, d := range w.deptOrder {
		if d.Enabled && d.OnForm && len(w.onlineAgents(d.ID)) > 0 {
			return d.ID
		}
	}
	return ""
}

// setMember puts an agent into a department, or takes it out.
func (t *tx) setMember(d *department, u *user, order int, on bool) {
	m := d.member(u.ID)
	action := "updated"
	switch {
	case on && m == nil:
		m = &member{ID: newID(), AgentID: u.ID, Username: u.Username, Order: order}
		d.Members = append(d.Members, m)
		action = "inserted"
	case on:
		m.Order = order
	case m == nil:
		return
	default:
		d.Members = slices.DeleteFunc(d.Members, func(x *member) bool { return x == m })
		action = "removed"
	}
	m.UpdatedAt, d.UpdatedAt = t.now, t.now
	t.put(d)
	t.memberChanged(d, m, action)
}

func (t *tx) memberChanged(d *department, m *member, action string) {
	t.emit("stream-notify-user", m.AgentID+"/departmentAgentData", func() any {
		return []any{doc{"action": action, "_id": m.ID, "agentId": m.AgentID, "departmentId": d.ID}}
	})
}

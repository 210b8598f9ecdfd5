package lobby

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// people are the accounts of a new workspace.
var people = []struct {
	username, name string
	roles          []string
}{
	{"admin", "Admin", []string{"admin"}},
	{"bot", "Bot", []string{"bot", "user", "livechat-manager", "livechat-agent"}},
	{"alice", "Alice", []string{"user", "livechat-agent"}},
	{"carol", "Carol", []string{"user", "livechat-agent"}},
	{"dave", "Dave", []string{"user", "livechat-agent"}},
}

// teams are its departments.
var teams = []struct {
	name   string
	agents []string
}{
	{"Sales", []string{"bot", "alice"}},
	{"Support", []string{"alice", "carol"}},
	{"Billing", []string{"alice", "carol"}},
	{"Empty", nil},
}

// populate adds whatever is missing and applies the options.
func (s *Server) populate(t *tx) error {
	for _, p := range people {
		if t.userByName[p.username] == nil {
			t.newUser(p.username, p.name, p.roles)
		}
	}
	t.dropDeadTokens()
	if err := s.assignRoles(t); err != nil {
		return err
	}
	for name, password := range s.opt.Passwords {
		u := t.userByName[name]
		if u == nil {
			return fmt.Errorf("password for %q: there is no such user", name)
		}
		u.Password = password
		t.put(u)
	}
	for _, team := range teams {
		if err := t.newDepartment(team.name, team.agents); err != nil {
			return err
		}
	}
	if err := s.moreDepartments(t); err != nil {
		return err
	}
	if err := s.demandTags(t); err != nil {
		return err
	}
	if s.opt.Routing != "" {
		method := routingMethods[s.opt.Routing]
		if method == "" {
			return fmt.Errorf("routing %q: use manual or auto", s.opt.Routing)
		}
		t.setSetting(setRouting, method)
	}
	for _, id := range sortedKeys(s.opt.Settings) {
		t.setSetting(id, s.opt.Settings[id])
	}
	for _, name := range s.opt.Online {
		u := t.userByName[name]
		if u == nil {
			return fmt.Errorf("online %q: there is no such user", name)
		}
		t.setConnection(u, "online")
		u.pinned = true
	}
	return nil
}

// assignRoles gives accounts the roles that the options say, and no others.
func (s *Server) assignRoles(t *tx) error {
	for _, name := range sortedKeys(s.opt.Roles) {
		u := t.userByName[name]
		if u == nil {
			return fmt.Errorf("roles of %q: there is no such user", name)
		}
		for _, role := range s.opt.Roles[name] {
			if _, known := roles[role]; !known {
				return fmt.Errorf("role %q of %s: use %s", role, name, strings.Join(sortedKeys(roles), ", "))
			}
		}
		for _, role := range sortedKeys(roles) {
			t.setRole(u, role, slices.Contains(s.opt.Roles[name], role))
		}
	}
	return nil
}

func (s *Server) demandTags(t *tx) error {
	for _, name := range s.opt.DemandTags {
		d := t.findDepartment(name)
		if d == nil {
			return fmt.Errorf("demand tags of %q: there is no such department", name)
		}
		d.NeedsTag, d.ClosingTags = true, nil
		t.put(d)
	}
	return nil
}

func (s *Server) moreDepartments(t *tx) error {
	var names []string
	for name := range s.opt.Departments {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := t.newDepartment(name, s.opt.Departments[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) newUser(username, name string, roles []string) {
	u := &user{
		ID: newID(), Username: username, Name: name, Email: username + "@example.com", Password: randomText(20), Roles: roles,
		Status: "offline", StatusDefault: "online", Connection: "offline", CreatedAt: t.now, UpdatedAt: t.now,
	}
	if slices.Contains(roles, "livechat-agent") {
		u.Livechat = "available"
	}
	t.addUser(u)
	t.put(u)
}

func (w *world) addUser(u *user) {
	u.grants = w.grants
	w.users[u.ID], w.userByName[u.Username] = u, u
	w.userOrder = append(w.userOrder, u)
}

// newDepartment makes a department unless there is one of the name.
func (t *tx) newDepartment(name string, agents []string) error {
	if t.findDepartment(name) != nil {
		return nil
	}
	d := &department{
		ID: newID(), Name: name, Enabled: true, Description: name + " team", Email: strings.ToLower(name) + "@example.com",
		OnForm: true, OnOffline: true, TagRule: true, UpdatedAt: t.now,
	}
	t.addDepartment(d)
	t.put(d)
	for i, username := range agents {
		u := t.userByName[username]
		if u == nil {
			return fmt.Errorf("department %s: there is no user %q", name, username)
		}
		t.setMember(d, u, i, true)
	}
	return nil
}

func (w *world) addDepartment(d *department) {
	w.departments[d.ID] = d
	w.deptOrder = append(w.deptOrder, d)
}

func (w *world) addField(f *customField) {
	if w.fields[f.ID] == nil {
		w.fieldOrder = append(w.fieldOrder, f.ID)
	}
	w.fields[f.ID] = f
}

// Accounts tell who can log in, and which departments there are.
type Accounts struct {
	Base        string            `json:"base"` // http://host:port
	Admin       Account           `json:"admin"`
	Bot         Account           `json:"bot"`
	Alice       Account           `json:"alice"`
	Carol       Account           `json:"carol"`
	Dave        Account           `json:"dave"`
	Departments map[string]string `json:"departments"` // ids by name
}

// Account is what one logs in with.
type Account struct {
	User     string `json:"user"`
	Password string `json:"password"`
	ID       string `json:"id"`
}

// Accounts returns the workspace's accounts for a client that reaches it at base.
func (s *Server) Accounts(base string) Accounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := func(name string) Account {
		u := s.world.userByName[name]
		return Account{User: u.Username, Password: u.Password, ID: u.ID}
	}
	a := Accounts{
		Base: base, Admin: account("admin"), Bot: account("bot"), Alice: account("alice"),
		Carol: account("carol"), Dave: account("dave"), Departments: map[string]string{},
	}
	for _, d := range s.world.deptOrder {
		a.Departments[d.Name] = d.ID
	}
	return a
}

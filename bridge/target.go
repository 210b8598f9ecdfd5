package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// destination is a target that exists.
type destination struct {
	target     sdk.Target
	department rest.Department // zero when only an agent is meant
	members    []rest.Member   // of the department; nil where they were not read yet
	agent      rest.User       // zero when only a department is meant
}

// move is the destination as a chat's history shows it.
func (d destination) move() rest.Transfer {
	m := rest.Transfer{}
	if d.department.ID != "" {
		m.ToDepartment = &d.department
	}
	if d.agent.ID != "" {
		m.ToAgent = &rest.Ref{ID: d.agent.ID, Username: d.agent.Username}
	}
	return m
}

// target is the target with this number; why says that there is no such.
func (a *attempt) target(ctx context.Context, n int, t sdk.Target) (d destination, why string, err error) {
	if n == 0 && a.first != nil {
		return *a.first, "", nil
	}
	return a.find(ctx, t)
}

// find makes sure that there is such a target; why says what is missing.
func (a *attempt) find(ctx context.Context, t sdk.Target) (d destination, why string, err error) {
	d.target = t
	if t.IsZero() {
		return d, "a forward needs a department or an agent", nil
	}
	if t.Department != "" {
		if why, err = a.findDepartment(ctx, t.Department, &d); why != "" || err != nil {
			return d, why, err
		}
	}
	if t.Agent != "" {
		d.agent, err = a.rest.UserNamed(ctx, agentName(t))
		switch {
		case errors.Is(err, rest.ErrNotFound):
			return d, "there is no agent @" + agentName(t), nil
		case err == nil && d.agent.ID == a.by.ID:
			return d, "@" + agentName(t) + " is Bellhop's own account: nobody would answer", nil
		}
	}
	return d, "", err
}

// findDepartment finds it by id, by name, or by name whatever the case. Where
// we think to know its id, that one department is read instead of all.
func (a *attempt) findDepartment(ctx context.Context, name string, d *destination) (why string, err error) {
	if id := a.names.idOf(name); id != "" {
		d.department, d.members, err = a.rest.Department(ctx, id)
		if err == nil && (d.department.ID == name || d.department.Name == name) {
			return disabled(d.department, name), nil
		}
	}
	d.members = nil
	all, err := a.rest.Departments(ctx)
	if err != nil {
		return "", fmt.Errorf("find department %s: %w", name, err)
	}
	names := make([]string, len(all))
	for i := range all {
		a.names.hear(&all[i])
		names[i] = all[i].Name
	}
	for _, same := range sameDepartment {
		if n := slices.IndexFunc(all, func(d rest.Department) bool { return same(d, name) }); n >= 0 {
			d.department = all[n]
			return disabled(all[n], name), nil
		}
	}
	return clip(fmt.Sprintf("there is no department %s (there are %s)", name, strings.Join(names, ", ")), maxShort), nil
}

// sameDepartment are the ways in which a name means a department, the surest
// first.
var sameDepartment = []func(rest.Department, string) bool{
	func(d rest.Department, name string) bool { return d.ID == name },
	func(d rest.Department, name string) bool { return d.Name == name },
	func(d rest.Department, name string) bool { return strings.EqualFold(d.Name, name) },
}

func disabled(d rest.Department, name string) (why string) {
	if d.Enabled {
		return ""
	}
	return "department " + name + " is disabled"
}

// isThere reports whether a forward would move nothing.
func isThere(r rest.Room, d destination) bool {
	if d.department.ID != "" && r.DepartmentID != d.department.ID {
		return false
	}
	return d.agent.ID == "" || r.ServedBy != nil && r.ServedBy.ID == d.agent.ID
}

// nobodyAt says that no person is at the department; "" when somebody is, or
// nobody knows. The server would take the chat from its agent before it finds
// out. Of a single agent it asks first by itself.
func (a *attempt) nobodyAt(ctx context.Context, d destination) string {
	if d.agent.ID != "" || d.department.Offline {
		return ""
	}
	members, err := d.members, error(nil)
	if members == nil {
		if _, members, err = a.rest.Department(ctx, d.department.ID); err != nil {
			return ""
		}
	}
	if a.agents == nil && a.unseen == nil {
		a.agents, a.unseen = a.rest.Agents(ctx)
	}
	if a.unseen != nil || members == nil {
		return ""
	}
	for _, u := range a.agents {
		present := available(u) && u.ID != a.by.ID
		if present && slices.ContainsFunc(members, func(m rest.Member) bool { return m.AgentID == u.ID }) {
			return ""
		}
	}
	return "nobody is online in " + d.target.String()
}

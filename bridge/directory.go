package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// directory is what was learned lately of departments, agents and contacts.
type directory struct {
	departments recall[[]rest.Department]
	agents      recall[[]rest.User]
	members     recall[[]rest.Member] // by department
	contacts    recall[sdk.Contact]   // by chat
	hours       recall[rest.BusinessHour]
}

// Departments are all departments, by name, without what goes on in them. They
// are as they were 15 seconds ago at most, and so are Agents.
func (b *Bridge) Departments(ctx context.Context) ([]sdk.DepartmentInfo, error) {
	all, err := b.directory.departments.of(ctx, "", b.rest.Departments)
	if err != nil {
		return nil, fmt.Errorf("list departments: %w", err)
	}
	found := []sdk.DepartmentInfo{}
	for _, d := range all {
		b.names.hear(&d)
		found = append(found, sdk.DepartmentInfo{ID: d.ID, Name: cleanLine(d.Name), Enabled: d.Enabled})
	}
	slices.SortFunc(found, func(a, b sdk.DepartmentInfo) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return found, nil
}

// Agents are the agents of a department, by its name or id, or all of them; by
// username. Our own account, which serves nobody, is left out.
func (b *Bridge) Agents(ctx context.Context, department string) ([]sdk.AgentInfo, error) {
	of, err := b.membersOf(ctx, department)
	if err != nil {
		return nil, fmt.Errorf("list agents of %s: %w", department, err)
	}
	all, err := b.directory.agents.of(ctx, "", b.rest.Agents)
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	me, err := b.self(ctx)
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	found := []sdk.AgentInfo{}
	for _, u := range all {
		if u.ID == me.ID || department != "" && !slices.ContainsFunc(of, func(m rest.Member) bool { return m.AgentID == u.ID }) {
			continue
		}
		found = append(found, sdk.AgentInfo{ID: u.ID, Username: u.Username, Name: cleanLine(u.Name), Status: u.Status, Available: available(u)})
	}
	slices.SortFunc(found, func(a, b sdk.AgentInfo) int { return cmp.Compare(a.Username, b.Username) })
	return found, nil
}

// Tags are the names on the workspace's list of tags, as far as our account may see
// them; none where the workspace has no list, as in the free edition, and any tag
// is as good as another.
func (b *Bridge) Tags(ctx context.Context) ([]string, error) {
	all, err := b.rest.Tags(ctx)
	switch {
	case errors.Is(err, rest.ErrNoCall), errors.Is(err, rest.ErrRefused), errors.Is(err, rest.ErrForbidden), errors.Is(err, rest.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list tags: %w", err)
	}
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names, nil
}

// available reports whether the server gives the agent chats.
func available(u rest.User) bool {
	return u.Status != "" && u.Status != "offline" && u.Livechat != "not-available"
}

// membersOf are the agents of a department, by id or name.
func (b *Bridge) membersOf(ctx context.Context, department string) ([]rest.Member, error) {
	if department == "" {
		return nil, nil
	}
	all, err := b.Departments(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range all {
		if names = append(names, d.Name); d.ID == department || strings.EqualFold(d.Name, department) {
			return b.directory.members.of(ctx, d.ID, func(ctx context.Context) ([]rest.Member, error) {
				_, members, err := b.rest.Department(ctx, d.ID)
				if err == nil && members == nil {
					err = errors.New("the server does not tell them: the account needs view-livechat-departments")
				}
				return members, err
			})
		}
	}
	return nil, errors.New(clip(fmt.Sprintf("there is no such department (there are %s)", strings.Join(names, ", ")), maxShort))
}

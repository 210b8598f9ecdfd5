package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// register is what the workspace has, for instances to name.
type register interface {
	Departments(ctx context.Context) ([]sdk.DepartmentInfo, error)
	Agents(ctx context.Context, department string) ([]sdk.AgentInfo, error)
	Tags(ctx context.Context) ([]string, error) // none where there is no list of tags
}

// naming is a department, an agent or a tag that an instance's file names.
type naming struct {
	path string // in the file, such as settings.rules[0].to
	sdk.Target
	tag string
}

// tagNames are the names of settings whose texts are tags, in any plugin.
var tagNames = []string{"tag", "tags"}

// namings are all that an instance's settings and grants name.
func namings(i host.Instance) (all []naming) {
	for n, d := range i.Grants.Departments {
		all = append(all, naming{path: fmt.Sprintf("grants.departments[%d]", n), Target: sdk.Target{Department: d}})
	}
	for n, tag := range i.Grants.Tags {
		all = append(all, naming{path: fmt.Sprintf("grants.tags[%d]", n), tag: tag})
	}
	schema := script.Check(i.Sources).Settings
	schema.Each("Target", i.Settings, func(path string, value json.RawMessage) {
		var t sdk.Target
		if json.Unmarshal(value, &t) == nil {
			t.Department = cmp.Or(t.LeastBusy, t.Department)
			all = append(all, naming{path: "settings." + path, Target: t})
		}
	})
	schema.Each("Rule", i.Settings, func(path string, value json.RawMessage) {
		var r sdk.Rule
		if json.Unmarshal(value, &r) == nil {
			all = append(all, conditions("settings."+path, r)...)
		}
	})
	schema.EachText(tagNames, i.Settings, func(path, tag string) {
		all = append(all, naming{path: "settings." + path, tag: tag})
	})
	return all
}

// conditions are the departments that a rule asks for.
func conditions(path string, r sdk.Rule) (all []naming) {
	for _, d := range r.Department {
		if d != "none" {
			all = append(all, naming{path: path + ".department", Target: sdk.Target{Department: d}})
		}
	}
	return all
}

// roster is what the workspace has that can be named.
type roster struct {
	departments []sdk.DepartmentInfo
	agents      []sdk.AgentInfo
	tags        []string // none: any will do
}

func (r *roster) read(ctx context.Context, from register) error {
	var errs [3]error
	r.departments, errs[0] = from.Departments(ctx)
	r.agents, errs[1] = from.Agents(ctx, "")
	r.tags, errs[2] = from.Tags(ctx)
	return errors.Join(errs[:]...)
}

// doubts say which of what is named the workspace does not have.
func (r *roster) doubts(all []naming) (lines []string) {
	for _, n := range all {
		for _, doubt := range []func(naming) string{r.doubtDepartment, r.doubtAgent, r.doubtTag} {
			if why := doubt(n); why != "" {
				lines = append(lines, n.path+": "+why)
			}
		}
	}
	return lines
}

func (r *roster) doubtDepartment(n naming) string {
	if n.Department == "" {
		return ""
	}
	var names []string
	for _, d := range r.departments {
		if d.ID == n.Department || strings.EqualFold(d.Name, n.Department) {
			if d.Enabled {
				return ""
			}
			return fmt.Sprintf("department %q is not enabled: no chat goes to it", n.Department)
		}
		names = append(names, d.Name)
	}
	return fmt.Sprintf("the workspace has no department %q%s", n.Department, meant(n.Department, names))
}

func (r *roster) doubtAgent(n naming) string {
	var users []string
	for _, a := range r.agents {
		users = append(users, a.Username)
	}
	if n.Agent == "" || slices.Contains(users, n.Agent) {
		return ""
	}
	return fmt.Sprintf("the workspace has no agent %q%s", n.Agent, meant(n.Agent, users))
}

// doubtTag speaks of what the list shows to our account, which may see less than
// there is.
func (r *roster) doubtTag(n naming) string {
	if n.tag == "" || len(r.tags) == 0 || slices.Contains(r.tags, n.tag) {
		return ""
	}
	return fmt.Sprintf("tag %q is not on the workspace's list of tags, as far as Bellhop's account sees it%s", n.tag, meant(n.tag, r.tags))
}

func meant(word string, known []string) string {
	if near := text.Closest(word, known); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// targets compare what instances name with what the workspace has.
type targets struct {
	host *host.Host
	at   register
	log  *slog.Logger
	told map[string][]string // by instance
}

const (
	targetsEvery = time.Minute     // since the workspace may change
	targetsLook  = 2 * time.Second // for instances that have changed; the first time after the start, which has enough to do
)

// run compares again and again, since both sides change, until ctx ends.
func (t targets) run(ctx context.Context) {
	t.told = map[string][]string{}
	var was uintptr
	var at time.Time
	for pause(ctx, targetsLook) == nil {
		now := reflect.ValueOf(t.host.Instances()).Pointer() // another map when one has changed
		if now == was && time.Since(at) < targetsEvery {
			continue
		}
		was, at = now, time.Now()
		if err := t.compare(ctx); err != nil && ctx.Err() == nil {
			t.log.Debug("compare what instances name with the workspace: it is tried again", "err", err)
			was = 0
		}
	}
}

func (t targets) compare(ctx context.Context) error {
	named := map[string][]naming{}
	some := false
	for name, i := range t.host.Instances() {
		if i.Mode == host.Off {
			continue
		}
		named[name] = namings(i)
		some = some || len(named[name]) > 0
	}
	if !some {
		return nil // nothing is asked of the server for nothing
	}
	var has roster
	if err := has.read(ctx, t.at); err != nil {
		return err
	}
	for name, all := range named {
		lines := has.doubts(all)
		t.host.Doubt(name, lines)
		for _, line := range lines {
			if !slices.Contains(t.told[name], line) {
				t.log.Error("an instance names what the workspace does not have: correct its file, or the workspace", "instance", name, "err", line)
			}
		}
		t.told[name] = lines
	}
	return nil
}

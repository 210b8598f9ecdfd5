package main

import (
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
}

// naming is a department or an agent that an instance's file names.
type naming struct {
	path string // in the file, such as settings.rules[0].to
	sdk.Target
}

// namings are all that an instance's settings and grants name.
func namings(i host.Instance) (all []naming) {
	for n, d := range i.Grants.Departments {
		all = append(all, naming{fmt.Sprintf("grants.departments[%d]", n), sdk.Target{Department: d}})
	}
	schema := script.Check(i.Sources).Settings
	schema.Each("Target", i.Settings, func(path string, value json.RawMessage) {
		var t sdk.Target
		if json.Unmarshal(value, &t) == nil {
			all = append(all, naming{"settings." + path, t})
		}
	})
	schema.Each("Rule", i.Settings, func(path string, value json.RawMessage) {
		var r sdk.Rule
		if json.Unmarshal(value, &r) == nil {
			all = append(all, conditions("settings."+path, r)...)
		}
	})
	return all
}

// conditions are the departments that a rule asks for.
func conditions(path string, r sdk.Rule) (all []naming) {
	for _, d := range r.Department {
		if d != "none" {
			all = append(all, naming{path + ".department", sdk.Target{Department: d}})
		}
	}
	return all
}

// doubts say which of what is mentioned the workspace does not have.
func doubts(all []naming, departments []sdk.DepartmentInfo, agents []sdk.AgentInfo) (lines []string) {
	var names, users []string
	for _, d := range departments {
		names = append(names, d.Name)
	}
	for _, a := range agents {
		users = append(users, a.Username)
	}
	for _, m := range all {
		if m.Department != "" {
			at := slices.IndexFunc(departments, func(d sdk.DepartmentInfo) bool {
				return d.ID == m.Department || strings.EqualFold(d.Name, m.Department)
			})
			switch {
			case at < 0:
				lines = append(lines, fmt.Sprintf("%s: the workspace has no department %q%s", m.path, m.Department, meant(m.Department, names)))
			case !departments[at].Enabled:
				lines = append(lines, fmt.Sprintf("%s: department %q is not enabled: no chat goes to it", m.path, m.Department))
			}
		}
		if m.Agent != "" && !slices.Contains(users, m.Agent) {
			lines = append(lines, fmt.Sprintf("%s: the workspace has no agent %q%s", m.path, m.Agent, meant(m.Agent, users)))
		}
	}
	return lines
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
	departments, err := t.at.Departments(ctx)
	agents, missing := t.at.Agents(ctx, "")
	if err := errors.Join(err, missing); err != nil {
		return err
	}
	for name, all := range named {
		lines := doubts(all, departments, agents)
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

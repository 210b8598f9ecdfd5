package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// ownEvents come of what a plugin does itself, or has been done to it: no manifest
// need name them.
var ownEvents = []sdk.EventKind{sdk.EventTimer, sdk.EventResult, sdk.EventEnabled, sdk.EventDisabled}

// agrees says where a plugin's manifest and its source do not go together. The
// notes are what is odd and no fault.
func agrees(s source, w host.Worker) (notes []string, err error) {
	var faults []error
	report := script.Check(s.files)
	used := report.Uses
	asked := append(slices.Clone(s.Needs.Effects), s.Needs.Reads...)
	for _, kind := range used {
		if !slices.Contains(asked, kind) && !script.MayLack(kind) {
			faults = append(faults, fmt.Errorf("plugin.yaml: needs.%s: it uses %s and does not ask for it: add it", listOf(kind), kind))
		}
	}
	for _, kind := range asked {
		if !slices.Contains(used, kind) && !(report.Matches && slices.Contains(rule.Reads, kind)) {
			notes = append(notes, fmt.Sprintf("plugin.yaml: needs.%s: it asks for %s and never uses it: take it out", listOf(kind), kind))
		}
	}
	for _, kind := range w.Handles() {
		if s.Events != nil && !slices.Contains(s.Events, string(kind)) && !slices.Contains(ownEvents, kind) {
			faults = append(faults, fmt.Errorf("plugin.yaml: events: it has a handler for %s, which would never be called: add it", kind))
		}
	}
	for _, kind := range s.Events {
		if !slices.Contains(w.Handles(), sdk.EventKind(kind)) {
			notes = append(notes, fmt.Sprintf("plugin.yaml: events: it asks for %s and has no handler for it: take it out", kind))
		}
	}
	return notes, errors.Join(faults...)
}

func listOf(kind string) string {
	if slices.Contains(sdk.ReadKinds, kind) {
		return "reads"
	}
	return "effects"
}

// unplayed names departments of the manifest that no conversation of the plugin has.
func unplayed(dir string, s source) (notes []string) {
	files, err := conversationFiles(dir)
	if err != nil {
		return nil
	}
	var all strings.Builder
	for _, name := range files {
		text, _ := os.ReadFile(name)
		if f, err := convo.Parse(name, text); err == nil {
			played(&all, f)
		}
	}
	i := instance(s, config.Instance{Plugin: s.ID, Grants: s.Needs})
	for _, n := range namings(i) {
		if n.Department != "" && !strings.Contains(all.String(), "\n"+n.Department+"\n") && !strings.Contains(all.String(), n.Department+" ") {
			notes = append(notes, fmt.Sprintf("plugin.yaml: %s: no conversation has the department %s", strings.NewReplacer("settings.", "defaults.", "grants.", "needs.").Replace(n.path), n.Department))
		}
	}
	return notes
}

// played adds the departments that a file has, a line each, and its effects.
func played(all *strings.Builder, f *convo.File) {
	for _, c := range f.Chats {
		for _, s := range c.Steps {
			fmt.Fprintf(all, "\n%s\n%s\n", s.Department(), s.Target.Department)
		}
	}
	for _, e := range f.Effects {
		all.WriteString(e.Text + " \n")
	}
}

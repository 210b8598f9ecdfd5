package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// reach is what of a plugin conversations have reached.
type reach struct {
	mu       sync.Mutex      // guards what follows
	handlers map[string]bool // what there is, and whether it was called
	rules    map[string]bool // what was tried, and whether it ever held
}

func newReach() *reach { return &reach{handlers: map[string]bool{}, rules: map[string]bool{}} }

// over starts workers as start does, and sees what they are given.
func (r *reach) over(start host.Start) host.Start {
	return func(ctx context.Context, o worker.Options) (host.Worker, error) {
		w, err := start(ctx, o)
		if err != nil {
			return nil, err
		}
		r.note(false, handlersOf(w)...)
		return seen{w, r}, nil
	}
}

// seen is a worker whose events are noted.
type seen struct {
	host.Worker
	reach *reach
}

// Send notes the event.
func (s seen) Send(d worker.Deliver) error {
	err := s.Worker.Send(d)
	if err == nil {
		s.reach.note(true, handlerOf(d.Call.Event, s.Worker.Offers()))
	}
	return err
}

func (r *reach) note(called bool, names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range names {
		if _, there := r.handlers[n]; there || !called {
			r.handlers[n] = r.handlers[n] || called
		}
	}
}

// tried notes the rules that were tried.
func (r *reach) tried(rules map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, held := range rules {
		r.rules[name] = r.rules[name] || held
	}
}

// handlersOf are the handlers of a plugin, as its author wrote them.
func handlersOf(w host.Worker) (all []string) {
	for _, kind := range w.Handles() {
		if !slices.Contains([]sdk.EventKind{sdk.EventTimer, sdk.EventCommand, sdk.EventSchedule, sdk.EventWebhook}, kind) {
			all = append(all, handlerOf(sdk.Event{Kind: kind}, sdk.Offers{}))
		}
	}
	o := w.Offers()
	for _, c := range o.Commands {
		all = append(all, verb("OnCommand", c.Name))
	}
	for v, names := range map[string][]string{"OnTimer": o.Timers, "Every": o.Schedules, "OnWebhook": o.Webhooks, "Migrate": o.Migrates} {
		for _, name := range names {
			all = append(all, verb(v, name))
		}
	}
	return all
}

func verb(name, of string) string { return fmt.Sprintf("p.%s(%q)", name, of) }

// handlerOf is the handler that the event calls.
func handlerOf(e sdk.Event, o sdk.Offers) string {
	switch e.Kind {
	case sdk.EventTimer:
		return verb("OnTimer", sdk.Closest(e.Timer, o.Timers))
	case sdk.EventCommand:
		return verb("OnCommand", e.Command.Name)
	case sdk.EventSchedule:
		return verb("Every", e.Schedule)
	case sdk.EventWebhook:
		return verb("OnWebhook", e.Webhook.Path)
	case sdk.EventUpgraded:
		return verb("Migrate", sdk.Closest(e.From, o.Migrates))
	case sdk.EventEnabled:
		return "p.OnEnable"
	case sdk.EventDisabled:
		return "p.OnDisable"
	}
	return "p.On" + strings.ToUpper(string(e.Kind[:1])) + string(e.Kind[1:])
}

// tell names what no conversation has reached.
func (r *reach) tell(out io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	missing := func(what string, all map[string]bool) {
		names := slices.Sorted(maps.Keys(all))
		names = slices.DeleteFunc(names, func(n string) bool { return all[n] })
		if len(names) > 0 {
			fmt.Fprintf(out, "%s: %s\n", what, strings.Join(names, ", "))
		}
	}
	missing("no conversation calls", r.handlers)
	missing("rules that hold in no conversation", r.rules)
}

package host

import (
	"context"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tells reports whether the instance wants to know how its effects end. Of one
// that has not started since the host has, nobody knows.
func (h *Host) tells(name string) bool {
	i := h.instance(name)
	if i == nil {
		return false
	}
	handles := i.wants.Load()
	return handles == nil || (*handles)[sdk.EventResult]
}

// forbids says why the instance, as it is set up now, must not have the effect
// carried out; "" when it may. Asked says that somebody has allowed it.
func (h *Host) forbids(e bridge.Effect, asked bool) string {
	if e.Instance == store.Self {
		return ""
	}
	mode, grants := Off, Grants{}
	if i := h.instance(e.Instance); i != nil {
		mode, grants = i.spec.mode(), i.spec.Grants
	}
	switch {
	case !mode.acts():
		return "mode is " + string(mode) + " now"
	case mode == Confirm && !asked && needsConsent(e):
		return "mode is confirm now, and nobody was asked"
	}
	if i := h.instance(e.Instance); i != nil && i.parts.Load() && !isParting(e.Event) {
		return "the instance is being switched off"
	}
	if why := grants.refuse(e.Effect); why != "" {
		return "not granted any more: " + why
	}
	return ""
}

// Reload makes instances what they are to be from now on, one after another:
// new ones start, those that are gone stop, those that have changed are swapped.
// An instance whose new plugin does not load keeps the old one, and the error
// says so; the others are reloaded all the same.
func (h *Host) Reload(ctx context.Context, instances map[string]Instance) error {
	h.reloading.Lock()
	defer h.reloading.Unlock()
	return h.reload(ctx, instances)
}

// Report is how an effect ended.
type Report struct {
	Effect  bridge.Effect
	Outcome sdk.Outcome
	Visitor string // the guest's name
}

// What says in a few words what was to be done, such as "forward Billing".
func (r Report) What() string {
	if says := kinds[r.Effect.Kind].says; says != nil {
		return strings.TrimSpace(fmt.Sprintf("%s %s", r.Effect.Kind, says(r.Effect.Effect)))
	}
	return string(r.Effect.Kind)
}

// Watch calls fn with the outcome of every effect, also of one that was only
// recorded, once it is on disk. Fn must not wait. The function that is returned
// ends it.
func (h *Host) Watch(fn func(Report)) (stop func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watches++
	n := h.watches
	h.watchers[n] = fn
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, n)
	}
}

// report tells the watchers.
func (h *Host) report(e bridge.Effect, o sdk.Outcome) {
	h.log.Debug("effect", "instance", e.Instance, "effect", e.Key, "chat", e.Chat, "outcome", o.State, "err", o.Reason)
	h.mu.Lock()
	var told []func(Report)
	for _, fn := range h.watchers {
		told = append(told, fn)
	}
	h.mu.Unlock()
	if len(told) == 0 {
		return
	}
	known, err := h.store.Chat(e.Chat)
	if err != nil {
		h.log.Error("read chat", "chat", e.Chat, "err", err)
	}
	for _, fn := range told {
		fn(Report{Effect: e, Outcome: o, Visitor: visitorName(&known.Chat)})
	}
}

package host

import (
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxDepth is the longest chain of causes that plugins see.
const maxDepth = 5

// attribute fills in which of our effects brought the event about, and how
// long the chain of effects behind it is.
func (h *Host) attribute(e *bridge.Event) error {
	if e.Cause == "" {
		e.Cause = h.causeOf(e)
	}
	if e.Cause == "" || e.Depth > 0 {
		return nil
	}
	_, answered, _ := splitKey(e.Cause)
	entry, err := h.store.EntryOf(answered)
	if err != nil {
		return err
	}
	e.Depth = 1
	if entry != nil {
		e.Depth = entry.Event.Depth + 1
	}
	return nil
}

func (h *Host) causeOf(e *bridge.Event) sdk.EffectKey {
	if key := h.told(e); key != "" {
		return key
	}
	switch {
	case e.Kind == sdk.EventMessage && e.Message != nil && e.Message.From != sdk.Guest:
		return h.ours(string(e.Message.ID))
	case e.Kind == sdk.EventForwarded && e.Forwarding != nil && e.Forwarding.Ours:
		return h.ours(store.Moved(e.Chat))
	case e.Kind == sdk.EventClosed && !e.Picture.Closing.ByVisitor:
		return h.ours(store.Ended(e.Chat))
	}
	return ""
}

// told is the effect of which the event tells without saying who did it, or who
// asked for it: one that is under way in the chat, or one whose outcome names
// the event.
func (h *Host) told(e *bridge.Event) sdk.EffectKey {
	tells := telling(e)
	if !slices.ContainsFunc(sdk.EffectKinds, func(k sdk.EffectKind) bool { return slices.Contains(kinds[k].tells, tells) }) {
		return ""
	}
	if key := h.outbox.ours(toldOf(tells, e.Chat)); key != "" {
		return key
	}
	return h.store.Ours(string(e.ID))
}

// telling is what the event tells of, as rows of kinds have it.
func telling(e *bridge.Event) string {
	if e.Forwarding != nil && e.Forwarding.ToQueue {
		return "queue"
	}
	return string(e.Kind)
}

// toldOf is the trace of an effect under way in a chat.
func toldOf(tells string, chat sdk.ChatID) string {
	return "tells\x00" + tells + "\x00" + string(chat)
}

// marks are the traces of an effect under way.
func marks(e bridge.Effect) []string {
	all := store.Traces(e)
	for _, tells := range kinds[e.Kind].tells {
		all = append(all, toldOf(tells, e.Chat))
	}
	return all
}

// ours is the effect that left the trace: one that is being carried out, or
// that is settled.
func (h *Host) ours(trace string) sdk.EffectKey {
	if key := h.outbox.ours(trace); key != "" {
		return key
	}
	return h.store.Ours(trace)
}

// splitKey takes an effect's key apart: "<instance>/<event>/<ordinal>".
// Instances have no slash in their names.
func splitKey(k sdk.EffectKey) (instance string, event sdk.EventID, ok bool) {
	instance, rest, ok := strings.Cut(string(k), "/")
	end := strings.LastIndexByte(rest, '/')
	if !ok || end < 0 {
		return "", "", false
	}
	return instance, sdk.EventID(rest[:end]), true
}

// own are the kinds of events that come of what an instance does itself, or has
// been done to it.
var own = []sdk.EventKind{sdk.EventTimer, sdk.EventResult, sdk.EventEnabled, sdk.EventDisabled}

// hidden says why an instance does not see the event; "" means that it does.
func (i *instance) hidden(e *sdk.Event) string {
	by, _, _ := splitKey(e.Cause)
	switch {
	case e.Instance != "" && e.Instance != i.name:
		return "for another instance"
	case !i.handles[e.Kind] || e.Kind == store.Changed:
		return "no handler"
	case i.spec.Events != nil && !slices.Contains(i.spec.Events, e.Kind) && !slices.Contains(own, e.Kind):
		return "its manifest does not name such events"
	case i.parts.Load() && e.Kind != sdk.EventDisabled:
		return "the instance is being switched off"
	case e.Kind == sdk.EventResult || e.Kind == sdk.EventTimer || slices.Contains(alone, e.Kind):
		return ""
	case !e.At.IsZero() && e.At.Before(i.mail.start.Start):
		return "older than the instance"
	case by == i.name:
		return "echo of its own effect"
	case e.Message != nil && (e.Message.From == sdk.Bot || e.Message.From == sdk.System || e.Cause != ""):
		return "message of Bellhop or of the server"
	}
	return ""
}

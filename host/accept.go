package host

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// late is how old an event may be when it is learned and still count as fresh.
const late = 15 * time.Minute

// accept puts what the workspace says into the journal.
func (h *Host) accept(e bridge.Event) error {
	switch {
	case e.Parted:
		h.timers.parted()
		return nil
	case e.Behind != nil:
		h.timers.areBehind(e.Behind)
		return nil
	case e.Current != "":
		h.timers.isCurrent(e.Current)
		return nil
	case e.Staff != nil:
		h.store.SetStaff(*e.Staff)
		return nil
	}
	if !e.Seen.IsZero() {
		now := h.clock.Now()
		h.heard.Store(&now)
		if writable(e.Seen) {
			h.store.SetSeen(e.Seen)
		}
		h.timers.caughtUp()
		return nil
	}
	if why := unsound(e); why != "" {
		h.log.Error("event of the workspace is dropped", "event", clip(string(e.ID), maxName), "chat", clip(string(e.Chat), maxName), "err", why)
		return nil
	}
	mendTimes(&e)
	if e.Kind == sdk.EventCommand {
		return h.command(h.running(), e.Event)
	}
	if e.Kind == sdk.EventAgent {
		return h.record(e.Event)
	}
	now := h.clock.Now()
	h.moves.Add(1)
	if err := h.attribute(&e); err != nil {
		return err
	}
	e.Late = e.Late || !e.At.IsZero() && now.Sub(e.At) > late
	entry, err := h.timers.accept(e, now)
	if err != nil {
		return fmt.Errorf("journal event %s: %w", e.ID, err)
	}
	if entry != nil {
		h.log.Debug("event", "event", e.ID, "chat", e.Chat)
		h.wake()
	}
	return nil
}

// maxID is the longest id of a chat or an event, in bytes: ids are keys of the
// store.
const maxID = 1024

// unsound says what is wrong with an event that no workspace should give; ""
// when nothing is. One lie of a server must not stop the host.
func unsound(e bridge.Event) string {
	whole := e.Chat != ""
	switch e.Kind {
	case sdk.EventCommand:
		whole = e.Chat == "" && e.Command != nil
	case sdk.EventAgent:
		whole = e.Chat == "" && e.Agent != nil
	}
	switch ids := string(e.Chat) + string(e.ID); {
	case !whole:
		return "it belongs to no chat, or to one that it should not"
	case strings.ContainsRune(ids, 0):
		return "an id holds a zero byte"
	case len(e.Chat) > maxID || len(e.ID) > maxID:
		return fmt.Sprintf("an id has more than %d bytes", maxID)
	}
	return ""
}

package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

var errNoDirectory = errors.New("nobody is configured who knows the workspace's people")

// load is how much there is to do.
type load struct{ open, waiting int }

// loads count the open chats, by what key says of each; waits says which of them
// wait.
func (h *Host) loads(key func(*sdk.Chat) string, waits func(*sdk.Chat) bool) (map[string]load, error) {
	all := map[string]load{}
	err := h.store.EachChat(func(k bridge.Known) error {
		if c := &k.Chat; c.ID != "" && c.Open() {
			l := all[key(c)]
			l.open++
			if waits(c) {
				l.waiting++
			}
			all[key(c)] = l
		}
		return nil
	})
	return all, err
}

// departments are the workspace's, with what goes on in them.
func (h *Host) departments(ctx context.Context, _ Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	found, err := h.opts.Directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	in, err := h.loads(func(c *sdk.Chat) string { return c.DepartmentID }, func(c *sdk.Chat) bool { return c.Status == sdk.Queued })
	for n := range found {
		found[n].Open, found[n].Waiting = found[n].Open+in[found[n].ID].open, found[n].Waiting+in[found[n].ID].waiting
	}
	return found, err
}

// agents are the workspace's, with what they do.
func (h *Host) agents(ctx context.Context, q Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	found, err := h.opts.Directory.Agents(ctx, q.Text)
	if err != nil {
		return nil, err
	}
	of, err := h.loads(func(c *sdk.Chat) string { return c.Agent.ID }, func(c *sdk.Chat) bool { return !c.WaitingSince.IsZero() })
	for n := range found {
		found[n].Open, found[n].Waiting = found[n].Open+of[found[n].ID].open, found[n].Waiting+of[found[n].ID].waiting
	}
	return found, err
}

// contact is the person behind a chat.
func (h *Host) contact(ctx context.Context, q Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	return h.opts.Directory.Contact(ctx, q.Chat)
}

// page is where the guest of a chat is on the website.
func (h *Host) page(ctx context.Context, q Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	return h.opts.Directory.Page(ctx, q.Chat)
}

// pastChats are the person's, with the department of those that the store knows.
func (h *Host) pastChats(ctx context.Context, q Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	found, err := h.opts.Directory.PastChats(ctx, q.Chat)
	if err != nil {
		return nil, err
	}
	found = found[:min(len(found), sdk.MaxPast)]
	for n := range found {
		if found[n].Department != "" {
			continue
		}
		known, err := h.store.Chat(found[n].ID)
		if err != nil {
			return nil, err
		}
		found[n].Department = known.Chat.Department
	}
	return found, nil
}

// contacts are those that the text is a part of.
func (h *Host) contacts(ctx context.Context, q Inquiry) (any, error) {
	text := strings.TrimSpace(q.Text)
	switch {
	case h.opts.Directory == nil:
		return nil, errNoDirectory
	case text == "" || len(text) > sdk.MaxPattern:
		return nil, fmt.Errorf("search contacts for %d bytes: give 1 to %d of a name, an address or a number", len(text), sdk.MaxPattern)
	}
	return h.opts.Directory.SearchContacts(ctx, text)
}

// hours are the workspace's own, now.
func (h *Host) hours(ctx context.Context, _ Inquiry) (any, error) {
	if h.opts.Directory == nil {
		return nil, errNoDirectory
	}
	return h.opts.Directory.Hours(ctx, h.clock.Now())
}

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxMessages is how many messages of a chat are searched, the newest.
const maxMessages = 20000

// history is the newest messages of a chat, as many as an answer holds.
func (h *Host) history(ctx context.Context, q Inquiry) (any, error) {
	if q.Max < 1 || q.Max > sdk.MaxHistory {
		return nil, fmt.Errorf("history of %d messages: ask for 1 to %d", q.Max, sdk.MaxHistory)
	}
	found, err := h.workspace.Messages(ctx, q.Chat, q.Max)
	if q.Since != nil {
		found = slices.DeleteFunc(found, func(m sdk.Message) bool { return m.At.Before(*q.Since) })
	}
	return newest(found), err
}

// search is the messages of a chat that hold the pattern.
func (h *Host) search(ctx context.Context, q Inquiry) (any, error) {
	pattern, err := newPattern(q.Text)
	if err != nil {
		return nil, err
	}
	all, err := h.workspace.Messages(ctx, q.Chat, maxMessages)
	if err != nil {
		return nil, err
	}
	for _, slot := range []chan struct{}{q.heavy, h.heavy} {
		select {
		case slot <- struct{}{}:
			defer func() { <-slot }()
		case <-ctx.Done():
			return nil, errors.New("other searches take too long: try again later")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, h.comparing)
	defer cancel()
	found := []sdk.Message{}
	for n := len(all) - 1; n >= 0 && len(found) < sdk.MaxFound; n-- {
		fits, err := pattern.in(ctx, all[n].Text)
		if err != nil {
			return nil, err
		}
		if fits {
			found = append(found, all[n])
		}
	}
	slices.Reverse(found)
	return newest(found), nil
}

// files are those of a chat that are of the kind, or are called so.
func (h *Host) files(ctx context.Context, q Inquiry) (any, error) {
	all, err := h.workspace.Messages(ctx, q.Chat, maxMessages)
	found := []sdk.File{}
	name := strings.ToLower(q.Text)
	for _, m := range all {
		for _, f := range m.Files {
			if name == "" || f.Kind() == name || strings.Contains(strings.ToLower(f.Name), name) {
				found = append(found, f)
			}
		}
	}
	return newest(found), err
}

// lookUpChat is a chat as the store knows it, or else the workspace.
func (h *Host) lookUpChat(ctx context.Context, q Inquiry) (any, error) {
	if q.Chat == "" || soundName(string(q.Chat), maxName) != nil {
		return nil, fmt.Errorf("there is no chat %.20q", q.Chat)
	}
	known, err := h.store.Chat(q.Chat)
	if err != nil {
		return nil, err
	}
	if known.Chat.ID != "" {
		return known.Chat, nil
	}
	chat, _, err := h.workspace.Conversation(ctx, q.Chat)
	if err != nil {
		return nil, fmt.Errorf("there is no chat %s: %w", q.Chat, err)
	}
	return chat, nil
}

// lookUpChats are the open chats that fit, the oldest first.
func (h *Host) lookUpChats(ctx context.Context, q Inquiry) (any, error) {
	var f sdk.ChatFilter
	if q.Filter != nil {
		f = *q.Filter
	}
	now := h.clock.Now()
	found := []sdk.Chat{}
	err := h.store.EachChat(func(k bridge.Known) error {
		if c := k.Chat; c.Open() && c.ID != "" && fits(f, &c, now) {
			c.Last = nil
			found = append(found, c)
		}
		return ctx.Err()
	})
	slices.SortStableFunc(found, func(a, b sdk.Chat) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return found[:min(len(found), sdk.MaxFound)], err
}

// fits reports whether the chat is one of those that are asked for.
func fits(f sdk.ChatFilter, c *sdk.Chat, now time.Time) bool {
	switch {
	case f.Department != "" && !strings.EqualFold(f.Department, c.Department) && f.Department != c.DepartmentID,
		f.Agent != "" && !strings.EqualFold(strings.TrimPrefix(f.Agent, "@"), c.Agent.Username),
		f.Status != "" && f.Status != c.Status,
		f.Tag != "" && !slices.ContainsFunc(c.Tags, func(tag string) bool { return text.Fold(tag) == text.Fold(f.Tag) }),
		f.Guest != "" && !isGuest(f.Guest, c),
		f.Waiting > 0 && (c.WaitingSince.IsZero() || now.Sub(c.WaitingSince) < f.Waiting):
		return false
	}
	return true
}

// isGuest reports whether the chat is called so.
func isGuest(name string, c *sdk.Chat) bool {
	name = strings.ToLower(name)
	return strings.ToLower(string(c.ID)) == name || strings.Contains(strings.ToLower(c.Visitor.Name), name) || strings.Contains(strings.ToLower(c.Visitor.Username), name)
}

// newest is as much of the list's end as an answer holds.
func newest[T any](list []T) []T {
	size := len("[]")
	for n := len(list) - 1; n >= 0; n-- {
		data, err := json.Marshal(list[n])
		size += len(data) + len(",")
		if err != nil || size > maxAnswer {
			return list[n+1:]
		}
	}
	return list
}

var errNothing = errors.New("search for nothing: give a word, or a regular expression between slashes")

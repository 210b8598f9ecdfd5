package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxConversation = 20000    // messages
	maxDownload     = 32 << 20 // bytes of one file
	maxGuestKeys    = 4096     // files of guests that are remembered
)

// Conversation is a chat with all that was written in it, the oldest first.
// System messages are left out: what they tell is in the chat. Of a longer
// conversation than 20000 messages the newest are told, after a note that says
// so.
func (b *Bridge) Conversation(ctx context.Context, id sdk.ChatID) (sdk.Chat, []sdk.Message, error) {
	if _, err := b.self(ctx); err != nil {
		return sdk.Chat{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	found, more, err := b.rest.Messages(ctx, string(id), maxConversation)
	if err != nil {
		return sdk.Chat{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	room, err := b.livechat(ctx, id)
	if err != nil {
		return sdk.Chat{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	visitor, err := b.guest(ctx, room.Visitor.ID)
	if err != nil {
		return sdk.Chat{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	b.names.meet(ctx, room.DepartmentID)
	chat := b.chat(room)
	chat.Visitor = b.visitor(room, visitor)
	messages := b.written(&chat, room, found)
	if err := b.untold(ctx, &chat, room, found); err != nil {
		return sdk.Chat{}, nil, fmt.Errorf("read conversation: %w", err)
	}
	figures(&chat, messages)
	measure(&chat, room)
	if more {
		messages = append([]sdk.Message{cutShort(messages)}, messages...)
	}
	return chat, messages, nil
}

// livechat reads the room of a chat. What is said in other rooms is nothing
// that plugins get.
func (b *Bridge) livechat(ctx context.Context, id sdk.ChatID) (rest.Room, error) {
	room, err := b.rest.Room(ctx, string(id))
	switch {
	case errors.Is(err, rest.ErrNotFound):
		return room, fmt.Errorf("the chat no longer exists: %w", err)
	case err == nil && room.Type != "l":
		return room, fmt.Errorf("room %s is no chat with a guest: %w", room.ID, rest.ErrRefused)
	}
	return room, err
}

// unwritten is how many system messages may be among a chat's newest.
const unwritten = 50

// Messages are the newest n messages of a chat, the oldest first, without those
// of the system.
func (b *Bridge) Messages(ctx context.Context, id sdk.ChatID, n int) ([]sdk.Message, error) {
	room, err := b.livechat(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	found, _, err := b.rest.Messages(ctx, room.ID, n+unwritten)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	list := b.written(&sdk.Chat{}, room, found)
	return list[max(0, len(list)-n):], nil
}

// written are the messages that somebody wrote. The others tell how the chat
// ended and how often it was moved.
func (b *Bridge) written(c *sdk.Chat, room rest.Room, found []rest.Message) []sdk.Message {
	var list []sdk.Message
	for _, m := range found {
		switch {
		case m.Hidden:
		case m.Type == "":
			b.keys.keep(room, m)
			list = append(list, b.message(m, room.Visitor.ID))
		case m.Type == typeClosed:
			c.Closing.Comment = cleanText(m.Text)
		case m.Type == typeMoved || m.Type == typeRerouted:
			c.Forwards++
		}
	}
	return list
}

// untold reads what a server left out of a chat's messages: system messages
// from 4.2 on, and before what its people hide.
func (b *Bridge) untold(ctx context.Context, c *sdk.Chat, room rest.Room, found []rest.Message) error {
	has := func(is func(rest.Message) bool) bool { return slices.ContainsFunc(found, is) }
	if !has(func(m rest.Message) bool { return m.Type != "" }) {
		moves, err := b.rest.Transfers(ctx, room.ID)
		if err != nil {
			return err
		}
		c.Forwards = len(moves)
	}
	ends := func(m rest.Message) bool { return m.Type == typeClosed }
	if room.ClosedAt.IsZero() || has(ends) || room.LastMessage != nil && ends(*room.LastMessage) {
		return nil
	}
	last, _, err := b.rest.SyncMessages(ctx, room.ID, room.ClosedAt.Add(-overlap))
	b.written(c, room, slices.DeleteFunc(last, func(m rest.Message) bool { return !ends(m) }))
	return err
}

func cutShort(messages []sdk.Message) sdk.Message {
	note := sdk.Message{From: sdk.System, Text: fmt.Sprintf("This conversation has more than %d messages: what came before is left out.", maxConversation)}
	if len(messages) > 0 {
		note.At = messages[0].At
	}
	return note
}

// Download is a file's bytes, at most 32 MiB.
func (b *Bridge) Download(ctx context.Context, f sdk.File) ([]byte, error) {
	data, err := b.rest.Download(ctx, rest.File{ID: f.ID, Name: f.Name}, b.keys.of(f.ID), maxDownload)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", f.Name, err)
	}
	return data, nil
}

// guestKeys remember how guests' own files can be read, since newer servers
// give them only to those who joined the chat. They stay in memory: they are
// as good as the guest's password.
type guestKeys struct {
	mu     sync.Mutex // guards what follows
	byFile map[string]rest.GuestKey
}

func (k *guestKeys) keep(room rest.Room, m rest.Message) {
	k.remember(room.ID, room.Visitor.Token, files(m))
}

// remember is keep for a message of which the room is not at hand: a guest's
// tells the token.
func (k *guestKeys) remember(room, token string, list []sdk.File) {
	if token == "" || len(list) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range list {
		if k.byFile == nil || len(k.byFile) >= maxGuestKeys {
			k.byFile = map[string]rest.GuestKey{}
		}
		k.byFile[f.ID] = rest.GuestKey{Room: room, Token: token}
	}
}

func (k *guestKeys) of(file string) rest.GuestKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byFile[file]
}

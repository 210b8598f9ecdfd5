package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxContactsFound = 50      // by a search
	maxComment       = 2 << 10 // bytes of a past chat's closing message
)

// Contact is the person behind a chat: from 7.0 on the contact that the chat has
// now, which others may have been merged into, and else the visitor. It is as it
// was 15 seconds ago at most.
func (b *Bridge) Contact(ctx context.Context, chat sdk.ChatID) (sdk.Contact, error) {
	found, err := b.directory.contacts.of(ctx, string(chat), func(ctx context.Context) (sdk.Contact, error) {
		room, err := b.livechat(ctx, chat)
		if err != nil {
			return sdk.Contact{}, err
		}
		return b.contactOf(ctx, room)
	})
	if err != nil {
		return sdk.Contact{}, fmt.Errorf("read contact: %w", err)
	}
	return found, nil
}

func (b *Bridge) contactOf(ctx context.Context, room rest.Room) (sdk.Contact, error) {
	if room.ContactID != "" {
		k, err := b.rest.Contact(ctx, room.ContactID)
		if err == nil {
			return b.contact(k), nil
		}
		if !isAbsent(err) {
			return sdk.Contact{}, err
		}
	}
	v, err := b.rest.Visitor(ctx, room.Visitor.ID)
	if err != nil {
		return sdk.Contact{}, err
	}
	return b.stranger(v), nil
}

// isAbsent reports whether the server has no such thing, or no such call.
func isAbsent(err error) bool {
	return errors.Is(err, rest.ErrNotFound) || errors.Is(err, rest.ErrNoCall)
}

func (b *Bridge) contact(k rest.Contact) sdk.Contact {
	c := sdk.Contact{
		ID: k.ID, Name: cleanLine(k.Name), Emails: addresses(k.Emails), Phones: numbers(k.Phones), Fields: fields(k.Fields),
		Manager: b.person(k.Manager.Ref), Unknown: k.Unknown, Since: k.CreatedAt.Time, LastChat: k.LastChat.TS.Time,
	}
	for _, w := range k.Channels {
		if by := cleanLine(cmp.Or(w.Details.Type, w.Name)); by != "" && !slices.Contains(c.Channels, by) {
			c.Channels = append(c.Channels, by)
		}
	}
	for _, f := range k.Conflicts {
		c.Conflicts = append(c.Conflicts, cleanLine(strings.TrimPrefix(f.Field, "customFields.")))
	}
	return c
}

// stranger is a visitor where there are no contacts.
func (b *Bridge) stranger(v rest.Visitor) sdk.Contact {
	return sdk.Contact{
		Name: cleanLine(v.Name), Emails: addresses(v.Emails), Phones: numbers(v.Phones), Fields: fields(v.Fields),
		Manager: b.person(v.Manager.Ref), LastChat: v.LastChat.TS.Time,
	}
}

// Page is the page of the website that the guest of a chat opened last; zero when
// the server was told of none. It is told of them whether or not it shows them
// to agents, which is a setting. Of a long address the first 2 KiB are given.
func (b *Bridge) Page(ctx context.Context, chat sdk.ChatID) (sdk.Page, error) {
	found, err := b.rest.PagesVisited(ctx, string(chat), 1)
	if err != nil {
		return sdk.Page{}, fmt.Errorf("read the guest's page: %w", err)
	}
	if len(found) == 0 {
		return sdk.Page{}, nil
	}
	p := found[0]
	return sdk.Page{Title: cleanLine(p.Title()), URL: cleanLine(p.Address()), At: p.TS.Time}, nil
}

// PastChats are the person's chats that have ended, the newest first, but for
// this one.
func (b *Bridge) PastChats(ctx context.Context, chat sdk.ChatID) ([]sdk.PastChat, error) {
	room, err := b.livechat(ctx, chat)
	if err != nil {
		return nil, fmt.Errorf("read past chats: %w", err)
	}
	rooms, err := b.pastRooms(ctx, room)
	if err != nil {
		return nil, fmt.Errorf("read past chats: %w", err)
	}
	past := []sdk.PastChat{}
	for _, r := range rooms {
		if r.ID != room.ID && !r.ClosedAt.IsZero() {
			past = append(past, b.past(r))
		}
	}
	slices.SortStableFunc(past, func(a, b sdk.PastChat) int { return b.ClosedAt.Compare(a.ClosedAt) })
	return past[:min(len(past), sdk.MaxPast)], nil
}

func (b *Bridge) pastRooms(ctx context.Context, room rest.Room) ([]rest.PastRoom, error) {
	if room.ContactID != "" {
		rooms, err := b.rest.ContactHistory(ctx, room.ContactID, sdk.MaxPast+1)
		if err == nil || !isAbsent(err) {
			return rooms, err
		}
	}
	return b.rest.VisitorHistory(ctx, room.ID, room.Visitor.ID, sdk.MaxPast+1)
}

func (b *Bridge) past(r rest.PastRoom) sdk.PastChat {
	b.names.hear(r.Department)
	p := sdk.PastChat{
		ID: sdk.ChatID(r.ID), Visitor: cleanLine(cmp.Or(r.FName, r.Visitor.Name)), Channel: cleanLine(r.Source.Type), Tags: tags(r.Tags),
		OpenedAt: r.TS.Time, ClosedAt: r.ClosedAt.Time, Messages: r.Msgs, Department: b.names.department(r.DepartmentID),
	}
	if r.ServedBy != nil {
		p.Agent = b.person(r.ServedBy.Ref)
	}
	p.Closing.ByVisitor = r.Closer == "visitor"
	if r.ClosedBy != nil && !p.Closing.ByVisitor {
		p.Closing.By = b.person(*r.ClosedBy)
	}
	for _, m := range []*rest.Message{r.Closing, r.LastMessage} {
		if m != nil && m.Type == typeClosed && p.Closing.Comment == "" {
			p.Closing.Comment = clip(cleanText(m.Text), maxComment)
		}
	}
	return p
}

// SearchContacts finds contacts, before 7.0 visitors, by a part of name, address
// or number.
func (b *Bridge) SearchContacts(ctx context.Context, text string) ([]sdk.Contact, error) {
	found := []sdk.Contact{}
	if b.keepsContacts() {
		list, err := b.rest.SearchContacts(ctx, text, maxContactsFound)
		for _, k := range list {
			found = append(found, b.contact(k))
		}
		if err == nil {
			return byName(found), nil
		}
		if !isAbsent(err) {
			return nil, fmt.Errorf("search contacts: %w", err)
		}
	}
	list, err := b.rest.SearchVisitors(ctx, text, maxContactsFound)
	if err != nil {
		return nil, fmt.Errorf("search contacts: %w", err)
	}
	for _, v := range list {
		found = append(found, b.stranger(v))
	}
	return byName(found), nil
}

func byName(list []sdk.Contact) []sdk.Contact {
	slices.SortStableFunc(list, func(a, b sdk.Contact) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// keepsContacts reports whether the server knows who is one person. Where we do
// not know what it is, it is asked.
func (b *Bridge) keepsContacts() bool {
	info := b.info.Load()
	return info == nil || info.AtLeast(7, 0)
}

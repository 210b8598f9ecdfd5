package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// directory is who is known in a scene: agents and departments as the file's
// answers say, guests as its chats show.
type directory struct {
	*answers
	*scene
}

// Agents are those of the answers, available as lines of the chats have said since.
func (d directory) Agents(ctx context.Context, department string) ([]sdk.AgentInfo, error) {
	found, err := d.answers.Agents(ctx, department)
	d.scene.mu.Lock()
	defer d.scene.mu.Unlock()
	for n, i := range found {
		if now, said := d.scene.staff[i.Username]; said {
			found[n].Available = now.Available
		}
	}
	return found, err
}

// Page is the one that the guest of the chat is on.
func (s *scene) Page(_ context.Context, id sdk.ChatID) (sdk.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages[id], nil
}

// Contact is the guest of the chat.
func (s *scene) Contact(_ context.Context, id sdk.ChatID) (sdk.Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		return sdk.Contact{}, fmt.Errorf("there is no chat %s", id)
	}
	return contactOf(c), nil
}

func contactOf(c *sdk.Chat) sdk.Contact {
	v := c.Visitor
	return sdk.Contact{Name: v.Name, Emails: v.Emails, Phones: v.Phones, Fields: v.Fields, LastChat: c.OpenedAt}
}

// PastChats are the chats of the file that have ended whose guest has the same
// name or address.
func (s *scene) PastChats(_ context.Context, id sdk.ChatID) ([]sdk.PastChat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.chats[id]
	if of == nil {
		return nil, fmt.Errorf("there is no chat %s", id)
	}
	past := []sdk.PastChat{}
	for _, c := range s.chats {
		if c.ID != id && !c.Open() && sameGuest(c.Visitor, of.Visitor) {
			past = append(past, sdk.PastChat{
				ID: c.ID, Visitor: c.Visitor.Name, Channel: c.Channel, Department: c.Department, Agent: c.Agent, Tags: slices.Clone(c.Tags),
				OpenedAt: c.OpenedAt, ClosedAt: c.ClosedAt, Closing: c.Closing, Messages: len(s.said[c.ID]),
			})
		}
	}
	slices.SortFunc(past, func(a, b sdk.PastChat) int { return cmp.Or(b.ClosedAt.Compare(a.ClosedAt), cmp.Compare(b.ID, a.ID)) })
	return past, nil
}

func sameGuest(a, b sdk.Visitor) bool {
	return a.Name == b.Name || slices.ContainsFunc(a.Emails, func(address string) bool { return slices.Contains(b.Emails, address) })
}

// SearchContacts finds the guests of the file's chats, each once.
func (s *scene) SearchContacts(_ context.Context, text string) ([]sdk.Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byName := map[string]sdk.Contact{}
	for _, c := range s.chats {
		k := contactOf(c)
		all := strings.ToLower(strings.Join(append(append([]string{k.Name}, k.Emails...), k.Phones...), "\n"))
		if known := byName[k.Name]; strings.Contains(all, strings.ToLower(text)) && !known.LastChat.After(k.LastChat) {
			byName[k.Name] = k
		}
	}
	found := []sdk.Contact{}
	for _, k := range byName {
		found = append(found, k)
	}
	slices.SortFunc(found, func(a, b sdk.Contact) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

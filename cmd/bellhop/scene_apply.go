package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (s *scene) applyTake(e bridge.Effect) (sdk.Outcome, error) {
	by := botPerson
	if e.Target.Agent != "" {
		by = agentPerson(strings.TrimPrefix(e.Target.Agent, "@"))
	}
	return detail("@" + by.Username + " serves it"), s.change(e.Chat, func(c *sdk.Chat) error {
		if !c.Agent.IsZero() && c.Agent != by {
			return fmt.Errorf("the chat is with @%s now", c.Agent.Username)
		}
		if c.Agent.IsZero() {
			c.Agent, c.Status, c.TakenAt, c.QueuedAt = by, sdk.Taken, s.now, time.Time{}
			s.emit(c, sdk.Event{ID: bridge.TakenID(c.ID, by.ID, s.now), Kind: sdk.EventTaken, Cause: e.Key})
		}
		return nil
	})
}

func (s *scene) applyQueue(e bridge.Effect) (sdk.Outcome, error) {
	return detail("it waits"), s.change(e.Chat, func(c *sdk.Chat) error {
		if c.Agent.IsZero() {
			return nil
		}
		return s.giveBack(c, e.Key)
	})
}

func (s *scene) applyHold(e bridge.Effect) (sdk.Outcome, error) {
	return detail("it is on hold"), s.change(e.Chat, func(c *sdk.Chat) error {
		if c.Status == sdk.Held {
			return nil
		}
		return s.putOnHold(c, e.Key)
	})
}

func (s *scene) applyResume(e bridge.Effect) (sdk.Outcome, error) {
	return detail("it has gone on"), s.change(e.Chat, func(c *sdk.Chat) error {
		s.resumed(c, e.Key)
		return nil
	})
}

// applyField works on closed chats too.
func (s *scene) applyField(e bridge.Effect) (sdk.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[e.Chat]
	set(&c.Fields, e.Field, e.Value)
	s.changed(c)
	return detail(fmt.Sprintf("%s is %q", e.Field, e.Value)), nil
}

// applyContact changes the guest, and adds what is not known yet.
func (s *scene) applyContact(e bridge.Effect) (sdk.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &s.chats[e.Chat].Visitor
	if e.Contact.Name != "" {
		v.Name = e.Contact.Name
	}
	v.Emails, v.Phones = withNew(v.Emails, e.Contact.Emails), withNew(v.Phones, e.Contact.Phones)
	for _, key := range sdk.Keys(e.Contact.Fields) {
		set(&v.Fields, key, e.Contact.Fields[key])
	}
	s.changed(s.chats[e.Chat])
	return sdk.Outcome{}, nil
}

// changed shows the chat as it is now, without that anything happened in it.
func (s *scene) changed(c *sdk.Chat) {
	s.pending = append(s.pending, bridge.Event{Event: sdk.Event{Chat: c.ID}, Picture: copyChat(c), Watermark: s.now})
	nudge(s.more)
}

func detail(of string) sdk.Outcome { return sdk.Outcome{Detail: of} }

// set changes a copy: the map may be another picture's too.
func set(fields *map[string]string, key, value string) {
	all := maps.Clone(*fields)
	if all == nil {
		all = map[string]string{}
	}
	all[key] = value
	if value == "" {
		delete(all, key)
	}
	*fields = all
}

// withNew is the list with what it does not hold yet.
func withNew(list, more []string) []string {
	all := slices.Clone(list)
	for _, m := range more {
		if !slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, m) }) {
			all = append(all, m)
		}
	}
	return all
}

package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// further is what happens to an open chat beside being talked in and moved.
// Each is called with mu held.
var further = map[convo.Kind]func(*scene, *sdk.Chat, convo.Step) error{
	convo.Queue:  func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.giveBack(c, "") },
	convo.Hold:   func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.putOnHold(c, "") },
	convo.Resume: func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.goOn(c, "") },
	convo.Edit:   func(s *scene, c *sdk.Chat, step convo.Step) error { return s.edit(c, step.Who, step.Text) },
	convo.Delete: func(s *scene, c *sdk.Chat, step convo.Step) error { return s.erase(c, step.Who) },
	convo.Typing: func(s *scene, c *sdk.Chat, step convo.Step) error { return s.types(c, step) },
	convo.Call:   func(s *scene, c *sdk.Chat, step convo.Step) error { return s.startCall(c, step.Who) },
	convo.Offer:  func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.offerCall(c) },
	convo.Join:   (*scene).joinCall,
	convo.Missed: func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.turnCall(c, sdk.CallMissed, "") },
	convo.Failed: func(s *scene, c *sdk.Chat, step convo.Step) error { return s.turnCall(c, sdk.CallFailed, step.Text) },
	convo.Hangup: func(s *scene, c *sdk.Chat, _ convo.Step) error { return s.endCall(c) },
	convo.Deed:   func(s *scene, c *sdk.Chat, step convo.Step) error { return s.deed(c, step) },
	convo.Tag:    func(_ *scene, c *sdk.Chat, step convo.Step) error { return addTags(c, step.Tags()) },
	convo.Untag:  func(_ *scene, c *sdk.Chat, step convo.Step) error { return takeTags(c, step.Tags()) },
	convo.Page: func(s *scene, c *sdk.Chat, step convo.Step) error {
		s.pages[c.ID] = sdk.Page{URL: step.Text, At: s.now}
		return nil
	},
	convo.Contact: func(s *scene, c *sdk.Chat, step convo.Step) error { return s.editContact(c, step) },
}

// wait has the chat wait in the queue from now on.
func (s *scene) wait(c *sdk.Chat) {
	c.Agent, c.Status, c.TakenAt, c.HeldAt, c.QueuedAt = sdk.Person{}, sdk.Queued, time.Time{}, time.Time{}, s.now
}

// queued tells that the chat waits, if it does.
func (s *scene) queued(c *sdk.Chat, ours sdk.EffectKey) {
	if c.Status == sdk.Queued {
		s.serial++
		s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("queued/%s/%d", c.ID, s.serial)), Kind: sdk.EventQueued, Cause: ours})
	}
}

// giveBack is what !queue does: the agent gives the chat back. Ours is the
// effect that had it done, as below.
func (s *scene) giveBack(c *sdk.Chat, ours sdk.EffectKey) error {
	if c.Agent.IsZero() {
		return fmt.Errorf("chat %s is in the queue already", c.ID)
	}
	f := sdk.Forwarding{By: c.Agent, FromDepartment: c.Department, ToQueue: true, At: s.now}
	s.wait(c)
	c.Forwards++
	s.moved(c, f, ours)
	s.queued(c, ours)
	return nil
}

// moved tells that the chat has moved.
func (s *scene) moved(c *sdk.Chat, f sdk.Forwarding, ours sdk.EffectKey) {
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("forwarded/%s/%d", c.ID, s.serial)), Kind: sdk.EventForwarded, Forwarding: &f, Cause: ours})
}

func (s *scene) putOnHold(c *sdk.Chat, ours sdk.EffectKey) error {
	switch {
	case c.Agent.IsZero():
		return fmt.Errorf("chat %s has no agent: write !take AGENT before !hold", c.ID)
	case c.Status == sdk.Held:
		return fmt.Errorf("chat %s is on hold already", c.ID)
	}
	c.Status, c.HeldAt = sdk.Held, s.now
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("held/%s/%d", c.ID, s.serial)), Kind: sdk.EventHeld, Cause: ours})
	return nil
}

func (s *scene) goOn(c *sdk.Chat, ours sdk.EffectKey) error {
	if c.Status != sdk.Held {
		return fmt.Errorf("chat %s is not on hold: write !hold before", c.ID)
	}
	s.resumed(c, ours)
	return nil
}

// resumed ends a hold, if there is one.
func (s *scene) resumed(c *sdk.Chat, ours sdk.EffectKey) {
	if c.Status != sdk.Held {
		return
	}
	c.Status, c.HeldAt = sdk.Taken, time.Time{}
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("resumed/%s/%d", c.ID, s.serial)), Kind: sdk.EventResumed, Cause: ours})
}

// lastOf is the place of somebody's last message.
func lastOf(c *sdk.Chat, who string) (int, error) {
	for n, m := range slices.Backward(c.Last) {
		if m.By.Name == who {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s has said nothing that could be changed", who)
}

func (s *scene) edit(c *sdk.Chat, who, text string) error {
	n, err := lastOf(c, who)
	if err != nil {
		return err
	}
	m := c.Last[n]
	m.Text, m.Edited = text, s.now
	c.Last = slices.Clone(c.Last)
	c.Last[n] = m
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("edited/%s/%d", m.ID, s.serial)), Kind: sdk.EventEdited, Message: &m})
	return nil
}

func (s *scene) erase(c *sdk.Chat, who string) error {
	n, err := lastOf(c, who)
	if err != nil {
		return err
	}
	m := c.Last[n]
	c.Last = slices.Delete(slices.Clone(c.Last), n, n+1)
	s.emit(c, sdk.Event{ID: bridge.DeletedID(m.ID), Kind: sdk.EventDeleted, Message: &m})
	return nil
}

func (s *scene) types(c *sdk.Chat, step convo.Step) error {
	t := sdk.Typing{By: agentPerson(step.Who), From: step.From}
	if step.From == sdk.Guest {
		t.By = sdk.Person{ID: c.Visitor.ID, Name: step.Who}
	}
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("typing/%s/%d", c.ID, s.serial)), Kind: sdk.EventTyping, Typing: &t})
	return nil
}

func (s *scene) startCall(c *sdk.Chat, who string) error {
	s.serial++
	c.Conference = sdk.Conference{ID: fmt.Sprintf("call%d", s.serial), By: agentPerson(who), Provider: "jitsi", Started: s.now}
	s.called(c)
	return nil
}

func (s *scene) endCall(c *sdk.Chat) error {
	if c.Conference.IsZero() || !c.Conference.Ended.IsZero() {
		return fmt.Errorf("chat %s has no call: write !call AGENT before !hangup", c.ID)
	}
	c.Conference.Ended = s.now
	if c.Conference.State != "" {
		c.Conference.State = sdk.CallEnded
	}
	s.called(c)
	return nil
}

// offerCall has the links of a call arrive.
func (s *scene) offerCall(c *sdk.Chat) error {
	s.serial++
	c.Conference = sdk.Conference{ID: fmt.Sprintf("call%d", s.serial), By: c.Agent, Provider: "jitsi", Started: s.now, State: sdk.CallOffered, JoinsKnown: true}
	s.called(c)
	return nil
}

func (s *scene) joinCall(c *sdk.Chat, step convo.Step) error {
	joined := &c.Conference.GuestJoined
	if step.From != sdk.Guest {
		joined = &c.Conference.AgentJoined
	}
	if c.Conference.State == "" || c.Conference.State == sdk.CallEnded {
		return fmt.Errorf("chat %s has no call: write !offer before !join", c.ID)
	}
	*joined = s.now
	return s.turnCall(c, sdk.CallJoined, "")
}

// turnCall brings the call into a state.
func (s *scene) turnCall(c *sdk.Chat, to sdk.CallState, why string) error {
	if c.Conference.State == "" {
		return fmt.Errorf("chat %s has no call: write !offer before !%s", c.ID, to)
	}
	c.Conference.State, c.Conference.Why = to, why
	s.called(c)
	return nil
}

func (s *scene) called(c *sdk.Chat) {
	call := c.Conference
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("call/%s/%d", call.ID, s.serial)), Kind: sdk.EventCall, Conference: &call})
}

// deed tells what another instance is to have done.
func (s *scene) deed(c *sdk.Chat, step convo.Step) error {
	s.serial++
	d := sdk.Deed{Key: sdk.EffectKey(fmt.Sprintf("%s/deed%d/0", step.Who, s.serial)), Instance: step.Who, At: s.now}
	d.Outcome = sdk.Outcome{State: sdk.Done, At: s.now}
	var undone bool
	if d.Effect, undone = step.Deed(); undone {
		d.Outcome.State, d.Outcome.Reason = sdk.Undone, "somebody takes it back"
	}
	s.emit(c, sdk.Event{ID: sdk.EventID("deed/" + string(d.Key)), Kind: sdk.EventDeed, Deed: &d, Cause: d.Key})
	return nil
}

// addTags adds the tags, of which the workspace tells nobody.
func addTags(c *sdk.Chat, tags []string) error {
	c.Tags = withNew(c.Tags, tags)
	return nil
}

func takeTags(c *sdk.Chat, tags []string) error {
	c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(tag string) bool { return slices.Contains(tags, tag) })
	return nil
}

func (s *scene) editContact(c *sdk.Chat, step convo.Step) error {
	c.Visitor = step.Change(c.Visitor)
	s.serial++
	s.emit(c, sdk.Event{ID: sdk.EventID(fmt.Sprintf("contact/%s/%d", c.ID, s.serial)), Kind: sdk.EventContact})
	return nil
}

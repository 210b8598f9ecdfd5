package sdk

import (
	"errors"
	"time"
)

// Typing says that somebody has begun to write. It is not kept: what was
// written is the next message, or nothing.
type Typing struct {
	By   Person `json:"by"` // of a guest the username, such as "guest-7"
	From Sender `json:"from"`
}

// CallState is how far a call has come that c.StartCall has offered.
type CallState string

// The states, in the order in which a call may go through them. A guest or an
// agent may still come to a call that was missed.
const (
	CallOffered CallState = "offered" // guest and agent have their links
	CallJoined  CallState = "joined"  // at least one is there, see AgentJoined and GuestJoined
	CallMissed  CallState = "missed"  // one of them did not come in time; told only where joins are known
	CallEnded   CallState = "ended"   // see Ended
	CallFailed  CallState = "failed"  // the service makes no room, see Why
	CallUnknown CallState = "unknown" // the links are over, and nobody says when the call has ended
)

// Conference is a call in a chat: one that the workspace itself offers, by an
// app such as Jitsi, or one that c.StartCall has offered by links.
type Conference struct {
	ID       string    `json:"id,omitempty"`       // as the workspace calls it (before 5.0 the message's), or as Bellhop does
	By       Person    `json:"by"`                 // who started it; zero when the server does not say
	Provider string    `json:"provider,omitempty"` // such as "jitsi"; "" means unknown
	Started  time.Time `json:"started"`            // when it was offered
	Ended    time.Time `json:"ended"`              // zero while it goes on, and when its end is unknown

	// Of a call that Bellhop has offered.
	State       CallState `json:"state,omitempty"`      // "" for one of the workspace itself
	AgentJoined time.Time `json:"agentJoined,omitzero"` // zero means not yet, or unknown
	GuestJoined time.Time `json:"guestJoined,omitzero"` // zero means not yet, or unknown
	JoinsKnown  bool      `json:"joinsKnown,omitempty"` // whether joining can be known at all
	Instance    string    `json:"instance,omitempty"`   // which has offered it
	Why         string    `json:"why,omitempty"`        // it has failed
}

// Duration is how long the call was: from when both were there to its end, or
// for one of the workspace itself from its start. It is 0 when that is not known.
func (c Conference) Duration() time.Duration {
	from := c.Started
	if c.State != "" {
		from = c.AgentJoined
		if c.GuestJoined.After(from) {
			from = c.GuestJoined
		}
		if c.AgentJoined.IsZero() || c.GuestJoined.IsZero() {
			return 0
		}
	}
	if c.Ended.IsZero() || c.Ended.Before(from) {
		return 0
	}
	return c.Ended.Sub(from).Round(time.Second)
}

// IsZero reports whether no conference is meant.
func (c Conference) IsZero() bool { return c.ID == "" }

// Page is a page of the website on which a guest is.
type Page struct {
	Title string    `json:"title,omitempty"`
	URL   string    `json:"url,omitempty"` // as the guest's browser says it, at most 2 KiB: any text may stand here
	At    time.Time `json:"at"`            // since when
}

// Page is the page of the website that the guest opened last, as far as the
// workspace was told; it is zero when it was told of none, as in chats by mail.
func (c *Chat) Page() (Page, error) {
	var found Page
	err := c.read("Page", ReadPage, Question{}, &found)
	return found, err
}

// OnQueued is called when a chat comes into the queue, or back into it: it is
// open, and nobody serves it. A chat that automatic routing gives to an agent
// at once never waits there.
func (p *Plugin) OnQueued(fn func(*Chat) error) { p.on(EventQueued, plain(fn)) }

// OnHeld is called when a chat was put on hold.
func (p *Plugin) OnHeld(fn func(*Chat) error) { p.on(EventHeld, plain(fn)) }

// OnResumed is called when a chat is on hold no more, by its agent or by a
// message of the guest.
func (p *Plugin) OnResumed(fn func(*Chat) error) { p.on(EventResumed, plain(fn)) }

// OnEdited is called when a message of a guest or an agent was changed, with
// the message as it is now. Several changes while Bellhop was away are one.
func (p *Plugin) OnEdited(fn func(*Chat, Message) error) {
	p.on(EventEdited, ofMessage(fn))
}

// OnDeleted is called when a message of a guest or an agent was deleted, with
// the message as it was, or with its ID alone when it was not among the chat's
// last messages.
func (p *Plugin) OnDeleted(fn func(*Chat, Message) error) {
	p.on(EventDeleted, ofMessage(fn))
}

// OnTyping is called when the guest or an agent begins to write in a chat: of each
// once until the next message. It is told of at most 100 open chats at a time, and
// before Rocket.Chat 5.3 only of chats that Bellhop's own account serves; what
// happens while there is no connection is not told at all.
func (p *Plugin) OnTyping(fn func(*Chat, Typing) error) {
	p.on(EventTyping, func(c *Chat, e *Event) error {
		if e.Typing == nil {
			return errors.New("typing event without who types")
		}
		return fn(c, *e.Typing)
	})
}

// OnCall is called at each step of a call that c.StartCall has offered:
// Conference.State says which. Joining is known by Bellhop's own page
// (calls.public_url in config.yaml) or by BigBlueButton, the end by
// BigBlueButton alone.
//
// It is called as well when a conference of the workspace was started in a chat,
// and up to a minute after it has ended: then Conference.Ended is set. Its end is
// told from Rocket.Chat 5.0 on, while the chat is open, and only if the app that
// provides the conference tells the workspace.
func (p *Plugin) OnCall(fn func(*Chat, Conference) error) {
	p.on(EventCall, func(c *Chat, e *Event) error {
		if e.Conference == nil {
			return errors.New("call event without a conference")
		}
		return fn(c, *e.Conference)
	})
}

// OnContact is called when the name, addresses, numbers or fields of a chat's
// guest were changed, by whomever: usually within a minute, and later where the
// workspace limits calls and many chats are open. Several changes while Bellhop was
// away are one.
func (p *Plugin) OnContact(fn func(*Chat) error) { p.on(EventContact, plain(fn)) }

// AgentChange says that an agent takes chats now, or no longer, or that the
// departments are others to which the agent belongs.
type AgentChange struct {
	Now    AgentInfo `json:"now"`    // without Open and Waiting; of somebody who is no agent any more only who it was
	Before AgentInfo `json:"before"` // zero for a new agent
}

// OnAgent is called when an agent's availability or departments have changed,
// within a minute, and later where the workspace limits calls and has many
// departments. What changes while Bellhop is away is told when it is back, as one
// change, unless it was away for more than an hour or no instance had such a
// handler; what changes while the instance is off is not. The event belongs to no
// chat.
func (p *Plugin) OnAgent(fn func(AgentChange) error) {
	p.on(EventAgent, func(_ *Chat, e *Event) error {
		if e.Agent == nil {
			return errors.New("agent event without an agent")
		}
		return fn(*e.Agent)
	})
}

func ofMessage(fn func(*Chat, Message) error) handler {
	return func(c *Chat, e *Event) error {
		if e.Message == nil {
			return errors.New(string(e.Kind) + " event without a message")
		}
		return fn(c, *e.Message)
	}
}

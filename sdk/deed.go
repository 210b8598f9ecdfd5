package sdk

import (
	"errors"
	"time"
)

// Deed is what an instance has asked for in a chat, and how it ended.
type Deed struct {
	Key      EffectKey `json:"key"`
	Instance string    `json:"instance"` // that asked for it; "bellhop" is Bellhop itself
	Effect   Effect    `json:"effect"`
	Outcome  Outcome   `json:"outcome"`         // its State is "" while it waits
	Stays    string    `json:"stays,omitempty"` // why Undo would do nothing; "" when it takes the deed back
	At       time.Time `json:"at"`              // when it ended, or was asked for
}

// MaxDeeds is how many deeds an answer has at most.
const MaxDeeds = 50

// Deeds are what all instances have done in the chat, or tried, the newest
// first; at most 50. What they told agents, and what was undone since, is among
// them too.
func (c *Chat) Deeds() ([]Deed, error) {
	var found []Deed
	err := c.read("Deeds", ReadDeeds, Question{}, &found)
	return found, err
}

// Undo takes a deed back, whichever instance did it: tags, fields, priority,
// holds and forwards of chats that nobody has answered since. It is refused for
// the reason that Deed.Stays gives. That instance is told by OnResult.
func (c *Chat) Undo(key EffectKey, opts ...Option) {
	c.ask(Effect{Kind: EffectUndo, Undoes: key}, opts)
}

// OnDeed is called when something that another instance asked for was done in a
// chat, or was taken back; not on what is written to agents and other people.
func (p *Plugin) OnDeed(fn func(*Chat, Deed) error) {
	p.on(EventDeed, func(c *Chat, e *Event) error {
		if e.Deed == nil {
			return errors.New("deed event without a deed")
		}
		return fn(c, *e.Deed)
	})
}

// About puts a direct message, by TellAgent, Direct or Command.Answer, into the
// thread of the chat: there is one for each chat and person, and it begins with a
// link to the chat. It is shown among the other messages too. What the person
// orders in the thread has the chat as Command.Chat.
func About(c *Chat) Option {
	return Option{func(e *Effect) {
		e.Chat, e.Thread = c.ID, true
		if c.run != nil && c.run.call.Event.Chat == c.ID {
			e.Chat = ""
		}
	}}
}

// Link is the chat's address in the workspace, for agents.
func (c *Chat) Link() string { return c.mustRun("Link").call.Site + "/live/" + string(c.ID) }

//go:build go1.20

// Package forwarding moves chats by rules that an admin writes: by what the
// guest says, where the chat is, who the guest is, the time of day, or how
// long the guest has been waiting.
package forwarding

import (
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says.
type Settings struct {
	// Rules are tried in this order. The first that holds moves the chat. One
	// without `to` but with `stop` is an exception: when it holds, the chat
	// stays.
	Rules []sdk.Rule `json:"rules"`
	// AfterAnswer lets rules apply when a person has answered already.
	AfterAnswer bool `json:"after_answer"`
	// Note tells the next agent by direct message why the chat was forwarded and
	// what the guest wrote lastly. It is on unless this is false, and needs the
	// effect direct among the grants.
	Note *bool `json:"note"`
}

// mover moves chats by the settings.
type mover struct {
	p *sdk.Plugin
	s Settings
}

// waits is the timer for rules with `waiting`. It is set while a guest waits.
const waits = "guest waits"

// Register wires the rules to what happens.
func Register(p *sdk.Plugin) error {
	var s Settings
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	s.offerAll()
	m := mover{p: p, s: s}
	p.OnOpened(m.opened)
	p.OnMessage(m.message)
	p.OnTimer(waits, m.due)
	p.OnResult(m.result)
	p.OnForwarded(m.forwarded)
	p.OnTaken(m.taken)
	p.OnTimer(tells, m.dueNote)
	return nil
}

// opened tries the rules that need no words: the guest has said nothing yet.
func (m mover) opened(c *sdk.Chat) error {
	follow(c)
	m.s.wait(c)
	return m.forward(c, "", needsNothingSaid)
}

// message tries all rules on what a guest says. Agents' words move nothing.
func (m mover) message(c *sdk.Chat, said sdk.Message) error {
	follow(c)
	if said.From != sdk.Guest {
		c.CancelTimer(waits)
		return sdk.Skip("an agent's words move nothing")
	}
	m.s.wait(c)
	return m.forward(c, said.Text, isAnyRule)
}

// due tries the rules with `waiting` on what waits for an answer.
func (m mover) due(c *sdk.Chat) error {
	follow(c)
	if c.WaitingSince.IsZero() {
		return sdk.Skip("nothing waits for an answer any more")
	}
	err := m.forward(c, unanswered(c), dependsOnWaiting)
	m.s.wait(c)
	return err
}

// result goes on with the chain when nobody took the chat, lets a rule try
// again when nothing came of it, and has the next agent told when it moved.
func (m mover) result(c *sdk.Chat, r sdk.Result) error {
	if r.Effect.Kind == sdk.EffectDirect {
		return m.noted(r)
	}
	switch r.Outcome.State {
	case sdk.Done:
		c.State().Delete(rest(r.Effect.Rule))
		if !r.Outcome.Unchanged {
			m.moved(c, r)
			return nil
		}
	case sdk.Undone:
		forgetNote(c)
	case sdk.Refused, sdk.Overtaken, sdk.Skipped:
		if !m.goOn(c, r) {
			c.State().Delete(asked(r.Effect.Rule))
			m.s.wait(c)
		}
		return nil
	}
	return sdk.Skip("forward is %s: %s", string(r.Outcome.State), r.Outcome.Detail)
}

// forward moves the chat by the first rule that holds and has somewhere to go,
// of those whose turn it is. A rule moves a chat once: a person may have moved
// it back.
func (m mover) forward(c *sdk.Chat, text string, turn func(sdk.Rule) bool) error {
	if why := m.s.over(c); why != "" {
		return sdk.Skip("%s", why)
	}
	why := "no rule holds"
	for _, r := range m.s.Rules {
		if !turn(r) {
			continue
		}
		found := c.Match(r, text)
		switch {
		case !found.Held:
			continue
		case r.To.IsZero():
			return sdk.Skip("the chat stays: %s", found.String())
		case c.State().Has(asked(r.Name)):
			why = "rule \"" + r.Name + "\" has moved this chat before"
		default:
			if why = m.move(c, r, found.String(), 0, nil); why == "" {
				return nil
			}
		}
		if r.Stop {
			break
		}
	}
	return sdk.Skip("%s", why)
}

// over says why rules apply to the chat no more; "" when they do.
func (s Settings) over(c *sdk.Chat) string {
	switch {
	case !c.Open():
		return "the chat is closed"
	case c.Answered() && !s.AfterAnswer:
		return "a person has answered"
	}
	return ""
}

// asked is the name under which a chat remembers that the rule moved it.
func asked(rule string) string { return "asked " + rule }

// wait sets the timer for the moment at which the next rule with `waiting` may
// hold. A rule that did not hold is tried again at twice its time, then at
// four times, and so on: schedules open, and agents come.
func (s Settings) wait(c *sdk.Chat) {
	if c.WaitingSince.IsZero() || s.over(c) != "" {
		return
	}
	var next time.Duration
	for _, r := range s.Rules {
		at := r.Waiting.Std()
		if at == 0 || c.State().Has(asked(r.Name)) {
			continue
		}
		for at <= c.Waiting() {
			at *= 2
		}
		if left := at - c.Waiting(); next == 0 || left < next {
			next = left
		}
	}
	if 0 < next && next <= sdk.MaxTimer {
		c.SetTimer(waits, next)
	}
}

// unanswered is what the guest has said since a person last answered.
func unanswered(c *sdk.Chat) string {
	var said []string
	for _, m := range c.Last {
		if m.From == sdk.Guest && !m.At.Before(c.WaitingSince) {
			said = append(said, m.Text)
		}
	}
	return strings.Join(said, "\n")
}

// Whose turn it is: a rule that moves chats is tried when what it looks at has
// changed, an exception always.

func isAnyRule(_ sdk.Rule) bool { return true }

func needsNothingSaid(r sdk.Rule) bool {
	return saysNothing(r) && r.Waiting == 0
}

func dependsOnWaiting(r sdk.Rule) bool { return r.Waiting > 0 || r.To.IsZero() }

//go:build go1.20

// Package callapp offers a call when the guest asks for one, or the agent
// proposes it: both get a link.
package callapp

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says. In each list of rules the first
// that holds decides: its `text` is what the guest reads, and one with `stop`
// decides that no call is meant.
type Settings struct {
	// GuestAsks are rules on what the guest says who wants a call.
	GuestAsks []sdk.Rule `json:"guest_asks"`
	// AgentOffers are rules on what an agent says who proposes one.
	AgentOffers []sdk.Rule `json:"agent_offers"`
	// Text is what the guest reads when the rule has no text of its own. The
	// link stands in the place of {link}, or at the end.
	Text string `json:"text"`
	// AgainAfter is how long an offer stands before another may follow.
	AgainAfter sdk.Duration `json:"again_after"`
	// EndedText is what stands in the chat when a call has ended whose length is
	// known, in the place of {duration}. Empty means nothing.
	EndedText string `json:"ended_text"`
	// MissedTags are set when guest or agent did not come to a call. Where joining
	// is not known nothing is missed.
	MissedTags []string `json:"missed_tags"`
}

// Register wires the rules to what happens.
func Register(p *sdk.Plugin) error {
	s := Settings{
		Text:       "Let us talk: {link}",
		AgainAfter: sdk.Duration(30 * time.Minute),
		EndedText:  "Our call lasted {duration}.",
		MissedTags: []string{"call-missed"},
	}
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	p.OnMessage(s.message)
	p.OnTaken(s.taken)
	p.OnResult(s.result)
	p.OnCall(s.step)
	return nil
}

// What a chat remembers.
const (
	offered = "offered" // when a call was last offered
	waiting = "waiting" // what the guest reads who asked while nobody served the chat
	because = "because" // and why
	by      = "by"      // the agent who has the link
	mine    = "mine"    // that a call was offered here
	failed  = "failed"  // the agent knows that the last call failed
	tagged  = "tagged"  // the chat has the tags of a missed call, unless somebody took them away
)

// message offers a call when somebody asks for one.
func (s Settings) message(c *sdk.Chat, m sdk.Message) error {
	rules := s.AgentOffers
	if m.From == sdk.Guest {
		rules = s.GuestAsks
	}
	for _, r := range rules {
		if found := c.Match(r, m.Text); found.Held {
			return s.decide(c, r, found)
		}
	}
	return sdk.Skip("nobody asks for a call")
}

// decide acts on the rule that holds.
func (s Settings) decide(c *sdk.Chat, r sdk.Rule, found sdk.Match) error {
	text := r.Text
	if text == "" {
		text = s.Text
	}
	switch {
	case r.Stop:
		c.State().Delete(waiting)
		return sdk.Skip("no call is meant: %s", found.String())
	case c.Agent.IsZero():
		c.State().Set(waiting, text)
		c.State().Set(because, found.String())
		return sdk.Skip("nobody serves the chat: a call is offered when somebody does; %s", found.String())
	}
	return s.offer(c, text, found.Because())
}

// taken offers the call that the guest has asked for in the queue.
func (s Settings) taken(c *sdk.Chat) error {
	text := c.State().Get(waiting)
	if text == "" {
		return sdk.Skip("no call was asked for in the queue")
	}
	why := c.State().Get(because)
	c.State().Delete(waiting)
	c.State().Delete(because)
	return s.offer(c, text, sdk.Because("asked for before anybody served the chat; %s", why))
}

// offer starts a call, unless the last offer still stands. Two links would
// bring guest and agent into two rooms.
func (s Settings) offer(c *sdk.Chat, text string, why sdk.Option) error {
	at, err := time.Parse(time.RFC3339, c.State().Get(offered))
	ago := c.Now().Sub(at)
	// Who has taken the chat over has no link.
	if had := c.State().Get(by); err == nil && ago < s.AgainAfter.Std() && (had == "" || had == c.Agent.ID) {
		return sdk.Skip("a call was offered %s ago: its link still stands", ago.Round(time.Second).String())
	}
	c.State().Set(offered, c.Now().Format(time.RFC3339))
	c.State().Set(mine, "yes")
	c.State().Set(by, c.Agent.ID)
	c.State().Delete(failed)
	c.StartCall(text, why)
	return nil
}

// result tells the agent when no link was sent, and lets the next one who asks
// have one.
func (s Settings) result(c *sdk.Chat, r sdk.Result) error {
	switch {
	case r.Effect.Kind == sdk.EffectTag && r.Outcome.State != sdk.Done && r.Outcome.State != sdk.Undone:
		c.State().Delete(tagged)
		return nil
	case r.Effect.Kind != sdk.EffectCall:
		return sdk.Skip("not about a call")
	case r.Outcome.State == sdk.Done:
		return sdk.Skip("link is sent")
	case r.Outcome.State != sdk.Unconfirmed:
		c.State().Delete(offered)
	}
	if c.State().Get(failed) != "" {
		c.State().Delete(failed)
		return sdk.Skip("the agent knows that the call failed")
	}
	if c.Agent.IsZero() {
		return sdk.Skip("nobody to tell that the call is %s: %s", string(r.Outcome.State), r.Outcome.Reason)
	}
	c.TellAgent(fmt.Sprintf("A call with %.60s was asked for, but no link may have been sent: %.500s.", guest(c), r.Outcome.Reason), sdk.Because("call is %s", string(r.Outcome.State)))
	return nil
}

// guest is how people call the guest, in one line.
func guest(c *sdk.Chat) string {
	for _, name := range []string{c.Visitor.Name, c.Visitor.Username} {
		if words := strings.Fields(name); len(words) > 0 {
			return strings.Join(words, " ")
		}
	}
	return "the guest"
}

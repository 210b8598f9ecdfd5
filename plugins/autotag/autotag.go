//go:build go1.20

// Package autotag tags chats when they end: by what the guest has said, and by
// how the chat ended.
package autotag

import (
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says.
type Settings struct {
	// Topics are tags by what the guest says.
	Topics []Topic `json:"topics"`
	// Outcomes are tags by how the chat ended.
	Outcomes Outcomes `json:"outcomes"`
	// Allowed are the only tags that may be set. Empty means all that topics
	// and outcomes name.
	Allowed []string `json:"allowed"`
	// MaxTags is how many tags one chat gets at most; 1 to 20.
	MaxTags int `json:"max_tags"`
	// Classify lets the host's classifier choose among the allowed tags, and
	// the topics' words only where it cannot.
	Classify bool `json:"classify"`
}

// Topic is a tag and when a chat gets it. All keys that are given must hold
// for one message of the guest.
type Topic struct {
	Tag        string    `json:"tag"`
	Words      []string  `json:"words"`      // one of them stands in the message as a whole word
	Pattern    string    `json:"pattern"`    // a regular expression (RE2) that finds something in the message
	Department sdk.Names `json:"department"` // the chat is in one of these when the guest says it
}

// Outcomes are tags by how a chat ended. An empty one is not set.
type Outcomes struct {
	Unanswered    string `json:"unanswered"`      // the guest wrote, and no person ever answered
	ClosedByGuest string `json:"closed_by_guest"` // the guest ended the chat
	ClosedByAgent string `json:"closed_by_agent"` // a person of the workspace ended it
	Forwarded     string `json:"forwarded"`       // the chat was moved at least forwarded_times
	Times         int    `json:"forwarded_times"` // 1 or more
}

// tagger is an instance at work.
type tagger struct {
	Settings
	plugin *sdk.Plugin
}

// Register wires the tagger to what happens.
func Register(p *sdk.Plugin) error {
	s := Settings{MaxTags: 5, Outcomes: Outcomes{Times: 2}}
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	t := tagger{s, p}
	p.OnMessage(t.message)
	p.OnClosed(t.closed)
	return nil
}

// What a chat remembers: by each topic that has come up why it did, and the
// beginning of what the guest said.
const said = "said"

func topicKey(tag string) string { return "topic " + tag }

// message notes the topics of what a guest says. They are noted as they come,
// because of a long chat only the end is in hand when it closes.
func (t tagger) message(c *sdk.Chat, m sdk.Message) error {
	if m.From != sdk.Guest {
		return sdk.Skip("an agent's words are no topic")
	}
	if t.Classify {
		keep(c, m.Text)
	}
	found := 0
	for _, topic := range t.Topics {
		if c.State().Has(topicKey(topic.Tag)) {
			continue
		}
		if m := c.Match(topic.rule(), m.Text); m.Held {
			c.State().Set(topicKey(topic.Tag), m.String())
			found++
		}
	}
	if found == 0 {
		return sdk.Skip("no new topic")
	}
	return nil
}

func (t Topic) rule() sdk.Rule {
	return sdk.Rule{Name: t.Tag, Words: t.Words, Pattern: t.Pattern, Department: t.Department}
}

// closed asks for the tags. Those that the chat has already stay as they are,
// whoever set them.
func (t tagger) closed(c *sdk.Chat) error {
	set := 0
	for _, x := range append(t.outcomes(c), t.topics(c)...) {
		switch {
		case hasTag(c, x.tag):
			t.plugin.Log("tag %q is there already", x.tag)
		case !t.allows(x.tag):
			t.plugin.Log("tag %q is not allowed: add it to allowed, or take it out of topics and outcomes", x.tag)
		case set == t.MaxTags:
			t.plugin.Log("tag %q would be one more than max_tags", x.tag)
		default:
			c.Tag([]string{x.tag}, sdk.Because("%s", x.why))
			set++
		}
	}
	if set == 0 {
		return sdk.Skip("no tag to set")
	}
	return nil
}

// reason is a tag and why the chat gets it.
type reason struct{ tag, why string }

// outcomes are the tags by how the chat ended. Of a chat of which nobody knows
// who ended it, nothing is said.
func (t tagger) outcomes(c *sdk.Chat) []reason {
	o := t.Outcomes
	var all []reason
	for _, x := range []struct {
		reason
		holds bool
	}{
		{reason{o.Unanswered, "no person has answered the guest"}, !c.Answered() && !c.WaitingSince.IsZero()},
		{reason{o.ClosedByGuest, "the guest ended the chat"}, c.Closing.ByVisitor},
		{reason{o.ClosedByAgent, "@" + c.Closing.By.Username + " ended the chat"}, !c.Closing.ByVisitor && !c.Closing.By.IsZero()},
		{reason{o.Forwarded, fmt.Sprintf("the chat was forwarded %d times", c.Forwards)}, c.Forwards >= o.Times},
	} {
		if x.tag != "" && x.holds {
			all = append(all, x.reason)
		}
	}
	return all
}

// topics are the tags by what the guest has said: those that the classifier
// chooses, or else those whose words came up.
func (t tagger) topics(c *sdk.Chat) []reason {
	if !t.Classify || c.State().Get(said) == "" {
		return t.noted(c, "")
	}
	labels := t.labels()
	chosen, err := t.plugin.Classify(c.State().Get(said), labels, t.MaxTags)
	if err != nil {
		return t.noted(c, "; nobody could classify: "+err.Error())
	}
	var all []reason
	for _, tag := range chosen {
		if contains(labels, tag) {
			all = append(all, reason{tag, fmt.Sprintf("the classifier chose it among %d tags", len(labels))})
		}
	}
	if len(all) == 0 {
		return t.noted(c, "; the classifier chose nothing")
	}
	return all
}

// noted are the topics that have come up.
func (t tagger) noted(c *sdk.Chat, remark string) []reason {
	var all []reason
	for _, topic := range t.Topics {
		if why := c.State().Get(topicKey(topic.Tag)); why != "" {
			all = append(all, reason{topic.Tag, why + remark})
		}
	}
	return all
}

// labels are what the classifier may choose among: the allowed tags that say
// nothing of how a chat ended, or else the topics.
func (t tagger) labels() []string {
	o := t.Outcomes
	var all []string
	for _, tag := range t.Allowed {
		if !contains([]string{o.Unanswered, o.ClosedByGuest, o.ClosedByAgent, o.Forwarded}, tag) {
			all = append(all, tag)
		}
	}
	if len(t.Allowed) > 0 {
		return all
	}
	for _, topic := range t.Topics {
		all = append(all, topic.Tag)
	}
	return all
}

func (t tagger) allows(tag string) bool { return len(t.Allowed) == 0 || contains(t.Allowed, tag) }

// hasTag reports whether the chat carries the tag, whatever the case.
func hasTag(c *sdk.Chat, tag string) bool {
	for _, has := range c.Tags {
		if strings.EqualFold(has, tag) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// mostSaid is how much of what a guest says is kept for the classifier, in
// bytes. What a chat is about is said at its beginning.
const mostSaid = 4 << 10

// keep adds a message to what is kept for the classifier.
func keep(c *sdk.Chat, text string) {
	before := c.State().Get(said)
	room := mostSaid - len(before)
	if room <= 0 {
		return
	}
	if len(text) > room {
		text = strings.ToValidUTF8(text[:room], "")
	}
	c.State().Set(said, before+text+"\n")
}

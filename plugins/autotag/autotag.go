//go:build go1.20

// Package autotag tags chats when they end: by what the guest has said, and by
// how the chat ended. It only adds tags, and each says which rule gave it.
package autotag

import (
	"github.com/bellhop-chat/bellhop/sdk"
)

// Settings are what an instance file says.
type Settings struct {
	// Topics are tags by what the guest says.
	Topics []Topic `json:"topics"`
	// Outcomes are tags by how the chat ended.
	Outcomes Outcomes `json:"outcomes"`
	// Fields are tags by what a custom field holds when the chat ends, such as a
	// rating.
	Fields []Field `json:"fields"`
	// Allowed are the only tags that may be set. Empty means all that topics,
	// outcomes and fields name.
	Allowed []string `json:"allowed"`
	// AllowedIn are the only tags that may be set in chats of some departments,
	// whatever Allowed says. Of several that name the department, all count.
	AllowedIn []AllowedIn `json:"allowed_in"`
	// Synonyms are other words for a tag: where one of them would be set, the tag
	// is, and where a chat carries one, the tag is not set any more.
	Synonyms []Synonym `json:"synonyms"`
	// Required are tags for chats that would end without any.
	Required []Required `json:"required"`
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

// AllowedIn are the tags that may be set in chats of departments.
type AllowedIn struct {
	Department sdk.Names `json:"department"` // where the chat ends, by name or id; "none" means in none
	Tags       []string  `json:"tags"`
}

// Synonym is a tag and other words for it.
type Synonym struct {
	Tag string   `json:"tag"`
	For []string `json:"for"` // whatever case
}

// tagger is an instance at work.
type tagger struct {
	Settings
	plugin *sdk.Plugin
}

// Register wires the tagger to what happens.
func Register(p *sdk.Plugin) error {
	s := Settings{MaxTags: 5, Outcomes: Outcomes{Times: 2, LongAfter: sdk.Duration(hour), ShortBelow: sdk.Duration(minute)}}
	if err := p.Settings(&s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	t := tagger{s, p}
	p.OnMessage(t.message)
	p.OnClosed(t.closed)
	if s.early() {
		p.OnOpened(t.enters)
		p.OnResult(t.result)
		p.OnForwarded(func(c *sdk.Chat, _ sdk.Forwarding) error { return t.enters(c) })
	}
	return nil
}

// What a chat remembers: by each topic that has come up why it did, the
// beginning of what the guest said, and the required tag that it got early.
const (
	said  = "said"
	early = "early"
)

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

// reason is a tag and why the chat gets it.
type reason struct {
	tag  string
	rule string // of the settings
	why  string
}

// set asks for the tag.
func (r reason) set(c *sdk.Chat) {
	c.Tag([]string{r.tag}, sdk.Match{Rule: r.rule}.Because(), sdk.Because("%s", r.why))
}

// closed asks for the tags. Those that the chat has already stay as they are,
// whoever set them.
func (t tagger) closed(c *sdk.Chat) error {
	set := t.fit(c, append(append(t.outcomes(c), t.fields(c)...), t.topics(c)...))
	for _, r := range set {
		r.set(c)
	}
	changed := t.require(c, len(set))
	if len(set) == 0 && !changed {
		return sdk.Skip("no tag to set")
	}
	return nil
}

// fit are those that may be set, each tag once.
func (t tagger) fit(c *sdk.Chat, all []reason) []reason {
	var fit []reason
	has := append([]string{}, c.Tags...)
	for _, r := range all {
		r = t.named(r)
		switch {
		case t.holds(has, r.tag):
			t.plugin.Log("tag %q is there already", r.tag)
		case !t.allows(c, r.tag):
			t.plugin.Log("tag %q is not allowed: add it to allowed or allowed_in, or take it out of topics, outcomes and fields", r.tag)
		case len(fit) == t.MaxTags:
			t.plugin.Log("tag %q would be one more than max_tags", r.tag)
		default:
			fit = append(fit, r)
			has = append(has, r.tag)
		}
	}
	return fit
}

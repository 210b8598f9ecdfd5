//go:build go1.20

package autotag

import (
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// topics are the tags by what the guest has said: those that the classifier
// chooses, or else those whose words came up.
func (t tagger) topics(c *sdk.Chat) []reason {
	labels := t.labels(c)
	if !t.Classify || c.State().Get(said) == "" || len(labels) == 0 {
		return t.noted(c, "")
	}
	chosen, err := t.plugin.Choose(c.State().Get(said), labels, t.MaxTags)
	if err != nil {
		return t.noted(c, "; nobody could classify: "+err.Error())
	}
	var all []reason
	for n, tag := range chosen.Labels {
		if contains(labels, tag) {
			all = append(all, reason{tag, "classify", chose(chosen, n, len(labels))})
		}
	}
	if len(all) == 0 {
		return t.noted(c, "; the classifier chose nothing")
	}
	return all
}

// chose says who chose the n-th of the labels, how sure of it, and by which
// words, as far as that is known.
func chose(by sdk.Choice, n, among int) string {
	who := by.Source
	if who == "" {
		who = "the classifier"
	}
	why := fmt.Sprintf("%s chose it among %d tags", who, among)
	if n > 0 {
		return why
	}
	if by.Confidence > 0 {
		why += fmt.Sprintf(", %.0f %% sure", 100*by.Confidence)
	}
	if len(by.Words) > 0 {
		why += fmt.Sprintf(", by the words %q", strings.Join(by.Words, ", "))
	}
	return why
}

// noted are the topics that have come up.
func (t tagger) noted(c *sdk.Chat, remark string) []reason {
	var all []reason
	for _, topic := range t.Topics {
		if why := c.State().Get(topicKey(topic.Tag)); why != "" {
			all = append(all, reason{topic.Tag, topic.Tag, why + remark})
		}
	}
	return all
}

// labels are what the classifier may choose among: the allowed tags that say
// nothing of how a chat ended, or else the topics, and their synonyms, by which
// people may have tagged what was learned from.
func (t tagger) labels(c *sdk.Chat) []string {
	var all []string
	others := append(t.Outcomes.all(), t.fieldTags()...)
	for _, tag := range t.allowed(c) {
		if !contains(others, tag) {
			all = append(all, tag)
		}
	}
	if len(t.allowed(c)) == 0 {
		for _, topic := range t.Topics {
			all = append(all, topic.Tag)
		}
	}
	for _, s := range t.Synonyms {
		if like(all, s.Tag) {
			all = append(all, s.For...)
		}
	}
	return all
}

func (t tagger) fieldTags() []string {
	var all []string
	for _, f := range t.Fields {
		all = append(all, f.Tag)
	}
	return all
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

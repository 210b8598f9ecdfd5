//go:build go1.20

package autotag

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

const (
	mostTopics = 200 // a chat remembers at most 256 things
	mostTags   = 20
	longTag    = 100 // bytes
)

// check says what is wrong with the settings, and what to write instead.
func (s Settings) check() error {
	switch {
	case len(s.Topics) == 0 && s.Outcomes.none() && !(s.Classify && len(s.Allowed) > 0):
		return errors.New("no tag is named: write topics or outcomes, such as topics: [{tag: invoice, words: [invoice]}]")
	case len(s.Topics) > mostTopics:
		return fmt.Errorf("there are %d topics, more than %d: put words into one topic, or use two instances", len(s.Topics), mostTopics)
	case s.MaxTags < 1 || s.MaxTags > mostTags:
		return fmt.Errorf("max_tags is %d: write 1 to %d", s.MaxTags, mostTags)
	case s.Outcomes.Times < 1:
		return fmt.Errorf("forwarded_times is %d: write 1 or more", s.Outcomes.Times)
	}
	seen := map[string]bool{}
	for n, topic := range s.Topics {
		if seen[topic.Tag] {
			return fmt.Errorf("topic %q stands there twice: put its words into one", topic.Tag)
		}
		seen[topic.Tag] = true
		if err := topic.check(); err != nil {
			return fmt.Errorf("topic %d: %w", n+1, err)
		}
	}
	o := s.Outcomes
	for _, tag := range append([]string{o.Unanswered, o.ClosedByGuest, o.ClosedByAgent, o.Forwarded}, s.Allowed...) {
		if why := wrongTag(tag); tag != "" && why != "" {
			return fmt.Errorf("tag %q %s", tag, why)
		}
	}
	return nil
}

func (t Topic) check() error {
	if why := wrongTag(t.Tag); why != "" {
		return fmt.Errorf("its tag %q %s", t.Tag, why)
	}
	if len(t.Words) == 0 && t.Pattern == "" && len(t.Department) == 0 {
		return fmt.Errorf("tag %q has no words: write words, pattern or department", t.Tag)
	}
	if _, err := regexp.Compile(t.Pattern); err != nil {
		return fmt.Errorf("pattern of tag %q cannot be used: %s: correct it, in the syntax of RE2", t.Tag, err)
	}
	return nil
}

func (o Outcomes) none() bool {
	return o.Unanswered+o.ClosedByGuest+o.ClosedByAgent+o.Forwarded == ""
}

// wrongTag says why a text is no tag; "" when it is one.
func wrongTag(tag string) string {
	switch {
	case strings.TrimSpace(tag) == "" || strings.TrimSpace(tag) != tag:
		return "is empty, or has spaces at its ends: write a word"
	case len(tag) > longTag:
		return fmt.Sprintf("has more than %d bytes: shorten it", longTag)
	case strings.IndexFunc(tag, unicode.IsControl) >= 0:
		return "holds control characters: take them out"
	}
	return ""
}

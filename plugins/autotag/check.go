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
	case s.none():
		return errors.New("no tag is named: write topics or outcomes, such as topics: [{tag: invoice, words: [invoice]}]")
	case len(s.Topics) > mostTopics:
		return fmt.Errorf("there are %d topics, more than %d: put words into one topic, or use two instances", len(s.Topics), mostTopics)
	case s.MaxTags < 1 || s.MaxTags > mostTags:
		return fmt.Errorf("max_tags is %d: write 1 to %d", s.MaxTags, mostTags)
	case s.Outcomes.Times < 1:
		return fmt.Errorf("forwarded_times is %d: write 1 or more", s.Outcomes.Times)
	case s.Outcomes.LongAfter <= 0 || s.Outcomes.ShortBelow <= 0:
		return errors.New("long_after and short_below must be more than 0: write them like 1h and 1m")
	}
	for _, f := range []func() error{s.checkTopics, s.checkTags, s.checkFields, s.checkSynonyms} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// none reports whether no tag can ever be set.
func (s Settings) none() bool {
	named := len(s.Topics) + len(s.Fields) + len(s.Required) + len(s.Outcomes.all())
	return named == 0 && !(s.Classify && len(s.Allowed)+len(s.AllowedIn) > 0)
}

func (s Settings) checkTopics() error {
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
	return nil
}

// checkTags looks at the tags that stand outside of topics.
func (s Settings) checkTags() error {
	all := append(s.Outcomes.all(), s.Allowed...)
	for n, a := range s.AllowedIn {
		if len(a.Department) == 0 || len(a.Tags) == 0 {
			return fmt.Errorf("allowed_in %d lacks its department or its tags: write {department: Sales, tags: [quote]}", n+1)
		}
		all = append(all, a.Tags...)
	}
	for _, r := range s.Required {
		all = append(all, r.Tag)
	}
	for _, x := range s.Synonyms {
		all = append(append(all, x.Tag), x.For...)
	}
	for _, f := range s.Fields {
		all = append(all, f.Tag)
	}
	for _, tag := range all {
		if why := wrongTag(tag); why != "" {
			return fmt.Errorf("tag %q %s", tag, why)
		}
	}
	return nil
}

func (s Settings) checkFields() error {
	for _, f := range s.Fields {
		if f.Field == "" || len(f.Is) == 0 && f.AtMost == "" && f.AtLeast == "" {
			return fmt.Errorf("fields: tag %q needs a field and what it holds: write {tag: %s, field: rating, at_most: \"2\"}", f.Tag, f.Tag)
		}
		for _, limit := range []string{f.AtMost, f.AtLeast} {
			if _, err := number(limit); limit != "" && err != nil {
				return fmt.Errorf("fields: tag %q: %q is no number: write one such as \"2\"", f.Tag, limit)
			}
		}
	}
	return nil
}

// checkSynonyms refuses words that mean two tags, and tags that mean another.
func (s Settings) checkSynonyms() error {
	var words, tags []string
	for _, x := range s.Synonyms {
		tags = append(tags, x.Tag)
		for _, word := range x.For {
			if like(words, word) {
				return fmt.Errorf("synonyms: %q stands there twice: a word is for one tag", word)
			}
			words = append(words, word)
		}
	}
	for _, tag := range tags {
		if like(words, tag) {
			return fmt.Errorf("synonyms: %q is a tag and a word for one: write all words under one tag", tag)
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

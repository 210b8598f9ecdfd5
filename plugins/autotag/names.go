//go:build go1.20

package autotag

import (
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// named gives a reason the tag that is meant by its words.
func (t tagger) named(r reason) reason {
	if tag := t.meant(r.tag); tag != r.tag {
		r.why += fmt.Sprintf("; %q is %q here", r.tag, tag)
		r.tag = tag
	}
	return r
}

// meant is the tag for which a word stands: itself, unless it is a synonym.
func (t tagger) meant(word string) string {
	for _, s := range t.Synonyms {
		if like(s.For, word) {
			return s.Tag
		}
	}
	return word
}

// holds reports whether the tag is among those, whatever case, or a synonym of
// it is.
func (t tagger) holds(tags []string, tag string) bool {
	for _, has := range tags {
		if strings.EqualFold(t.meant(has), tag) {
			return true
		}
	}
	return false
}

// allows reports whether the tag may be set in the chat.
func (t tagger) allows(c *sdk.Chat, tag string) bool {
	list := t.allowed(c)
	return len(list) == 0 || contains(list, tag)
}

// allowed are the only tags that may be set in the chat; none means that all
// may.
func (t tagger) allowed(c *sdk.Chat) []string {
	var list []string
	for _, a := range t.AllowedIn {
		if in(c, a.Department) {
			list = append(list, a.Tags...)
		}
	}
	if len(list) == 0 {
		list = t.Allowed
	}
	return list
}

// in reports whether the chat is in one of the departments, by name or id;
// "none" means in none.
func in(c *sdk.Chat, departments []string) bool {
	for _, d := range departments {
		switch {
		case strings.EqualFold(d, "none") && c.Department == "" && c.DepartmentID == "":
			return true
		case d != "" && (strings.EqualFold(d, c.Department) || d == c.DepartmentID):
			return true
		}
	}
	return false
}

// like is contains, whatever case.
func like(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
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

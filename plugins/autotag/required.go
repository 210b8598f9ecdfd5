//go:build go1.20

package autotag

import (
	"fmt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Required is a tag for chats that would end without any.
type Required struct {
	// Tag is set when a chat ends without another, whatever is allowed.
	Tag string `json:"tag"`
	// Department are those that it is for, by name or id; "none" means chats in
	// none. Empty means all.
	Department sdk.Names `json:"department"`
	// Early sets the tag as soon as the chat comes into the department: where
	// the workspace refuses to close chats without a tag, nobody is held up, not the
	// guest either. It goes away at the end if the chat has another by then.
	Early bool `json:"early"`
}

// early reports whether some are set before the end.
func (s Settings) early() bool {
	for _, r := range s.Required {
		if r.Early {
			return true
		}
	}
	return false
}

// required is the first that is for the chat.
func (t tagger) required(c *sdk.Chat) (Required, bool) {
	for _, r := range t.Required {
		if len(r.Department) == 0 || in(c, r.Department) {
			return r, true
		}
	}
	return Required{}, false
}

// enters gives a chat its tag early.
func (t tagger) enters(c *sdk.Chat) error {
	r, found := t.required(c)
	switch {
	case !found || !r.Early:
		return sdk.Skip("no tag is required early")
	case len(c.Tags) > 0:
		return sdk.Skip("the chat has a tag")
	case c.State().Get(early) == r.Tag:
		return sdk.Skip("somebody took the tag away")
	}
	c.State().Set(early, r.Tag)
	reason{r.Tag, "required", "a chat" + where(c) + " needs a tag before it can be closed: this one keeps the place"}.set(c)
	return nil
}

// require sees to it that a chat ends with a tag, and that one which was set
// early goes away where there is another: so many are set now. It reports whether
// it asked for something.
func (t tagger) require(c *sdk.Chat, set int) bool {
	placed := c.State().Get(early)
	others := set
	for _, tag := range c.Tags {
		if tag != placed {
			others++
		}
	}
	if placed != "" && contains(c.Tags, placed) {
		if others > 0 {
			c.Untag([]string{placed}, sdk.Match{Rule: "required"}.Because(), sdk.Because("the chat has another tag"))
		}
		return others > 0
	}
	r, found := t.required(c)
	if !found || others > 0 || r.Tag == placed { // who took it away wants the chat without
		return false
	}
	reason{r.Tag, "required", "no other tag was set" + where(c)}.set(c)
	return true
}

// result forgets a tag that was not set early: nobody took it away.
func (t tagger) result(c *sdk.Chat, r sdk.Result) error {
	switch r.Outcome.State {
	case sdk.Done, sdk.Unconfirmed, sdk.Undone:
		return sdk.Skip("no tag was refused")
	}
	if r.Effect.Kind != sdk.EffectTag || !contains(r.Effect.Tags, c.State().Get(early)) {
		return sdk.Skip("no early tag was refused")
	}
	c.State().Delete(early)
	return nil
}

func where(c *sdk.Chat) string {
	if c.Department == "" {
		return ""
	}
	return fmt.Sprintf(" in %s", c.Department)
}

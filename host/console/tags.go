package console

import (
	"slices"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Tag is a tag of a chat, and where it comes from.
type Tag struct {
	Tag      string        `json:"tag"`
	Instance string        `json:"instance,omitempty"` // that set it; "" means a person, or another program of the workspace
	Rule     string        `json:"rule,omitempty"`
	Reason   string        `json:"reason,omitempty"` // with the classifier and how sure it was, where one chose
	Effect   sdk.EffectKey `json:"effect,omitempty"`
}

// tags are those of a chat. The picture of a chat that has ended does not have
// what was set after that.
func (c *chronicle) tags(chat sdk.Chat, decisions []store.Explained) ([]Tag, error) {
	names := slices.Clone(chat.Tags)
	if !chat.Open() {
		ours, err := c.Store.OurTags(chat.ID)
		if err != nil {
			return nil, err
		}
		for _, name := range ours {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	all := make([]Tag, 0, len(names))
	for _, name := range names {
		all = append(all, setBy(c.Store.TagSetter(chat.ID, name), name, decisions))
	}
	return all, nil
}

func setBy(key sdk.EffectKey, name string, decisions []store.Explained) Tag {
	for _, d := range decisions {
		for _, carried := range d.Effects {
			if e := carried.Effect; key != "" && e.Key == key {
				return Tag{Tag: name, Instance: e.Instance, Rule: e.Rule, Reason: e.Reason, Effect: key}
			}
		}
	}
	return Tag{Tag: name, Effect: key}
}

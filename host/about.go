package host

import (
	"fmt"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// about is the chat that a handler means, as it has seen it: the event's when
// it names none, or one that it has read for this event. It has no ID when the
// event belongs to none. The error is a worker's that names any other.
func (it *item) about(id sdk.ChatID) (*sdk.Chat, error) {
	switch {
	case id == it.chat && id != "", id == "" && it.chat != "":
		c := it.entry.Picture
		c.ID = it.chat
		return &c, nil
	case id == "":
		return &sdk.Chat{}, nil
	}
	for _, a := range it.Answers {
		for _, c := range worker.Chats(a) {
			if c.ID == id {
				return &c, nil
			}
		}
	}
	return nil, fmt.Errorf("for chat %.40q, which is not the event's, and which the handler has not read", id)
}

// endsWithChat reports whether the timer is not to be set, because its chat
// has ended.
func (it *item) endsWithChat(t sdk.Timer) bool {
	c, err := it.about(t.Chat)
	return !t.Cancel && (err != nil || c.Status == sdk.Closed)
}

// soundAbout checks which chat something is for.
func (it *item) soundAbout(id sdk.ChatID, free bool) error {
	c, err := it.about(id)
	if err == nil && c.ID == "" && !free {
		err = fmt.Errorf("for no chat, and a %s event belongs to none", it.entry.Event.Kind)
	}
	return err
}

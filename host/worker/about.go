package worker

import (
	"encoding/json"
	"fmt"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Chats are the chats, with all their verbs, that the answer to a read holds.
func Chats(a sdk.Answer) (all []sdk.Chat) {
	if a.Error != "" {
		return nil
	}
	switch a.Read.Kind {
	case "chat":
		all = make([]sdk.Chat, 1)
		if json.Unmarshal(a.Value, &all[0]) != nil {
			return nil
		}
	case "chats":
		if json.Unmarshal(a.Value, &all) != nil {
			return nil
		}
	}
	return all
}

// knows says which chat a reply is about that the worker has not been shown
// with the event.
func (f *flight) knows(r *sdk.Reply) error {
	var seen map[sdk.ChatID]bool
	for _, id := range named(r) {
		if seen == nil {
			seen = f.seen()
		}
		if !seen[id] {
			return fmt.Errorf("it acts on chat %.40q, which it was not shown", id)
		}
	}
	return nil
}

// named are the chats that a reply names; mostly there are none.
func named(r *sdk.Reply) (all []sdk.ChatID) {
	for _, e := range r.Effects {
		if e.Chat != "" {
			all = append(all, e.Chat)
		}
	}
	for _, t := range r.Timers {
		if t.Chat != "" {
			all = append(all, t.Chat)
		}
	}
	return all
}

func (f *flight) seen() map[sdk.ChatID]bool {
	all := map[sdk.ChatID]bool{f.chat: true}
	for _, a := range f.answers {
		for _, c := range Chats(a) {
			all[c.ID] = true
		}
	}
	return all
}

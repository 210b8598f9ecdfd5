package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Tagged is a chat that has ended, and that people have tagged.
type Tagged struct {
	Chat sdk.ChatID
	At   time.Time // when it ended

	Department string // where it ended

	Tags []string // without those that Bellhop has set
	Says []string // what the guest wrote first, one message each
}

// Tagged are the chats that have ended and that people have tagged, in the order
// in which they ended, each with the guest's first messages as far as the journal still holds
// them; chats in which the guest wrote nothing are left out.
func (db *DB) Tagged(messages int) ([]Tagged, error) {
	all, err := db.tagged()
	if err == nil && len(all) > 0 {
		err = db.openings(all, messages)
	}
	if err != nil {
		return nil, fmt.Errorf("read tagged chats: %w", err)
	}
	slices.SortFunc(all, func(a, b Tagged) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Chat, b.Chat)) })
	return slices.DeleteFunc(all, func(t Tagged) bool { return len(t.Says) == 0 }), nil
}

func (db *DB) tagged() (all []Tagged, err error) {
	err = db.EachChat(func(k bridge.Known) error {
		if !k.Chat.Open() && len(k.Chat.Tags) > 0 {
			all = append(all, Tagged{Chat: k.Chat.ID, At: k.Chat.ClosedAt, Department: k.Chat.Department, Tags: slices.Clone(k.Chat.Tags)})
		}
		return nil
	})
	for i := range all {
		ours, more := db.OurTags(all[i].Chat)
		all[i].Tags = slices.DeleteFunc(all[i].Tags, func(t string) bool { return slices.Contains(ours, t) })
		err = errors.Join(err, more)
	}
	return slices.DeleteFunc(all, func(t Tagged) bool { return len(t.Tags) == 0 }), err
}

// said is what of an entry tells what a guest wrote.
type said struct {
	Event struct {
		Chat    sdk.ChatID    `cbor:"chat"`
		Kind    sdk.EventKind `cbor:"kind"`
		Message struct {
			From sdk.Sender `cbor:"from"`
			Text string     `cbor:"text"`
		} `cbor:"message"`
	} `cbor:"3,keyasint"`
}

// openings fills in what the guests wrote first.
func (db *DB) openings(all []Tagged, messages int) error {
	place := map[sdk.ChatID]int{}
	for i, t := range all {
		place[t.Chat] = i
	}
	return db.scan(journalBucket, []byte{}, func(_, v []byte) error {
		var e said
		if err := decode(v, &e); err != nil {
			return err
		}
		at, tagged := place[e.Event.Chat]
		if m := e.Event.Message; tagged && e.Event.Kind == sdk.EventMessage && m.From == sdk.Guest && m.Text != "" && len(all[at].Says) < messages {
			all[at].Says = append(all[at].Says, m.Text)
		}
		return nil
	})
}

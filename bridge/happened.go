package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Happening is what happened in a chat between its messages.
type Happening struct {
	Kind       sdk.EventKind // taken, forwarded, queued, held, resumed, call or closed
	At         time.Time
	By         sdk.Person      // zero means the guest, the server, or nobody knows
	Forwarding *sdk.Forwarding // of forwarded and queued
	Conference *sdk.Conference // of call
	Comment    string          // given with it
}

// Happenings are what happened in a chat, the oldest first, by the messages of
// its workspace. Of a chat that is too large to be read at once only the
// moves are known.
func (b *Bridge) Happenings(ctx context.Context, id sdk.ChatID) ([]Happening, error) {
	room, err := b.livechat(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read what happened: %w", err)
	}
	list, _, err := b.rest.SyncMessages(ctx, room.ID, room.TS.Add(-overlap))
	if errors.Is(err, rest.ErrTooLarge) {
		list, err = b.moves(ctx, room)
	}
	if err != nil {
		return nil, fmt.Errorf("read what happened: %w", err)
	}
	if _, err := b.self(ctx); err != nil {
		return nil, fmt.Errorf("read what happened: %w", err)
	}
	var all []Happening
	for _, m := range list {
		if m.Transfer != nil {
			b.names.meet(ctx, m.Transfer.FromDepartment)
		}
		if as := happening[m.Type]; as != nil && !m.Hidden {
			h := as(b, m)
			if h.By.ID == serverUser || h.By.ID == room.Visitor.ID {
				h.By = sdk.Person{}
			}
			all = append(all, h)
		}
	}
	all = slices.DeleteFunc(all, func(h Happening) bool { return h.Kind == "" })
	return all, b.completeCalls(ctx, room, all)
}

// moves are messages that tell how the chat moved.
func (b *Bridge) moves(ctx context.Context, room rest.Room) ([]rest.Message, error) {
	moves, err := b.rest.Transfers(ctx, room.ID)
	var list []rest.Message
	for _, t := range moves {
		list = append(list, rest.Message{Type: typeMoved, TS: t.TS, User: t.By, Transfer: &t})
	}
	return list, err
}

var happening = map[string]func(*Bridge, rest.Message) Happening{
	typeCommand:  (*Bridge).happenedCommand,
	typeMoved:    (*Bridge).happenedMove,
	typeRerouted: (*Bridge).happenedMove,
	typeHeld:     as(sdk.EventHeld),
	typeResumed:  as(sdk.EventResumed),
	typeClosed:   as(sdk.EventClosed),
	typeCall:     (*Bridge).happenedCall,
	typeOldCall:  (*Bridge).happenedCall,
}

// as is for messages whose text is what somebody said with it.
func as(kind sdk.EventKind) func(*Bridge, rest.Message) Happening {
	return func(b *Bridge, m rest.Message) Happening {
		return Happening{Kind: kind, At: m.TS.Time, By: b.person(m.User), Comment: cleanText(m.Text)}
	}
}

func (b *Bridge) happenedCommand(m rest.Message) Happening {
	if m.Text != "connected" {
		return Happening{}
	}
	return Happening{Kind: sdk.EventTaken, At: m.TS.Time, By: b.person(m.User)}
}

func (b *Bridge) happenedMove(m rest.Message) Happening {
	if m.Transfer == nil {
		return Happening{}
	}
	f := b.forwarding(m)
	kind := sdk.EventForwarded
	if f.ToQueue {
		kind = sdk.EventQueued
	}
	return Happening{Kind: kind, At: f.At, By: f.By, Forwarding: &f, Comment: f.Comment}
}

func (b *Bridge) happenedCall(m rest.Message) Happening {
	v := sdk.Conference{ID: callOf(m), By: b.person(m.User), Started: m.TS.Time}
	return Happening{Kind: sdk.EventCall, At: m.TS.Time, By: v.By, Conference: &v}
}

// completeCalls adds what the workspace knows of its conferences: who began
// them, and when they ended.
func (b *Bridge) completeCalls(ctx context.Context, room rest.Room, all []Happening) error {
	if !slices.ContainsFunc(all, func(h Happening) bool { return h.Conference != nil }) {
		return nil
	}
	held, err := b.rest.Conferences(ctx, room.ID)
	if rest.IsNoCall(err) {
		return nil // before 5.0 nobody knows
	}
	if err != nil {
		return fmt.Errorf("read what happened: %w", err)
	}
	for _, c := range held {
		for i, h := range all {
			if h.Conference != nil && h.Conference.ID == c.ID {
				by := b.person(c.CreatedBy)
				all[i].By = by
				all[i].Conference = &sdk.Conference{ID: c.ID, By: by, Provider: cleanLine(c.Provider), Started: c.CreatedAt.Time, Ended: c.Ended().Time}
			}
		}
	}
	return nil
}

package bridge

import (
	"slices"

	"github.com/bellhop-chat/bellhop/sdk"
)

// begin is the picture before the first moment, with what of the room has no
// time of its own.
func (s *story) begin() sdk.Chat {
	c, room := s.chat.known, s.look.room
	now := s.b.chat(room)
	c.ID, c.Topic, c.Tags, c.Fields, c.Channel, c.ContactID = s.chat.id, now.Topic, now.Tags, now.Fields, now.Channel, now.ContactID
	if !now.OpenedAt.IsZero() {
		c.OpenedAt = now.OpenedAt
	}
	if s.look.visitor != nil || c.Visitor.ID != now.Visitor.ID {
		c.Visitor = s.b.visitor(room, s.look.visitor)
	}
	if !s.chat.loaded && s.look.whole {
		figures(&c, s.history)
		c.Forwards = s.forwardsBefore()
	}
	c.Last = revised(c.Last, s.history, s.gone)
	return c
}

// revised are the last messages as they are now, after edits and deletions.
func revised(last, now []sdk.Message, gone []string) []sdk.Message {
	var list []sdk.Message
	for _, m := range last {
		if slices.Contains(gone, string(m.ID)) {
			continue
		}
		at := slices.IndexFunc(now, func(n sdk.Message) bool { return n.ID == m.ID })
		if at >= 0 && !now[at].Edited.Before(m.Edited) { // a frame may come twice, and late
			m = shorten(now[at])
		}
		list = append(list, m)
	}
	return list
}

// settle sets where the chat stands by the room, which is the truth.
func (s *story) settle(c *sdk.Chat) {
	if s.comment != "" {
		c.Closing.Comment = s.comment
	}
	s.b.place(c, s.look.room)
	measure(c, s.look.room)
}

// unfit reports whether the look met the chat in the middle of a change that
// the server makes step by step, or one that happened between the reading of
// messages and room: then the room tells what no message has told yet.
func (s *story) unfit() bool {
	room := s.look.room
	if !room.Open {
		return s.hasEnded() && !s.ended && (room.LastMessage == nil || room.LastMessage.Type != typeClosed)
	}
	if s.bare {
		return true
	}
	c := s.begin()
	for _, m := range s.moments {
		m.change(&c)
	}
	return !s.rightAgent(c) || !s.rightDepartment(c) || (c.Status == sdk.Held) != room.OnHold
}

// rightAgent reports whether the room's agent is the one that the messages
// lead to.
func (s *story) rightAgent(c sdk.Chat) bool {
	serving, move := s.look.room.ServedBy, s.move
	switch {
	case serving == nil:
		return c.Agent.IsZero() || move != nil && !c.TakenAt.After(move.TS.Time)
	case !isAgent(c, serving):
		return false
	case move == nil || serving.TS.After(move.TS.Time):
		return true
	case move.ToAgent != nil:
		return move.ToAgent.ID == serving.ID
	}
	// Of a move to a department the server tells before the former agent is gone.
	return move.Scope == "agent" || move.TS.Sub(serving.TS.Time) < delegateLag
}

func (s *story) rightDepartment(c sdk.Chat) bool {
	return c.DepartmentID == s.look.room.DepartmentID || s.move != nil && s.move.ToDepartment == nil
}

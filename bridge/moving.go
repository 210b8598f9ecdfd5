package bridge

import (
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (s *story) moved(m rest.Message) {
	if m.Transfer == nil {
		return
	}
	f := s.b.forwarding(m)
	id := ForwardedID(s.chat.id, f.At)
	if !s.fresh(m) || s.knows(id) {
		return
	}
	move := *m.Transfer
	move.TS.Time = f.At
	s.move = &move
	to, scope := move.ToDepartment, move.Scope
	s.add(m, sdk.Event{ID: id, Kind: sdk.EventForwarded, At: f.At, Forwarding: &f}, func(c *sdk.Chat) {
		c.Forwards++
		if to != nil && to.ID != "" {
			c.DepartmentID, c.Department = to.ID, f.ToDepartment
		}
		if scope != "agent" && (s.b.routing.isManual() || f.At.Sub(c.TakenAt) > delegateLag) {
			waitNow(c, f.At)
		}
	})
}

// forwarding is how a chat moved, by the message that tells of it.
func (b *Bridge) forwarding(m rest.Message) sdk.Forwarding {
	t := m.Transfer
	f := sdk.Forwarding{By: b.person(t.By), Comment: cleanText(t.Comment), At: t.TS.Time, ToQueue: t.Scope == "queue"}
	if f.At.IsZero() {
		f.At = m.TS.Time
	}
	b.names.hear(t.ToDepartment)
	f.FromDepartment = b.names.department(t.FromDepartment)
	if t.ToDepartment != nil {
		f.ToDepartment = b.names.department(t.ToDepartment.ID)
	}
	if t.ToAgent != nil {
		f.ToAgent = b.person(*t.ToAgent)
	}
	me := b.me.Load()
	f.Ours = me != nil && t.By.ID == me.UserID
	return f
}

// forwardsBefore are the moves of before the mark.
func (s *story) forwardsBefore() int {
	n := 0
	for _, m := range s.look.messages {
		if (m.Type == typeMoved || m.Type == typeRerouted) && m.Transfer != nil {
			n++
		}
	}
	for _, m := range s.moments {
		if m.event.Kind == sdk.EventForwarded {
			n--
		}
	}
	return max(n, 0)
}

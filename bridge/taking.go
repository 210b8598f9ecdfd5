package bridge

import (
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// join is a message by which an agent took the chat.
type join struct {
	message rest.Message
	place   int
	again   bool // the chat has moved since the picture's agent took it
}

// commanded collects the messages by which agents took the chat.
func (s *story) commanded(m rest.Message) {
	if m.Text == "connected" && s.fresh(m) && !s.knows(MessageEventID(sdk.MessageID(m.ID))) {
		again := s.move != nil && s.move.TS.After(s.chat.known.TakenAt)
		s.joins = append(s.joins, join{m, s.place, again})
	}
}

// taken makes out who has taken the chat since. The room tells when its
// present agent did; the messages tell of those before, a few milliseconds
// later than the room did at that time, so theirs is the only time there is.
func (s *story) taken() {
	serving := s.look.room.ServedBy
	if serving != nil && (serving.ID == "" || serving.TS.IsZero()) {
		serving = nil
	}
	current, pictured := false, false
	for _, j := range s.joins {
		m := j.message
		s.place = j.place
		switch {
		case !pictured && !j.again && joined(m, s.chat.known.Agent.ID, s.chat.known.TakenAt):
			pictured = true
			s.settled = append(s.settled, m)
		case !current && serving != nil && joined(m, serving.ID, serving.TS.Time):
			current = true
			s.take(m, serving.Ref, serving.TS.Time).told = &m
		default:
			s.take(m, m.User, m.TS.Time).told = &m
		}
	}
	if serving != nil && !current && !isAgent(s.chat.known, serving) && !s.knows(TakenID(s.chat.id, serving.ID, serving.TS.Time)) {
		s.bare = true
		s.place = s.before(serving)
		s.take(rest.Message{TS: serving.TS}, serving.Ref, serving.TS.Time)
	}
}

// before is a place before what the agent said, and after all else of that
// millisecond.
func (s *story) before(serving *rest.Serving) int {
	for i, m := range s.look.messages {
		if m.User.ID == serving.ID && !m.TS.Before(serving.TS.Time) {
			return 2 * i
		}
	}
	return 2 * len(s.look.messages)
}

// joined reports whether the message tells that the agent took the chat then.
func joined(m rest.Message, agentID string, takenAt time.Time) bool {
	late := m.TS.Sub(takenAt)
	return agentID != "" && m.User.ID == agentID && late >= 0 && late < takenLag
}

func isAgent(c sdk.Chat, serving *rest.Serving) bool {
	return c.Agent.ID == serving.ID && c.TakenAt.Equal(serving.TS.Time)
}

func (s *story) take(m rest.Message, agent rest.Ref, at time.Time) *moment {
	by := s.b.person(agent)
	return s.add(m, sdk.Event{ID: TakenID(s.chat.id, by.ID, at), Kind: sdk.EventTaken, At: at}, func(c *sdk.Chat) {
		c.Agent, c.TakenAt, c.Status, c.QueuedAt, c.HeldAt = by, at, sdk.Taken, time.Time{}, time.Time{}
	})
}

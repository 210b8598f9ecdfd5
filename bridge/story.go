package bridge

import (
	"cmp"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	// takenLag is how much later than servedBy.ts the message may be by which
	// the server says so: it was 50 ms in recordings.
	takenLag = 10 * time.Second
	// delegateLag is how much earlier than the message of a move its next agent
	// has the chat, with automatic routing: it was 50 ms in recordings.
	delegateLag = time.Second
	// firstShown is how soon after its ts a message is first shown. What
	// changed later is shown again: an edit, a reaction, a preview.
	firstShown = 2 * time.Second
)

// look is what a look at the server found out about a chat.
type look struct {
	room     rest.Room
	visitor  *rest.Visitor  // nil when it was not asked for or is not to be had
	messages []rest.Message // what frames told and, if whole, all that changed since the mark; the oldest first
	deleted  []rest.Deleted
	live     map[string]bool // those of the messages that frames told
	whole    bool
	at       time.Time // server time before the messages were read
}

// moment is one thing that happened to a chat.
type moment struct {
	at     time.Time // by which moments are ordered
	place  int       // among the messages, for those of the same millisecond; messages have odd ones
	event  sdk.Event
	change func(*sdk.Chat) // what it does to the picture
	told   *rest.Message   // the system message by which it is known; nil means none
}

// story finds out what happened to a chat between the picture and a look. It
// changes nothing.
type story struct {
	b     *Bridge
	chat  *followed
	look  look
	knows func(sdk.EventID) bool

	moments []moment
	place   int            // of the message that is being read
	settled []rest.Message // system messages whose facts are in the picture already
	history []sdk.Message  // of before the mark, when the chat was not loaded
	gone    []string       // messages that are no more
	joins   []join         // the messages by which agents took the chat
	bare    bool           // the room names an agent of whom no message tells
	move    *rest.Transfer // the last that is news
	comment string         // with which it was closed
	ended   bool           // the closing message was among the messages
}

// types of messages and what they tell.
var onMessage = map[string]func(*story, rest.Message){
	"":           (*story).said,
	typeCommand:  (*story).commanded,
	typeMoved:    (*story).moved,
	typeRerouted: (*story).moved,
	typeClosed:   (*story).closed,
	typeRemoved:  func(s *story, m rest.Message) { s.gone = append(s.gone, m.ID) },
}

// read goes through the messages and puts what happened into order: a chat's
// beginning first, its end last, and what is between by server time.
func (s *story) read() {
	for i, m := range s.look.messages {
		if do := onMessage[m.Type]; do != nil && !m.Hidden && soundID(m.ID) && !m.TS.IsZero() {
			s.place = 2*i + 1
			do(s, m)
		}
	}
	s.taken()
	slices.SortStableFunc(s.moments, func(a, b moment) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.place, b.place)) })
	if !s.chat.told {
		s.moments = slices.Insert(s.moments, 0, s.opened())
	}
	if s.hasEnded() {
		s.moments = append(s.moments, s.end())
	}
}

// fresh reports whether the message is new, and not one from before the mark
// that was changed.
func (s *story) fresh(m rest.Message) bool {
	return m.TS.After(s.chat.mark) || s.look.live[m.ID]
}

// firstShow reports whether a frame shows the message for the first time.
func firstShow(m rest.Message) bool {
	return m.EditedAt.IsZero() && m.UpdatedAt.Sub(m.TS.Time) <= firstShown
}

// add adds a moment at the place of the message that tells of it.
func (s *story) add(m rest.Message, e sdk.Event, change func(*sdk.Chat)) *moment {
	e.Chat = s.chat.id
	s.moments = append(s.moments, moment{at: m.TS.Time, place: s.place, event: e, change: change})
	return &s.moments[len(s.moments)-1]
}

func (s *story) said(m rest.Message) {
	said := s.b.message(m, s.look.room.Visitor.ID)
	id := MessageEventID(said.ID)
	switch {
	case !s.fresh(m) || s.knows(id):
		s.history = append(s.history, said)
	case said.From != sdk.System:
		s.add(m, sdk.Event{ID: id, Kind: sdk.EventMessage, At: said.At, Message: &said}, func(c *sdk.Chat) { hear(c, said) })
	}
}

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
		c.Agent, c.TakenAt, c.Status = by, at, sdk.Taken
	})
}

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
		if scope != "agent" && f.At.Sub(c.TakenAt) > delegateLag {
			c.Agent, c.TakenAt, c.Status = sdk.Person{}, time.Time{}, sdk.Queued
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

func (s *story) closed(m rest.Message) { s.comment, s.ended = cleanText(m.Text), true }

// opened is the chat's beginning: where it began is where its first move came
// from.
func (s *story) opened() moment {
	room := s.look.room
	department := room.DepartmentID
	for _, m := range s.look.messages {
		if onMessage[m.Type] != nil && m.Transfer != nil && m.Transfer.FromDepartment != "" {
			department = m.Transfer.FromDepartment
			break
		}
	}
	return moment{
		event: sdk.Event{ID: OpenedID(s.chat.id), Kind: sdk.EventOpened, Chat: s.chat.id, At: room.TS.Time},
		change: func(c *sdk.Chat) {
			c.Status, c.DepartmentID, c.Department = sdk.Queued, department, s.b.names.department(department)
		},
	}
}

func (s *story) hasEnded() bool {
	return !s.look.room.Open && s.chat.known.Status != sdk.Closed && !s.knows(ClosedID(s.chat.id))
}

func (s *story) end() moment {
	return moment{
		event:  sdk.Event{ID: ClosedID(s.chat.id), Kind: sdk.EventClosed, Chat: s.chat.id, At: s.look.room.ClosedAt.Time},
		change: s.settle,
	}
}

// begin is the picture before the first moment, with what of the room has no
// time of its own.
func (s *story) begin() sdk.Chat {
	c, room := s.chat.known, s.look.room
	now := s.b.chat(room)
	c.ID, c.OpenedAt, c.Topic, c.Tags, c.Fields, c.Channel = s.chat.id, now.OpenedAt, now.Topic, now.Tags, now.Fields, now.Channel
	if s.look.visitor != nil || c.Visitor.ID != now.Visitor.ID {
		c.Visitor = s.b.visitor(room, s.look.visitor)
	}
	if !s.chat.loaded && s.look.whole {
		figures(&c, s.history)
		c.Forwards = s.forwardsBefore()
	}
	for _, d := range s.look.deleted {
		s.gone = append(s.gone, d.ID)
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
		if at := slices.IndexFunc(now, func(n sdk.Message) bool { return n.ID == m.ID }); at >= 0 {
			m = shorten(now[at])
		}
		list = append(list, m)
	}
	return list
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

// settle sets where the chat stands by the room, which is the truth.
func (s *story) settle(c *sdk.Chat) {
	if s.comment != "" {
		c.Closing.Comment = s.comment
	}
	s.b.place(c, s.look.room)
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
	return !s.rightAgent(c) || !s.rightDepartment(c)
}

// rightAgent reports whether the room's agent is the one that the messages
// lead to.
func (s *story) rightAgent(c sdk.Chat) bool {
	serving, move := s.look.room.ServedBy, s.move
	switch {
	case serving == nil:
		return c.Agent.IsZero() || move != nil
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

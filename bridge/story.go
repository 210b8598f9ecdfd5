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
	unsure  bool           // whether the chat waits in the queue shows only later
}

// types of messages and what they tell.
var onMessage = map[string]func(*story, rest.Message){
	"":           (*story).said,
	typeCommand:  (*story).commanded,
	typeMoved:    (*story).moved,
	typeRerouted: (*story).moved,
	typeHeld:     (*story).putOnHold,
	typeResumed:  (*story).resumed,
	typeClosed:   (*story).closed,
	typeRemoved:  (*story).removed,
	typeCall:     (*story).called,
	typeOldCall:  (*story).called,
}

// read goes through the messages and puts what happened into order: a chat's
// beginning first, its end last, and what is between by server time.
func (s *story) read() {
	for i, m := range s.look.messages {
		do := onMessage[m.Type]
		if do == nil || m.Hidden {
			continue
		}
		if err := lacking(&m); err != nil {
			s.b.fault("chat.syncMessages", "message cannot be told", err)
			continue
		}
		s.place = 2*i + 1
		do(s, m)
	}
	for _, d := range s.look.deleted {
		s.erased(d.ID, d.DeletedAt.Time)
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
		if s.isNewEdit(said) {
			s.add(m, editing(said), nothing).at = said.Edited
		}
	case said.From != sdk.System:
		s.add(m, sdk.Event{ID: id, Kind: sdk.EventMessage, At: said.At, Message: &said}, func(c *sdk.Chat) { hear(c, said) })
	}
}

// nothing is what a moment does to the picture that has no more to it.
func nothing(*sdk.Chat) {}

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
			c.QueuedAt = room.TS.Time
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

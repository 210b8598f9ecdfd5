package bridge

import (
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Event is something that happened in the workspace, with the chat as it was
// afterwards.
type Event struct {
	sdk.Event
	Picture   sdk.Chat  `json:"picture"`
	Watermark time.Time `json:"watermark"` // the newest _updatedAt among the chat's messages that the bridge has seen
	Contact   string    `json:"contact"`   // a digest of what was last read of the contact behind the guest; "" means nothing
	Baseline  bool      `json:"baseline"`  // only the picture counts: the chat was there before Bellhop looked, and no plugin sees the event

	// Seen is set, and nothing else, to say that a comparison with the server
	// is complete: all that happened before this server time has been emitted.
	Seen time.Time `json:"seen"`
	// Behind is set, and nothing else, when the chats were listed and in some of
	// them something has happened that is yet to be told. All others are as they
	// were told; timers that came due while Bellhop was away wait for this, and
	// those of a chat that is behind for its Current or the next Seen. Nobody
	// changes it any more.
	Behind map[sdk.ChatID]bool `json:"-"`
	// Current is set, and nothing else, when all that had happened in a chat that
	// was behind has been told.
	Current sdk.ChatID `json:"-"`
	// Staff is set, and nothing else, when agents were looked at for the first time,
	// when more is known of where they belong, and, empty, when nobody wants to know
	// of them any more. What changes from then on is told.
	Staff *Staff `json:"-"`
	// Parted is set, and nothing else, to say that the connection is lost: what
	// happens is not heard of until the next Behind or Seen.
	Parted bool `json:"-"`
}

// Known is what the host's store holds of one chat.
type Known struct {
	Chat      sdk.Chat  `json:"chat"`
	Watermark time.Time `json:"watermark"`
	Contact   string    `json:"contact,omitempty"`
}

// Staff is how agents were when they were last looked at, so that what changes while
// Bellhop is away is found. A zero Staff says that they were not.
type Staff struct {
	Agents      map[string]sdk.AgentInfo `json:"agents"`      // by id
	Departments map[string]string        `json:"departments"` // the names, by id, of those of which it is known who belongs to them
	Told        time.Time                `json:"told"`        // when the last change was found: no two are of the same time
}

// Take takes in a change that was told, and when it was found.
func (s *Staff) Take(c sdk.AgentChange, at time.Time) {
	s.Told = later(s.Told, at)
	switch {
	case s.Agents == nil:
	case hasLeft(c.Now):
		delete(s.Agents, c.Now.ID)
	default:
		s.Agents[c.Now.ID] = c.Now
	}
}

// Picture is what the host knew of the workspace when it stopped. The bridge
// starts from it and emits what has changed since.
type Picture struct {
	Chats map[sdk.ChatID]Known // those that are open, or were closed within the last day
	Seen  time.Time            // server time of the last reconciliation; zero at a store's first start
	Staff Staff                // as the last event about it left it

	// Knows reports whether the journal holds the event already, so that the
	// bridge need not emit it again. It may be called from any goroutine.
	Knows func(sdk.EventID) bool
	// Watched reports whether somebody wants events of the kind. What costs
	// calls beside is not learned for nobody; nil means nobody. It may be called
	// from any goroutine.
	Watched func(sdk.EventKind) bool
	// Moves reports whether somebody may move chats, so that it is heard whether
	// their agents write; nil means nobody. It may be called from any goroutine.
	Moves func() bool
	// Ours names the effect that made a message or a transfer, by the _id or
	// the transfer's time; "" when it is not ours.
	Ours func(trace string) sdk.EffectKey
}

// OpenedID is the ID of a chat's beginning.
func OpenedID(chat sdk.ChatID) sdk.EventID { return sdk.EventID("opened/" + string(chat)) }

// MessageEventID is the ID of a message's arrival.
func MessageEventID(m sdk.MessageID) sdk.EventID { return sdk.EventID("message/" + string(m)) }

// EditedID is the ID of a message's change. Whoever was away knows the last
// change alone.
func EditedID(m sdk.MessageID, at time.Time) sdk.EventID {
	return sdk.EventID("edited/" + string(m) + "/" + millis(at))
}

// DeletedID is the ID of a message's end.
func DeletedID(m sdk.MessageID) sdk.EventID { return sdk.EventID("deleted/" + string(m)) }

// QueuedID is the ID of a chat's coming into the queue: when it was opened,
// moved there, or left by its agent.
func QueuedID(chat sdk.ChatID, at time.Time) sdk.EventID { return ofChat("queued", chat, at) }

// HeldID is the ID of a chat's being put on hold.
func HeldID(chat sdk.ChatID, at time.Time) sdk.EventID { return ofChat("held", chat, at) }

// ResumedID is the ID of the end of that.
func ResumedID(chat sdk.ChatID, at time.Time) sdk.EventID { return ofChat("resumed", chat, at) }

// TypingID is the ID of somebody's beginning to write after the last of the
// messages: nothing else dates it.
func TypingID(chat sdk.ChatID, who string, last []sdk.Message) sdk.EventID {
	var after sdk.MessageID
	if len(last) > 0 {
		after = last[len(last)-1].ID
	}
	return sdk.EventID("typing/" + string(chat) + "/" + who + "/" + string(after))
}

// CallID is the ID of a conference's beginning, by the workspace's id of it, and
// before 5.0 by that of its message.
func CallID(call string) sdk.EventID { return sdk.EventID("call/" + call) }

// CallEndedID is the ID of its end.
func CallEndedID(call string) sdk.EventID { return sdk.EventID("call/" + call + "/ended") }

// CallStepID is the ID of a step of a call that Bellhop has offered, by its room:
// offered, agent-joined, guest-joined, missed, ended, failed or unknown.
func CallStepID(room, step string) sdk.EventID { return sdk.EventID("call/" + room + "/" + step) }

// AgentID is the ID of an agent's change, by the server time at which it was found:
// nothing else dates it.
func AgentID(agent string, found time.Time) sdk.EventID {
	return sdk.EventID("agent/" + agent + "/" + millis(found))
}

// ContactID is the ID of a change of what is known of a chat's guest, by the
// _updatedAt of the visitor or of the contact behind it.
func ContactID(chat sdk.ChatID, at time.Time) sdk.EventID { return ofChat("contact", chat, at) }

// TakenID is the ID of an agent's beginning to serve a chat.
func TakenID(chat sdk.ChatID, agentID string, servedAt time.Time) sdk.EventID {
	return sdk.EventID("taken/" + string(chat) + "/" + agentID + "/" + millis(servedAt))
}

// ForwardedID is the ID of a chat's move.
func ForwardedID(chat sdk.ChatID, at time.Time) sdk.EventID {
	return ofChat("forwarded", chat, at)
}

// ClosedID is the ID of a chat's end. A chat ends once.
func ClosedID(chat sdk.ChatID) sdk.EventID { return sdk.EventID("closed/" + string(chat)) }

// TimerID is the ID of a timer's coming due.
func TimerID(instance string, chat sdk.ChatID, name string, due time.Time) sdk.EventID {
	return sdk.EventID("timer/" + instance + "/" + string(chat) + "/" + name + "/" + millis(due))
}

// CommandID is the ID of a command, by the message that gave it.
func CommandID(m sdk.MessageID) sdk.EventID { return sdk.EventID("command/" + string(m)) }

// IsCommand reports whether the ID is that of a command.
func IsCommand(e sdk.EventID) bool { return strings.HasPrefix(string(e), "command/") }

// ResultID is the ID of an effect's end, as the instance that asked sees it.
func ResultID(k sdk.EffectKey) sdk.EventID { return sdk.EventID("result/" + string(k)) }

func ofChat(kind string, chat sdk.ChatID, at time.Time) sdk.EventID {
	return sdk.EventID(kind + "/" + string(chat) + "/" + millis(at))
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

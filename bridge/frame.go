package bridge

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	streamMessages = "stream-room-messages"
	streamUser     = "stream-notify-user"
	streamQueue    = "stream-livechat-inquiry-queue-observer"
)

// onFrame are the frames that tell something of chats, by their stream and the
// last part of their event. They are read outside the watch's goroutine. What
// is not as it should be is named and not believed: see mistrust.
var onFrame = map[string]func(*watch, []json.RawMessage) error{
	streamMessages + " __my_messages__":   (*watch).messageFrame,
	streamUser + " rooms-changed":         (*watch).roomFrame,
	streamUser + " subscriptions-changed": (*watch).subscriptionFrame,
	streamQueue + " ":                     (*watch).inquiryFrame,
}

// frame takes one event of a stream.
func (w *watch) frame(e ddp.Event) error {
	name := e.Name
	switch e.Collection {
	case streamOfRoom:
		return w.typingFrame(e)
	case streamQueue:
		name = ""
	case streamUser:
		_, name, _ = strings.Cut(e.Name, "/")
	}
	do := onFrame[e.Collection+" "+name]
	if do == nil {
		return nil
	}
	return do(w, e.Args)
}

// messageFrame reads [message, about] and, of 3.11, [[message], about].
func (w *watch) messageFrame(args []json.RawMessage) error {
	kind, err := roomType(args)
	w.b.fault(streamMessages, oddFrame, err)
	if kind != "" && kind != "l" && kind != "d" {
		return nil
	}
	list, err := messages(args)
	w.b.fault(streamMessages, oddFrame, err)
	for n := range list {
		if err := w.take(&list[n], kind); err != nil {
			return err
		}
	}
	return nil
}

// take takes a message of a room of the type.
func (w *watch) take(m *heard, roomType string) error {
	switch {
	case roomType == "d" && m.err == nil:
		return w.directFrame([]rest.Message{m.Message})
	case roomType == "d":
		w.b.fault(streamMessages, oddFrame, m.err)
		return nil
	case m.err != nil:
		return w.mistrust(streamMessages, m.RoomID, roomType == "l", m.err)
	}
	return w.do(func() error { return w.heardMessage(m.Message) })
}

// roomFrame reads [change, room]. The room is only a part of the whole, so it
// is no more than a reason to look.
func (w *watch) roomFrame(args []json.RawMessage) error {
	var change string
	var room rest.Room
	err := cmp.Or(name("change", read(args, 0, &change)), name("room", read(args, 1, &room)), sound("_id", room.ID))
	switch {
	case err != nil:
		return w.mistrust(streamUser, room.ID, room.Type == "l", err)
	case room.Type != "l" || change == "removed":
		return nil
	}
	return w.suspect(room.ID, func(c sdk.Chat) bool {
		agent := ""
		if room.ServedBy != nil {
			agent = cleanLine(room.ServedBy.ID)
		}
		switch {
		case c.Status == "":
			return room.Open
		case c.Status == sdk.Closed:
			return false
		}
		return !room.Open || agent != c.Agent.ID || room.DepartmentID != c.DepartmentID || !slices.Equal(tags(room.Tags), c.Tags) || room.OnHold != (c.Status == sdk.Held)
	})
}

// subscriptionFrame reads [change, subscription]: one appears when we become a
// chat's agent, and vanishes when we are no more.
func (w *watch) subscriptionFrame(args []json.RawMessage) error {
	var change string
	var sub struct {
		RoomID string `json:"rid"`
		Type   string `json:"t"`
	}
	err := cmp.Or(name("change", read(args, 0, &change)), name("subscription", read(args, 1, &sub)))
	me := w.b.me.Load().UserID
	switch {
	case err != nil:
		return w.mistrust(streamUser, sub.RoomID, sub.Type == "l", err)
	case change == "inserted" && sub.Type == "l":
		return w.suspect(sub.RoomID, func(c sdk.Chat) bool { return c.Status == "" || c.Open() && c.Agent.ID != me })
	case change == "removed":
		return w.suspect(sub.RoomID, func(c sdk.Chat) bool { return c.Open() && c.Agent.ID == me })
	}
	return nil
}

// inquiryFrame reads a chat's place in the queue. It is there while the chat
// is open, with the status "taken" while an agent serves it.
func (w *watch) inquiryFrame(args []json.RawMessage) error {
	var q struct {
		Change     string `json:"type"`
		RoomID     string `json:"rid"`
		Status     string `json:"status"`
		Department string `json:"department"`
	}
	err := name("place", read(args, 0, &q))
	if err == nil && q.Change != "removed" { // 3.4 tells no more of one that is gone than its id
		err = sound("rid", q.RoomID)
	}
	if err != nil {
		return w.mistrust(streamQueue, q.RoomID, true, err)
	}
	return w.suspect(q.RoomID, func(c sdk.Chat) bool {
		switch {
		case c.Status == "":
			return q.Change != "removed"
		case c.Status == sdk.Closed:
			return false
		case q.Change == "removed":
			return true
		case q.Status == "taken":
			return c.Agent.IsZero()
		case q.Status == "queued":
			return !c.Agent.IsZero() || q.Department != "" && q.Department != c.DepartmentID
		}
		return false
	})
}

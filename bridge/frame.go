package bridge

import (
	"bytes"
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
// last part of their event. They are read outside the watch's goroutine; what
// cannot be read is skipped.
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

// read reads argument n of a frame, as far as it has the form that is
// expected.
func read(args []json.RawMessage, n int, into any) bool {
	if n >= len(args) {
		return false
	}
	err := json.Unmarshal(args[n], into)
	_, odd := err.(*json.UnmarshalTypeError)
	return err == nil || odd
}

// messageFrame reads [message, about] and, of 3.11, [[message], about].
func (w *watch) messageFrame(args []json.RawMessage) error {
	var about struct {
		RoomType string `json:"roomType"`
	}
	if read(args, 1, &about); about.RoomType != "" && about.RoomType != "l" && about.RoomType != "d" {
		return nil
	}
	var list []rest.Message
	if len(args) > 0 && bytes.HasPrefix(bytes.TrimSpace(args[0]), []byte("[")) {
		read(args, 0, &list)
	} else {
		list = make([]rest.Message, 1)
		read(args, 0, &list[0])
	}
	if about.RoomType == "d" {
		w.directFrame(list)
		return nil
	}
	for _, m := range list {
		if !soundID(m.ID) || !soundID(m.RoomID) || m.TS.IsZero() {
			continue
		}
		if err := w.do(func() error { return w.heardMessage(m) }); err != nil {
			return err
		}
	}
	return nil
}

// roomFrame reads [change, room]. The room is only a part of the whole, so it
// is no more than a reason to look.
func (w *watch) roomFrame(args []json.RawMessage) error {
	var change string
	var room rest.Room
	if !read(args, 0, &change) || !read(args, 1, &room) || room.Type != "l" || change == "removed" {
		return nil
	}
	return w.suspect(room.ID, func(c sdk.Chat) bool {
		agent := ""
		if room.ServedBy != nil {
			agent = room.ServedBy.ID
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
	if !read(args, 0, &change) || !read(args, 1, &sub) {
		return nil
	}
	me := w.b.me.Load().UserID
	switch {
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
	if !read(args, 0, &q) {
		return nil
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

package bridge

import (
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// news are the types of messages that may tell something that the picture does
// not hold, and whether they do. An unknown chat has the zero picture.
var news = map[string]func(c sdk.Chat, m rest.Message) bool{
	"":           func(sdk.Chat, rest.Message) bool { return true },
	typeStarted:  func(c sdk.Chat, _ rest.Message) bool { return c.Status == "" },
	typeCommand:  func(_ sdk.Chat, m rest.Message) bool { return m.Text == "connected" },
	typeMoved:    func(_ sdk.Chat, m rest.Message) bool { return m.Transfer != nil },
	typeRerouted: func(_ sdk.Chat, m rest.Message) bool { return m.Transfer != nil },
	typeClosed:   func(c sdk.Chat, _ rest.Message) bool { return c.Status != sdk.Closed },
	typeHeld:     func(c sdk.Chat, _ rest.Message) bool { return c.Status != sdk.Closed },
	typeResumed:  func(c sdk.Chat, _ rest.Message) bool { return c.Status != sdk.Closed },
	typeLeft:     func(c sdk.Chat, m rest.Message) bool { return c.Open() && c.Agent.ID != "" && c.Agent.ID == m.User.ID },
	typeRemoved:  func(c sdk.Chat, _ rest.Message) bool { return c.Status != "" },
	typeCall:     func(c sdk.Chat, _ rest.Message) bool { return c.Status != sdk.Closed },
	typeOldCall:  func(c sdk.Chat, _ rest.Message) bool { return c.Status != sdk.Closed },
}

// told are the events of messages that have one of their own.
var told = map[string]func(sdk.ChatID, rest.Message) sdk.EventID{
	typeHeld:    func(chat sdk.ChatID, m rest.Message) sdk.EventID { return HeldID(chat, m.TS.Time) },
	typeResumed: func(chat sdk.ChatID, m rest.Message) sdk.EventID { return ResumedID(chat, m.TS.Time) },
	typeCall:    func(_ sdk.ChatID, m rest.Message) sdk.EventID { return CallID(callOf(m)) },
	typeOldCall: func(_ sdk.ChatID, m rest.Message) sdk.EventID { return CallID(callOf(m)) },
}

// heardMessage takes a message of a frame.
func (w *watch) heardMessage(m rest.Message) error {
	m.User.ID = cleanLine(m.User.ID)
	f := w.chats[sdk.ChatID(m.RoomID)]
	if f == nil {
		if tells := news[m.Type]; tells == nil || !tells(sdk.Chat{}, m) {
			return nil
		}
		f = w.follow(sdk.ChatID(m.RoomID))
	}
	return w.message(f, m)
}

// message takes a message of a chat: at once, if the chat is caught up with
// and the message tells all there is to know, or else with the next look.
func (w *watch) message(f *followed, m rest.Message) error {
	f.touched = time.Now()
	tells := news[m.Type]
	switch {
	case tells == nil || !tells(f.known, m):
		return nil
	case !f.idle():
		f.hold(m)
		if !f.looking && !f.queued {
			w.want(f, true)
		}
		return nil
	case m.Type == "" || m.Type == typeRemoved:
		return w.said(f, m)
	case m.Type == typeCommand && w.isTold(f, m):
		return nil
	case m.Type == typeCommand && joined(m, f.known.Agent.ID, f.known.TakenAt):
		return w.tick(f, m)
	case m.Transfer != nil && w.knows(f)(ForwardedID(f.id, w.b.forwarding(m).At)):
		return nil
	case told[m.Type] != nil && w.knows(f)(told[m.Type](f.id, m)):
		return nil
	}
	f.hold(m)
	f.deep = f.deep || m.Type == typeClosed
	w.want(f, true)
	return nil
}

func (w *watch) isTold(f *followed, m rest.Message) bool {
	return w.knows(f)(MessageEventID(sdk.MessageID(m.ID)))
}

// said takes what somebody wrote. What was shown before has changed.
func (w *watch) said(f *followed, m rest.Message) error {
	said := w.b.message(m, f.known.Visitor.ID)
	if w.isTold(f, m) || m.Hidden || m.Type == typeRemoved || !m.TS.After(f.mark) && !firstShow(m) {
		return w.revise(f, m, said)
	}
	if said.From == sdk.System {
		return nil
	}
	if said.From == sdk.Human {
		w.b.writers.types(f.id, said.By.Username, false)
	}
	hear(&f.known, said)
	return w.show(f, Event{Event: sdk.Event{
		ID: MessageEventID(said.ID), Kind: sdk.EventMessage, Chat: f.id, At: said.At, Message: &said,
	}})
}

// suspect takes a frame that tells no more than that a chat may have changed.
func (w *watch) suspect(room string, d doubt) error {
	if !soundID(room) {
		return nil
	}
	return w.do(func() error {
		id := sdk.ChatID(room)
		f := w.chats[id]
		if f == nil {
			if !d(sdk.Chat{}) {
				return nil
			}
			f = w.follow(id)
		}
		switch {
		case f.looking || f.queued || !w.listed:
			f.suspect(d)
		case d(f.known):
			w.want(f, true)
		}
		return nil
	})
}

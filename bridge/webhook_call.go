package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// webhookCall is what is read of a call.
type webhookCall struct {
	Kind     string    `json:"type"`
	RoomID   string    `json:"_id"`
	ClosedAt rest.Time `json:"closedAt"`
	ServedBy *struct {
		ID string    `json:"_id"`
		TS rest.Time `json:"ts"`
	} `json:"servedBy"`
	Messages []struct {
		ID       string    `json:"_id"`
		EditedAt rest.Time `json:"editedAt"`
		Closing  bool      `json:"closingMessage"`
	} `json:"messages"`
}

func readWebhook(data []byte) (c webhookCall, err error) {
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("read webhook: %w", err)
	}
	if c.Kind == "" {
		return c, errors.New("read webhook: it has no type")
	}
	if _, ofChat := webhookKinds[c.Kind]; ofChat && !soundID(c.RoomID) {
		return c, fmt.Errorf("read webhook %.40s: its _id is no chat's", c.Kind)
	}
	return c, nil
}

// webhookKinds are the kinds that tell of a chat, with what reports whether that
// has been told already; nil means that it can't be known without a look. Others,
// such as what a guest leaves when nobody is there, tell of none.
var webhookKinds = map[string]func(w *watch, f *followed, c webhookCall) bool{
	"LivechatSessionStart": func(w *watch, f *followed, _ webhookCall) bool { return w.knows(f)(OpenedID(f.id)) },
	"LivechatSessionTaken": func(w *watch, f *followed, c webhookCall) bool {
		return c.ServedBy != nil && w.knows(f)(TakenID(f.id, c.ServedBy.ID, c.ServedBy.TS.Time))
	},
	"LivechatSession":          func(w *watch, f *followed, _ webhookCall) bool { return w.knows(f)(ClosedID(f.id)) },
	"Message":                  toldMessages,
	"LivechatSessionQueued":    nil,
	"LivechatSessionForwarded": nil,
	"LivechatEdit":             nil,
	"LeadCapture":              nil,
}

func toldMessages(w *watch, f *followed, c webhookCall) bool {
	for _, m := range c.Messages {
		id := MessageEventID(sdk.MessageID(m.ID))
		switch {
		case m.Closing:
			id = ClosedID(f.id)
		case !m.EditedAt.IsZero():
			id = EditedID(sdk.MessageID(m.ID), m.EditedAt.Time)
		}
		if !w.knows(f)(id) {
			return false
		}
	}
	return len(c.Messages) > 0
}

// errNotWatching says that nothing is heard: the start is not over yet, or the
// account is at work elsewhere.
var errNotWatching = errors.New("take webhook: the chats are not known yet")

// webhook has the watch look at what a call tells of, and waits until that is
// emitted.
func (b *Bridge) webhook(ctx context.Context, c webhookCall) error {
	told, ofChat := webhookKinds[c.Kind]
	if !ofChat {
		b.log.Debug("webhook tells of no chat", "kind", c.Kind)
		return nil
	}
	w := b.watch.Load()
	if w == nil {
		return errNotWatching
	}
	heard := make(chan error, 1)
	if err := w.doWithin(ctx, func() error { w.called(c, told, heard); return nil }); err != nil {
		return err
	}
	select {
	case err := <-heard:
		return err
	case <-ctx.Done():
		return fmt.Errorf("take webhook: chat %s is not read yet: %w", c.RoomID, ctx.Err())
	case <-w.ctx.Done():
		return errNotWatching
	}
}

// called takes a call; heard gets how it ended.
func (w *watch) called(c webhookCall, told func(*watch, *followed, webhookCall) bool, heard chan<- error) {
	id := sdk.ChatID(c.RoomID)
	f := w.chats[id]
	switch {
	case !w.listed:
		heard <- errNotWatching
		return
	case f == nil && w.isOver(c):
		heard <- nil
		return
	case f == nil:
		f = w.follow(id)
	case told != nil && told(w, f, c):
		heard <- nil
		return
	}
	f.deep = true
	f.waiting = append(f.waiting, heard)
	w.want(f, true)
}

// isOver reports whether a call tells of a chat that nobody follows and need not:
// it ended before all that counts began, or was over before.
func (w *watch) isOver(c webhookCall) bool {
	ended := c.ClosedAt.Time
	return c.Kind == "LivechatEdit" || !ended.IsZero() && ended.Before(w.baseline)
}

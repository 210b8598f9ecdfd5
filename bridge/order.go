package bridge

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxOrders  = 4                // orders that are looked into at a time
	orderSpan  = 10 * time.Second // a message of a frame that changed later than this is an old one
	orderPause = time.Minute      // how long an order may take
)

// Order does what somebody has ordered, and says what it did.
type Order func(ctx context.Context, by sdk.Person) (answer string)

// Obey has managers and admins give orders by a direct message that holds
// nothing but the order, whatever its case. It is called before Run.
func (b *Bridge) Obey(orders map[string]Order) { b.orders = orders }

// ordered is what the message orders; nil when it is a command, which is the
// host's to answer.
func (b *Bridge) ordered(m rest.Message) Order {
	return b.orders[strings.ToLower(strings.TrimSpace(m.Text))]
}

// directFrame hears orders and commands in direct messages. An order is
// followed at once and never later: one of yesterday is none today. A command is
// an event.
func (w *watch) directFrame(list []rest.Message) error {
	for _, m := range list {
		if !w.b.isAddressed(m) || !m.EditedAt.IsZero() || m.UpdatedAt.Sub(m.TS.Time) > orderSpan {
			continue
		}
		do := w.b.ordered(m)
		if do == nil {
			if err := w.do(func() error { return w.commanded(m) }); err != nil {
				return err
			}
			continue
		}
		select {
		case w.b.slots <- struct{}{}:
		default:
			w.log.Warn("too many direct messages with orders at a time: one is not heeded", "user", m.User.Username)
			continue
		}
		w.group.Go(func() error {
			defer func() { <-w.b.slots }()
			ctx, cancel := context.WithTimeout(w.ctx, orderPause)
			defer cancel()
			w.b.heed(ctx, m, do)
			return nil
		})
	}
	return nil
}

// heed does what somebody has ordered, if they may order anything, and answers.
func (b *Bridge) heed(ctx context.Context, m rest.Message, do Order) {
	var answer string
	may, err := b.mayOrder(ctx, m.User.ID)
	switch {
	case err != nil:
		answer = "I can't find out whether you are a manager, so I did nothing: " + err.Error()
	case !may:
		answer = "Only managers of the omnichannel and admins can tell me that."
	default:
		answer = do(ctx, sdk.Person{ID: m.User.ID, Username: m.User.Username, Name: m.User.Name})
	}
	b.log.Warn("ordered by a direct message", "user", m.User.Username, "text", m.Text, "may", may, "err", err)
	id := string(MessageID(sdk.EffectKey("order/"+m.ID), 0))
	if _, err := b.rest.SendMessage(ctx, m.RoomID, id, answer); err != nil {
		b.log.Warn("answer to an order is not sent", "user", m.User.Username, "err", err)
	}
}

// mayOrder reports whether the user is a manager or an admin. Other people's
// roles are shown to few, but managers are listed for managers.
func (b *Bridge) mayOrder(ctx context.Context, user string) (bool, error) {
	managers, err := b.rest.Managers(ctx)
	if slices.ContainsFunc(managers, func(u rest.User) bool { return u.ID == user }) {
		return true, nil
	}
	u, userErr := b.rest.User(ctx, user)
	if userErr == nil && (u.Has("livechat-manager") || u.Has("admin")) {
		return true, nil
	}
	return false, err
}

// Post writes into a room by its name, such as "#desk", or to a person, such as
// "@ana". A repeat writes twice.
func (b *Bridge) Post(ctx context.Context, to, text string) error {
	var answer json.RawMessage
	return b.rest.Post(ctx, "chat.postMessage", map[string]any{"channel": to, "text": text}, &answer)
}

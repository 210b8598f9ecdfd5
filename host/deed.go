package host

import (
	"context"
	"slices"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// untold are the kinds of effects that OnDeed does not tell of: what is for
// people of the workspace, and what nobody sees a moment later.
var untold = []sdk.EffectKind{
	sdk.EffectTell, sdk.EffectAnswer, sdk.EffectDirect, sdk.EffectPost, sdk.EffectTyping, sdk.EffectMail, sdk.EffectRequest, sdk.EffectStatus,
}

// deed is the event that tells other instances what was done; nil when none
// asks, or when nothing was.
func (h *Host) deed(e bridge.Effect, o sdk.Outcome) *store.Entry {
	did := o.State == sdk.Done && !o.Unchanged || o.State == sdk.Undone
	if !did || e.Chat == "" || slices.Contains(untold, e.Kind) || !h.isWatched(sdk.EventDeed) {
		return nil
	}
	id := "deed/" + string(e.Key)
	if o.State == sdk.Undone {
		id += "/undone"
	}
	d := sdk.Deed{Key: e.Key, Instance: e.Instance, Effect: light(e.Effect), Outcome: o, At: o.At}
	return h.about(e, sdk.Event{ID: sdk.EventID(id), Kind: sdk.EventDeed, At: o.At, Deed: &d})
}

// deeds are what was asked for in a chat, the newest first.
func (h *Host) deeds(_ context.Context, q Inquiry) (any, error) {
	underway, err := undoneBy(h.store)
	if err != nil {
		return nil, err
	}
	look, found := newUndoer(h.store, underway), []sdk.Deed{}
	err = done(h.store, q.Chat, func(c store.Carried) (more bool, err error) {
		d := sdk.Deed{Key: c.Effect.Key, Instance: c.Effect.Instance, Effect: light(c.Effect.Effect), At: asked(c.Effect)}
		if c.Outcome != nil {
			d.Outcome, d.At = *c.Outcome, c.Outcome.At
		}
		_, d.Stays, err = look.back(c)
		found = append(found, d)
		return len(found) < sdk.MaxDeeds, err
	})
	return found, err
}

// done calls fn with what was asked for in the chat, the newest first, until
// it wants no more.
func done(db *store.DB, chat sdk.ChatID, fn func(store.Carried) (more bool, err error)) error {
	decisions, err := db.Why(chat)
	if err != nil {
		return err
	}
	slices.SortStableFunc(decisions, func(a, b store.Explained) int { return int(int64(b.Decision.Number) - int64(a.Decision.Number)) })
	for _, d := range decisions {
		for n, c := range slices.Backward(d.Effects) {
			if c.Place = (store.Place{Number: d.Decision.Number, Index: n}); c.Effect.Chat != chat {
				continue
			}
			if more, err := fn(c); !more || err != nil {
				return err
			}
		}
	}
	return nil
}

// nothingToUndo is said of what was not done, or is undone already.
const nothingToUndo = "nothing was done, or it was taken back already"

// back is what takes an effect back, or why nothing does.
func (l *undoer) back(c store.Carried) (bridge.Effect, string, error) {
	o := c.Outcome
	if o == nil || o.Unchanged || o.State != sdk.Done && o.State != sdk.Unconfirmed {
		return bridge.Effect{}, nothingToUndo, nil
	}
	if l.underway[c.Place] {
		return bridge.Effect{}, "it is being taken back", nil
	}
	if c.Undoes != nil {
		return bridge.Effect{}, "it took something back itself", nil
	}
	u := Undoing{Carried: c}
	err := l.decide(&u)
	return u.Back, u.Why, err
}

// undoing makes of an effect that is to take another back the one that does it.
// No other may say that it does. The outcome is nil when it is to be carried out.
func (i *instance) undoing(e *bridge.Effect) (*sdk.Outcome, *store.Place) {
	if e.Kind != sdk.EffectUndo {
		e.Undoes = ""
		return nil, nil
	}
	refuse := func(why string) *sdk.Outcome {
		return &sdk.Outcome{State: sdk.Refused, Reason: why, At: i.host.clock.Now()}
	}
	was, err := undoableOne(i.host.store, e.Chat, e.Undoes)
	switch {
	case err != nil:
		return refuse(err.Error()), nil
	case was.Why != "":
		return refuse(was.Why), nil
	}
	back, asked := was.Back, e.Effect
	e.Effect, e.Assume, e.Present = back.Effect, back.Assume, back.Present
	e.Undoes, e.Reason, e.Rule, e.NotAfter, e.Effect.Chat = asked.Undoes, asked.Reason, asked.Rule, asked.NotAfter, asked.Chat
	return nil, &was.Carried.Place
}

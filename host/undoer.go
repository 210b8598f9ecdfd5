package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// undoer finds out what can be taken back.
type undoer struct {
	db    *store.DB
	chats map[sdk.ChatID]*aftermath

	underway map[store.Place]bool // what is being taken back
}

func newUndoer(db *store.DB, underway map[store.Place]bool) *undoer {
	return &undoer{db: db, chats: map[sdk.ChatID]*aftermath{}, underway: underway}
}

// aftermath is a chat as it is now, and what happened in it.
type aftermath struct {
	chat    sdk.Chat
	entries []*store.Entry
}

// backs says how effects of a kind are taken back, or why not.
var backs = map[sdk.EffectKind]func(*undoer, store.Carried, *aftermath) (back bridge.Effect, why string){
	sdk.EffectTag:      (*undoer).tag,
	sdk.EffectUntag:    (*undoer).untag,
	sdk.EffectField:    (*undoer).field,
	sdk.EffectPriority: (*undoer).priority,
	sdk.EffectHold:     (*undoer).hold,
	sdk.EffectForward:  (*undoer).forward,
}

// stays says why what effects of the other kinds did is not taken back.
var stays = map[sdk.EffectKind]string{
	sdk.EffectClose:   "a chat that has ended can't be opened again",
	sdk.EffectTake:    "an agent serves the chat: forward it by hand",
	sdk.EffectQueue:   "the chat waits: an agent can take it",
	sdk.EffectResume:  "the chat goes on: an agent can put it on hold",
	sdk.EffectContact: "what was known before is not kept",
	sdk.EffectEdit:    "what stood there before is not kept",
	sdk.EffectDelete:  "what was deleted is not kept",
	sdk.EffectStatus:  "the agent can change it",
}

const (
	staysSaid   = "it was read, or can have been"
	overFor     = "the chat has ended"
	formerGone  = "what was there before is not known: the workspace's answer was lost"
	unconfirmed = "nobody knows whether it was done: look into the chat"
)

func (l *undoer) decide(u *Undoing) (err error) {
	e := u.Carried.Effect
	back := backs[e.Kind]
	switch {
	case u.Carried.Outcome.State == sdk.Unconfirmed:
		u.Why = unconfirmed
	case stays[e.Kind] != "":
		u.Why = stays[e.Kind]
	case back == nil:
		u.Why = staysSaid
	}
	if u.Why != "" {
		return nil
	}
	after, err := l.after(e.Chat)
	if err != nil {
		return err
	}
	if after.chat.ID == "" {
		u.Why = "nothing is known of the chat any more"
		return nil
	}
	u.Back, u.Why = back(l, u.Carried, after)
	return nil
}

func (l *undoer) after(chat sdk.ChatID) (*aftermath, error) {
	if known := l.chats[chat]; known != nil {
		return known, nil
	}
	known, err := l.db.Chat(chat)
	if err != nil {
		return nil, err
	}
	entries, err := l.db.History(chat)
	if err != nil {
		return nil, err
	}
	l.chats[chat] = &aftermath{known.Chat, entries}
	return l.chats[chat], nil
}

// since are the events after the effect, and the one that told of it; nil when
// none did.
func (a *aftermath) since(c store.Carried) (echo *store.Entry, later []*store.Entry) {
	n := slices.IndexFunc(a.entries, func(e *store.Entry) bool {
		isWord := e.Event.Kind == sdk.EventResult || e.Event.Kind == sdk.EventDeed // of ours, not the workspace's
		return e.Event.Cause == c.Effect.Key && !isWord
	})
	if n >= 0 {
		return a.entries[n], a.entries[n+1:]
	}
	n = slices.IndexFunc(a.entries, func(e *store.Entry) bool { return e.Accepted.After(c.Outcome.At) })
	if n < 0 {
		return nil, nil
	}
	return nil, a.entries[n:]
}

// answered says that somebody has answered since; "" when nobody has.
func answered(later []*store.Entry) string {
	for _, e := range later {
		if m := e.Event.Message; e.Event.Kind == sdk.EventMessage && m != nil && m.From == sdk.Human {
			return "@" + m.By.Username + " has answered since"
		}
	}
	return ""
}

func (l *undoer) tag(c store.Carried, _ *aftermath) (back bridge.Effect, why string) {
	var tags []string
	for _, t := range c.Effect.Tags {
		if l.db.TagSetter(c.Effect.Chat, t) == c.Effect.Key {
			tags = append(tags, t)
		}
	}
	if len(tags) == 0 {
		return back, "the tags were there before, or are another effect's by now"
	}
	return asks(sdk.Effect{Kind: sdk.EffectUntag, Tags: tags}), ""
}

func (l *undoer) untag(c store.Carried, _ *aftermath) (back bridge.Effect, why string) {
	if c.Outcome.Former == nil {
		return back, formerGone
	}
	return asks(sdk.Effect{Kind: sdk.EffectTag, Tags: c.Outcome.Former.Tags}), ""
}

func (l *undoer) field(c store.Carried, _ *aftermath) (back bridge.Effect, why string) {
	if c.Outcome.Former == nil {
		return back, formerGone
	}
	back = asks(sdk.Effect{Kind: sdk.EffectField, Field: c.Effect.Field, Value: c.Outcome.Former.Value})
	is := strings.TrimSpace(c.Effect.Value)
	back.Present = &is
	return back, ""
}

func (l *undoer) priority(c store.Carried, a *aftermath) (back bridge.Effect, why string) {
	switch {
	case !a.chat.Open():
		return back, overFor
	case c.Outcome.Former == nil:
		return back, formerGone
	}
	back = asks(sdk.Effect{Kind: sdk.EffectPriority, Value: c.Outcome.Former.Value})
	is := strings.TrimSpace(c.Effect.Value)
	back.Present, back.Assume = &is, bridge.Assumption{Open: true}
	return back, ""
}

func (l *undoer) hold(c store.Carried, a *aftermath) (back bridge.Effect, why string) {
	_, later := a.since(c)
	wentOn := slices.ContainsFunc(later, func(e *store.Entry) bool { return e.Event.Kind == sdk.EventResumed })
	switch who := answered(later); {
	case !a.chat.Open():
		return back, overFor
	case who != "":
		return back, who
	case wentOn:
		return back, "it has gone on since"
	}
	back = asks(sdk.Effect{Kind: sdk.EffectResume})
	back.Assume = bridge.Assumption{Open: true}
	return back, ""
}

// forward moves the chat back, to its agent if that is possible. What the same
// instance did with it afterwards is taken back before.
func (l *undoer) forward(c store.Carried, a *aftermath) (back bridge.Effect, why string) {
	echo, later := a.since(c)
	to := cameFrom(c, echo)
	switch who := answered(later); {
	case !a.chat.Open():
		return back, overFor
	case who != "":
		return back, who
	case movedOn(later, c.Effect.Instance) != "":
		return back, movedOn(later, c.Effect.Instance)
	case to.IsZero():
		return back, "where it was before is not known, or it was in no department and with nobody"
	case echo == nil:
		return back, "the workspace has not told yet where it went: try again in a minute"
	}
	asked := sdk.Effect{Kind: sdk.EffectForward, Target: to}
	if to.Agent != "" && to.Department != "" {
		asked.Fallback = []sdk.Target{{Department: to.Department}}
	}
	back = asks(asked)
	back.Assume = bridge.Assumption{Open: true, DepartmentID: echo.Picture.DepartmentID}
	return back, ""
}

// cameFrom is where the chat was before the forward; zero when that is unknown.
func cameFrom(c store.Carried, echo *store.Entry) (to sdk.Target) {
	switch f := c.Outcome.Former; {
	case f != nil:
		to = f.Target
	case c.Effect.Assume.Moves:
		to.Department = c.Effect.Assume.DepartmentID
	}
	if echo != nil && echo.Event.Forwarding != nil && to.Department != "" {
		to.Department = cmp.Or(echo.Event.Forwarding.FromDepartment, to.Department) // for people to read
	}
	return to
}

// movedOn says that somebody has moved the chat since: not Bellhop for the
// instance, nor in taking that back.
func movedOn(later []*store.Entry, instance string) string {
	for _, e := range later {
		by, _, _ := splitKey(e.Event.Cause)
		if e.Event.Kind != sdk.EventForwarded || by == instance || by == store.Self {
			continue
		}
		if f := e.Event.Forwarding; f != nil && f.By.Username != "" && by == "" {
			return "@" + f.By.Username + " has forwarded it since"
		}
		return fmt.Sprintf("it was forwarded since%s", map[bool]string{true: " by " + by}[by != ""])
	}
	return ""
}

func asks(e sdk.Effect) bridge.Effect { return bridge.Effect{Effect: e} }

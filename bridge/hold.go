package bridge

import (
	"context"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// unpaid says why a chat can't be held, and what to do.
const unpaid = "only Rocket.Chat 3.13 and newer with the paid omnichannel features hold chats: do without, or tag the chat instead"

// wasHeld looks for the message by which the server tells that we put the chat
// on hold: it may be on hold no more.
func (a *attempt) wasHeld(ctx context.Context) (sdk.Outcome, bool, error) {
	return a.already(a.toldOf(ctx, typeHeld, a.held))
}

// wasResumed looks for the message by which the server tells that we had it go
// on.
func (a *attempt) wasResumed(ctx context.Context) (sdk.Outcome, bool, error) {
	return a.already(a.toldOf(ctx, typeResumed, a.resumed))
}

// toldOf is what the server tells of something that we did since the event.
func (a *attempt) toldOf(ctx context.Context, kind string, as func(rest.Message) sdk.Outcome) (sdk.Outcome, bool, error) {
	m, found, err := a.told(ctx, func(m rest.Message) bool { return m.Type == kind && m.User.ID == a.by.ID })
	if err != nil || !found {
		return sdk.Outcome{}, false, err
	}
	return as(m), true, nil
}

// already says of a first attempt that finds all done that it was another
// effect, or that the store was restored since.
func (a *attempt) already(o sdk.Outcome, found bool, err error) (sdk.Outcome, bool, error) {
	if found && a.e.Attempt == 0 {
		o.Detail += "; Bellhop had done it already"
	}
	return o, found, err
}

func (a *attempt) held(m rest.Message) sdk.Outcome {
	o := done("it is on hold")
	if !a.room.OnHold {
		o.Detail = "it was on hold, and has gone on since"
	}
	o.Event = HeldID(a.e.Chat, m.TS.Time)
	return o
}

func (a *attempt) resumed(m rest.Message) sdk.Outcome {
	o := done("it has gone on")
	o.Event = ResumedID(a.e.Chat, m.TS.Time)
	return o
}

// hold puts the chat on hold.
func (a *attempt) hold(ctx context.Context) sdk.Outcome {
	if a.room.OnHold {
		return unchanged("it is on hold already")
	}
	err := a.rest.Hold(ctx, a.room.ID)
	if rest.Unpaid(err) {
		return refused(unpaid)
	}
	return a.seeHold(ctx, err, true, typeHeld, a.held)
}

// resume lets the chat go on.
func (a *attempt) resume(ctx context.Context) sdk.Outcome {
	if !a.room.OnHold {
		return unchanged("it is not on hold")
	}
	err := a.rest.Resume(ctx, a.room.ID)
	if rest.Unpaid(err) {
		return refused(unpaid)
	}
	return a.seeHold(ctx, err, false, typeResumed, a.resumed)
}

// seeHold looks at whether the chat is on hold as wanted, and at what the
// server tells of it.
func (a *attempt) seeHold(ctx context.Context, err error, want bool, kind string, as func(rest.Message) sdk.Outcome) sdk.Outcome {
	if o, blind := a.seeAgain(ctx, err, "it is on hold"); blind {
		return o
	}
	o, found, unread := a.toldOf(ctx, kind, as)
	switch {
	case found:
		return o
	case unread != nil:
		return Later(orSuccess(err) + "; and what the workspace tells of it: " + unread.Error())
	case a.room.Open && a.room.OnHold == want && err == nil:
		return done("")
	case !a.room.Open:
		return overtaken(a.ended())
	case a.room.OnHold == want:
		return unchanged("somebody else was faster")
	case err == nil:
		return Later("the workspace says that it did it, but nothing has changed")
	}
	return failed(err)
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// readMoves reads where the chat has been.
func (a *attempt) readMoves(ctx context.Context) (err error) {
	if a.moves, err = a.rest.Transfers(ctx, string(a.e.Chat)); err != nil {
		return fmt.Errorf("look for its return to the queue: %w", deleted(err))
	}
	return nil
}

// wasReturned looks for a return to the queue since the event. Servers say that
// the chat's agent did it, whoever asked for it, so nobody can tell ours from
// the agent's own.
func (a *attempt) wasReturned(context.Context) (sdk.Outcome, bool, error) {
	move := a.lastReturn()
	if move == nil {
		return sdk.Outcome{}, false, nil
	}
	if a.e.Attempt == 0 {
		return unchanged("it was returned to the queue already"), true, nil
	}
	return a.returned(*move), true, nil
}

// lastReturn is the last return to the queue since the event.
func (a *attempt) lastReturn() *rest.Transfer {
	for _, m := range slices.Backward(a.moves) {
		if m.Scope == "queue" && !m.TS.Before(a.since()) {
			return &m
		}
	}
	return nil
}

func (a *attempt) returned(m rest.Transfer) sdk.Outcome {
	o := done("it waits")
	if s := a.room.ServedBy; s != nil {
		o.Detail = "it waited, and @" + s.Username + " serves it since"
	}
	o.Event = ForwardedID(a.e.Chat, m.TS.Time)
	return o
}

// requeue takes the chat from its agent.
func (a *attempt) requeue(ctx context.Context) sdk.Outcome {
	if a.room.ServedBy == nil {
		return unchanged("it waits already")
	}
	err := a.rest.ReturnToQueue(ctx, a.room.ID)
	if o, blind := a.seeAgain(ctx, err, "it waits"); blind {
		return o
	}
	if unread := a.readMoves(ctx); unread != nil {
		return Later(fmt.Sprintf("%s; and: %v", orSuccess(err), unread))
	}
	move := a.lastReturn()
	switch {
	case move != nil:
		return a.returned(*move)
	case !a.room.Open:
		return overtaken(a.ended())
	case err == nil && a.room.ServedBy == nil:
		return done("it waits")
	case err == nil:
		return Later("the workspace says that it returned the chat, but @" + a.room.ServedBy.Username + " serves it")
	case errors.Is(err, rest.ErrNoCall):
		return refused("this version of the server can't return chats to the queue: " + err.Error())
	}
	return failed(err)
}

package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wasClosed reports whether it was us who closed the chat, after the event.
func (a *attempt) wasClosed(context.Context) (sdk.Outcome, bool, error) {
	if a.e.Attempt == 0 {
		return done("Bellhop had closed it already"), a.closedByUs(), nil
	}
	return done(""), a.closedByUs(), nil
}

func (a *attempt) closedByUs() bool {
	r := a.room
	return !r.Open && r.ClosedBy != nil && r.ClosedBy.ID == a.by.ID && !r.ClosedAt.Before(a.since())
}

// end closes the chat.
func (a *attempt) end(ctx context.Context) sdk.Outcome {
	err := a.rest.Close(ctx, a.room.ID, cleanText(a.e.Text))
	if errors.Is(err, rest.ErrUnauthorized) {
		return failed(err)
	}
	if blind := a.read(ctx); blind != nil {
		if errors.Is(blind, rest.ErrNotFound) {
			return failed(blind)
		}
		return Later(fmt.Sprintf("%v; and whether the chat is closed: %v", err, blind))
	}
	switch {
	case a.closedByUs():
		return done("")
	case !a.room.Open:
		return overtaken(a.ended())
	case err == nil:
		return Later("the workspace says that it closed the chat, but the chat is open")
	}
	return failed(err)
}

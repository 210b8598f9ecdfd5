package bridge

import (
	"context"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// noConference says why a server has no conferences, and what to do.
const noConference = "only Rocket.Chat 5 and newer has conferences of its own: write another provider under calls in config.yaml"

// conference begins a call by the workspace's own conference, of which the chat
// shows a card, and gives both their link to it.
func (a *attempt) conference(ctx context.Context) sdk.Outcome {
	held, o := a.begun(ctx)
	if held.ID == "" {
		return o
	}
	if held.URL == "" {
		return Later("the workspace gives no link to the call yet")
	}
	a.e.Text = strings.ReplaceAll(a.e.Text, "{link}", held.URL)
	a.e.AgentText = strings.ReplaceAll(a.e.AgentText, "{link}", held.URL)
	if o = a.call(ctx); o.State == sdk.Done {
		o.Event = CallID(held.ID)
	}
	return o
}

// begun is the effect's conference, begun now if there is none; without one the
// outcome says why.
func (a *attempt) begun(ctx context.Context) (rest.Conference, sdk.Outcome) {
	held, err := a.ourConference(ctx)
	switch {
	case rest.IsNoCall(err):
		return held, refused(noConference)
	case err != nil:
		return held, failed(err)
	case held.ID != "":
		return held, sdk.Outcome{}
	}
	_, err = a.rest.StartConference(ctx, a.room.ID)
	if err != nil { // of a chat that is gone nobody tells conferences
		if o, blind := a.seeAgain(ctx, err, "the call has begun"); blind {
			return held, o
		}
	}
	held, unread := a.ourConference(ctx)
	switch {
	case held.ID != "":
		return held, sdk.Outcome{}
	case unread != nil:
		return held, Later(fmt.Sprintf("%s; and whether the call has begun: %v", orSuccess(err), unread))
	case err == nil:
		return held, Later("the workspace says that the call has begun, but the chat has none")
	}
	return held, failed(err)
}

// ourConference is the chat's latest since the event that we began and that is
// no other effect's; the zero one when there is none.
func (a *attempt) ourConference(ctx context.Context) (rest.Conference, error) {
	all, err := a.rest.Conferences(ctx, a.room.ID)
	if err != nil {
		return rest.Conference{}, err
	}
	for _, c := range all {
		if c.CreatedBy.ID == a.by.ID && !c.CreatedAt.Before(a.since()) && !a.claimed(string(CallID(c.ID))) {
			return c, nil
		}
	}
	return rest.Conference{}, nil
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wasTaken reports whether the agent who was to take the chat did, since the
// event. On a repeat it counts too that another serves it by now.
func (a *attempt) wasTaken(ctx context.Context) (sdk.Outcome, bool, error) {
	if s := a.room.ServedBy; s != nil && a.isTaker(s.Ref) {
		return a.servedNow(), !s.TS.Before(a.since()), nil
	}
	if a.e.Attempt == 0 {
		return sdk.Outcome{}, false, nil
	}
	joined, found, err := a.told(ctx, func(m rest.Message) bool {
		return m.Type == typeCommand && m.Text == "connected" && a.isTaker(m.User)
	})
	return done("@" + joined.User.Username + " took it, and serves it no more"), found, err
}

// servedNow is the outcome when the agent serves the chat.
func (a *attempt) servedNow() sdk.Outcome {
	s := a.room.ServedBy
	if a.e.Attempt == 0 {
		return unchanged("@" + s.Username + " serves it already")
	}
	return a.tookIt()
}

func (a *attempt) tookIt() sdk.Outcome {
	s := a.room.ServedBy
	o := done("@" + s.Username + " serves it")
	o.Event = TakenID(a.e.Chat, s.ID, s.TS.Time)
	return o
}

// isTaker reports whether it is this user who is to serve the chat.
func (a *attempt) isTaker(u rest.Ref) bool {
	if name := agentName(a.e.Target); name != "" {
		return strings.EqualFold(u.Username, name)
	}
	return u.ID == a.by.ID
}

// told looks for a message since the event that fits, the last one first.
func (a *attempt) told(ctx context.Context, fits func(rest.Message) bool) (rest.Message, bool, error) {
	all, _, err := a.rest.SyncMessages(ctx, a.room.ID, before(a.since()))
	if err != nil {
		return rest.Message{}, false, err
	}
	for _, m := range slices.Backward(all) {
		if !m.TS.Before(a.since()) && fits(m) {
			return m, true, nil
		}
	}
	return rest.Message{}, false, nil
}

// take gives the chat to an agent, by its place in the queue.
func (a *attempt) take(ctx context.Context) sdk.Outcome {
	switch s := a.room.ServedBy; {
	case s != nil && a.isTaker(s.Ref):
		return a.servedNow()
	case s != nil:
		return overtaken("the chat is with @" + s.Username + " now")
	}
	agent, err := a.taker(ctx)
	if errors.Is(err, rest.ErrNotFound) {
		return refused("there is no agent @" + agentName(a.e.Target))
	}
	if err != nil {
		return failed(err)
	}
	place, waits, err := a.rest.Inquiry(ctx, a.room.ID)
	switch {
	case err != nil:
		return failed(err)
	case !waits:
		return Later("the chat has no place in the queue yet")
	}
	return a.seeTaken(ctx, agent, a.rest.Take(ctx, place.ID, agent.ID))
}

// taker is who is to serve the chat.
func (a *attempt) taker(ctx context.Context) (sdk.Person, error) {
	name := agentName(a.e.Target)
	if name == "" {
		return a.by, nil
	}
	u, err := a.rest.UserNamed(ctx, name)
	return sdk.Person{ID: u.ID, Username: u.Username}, err
}

// seeTaken looks at who serves the chat now.
func (a *attempt) seeTaken(ctx context.Context, agent sdk.Person, err error) sdk.Outcome {
	if o, blind := a.seeAgain(ctx, err, "somebody serves the chat"); blind {
		return o
	}
	switch s := a.room.ServedBy; {
	case s != nil && s.ID == agent.ID:
		return a.tookIt()
	case s != nil:
		return overtaken("the chat is with @" + s.Username + " now")
	case !a.room.Open:
		return overtaken(a.ended())
	case err == nil:
		return refused("the workspace did not give the chat to @" + agent.Username + ": whoever has as many chats as allowed gets no more")
	case rest.CodeOf(err) == "error-agent-status-service-offline":
		return refused(a.unavailable(agent))
	}
	return failed(err)
}

// unavailable says why an agent can't take chats, and what to do.
func (a *attempt) unavailable(agent sdk.Person) string {
	if agent.ID == a.by.ID {
		return "@" + agent.Username + ", Bellhop's own account, is no available agent: name the agent who is to serve the chat, or make the account an agent in Omnichannel, Agents, and available"
	}
	return "@" + agent.Username + " is no agent who is online and available"
}

// seeAgain looks at the chat after something was asked for; blind says that it
// could not, or that it was in vain, and how the attempt ends.
func (a *attempt) seeAgain(ctx context.Context, err error, whether string) (o sdk.Outcome, blind bool) {
	if errors.Is(err, rest.ErrUnauthorized) {
		return failed(err), true
	}
	switch unread := a.read(ctx); {
	case errors.Is(unread, rest.ErrNotFound):
		return failed(unread), true
	case unread != nil:
		return Later(fmt.Sprintf("%s; and whether %s: %v", orSuccess(err), whether, unread)), true
	}
	return sdk.Outcome{}, false
}

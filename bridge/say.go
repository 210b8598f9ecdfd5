package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The parts of an effect that sends several messages.
const (
	partFirst = 0 // a call's: to the guest
	partAgent = 1 // a call's: to the agent
)

// wasSaid reports whether the first message of the effect is on the server, or
// was: somebody may have deleted it, and must not get it again. A call's is
// sent after the other.
func (a *attempt) wasSaid(ctx context.Context) (sdk.Outcome, bool, error) {
	id := string(MessageID(a.e.Key, partFirst))
	_, err := a.rest.Message(ctx, id)
	if err == nil {
		return said(id), true, nil
	}
	if !errors.Is(err, rest.ErrNotFound) || a.e.Attempt == 0 {
		return sdk.Outcome{}, false, ignore(err, rest.ErrNotFound)
	}
	room, o := a.where(ctx)
	if room == "" {
		return o, true, nil
	}
	_, deleted, err := a.rest.SyncMessages(ctx, room, before(a.since()))
	if err != nil {
		return sdk.Outcome{}, false, err
	}
	gone := slices.ContainsFunc(deleted, func(d rest.Deleted) bool { return d.ID == id })
	return done("somebody has deleted it since"), gone, nil
}

// said is the outcome of a message that was sent.
func said(id string) sdk.Outcome {
	o := done("")
	o.Message = sdk.MessageID(id)
	return o
}

// ignore is err, unless it is the one that says nothing new.
func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// reply writes to the guest.
func (a *attempt) reply(ctx context.Context) sdk.Outcome {
	return a.say(ctx, a.room.ID, partFirst, a.e.Text)
}

// tell writes to the agent alone.
func (a *attempt) tell(ctx context.Context) sdk.Outcome {
	return a.sayTo(ctx, a.e.Agent, partFirst, a.e.Text)
}

// call gives both their links: first the agent, so that the guest never waits
// in a call of which nobody knows.
func (a *attempt) call(ctx context.Context) sdk.Outcome {
	agent := a.e.Agent
	if agent.IsZero() && a.room.ServedBy != nil {
		agent = a.person(a.room.ServedBy.Ref)
	}
	if o := a.sayTo(ctx, agent, partAgent, a.e.AgentText); o.State != sdk.Done {
		return o
	}
	o := a.say(ctx, a.room.ID, partFirst, a.e.Text)
	if o.State == sdk.Done {
		o.Detail = "the guest and @" + agent.Username + " have their links"
	}
	return o
}

// sayTo writes into somebody's direct messages.
func (a *attempt) sayTo(ctx context.Context, to sdk.Person, part int, text string) sdk.Outcome {
	return a.inDirect(ctx, to, func(room string) sdk.Outcome {
		thread, o := a.thread(ctx, room)
		if o.State != "" || o.Reason != "" {
			return o
		}
		return a.sayIn(ctx, room, thread, part, text)
	})
}

// say sends a message under the effect's own _id. A repeat makes no second
// one, but servers answer it with an error, as they do when they stumble after
// they have stored it: the message itself is the proof.
func (a *attempt) say(ctx context.Context, room string, part int, text string) sdk.Outcome {
	return a.sayIn(ctx, room, "", part, text)
}

func (a *attempt) sayIn(ctx context.Context, room, thread string, part int, text string) sdk.Outcome {
	if text = spoken(text); text == "" {
		return refused("there is nothing to say: the text is empty")
	}
	id := string(MessageID(a.e.Key, part))
	_, err := a.rest.SendInThread(ctx, room, thread, id, text)
	a.typing.over(room)
	if err == nil {
		return said(id)
	}
	if room == a.room.ID {
		err = deleted(err)
	}
	_, gone := a.rest.Message(ctx, id)
	switch {
	case gone == nil:
		return said(id)
	case !errors.Is(gone, rest.ErrNotFound):
		return Later(fmt.Sprintf("%v; and whether it arrived: %v", err, gone))
	case errors.Is(err, rest.ErrRefused) && strings.Contains(err.Error(), "'starred'"):
		return refused("the workspace took the message and did not keep it: one of its apps may hold such messages back")
	case rest.CodeOf(err) == "error-message-size-exceeded":
		err = fmt.Errorf("the text has %d characters: %w", utf8.RuneCountInString(text), err)
	}
	return failed(err)
}

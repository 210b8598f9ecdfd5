package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const noCalls = "no app for calls is configured: add one under calls in config.yaml"

// offerCall makes the links and has both messages sent.
func (h *Host) offerCall(ctx context.Context, _ *job, e bridge.Effect) sdk.Outcome {
	known, err := h.store.Chat(e.Chat)
	if err != nil {
		return bridge.Later(err.Error())
	}
	e.AgentText = "Call with " + visitorName(&known.Chat) + ": {link}"
	switch {
	case h.opts.Services.Calls != nil:
		return h.offerLinks(ctx, e, &known.Chat)
	case h.opts.Services.Conferences:
		if v := known.Chat.Conference; e.Attempt == 0 && !v.IsZero() && v.Ended.IsZero() && h.clock.Now().Sub(v.Started) < conferenceStands {
			return refused(underWay(v.Started))
		}
		e.Kind, e.Text, e.Claimed = bridge.EffectConference, withLink(e.Text, "{link}"), h.claimed(e.Key)
		return h.workspace.Apply(ctx, e)
	}
	return refused(noCalls)
}

// conferenceStands is how long a conference of the workspace counts as going on
// of whose end nothing is heard: a livechat's lasts a day if nobody ends it.
const conferenceStands = 30 * time.Minute

func underWay(since time.Time) string {
	return "the chat has a call since " + since.UTC().Format(time.TimeOnly) + " UTC, and two would part guest and agent"
}

// offerLinks offers a call by links. That is noted before anybody can have one,
// so that whoever comes by it is known, whenever this host is killed.
func (h *Host) offerLinks(ctx context.Context, e bridge.Effect, c *sdk.Chat) sdk.Outcome {
	links := h.opts.Services.Calls
	room := links.Room(string(e.Chat), string(e.Key))
	now := asked(e)
	v := store.Call{Chat: e.Chat, Asked: now, Expires: now.Add(links.Expiry()), Effect: e.Key, Depth: e.Depth + 1, Is: sdk.Conference{
		ID: room.Name, Provider: links.Provider(), Started: now, By: c.Agent, Instance: e.Instance, JoinsKnown: h.calls.knowJoins(),
	}}
	if since, there := h.calls.underWay(v); there {
		return refused(underWay(since))
	}
	guest, agent, err := h.linksOf(room, c, v)
	if err != nil {
		return refused("no link for the call: " + err.Error())
	}
	if err := links.Open(ctx, room, v.Expires); err != nil {
		return h.calls.cannotOpen(v, err)
	}
	if err := h.calls.prepare(v); err != nil {
		return bridge.Later(err.Error())
	}
	e.AgentText, e.Text = withLink(e.AgentText, agent), withLink(e.Text, guest)
	o := h.workspace.Apply(ctx, e)
	if o.State == "" {
		return o
	}
	if err := h.calls.offered(v.Is.ID, o); err != nil {
		return bridge.Later(err.Error())
	}
	return o
}

// linksOf are the links that guest and agent get: to the page, where there is
// one, or to the service itself.
func (h *Host) linksOf(room call.Room, c *sdk.Chat, v store.Call) (guest, agent string, err error) {
	links := h.opts.Services.Calls
	if guest = links.Page(room, call.Guest, v.Expires); guest != "" {
		return guest, links.Page(room, call.Agent, v.Expires), nil
	}
	g, err := links.Enter(room, party(call.Guest, c), v.Asked, v.Expires)
	if err != nil {
		return "", "", err
	}
	a, err := links.Enter(room, party(call.Agent, c), v.Asked, v.Expires)
	return g.URL, a.URL, err
}

func party(role call.Role, c *sdk.Chat) call.Party {
	if role == call.Agent {
		return call.Party{Role: role, Name: personName(c.Agent)}
	}
	return call.Party{Role: role, Name: c.Visitor.Name}
}

// Join notes that a party comes to a call, and says where it is: package call's
// page asks. The error is call.ErrOver when the call takes nobody any more.
func (h *Host) Join(ctx context.Context, room call.Room, role call.Role) (url string, err error) {
	v, err := h.calls.takes(room)
	if err != nil {
		return "", err
	}
	links := h.opts.Services.Calls
	if err := links.Open(ctx, room, v.Expires); err != nil {
		return "", errors.Join(err, h.calls.failed(room.Name, err))
	}
	known, err := h.store.Chat(v.Chat)
	if err != nil {
		return "", err
	}
	link, err := links.Enter(room, party(role, &known.Chat), h.clock.Now(), v.Expires)
	if err != nil {
		return "", err
	}
	return link.URL, h.calls.joined(room.Name, role, h.clock.Now())
}

// Calls is the service of calls; nil when there is none, or the workspace is.
func (h *Host) Calls() *call.Links { return h.opts.Services.Calls }

// Open reports whether a call takes somebody; the error is call.ErrOver when it
// does not.
func (h *Host) Open(room call.Room) error {
	_, err := h.calls.takes(room)
	return err
}

// EndedCall notes that the service says that a call has ended. The error is
// call.ErrOver when there is no such call that goes on.
func (h *Host) EndedCall(_ context.Context, room call.Room) error {
	if _, err := h.calls.takes(room); err != nil {
		return err
	}
	return h.calls.ended(room.Name, h.clock.Now())
}

// withLink puts the link where the text says {link}, or at its end.
func withLink(text, link string) string {
	if !strings.Contains(text, "{link}") {
		text = strings.TrimSpace(text + " {link}")
	}
	return strings.ReplaceAll(text, "{link}", link)
}

// visitorName is how people call the guest.
func visitorName(c *sdk.Chat) string {
	switch v := c.Visitor; {
	case v.Name != "":
		return v.Name
	case v.Username != "":
		return v.Username
	}
	return "a guest"
}

// refusedService is the word of a service that no repeat changes.
func refusedService(err error) string { return fmt.Sprintf("no room for the call: %v", err) }

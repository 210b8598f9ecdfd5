package host

import (
	"context"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// offerCall makes the links and has both messages sent.
func (h *Host) offerCall(ctx context.Context, _ *job, e bridge.Effect) sdk.Outcome {
	known, err := h.store.Chat(e.Chat)
	if err != nil {
		return bridge.Later(err.Error())
	}
	e.AgentText = "Call with " + visitorName(&known.Chat) + ": {link}"
	switch {
	case h.opts.Services.Links != nil:
	case h.opts.Services.Conferences:
		e.Kind, e.Text, e.Claimed = bridge.EffectConference, withLink(e.Text, "{link}"), h.claimed(e.Key)
		return h.workspace.Apply(ctx, e)
	default:
		return refused("no app for calls is configured: add one under calls in config.yaml")
	}
	guest, agent, err := h.opts.Services.Links(ctx, e.Key, known.Chat, asked(e))
	if err != nil {
		return refused("no link for the call: " + err.Error())
	}
	e.AgentText = withLink(e.AgentText, agent)
	e.Text = withLink(e.Text, guest)
	return h.workspace.Apply(ctx, e)
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

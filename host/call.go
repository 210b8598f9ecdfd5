package host

import (
	"context"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// offerCall makes the links and has both messages sent.
func (h *Host) offerCall(ctx context.Context, _ *job, e bridge.Effect) sdk.Outcome {
	if h.opts.Services.Links == nil {
		return refused("no app for calls is configured: add one under calls in config.yaml")
	}
	known, err := h.store.Chat(e.Chat)
	if err != nil {
		return bridge.Later(err.Error())
	}
	guest, agent, err := h.opts.Services.Links(ctx, e.Key, known.Chat, asked(e))
	if err != nil {
		return refused("no link for the call: " + err.Error())
	}
	e.AgentText = withLink("Call with "+visitorName(&known.Chat)+": {link}", agent)
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

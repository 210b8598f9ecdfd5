package rest

import (
	"context"
	"net/http"
	"slices"
)

// WebhookSettings are where the workspace's omnichannel webhooks go, and which
// are sent. There is one address for all.
type WebhookSettings struct {
	URL   string   // "" means that none are sent
	Token string   // that is sent along; "" means none
	On    []string // such as "close"
	Off   []string // such as "taken"
}

// webhookSwitch is a kind of webhook: what it is of, the setting that switches it
// on, and what omnichannel/integrations calls that.
type webhookSwitch struct{ what, setting, key string }

// Webhooks of leads are left alone: nothing happens in a chat with them.
var webhookSwitches = []webhookSwitch{
	{"start", "Livechat_webhook_on_start", "LivechatWebhookOnStart"},
	{"queued", "Livechat_webhook_on_chat_queued", "LivechatWebhookOnChatQueued"},
	{"taken", "Livechat_webhook_on_chat_taken", "LivechatWebhookOnChatTaken"},
	{"forwarded", "Livechat_webhook_on_forward", "LivechatWebhookOnForward"},
	{"visitor message", "Livechat_webhook_on_visitor_message", "LivechatWebhookOnVisitorMessage"},
	{"agent message", "Livechat_webhook_on_agent_message", "LivechatWebhookOnAgentMessage"},
	{"close", "Livechat_webhook_on_close", "LivechatWebhookOnClose"},
}

// WebhookSettings reads them. Managers may.
func (c *Client) WebhookSettings(ctx context.Context) (WebhookSettings, error) {
	var got struct {
		Settings []Setting `json:"settings"`
	}
	k := call{verb: http.MethodGet, path: "livechat/integrations.settings"}
	if err := c.json(ctx, k, &got); err != nil {
		return WebhookSettings{}, err
	}
	if len(got.Settings) == 0 {
		return WebhookSettings{}, &Error{Call: k.name(), Kind: ErrUnclear, Text: "no settings in it"}
	}
	var s WebhookSettings
	value := func(id string) any {
		at := slices.IndexFunc(got.Settings, func(s Setting) bool { return s.ID == id })
		if at < 0 {
			return nil
		}
		return got.Settings[at].Value
	}
	s.URL, _ = value("Livechat_webhookUrl").(string)
	s.Token, _ = value("Livechat_secret_token").(string)
	for _, w := range webhookSwitches {
		if on, _ := value(w.setting).(bool); on {
			s.On = append(s.On, w.what)
		} else {
			s.Off = append(s.Off, w.what)
		}
	}
	return s, nil
}

// hooking is where webhooks are to go.
type hooking struct{ url, token string }

// SetWebhooks has the workspace send its webhooks to url, of all that happens in
// chats, with token.
func (c *Client) SetWebhooks(ctx context.Context, url, token string) error {
	return try(ctx, c, waysToHook, hooking{url, token})
}

func (c *Client) integrations(ctx context.Context, h hooking) error {
	body := map[string]any{"LivechatWebhookUrl": h.url, "LivechatSecretToken": h.token}
	for _, w := range webhookSwitches {
		body[w.key] = true
	}
	return c.Post(ctx, "omnichannel/integrations", body, nil)
}

func (c *Client) saveIntegration(ctx context.Context, h hooking) error {
	values := map[string]any{"Livechat_webhookUrl": h.url, "Livechat_secret_token": h.token}
	for _, w := range webhookSwitches {
		values[w.setting] = true
	}
	return c.Method(ctx, "livechat:saveIntegration", nil, values)
}

package sdk

import (
	"strings"
	"time"
)

// WebhookRequest is a call of another system.
type WebhookRequest struct {
	Path   string            `json:"path"`             // as OnWebhook was given it
	Method string            `json:"method"`           // POST or PUT
	Query  map[string]string `json:"query,omitempty"`  // the first value of each
	Header map[string]string `json:"header,omitempty"` // names as Go writes them, such as Content-Type; without the secret and cookies
	Body   string            `json:"body,omitempty"`   // at most 64 KiB
	At     time.Time         `json:"at"`
}

// MaxWebhook is how large the body of a webhook may be, in bytes.
const MaxWebhook = 64 * 1024

// isWebhookPath reports whether a path has one to four parts of 1 to 63 small
// letters, digits, - and _, none of which begins with a sign.
func isWebhookPath(path string) bool {
	parts := strings.Split(path, "/")
	for _, part := range parts {
		plain := strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
		if part == "" || len(part) > 63 || !plain || strings.ContainsAny(part[:1], "_-") {
			return false
		}
	}
	return len(parts) <= 4
}

// OnWebhook is called when another system has called /hooks/INSTANCE/PATH of
// Bellhop's listener with the instance's secret. When fn ends within 5 seconds the
// system is told that it is done (200), or why it was skipped; else that its call
// is kept (202): fn is called again after an error, and after a restart. Path is
// such as "orders" or "orders/paid": small letters, digits, - and _.
func (p *Plugin) OnWebhook(path string, fn func(WebhookRequest) error) {
	p.wiring("OnWebhook")
	switch {
	case !isWebhookPath(path):
		p.fault("webhook %q: a path is such as \"orders\" or \"orders/paid\": small letters, digits, - and _, at most four parts", path)
	case p.webhooks[path] != nil:
		p.fault("webhook %q has two handlers: give one of them another path", path)
	default:
		p.webhooks[path] = fn
	}
}

func (r *run) webhookHandler() handler {
	w := r.call.Event.Webhook
	if w == nil || r.runner.plugin.webhooks[w.Path] == nil {
		return nil
	}
	fn := r.runner.plugin.webhooks[w.Path]
	return func(*Chat, *Event) error { return fn(*w) }
}

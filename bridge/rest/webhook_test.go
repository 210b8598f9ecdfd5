package rest

import (
	"slices"
	"testing"
)

// TestWebhooksAreSetInTheVersionsWay, and read as they were set.
func TestWebhooksAreSetInTheVersionsWay(t *testing.T) {
	eachVersion(t, func(t *testing.T, h *hall) {
		s, err := h.WebhookSettings(ctx)
		if err != nil || s.URL != "" || s.Token != "" || len(s.On) != 0 || len(s.Off) != len(webhookSwitches) {
			t.Errorf("at first %+v, %v", s, err)
		}
		h.must(h.SetWebhooks(ctx, "https://bellhop.example/rc", "secret"))
		s, err = h.WebhookSettings(ctx)
		if err != nil || s.URL != "https://bellhop.example/rc" || s.Token != "secret" || len(s.Off) != 0 || !slices.Contains(s.On, "close") {
			t.Errorf("then %+v, %v", s, err)
		}
	})
}

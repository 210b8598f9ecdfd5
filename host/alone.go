package host

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/bellhop-chat/bellhop/sdk"
)

// alone are the kinds of events that belong to no chat and are for one
// instance, which sees them whenever they happened.
var alone = []sdk.EventKind{sdk.EventCommand, sdk.EventWebhook, sdk.EventSchedule, sdk.EventEnabled, sdk.EventDisabled}

// record journals an event that belongs to no chat, and waits until it is on
// disk: nobody gives it again. It does nothing when the event is known.
func (h *Host) record(e sdk.Event) error {
	h.moves.Add(1)
	now := h.clock.Now()
	e.Late = e.Late || !e.At.IsZero() && now.Sub(e.At) > late
	entry, ticket, err := h.store.Record(e, now)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return fmt.Errorf("journal event %s: %w", e.ID, err)
	}
	if entry != nil {
		h.log.Debug("event", "event", e.ID, "instance", e.Instance)
		h.wake()
	}
	return nil
}

// Why a webhook is not taken.
var (
	ErrNoWebhook = errors.New("no instance that runs has such a webhook")
	ErrNotReady  = errors.New("the instance is not ready yet: try again")
)

// Hook gives an instance the call of another system, and returns when the
// journal has it. Calls with the same key, unless it is "", are one. The error
// is ErrNoWebhook, ErrNotReady, or one of the store.
func (h *Host) Hook(instance, key string, r sdk.WebhookRequest) error {
	i := h.instance(instance)
	if i == nil {
		return ErrNoWebhook
	}
	offers := i.offers.Load()
	switch {
	case offers == nil:
		return ErrNotReady
	case !slices.Contains(offers.Webhooks, r.Path):
		return ErrNoWebhook
	}
	r.At = h.clock.Now()
	id := sdk.EventID("webhook/" + instance + "/" + r.Path + "/" + callID(key))
	return h.record(sdk.Event{ID: id, Kind: sdk.EventWebhook, At: r.At, Instance: instance, Webhook: &r})
}

// callID is what tells calls apart: the caller's key, or chance.
func callID(key string) string {
	if key == "" {
		return rand.Text()
	}
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

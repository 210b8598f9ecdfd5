package host

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// alone are the kinds of events that belong to no chat and are for one
// instance, which sees them whenever they happened.
var alone = []sdk.EventKind{sdk.EventCommand, sdk.EventWebhook, sdk.EventSchedule, sdk.EventEnabled, sdk.EventDisabled}

// record journals an event that belongs to no chat, and waits until it is on
// disk: nobody gives it again. It does nothing when the event is known.
func (h *Host) record(e sdk.Event) error {
	_, err := h.recordNew(e)
	return err
}

// recordNew is record, and says whether the event is new.
func (h *Host) recordNew(e sdk.Event) (fresh bool, err error) {
	h.moves.Add(1)
	now := h.clock.Now()
	e.Late = e.Late || !e.At.IsZero() && now.Sub(e.At) > late
	entry, ticket, err := h.store.Record(e, now)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return false, fmt.Errorf("journal event %s: %w", e.ID, err)
	}
	if entry != nil {
		h.log.Debug("event", "event", e.ID, "instance", e.Instance)
		h.wake()
	}
	return entry != nil, nil
}

// Why a webhook is not taken.
var (
	ErrNoWebhook = errors.New("no instance that runs has such a webhook")
	ErrNotReady  = errors.New("host or instance is not ready yet: try again")
)

// Verdict is what an instance made of a webhook.
type Verdict struct {
	Outcome string `json:"outcome"`       // one of those below
	Why     string `json:"why,omitempty"` // of Skipped: the handler's word
}

// What can come of a webhook.
const (
	Accepted = "accepted" // it is in the journal, and the handler has not finished with it
	Handled  = "done"
	Skipped  = "skipped" // the handler looked, and did nothing
	Failed   = "failed"  // too often: it is a dead letter
)

// Hook gives an instance the call of another system, and returns when the
// handler has finished with it or ctx ends: the journal has it then. Calls with
// the same key, unless it is "", are one. The error is ErrNoWebhook, ErrNotReady,
// or one of the store.
func (h *Host) Hook(ctx context.Context, instance, key string, r sdk.WebhookRequest) (Verdict, error) {
	i := h.instance(instance)
	switch {
	case h.running().Err() != nil:
		return Verdict{}, ErrNotReady
	case i == nil:
		return Verdict{}, ErrNoWebhook
	}
	offers := i.offers.Load()
	switch {
	case offers == nil:
		return Verdict{}, ErrNotReady
	case !slices.Contains(offers.Webhooks, r.Path):
		return Verdict{}, ErrNoWebhook
	}
	r.At = h.clock.Now()
	id := sdk.EventID("webhook/" + instance + "/" + r.Path + "/" + callID(key))
	caller := make(chan Verdict, 1)
	h.expect(id, caller)
	defer h.expect(id, nil)
	fresh, err := h.recordNew(sdk.Event{ID: id, Kind: sdk.EventWebhook, At: r.At, Instance: instance, Webhook: &r})
	if err != nil || !fresh {
		return Verdict{Outcome: Accepted}, err
	}
	select {
	case v := <-caller:
		return v, nil
	case <-i.ended:
	case <-ctx.Done():
	}
	return Verdict{Outcome: Accepted}, nil
}

// expect notes who waits for what becomes of the event; nil means nobody any more.
func (h *Host) expect(id sdk.EventID, caller chan Verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if caller == nil {
		delete(h.callers, id)
		return
	}
	h.callers[id] = caller
}

// tellCaller tells who waits what became of the item, which is on disk.
func (h *Host) tellCaller(c *commitment) {
	h.mu.Lock()
	caller := h.callers[c.event]
	h.mu.Unlock()
	if caller == nil {
		return
	}
	select {
	case caller <- c.verdict:
	default: // it was told already
	}
}

// verdict is what the result makes of its event.
func verdict(r *store.Result) Verdict {
	switch d := r.Decision; {
	case r.Dead != nil:
		return Verdict{Outcome: Failed}
	case d != nil && len(d.Skips) > 0 && len(r.Effects) == 0:
		return Verdict{Outcome: Skipped, Why: d.Skips[0]}
	}
	return Verdict{Outcome: Handled}
}

// callID is what tells calls apart: the caller's key, or chance.
func callID(key string) string {
	if key == "" {
		return rand.Text()
	}
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

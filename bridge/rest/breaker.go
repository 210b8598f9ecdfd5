package rest

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

const (
	tripsOf   = 10 // of so many calls of a route, one after another,
	trips     = 8  // so many fail: then it is left alone,
	tripPause = 5 * time.Second
)

// breakers leave a route alone for a while that fails again and again, so that
// nobody waits for it and the server can recover. Another route may be well: one
// chat's messages that the server can't read are no reason not to forward.
type breakers struct {
	log *slog.Logger

	mu sync.Mutex // guards by
	by map[string]circuitbreaker.CircuitBreaker[answer]
}

// knocks find out whether the server is back, at their own pace: see package
// bridge.
var knocks = []string{"GET me", "GET info", "POST login"}

// of is the breaker of a route.
func (b *breakers) of(route string) circuitbreaker.CircuitBreaker[answer] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = map[string]circuitbreaker.CircuitBreaker[answer]{}
	}
	if b.by[route] == nil {
		b.by[route] = circuitbreaker.NewBuilder[answer]().
			WithFailureThresholdRatio(trips, tripsOf).
			WithDelay(tripPause).
			OnOpen(func(circuitbreaker.StateChangedEvent) {
				b.log.Warn("server fails a kind of call: it is left alone for a while", "call", route, "pause", tripPause)
			}).
			OnClose(func(circuitbreaker.StateChangedEvent) {
				b.log.Info("server answers a kind of call again", "call", route)
			}).
			Build()
	}
	return b.by[route]
}

// mend has all routes tried again at once: the server has become another, or is
// back.
func (b *breakers) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.by {
		if !one.IsClosed() {
			one.Close()
		}
	}
}

// do makes the call, unless its route has failed too often just now.
func (c *Client) do(ctx context.Context, k call) (answer, error) {
	route := k.route()
	if slices.Contains(knocks, route) {
		return c.attempt(ctx, k)
	}
	b := c.trips.of(route)
	if !b.TryAcquirePermit() {
		return answer{}, &Error{Call: k.name(), Kind: ErrTripped}
	}
	a, err := c.attempt(ctx, k)
	if ctx.Err() == nil && (errors.Is(err, ErrServer) || errors.Is(err, ErrUnreachable)) {
		b.RecordFailure()
	} else {
		b.RecordSuccess()
	}
	return a, err
}

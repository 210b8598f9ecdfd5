package host

import (
	"context"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	firstTry  = time.Second
	lastTry   = time.Minute
	lastAside = 30 * time.Minute // of transcripts: mail servers take offence
	lookSpan  = 24 * time.Hour   // how long the trace of an attempt is looked for when the effect is too late
)

const skippedWhy = "an earlier effect of the same decision was not done"

// carry makes attempts until the effect has an outcome, ctx ends or the
// instance pauses.
func (o *outbox) carry(ctx context.Context, l *lane, j *job) error {
	if !o.holdBack(ctx, l, j) {
		return nil
	}
	slowest := lastTry
	if l.key.slow {
		slowest = lastAside
	}
	for n := 1; ; n++ {
		outcome, err := o.attempt(ctx, l, j)
		if err != nil {
			return err
		}
		e := j.effect()
		if outcome.State == "" && o.host.clock.Now().Sub(e.Until) > lookSpan {
			outcome = sdk.Outcome{State: sdk.Unconfirmed, Reason: "nobody could say whether it was done; lastly: " + outcome.Reason}
		}
		if outcome.State != "" {
			return o.settle(l, j, outcome)
		}
		if o.isResting(j) {
			return nil
		}
		o.host.log.Warn("effect is tried again", "instance", e.Instance, "effect", e.Key, "chat", e.Chat, "attempt", e.Attempt, "err", outcome.Reason)
		if !o.waits(ctx, j, max(backOff(n, firstTry, slowest), j.rest)) {
			return nil
		}
		if o.isResting(j) {
			return nil
		}
	}
}

// holdBack waits until what is to be done later may be; false when it is not to
// be done now.
func (o *outbox) holdBack(ctx context.Context, l *lane, j *job) bool {
	e := j.effect()
	if e.Delivery == nil || e.Delivery.After <= 0 {
		return true
	}
	at := e.EventAt.Add(e.Delivery.After)
	left := at.Sub(o.host.clock.Now())
	if left <= 0 {
		return true
	}
	o.holds(l, at)
	defer o.holds(l, time.Time{})
	return o.waits(ctx, j, left) && !o.isResting(j)
}

// holds says until when the lane has nothing to do.
func (o *outbox) holds(l *lane, until time.Time) {
	o.mu.Lock()
	l.until = until
	o.mu.Unlock()
	o.host.stir()
}

// waits waits for the next attempt; false when there is to be none.
func (o *outbox) waits(ctx context.Context, j *job, d time.Duration) bool {
	o.mu.Lock()
	j.next = o.host.clock.Now().Add(d)
	o.mu.Unlock()
	select {
	case <-ctx.Done():
		return false
	case <-o.host.clock.After(d):
		return true
	}
}

// attempt makes one attempt, unless the effect must not be carried out any
// more. An outcome without a state asks for another. What must not be carried
// out now, and may have been before, is only looked for.
func (o *outbox) attempt(ctx context.Context, l *lane, j *job) (sdk.Outcome, error) {
	e := j.effect()
	outcome, forbidden := o.forbids(j)
	if forbidden && e.Attempt == 0 {
		return outcome, nil
	}
	if err := o.begin(j); err != nil {
		return sdk.Outcome{}, err
	}
	slots := o.slots[l.key.slow]
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return sdk.Outcome{}, ctx.Err()
	}
	if forbidden {
		e.Until = earlier(e.Until, o.host.clock.Now().Add(-time.Nanosecond))
	}
	flight, land, ok := o.takeOff(ctx, j)
	if !ok {
		return sdk.Outcome{}, nil
	}
	defer land()
	found := o.host.carryOut(flight, j, e)
	o.mu.Lock()
	j.parcel.Effects[j.index].Effect.Attempt++
	j.lastly, j.next = found.Reason, time.Time{}
	o.mu.Unlock()
	switch {
	case found.State == "" && ctx.Err() != nil:
		return found, ctx.Err()
	case forbidden && found.State == sdk.Overtaken:
		return outcome, nil
	}
	return found, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// begin has the store say that the first attempt begins.
func (o *outbox) begin(j *job) error {
	if j.parcel.Effects[j.index].Begun {
		return nil
	}
	if err := o.host.store.Begin(j.parcel.Number, j.index).Wait(); err != nil {
		return err
	}
	o.begun(j)
	return nil
}

// forbids says how an effect ends that is not to be carried out any more.
func (o *outbox) forbids(j *job) (outcome sdk.Outcome, forbidden bool) {
	outcome.At = o.host.clock.Now()
	e := j.effect()
	withheld, whyNot := o.withheld(j)
	switch why := o.host.forbids(e, j.parcel.Effects[j.index].Consent != nil); {
	case o.dropped(j) != "":
		outcome.State, outcome.Reason = sdk.Refused, "dropped by "+o.dropped(j)
	case withheld != "":
		outcome.State, outcome.Reason = withheld, whyNot
	case outcome.At.After(e.Until):
		outcome.State, outcome.Reason = sdk.Overtaken, tooLate(e)
		if j.lastly != "" {
			outcome.Reason += "; lastly: " + j.lastly
		}
	case why != "":
		outcome.State, outcome.Reason = sdk.Refused, why
	case inChatLane(e) && o.stumbled(j):
		outcome.State, outcome.Reason = sdk.Skipped, skippedWhy
	}
	return outcome, outcome.State != ""
}

// stumbled reports whether an earlier effect of the decision on this chat was
// not done.
func (o *outbox) stumbled(j *job) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	chat := j.effect().Chat
	for _, earlier := range j.parcel.Effects[:j.index] {
		if earlier.Effect.Chat == chat && shuts(earlier.Effect) && earlier.Outcome != nil && earlier.Outcome.State != sdk.Done {
			return true
		}
	}
	return false
}

func tooLate(e bridge.Effect) string {
	return "too late: it was to be done before " + e.Until.UTC().Format(time.RFC3339)
}

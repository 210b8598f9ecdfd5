package host

import (
	"fmt"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// rates are when an instance asked for effects of the kinds whose rate its grant
// bounds. What it asked for before its host started is read from the store once,
// so that a restart gives nobody more.
type rates map[sdk.EffectKind][]time.Time

// tooOften says why the effect comes too soon after others of its kind; "" when
// it does not, or no rate is granted.
func (i *instance) tooOften(e bridge.Effect, now time.Time) string {
	r, bounded := i.spec.Grants.Rates[e.Kind]
	if !bounded || bridge.IsCommand(e.Event) {
		return ""
	}
	if i.rates == nil {
		if err := i.countRates(now); err != nil {
			return fmt.Sprintf("rate: what was asked for before can't be counted: %v", err)
		}
	}
	n, _ := within(i.rates[e.Kind], now, r.Span)
	if n < r.Max {
		return ""
	}
	return fmt.Sprintf("rate: %d %s in %s are granted, and so many were asked for", r.Max, e.Kind, r.Span)
}

// asksFor counts an effect that was not refused.
func (i *instance) asksFor(e bridge.Effect, now time.Time) {
	r, bounded := i.spec.Grants.Rates[e.Kind]
	if !bounded || bridge.IsCommand(e.Event) {
		return
	}
	i.rates[e.Kind] = recent(append(i.rates[e.Kind], now), r.Span)
}

func (i *instance) countRates(now time.Time) error {
	counted := rates{}
	note := func(c store.Carried, at time.Time) {
		refused := c.Outcome != nil && (c.Outcome.State == sdk.Refused || c.Outcome.State == sdk.Skipped)
		if c.Effect.Instance == i.name && !refused && c.Effect.Undoes == "" && !bridge.IsCommand(c.Effect.Event) {
			counted[c.Effect.Kind] = append(counted[c.Effect.Kind], at)
		}
	}
	var longest time.Duration
	for _, r := range i.spec.Grants.Rates {
		longest = max(longest, r.Span)
	}
	err := i.host.store.Outcomes(now.Add(-longest), func(c store.Carried) error {
		note(c, c.Outcome.At)
		return nil
	})
	if err != nil {
		return err
	}
	waiting, err := i.host.store.Outbox()
	if err != nil {
		return err
	}
	for _, p := range waiting {
		for _, c := range p.Effects {
			if c.Outcome == nil {
				note(c, asked(c.Effect))
			}
		}
	}
	i.rates = counted
	return nil
}

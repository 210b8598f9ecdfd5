package host

import (
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// mendTimes makes times zero, which means unknown, that no calendar has: a server
// may tell any number of milliseconds, and a record with such a time could be
// written and never read again. What e points to is shared, so it is copied
// first.
func mendTimes(e *bridge.Event) {
	if !slices.ContainsFunc(times(e), func(t *time.Time) bool { return !writable(*t) }) {
		return
	}
	e.Message, e.Forwarding, e.Conference = copied(e.Message), copied(e.Forwarding), copied(e.Conference)
	e.Command = copied(e.Command)
	e.Picture.Last = slices.Clone(e.Picture.Last)
	for _, t := range times(e) {
		if !writable(*t) {
			*t = time.Time{}
		}
	}
}

// writable reports whether RFC 3339 can write the time.
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}

// times are all that the event holds.
func times(e *bridge.Event) []*time.Time {
	c := &e.Picture
	all := []*time.Time{&e.At, &e.Watermark, &c.OpenedAt, &c.QueuedAt, &c.TakenAt, &c.HeldAt, &c.WaitingSince, &c.AnsweredAt, &c.ClosedAt}
	all = append(all, &c.Figures.AskedAt, &c.Figures.RepliedAt, &c.Figures.RespondedAt, &c.Figures.QueuedFrom)
	all = append(all, &c.Conference.Started, &c.Conference.Ended)
	if e.Conference != nil {
		all = append(all, &e.Conference.Started, &e.Conference.Ended)
	}
	if e.Forwarding != nil {
		all = append(all, &e.Forwarding.At)
	}
	if e.Command != nil {
		all = append(all, &e.Command.At)
	}
	if e.Message != nil {
		all = append(all, ofMessage(e.Message)...)
	}
	for n := range c.Last {
		all = append(all, ofMessage(&c.Last[n])...)
	}
	return all
}

func ofMessage(m *sdk.Message) []*time.Time { return []*time.Time{&m.At, &m.Edited} }

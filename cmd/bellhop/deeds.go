package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"time"

	lobbydesk "github.com/bellhop-chat/bellhop/bridge/lobby/desk"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/console"
	"github.com/bellhop-chat/bellhop/sdk"
)

// deeds tell the desk of the embedded workspace what Bellhop did there, as its
// console tells it.
type deeds struct {
	ask  func(ctx context.Context, path string, query url.Values, into any) error
	tell func(ctx context.Context, path string, body, into any) error

	mu       sync.Mutex // guards what follows
	watchers map[int]func(rid string)
	last     int
}

// Of is desk.Deeds'. Of a chat that Bellhop has not seen it tells nothing.
func (d *deeds) Of(ctx context.Context, rid string) ([]lobbydesk.Deed, error) {
	var story console.Story
	err := d.ask(ctx, "/why", url.Values{"chat": {rid}}, &story)
	if unknown := (*console.UnknownError)(nil); errors.As(err, &unknown) {
		return nil, nil
	}
	var all []lobbydesk.Deed
	for _, h := range story.Events {
		for _, decided := range h.Decisions {
			for _, a := range decided.Effects {
				all = append(all, deedOf(a, decided, h))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b lobbydesk.Deed) int { return a.At.Compare(b.At) })
	return all, err
}

func deedOf(a console.Action, d console.Decided, h console.Happened) lobbydesk.Deed {
	return lobbydesk.Deed{
		Key: string(a.Key), At: a.At, Plugin: cmp.Or(a.Plugin, a.Instance), Instance: a.Instance, Version: d.Version, Mode: d.Mode,
		Kind: string(a.Kind), What: a.What, From: a.From, To: a.To, Tags: a.Tags, Event: h.What, Tried: d.Rules,
		Rule: a.Rule, Reason: a.Reason, Outcome: string(a.Outcome), Because: cmp.Or(a.Because, a.Consent), Stays: a.Stays,
	}
}

// Undo is desk.Deeds'.
func (d *deeds) Undo(ctx context.Context, rid, key, by string) (whyNot string, err error) {
	var done []console.Undoing
	err = d.tell(ctx, "/undo", console.Undo{Chat: sdk.ChatID(rid), Key: sdk.EffectKey(key), By: by}, &done)
	switch {
	case errors.Is(err, console.ErrNobody):
		return "Bellhop does not run", nil
	case err != nil || len(done) == 0:
		return "", err
	}
	return done[0].Stays, nil
}

// Watch is desk.Deeds'.
func (d *deeds) Watch(fn func(rid string)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.watchers == nil {
		d.watchers = map[int]func(string){}
	}
	d.last++
	n := d.last
	d.watchers[n] = fn
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, n)
	}
}

// news tells those who watch of a chat.
func (d *deeds) news(chat sdk.ChatID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, fn := range d.watchers {
		fn(string(chat))
	}
}

// follow asks a host again and again what it has done since, until ctx ends. A host
// that is not there is asked again.
func (d *deeds) follow(ctx context.Context) {
	since := time.Now()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		var ended []console.Action
		if d.ask(ctx, "/log", url.Values{"since": {since.Format(time.RFC3339Nano)}}, &ended) != nil {
			continue
		}
		for _, a := range ended {
			since = later(since, a.At)
			d.news(a.Chat)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// deedsIn are those of the host that runs in the data folder. While none does, there
// is nothing to tell: its store is left alone, since a host may want to open it.
func deedsIn(data string) *deeds {
	return &deeds{ask: func(ctx context.Context, path string, query url.Values, into any) error {
		c, err := console.Dial(ctx, console.Socket(data))
		switch {
		case errors.Is(err, console.ErrNobody):
			return nil
		case err != nil:
			return err
		}
		return c.Get(ctx, path, query, into)
	}, tell: func(ctx context.Context, path string, body, into any) error {
		c, err := console.Dial(ctx, console.Socket(data))
		if err != nil {
			return err
		}
		return c.Post(ctx, path, body, into)
	}}
}

// deedsOf are those of a stage's host.
func deedsOf(s *stage) (d *deeds, stop func()) {
	c := console.Beside(console.New(console.Options{Host: s.host, Store: s.db, Workspace: s.accounts.Base}))
	d = &deeds{ask: c.Get, tell: c.Post}
	return d, s.host.Watch(func(r host.Report) { d.news(r.Effect.Chat) })
}

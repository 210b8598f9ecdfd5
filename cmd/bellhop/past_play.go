package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wish is an effect that an instance would have asked for.
type wish struct {
	at     time.Time // of what it answers
	effect bridge.Effect
}

// wishes are all of them, the oldest first, and the events that could not be
// played.
type wishes struct {
	all    []wish
	failed []store.Dead
}

// play has the instance decide on all that happened, in shadow, in a store of
// its own and on a clock that jumps from one event or timer to the next.
func (p *past) play(ctx context.Context, name string, spec host.Instance, o host.Options) (would wishes, err error) {
	db, end, err := passingStore()
	if err != nil {
		return would, err
	}
	defer end()
	s := newScene()
	s.now = p.begins()
	o.Workspace, o.Directory, o.Store, o.Clock, o.Start, o.Attempts = s, unasked{}, db, s, trials, 1
	o.Instances, o.Services = map[string]host.Instance{name: spec}, sceneServices
	h, err := host.New(o)
	if err != nil {
		return would, err
	}
	r := &rehearsal{instance: name, spec: spec, scene: s, host: h, db: db}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return h.Run(ctx) })
	g.Go(func() error {
		defer stop()
		return p.replay(ctx, r)
	})
	if err := g.Wait(); err != nil {
		return would, err
	}
	return p.wishes(db)
}

// begins is a moment before all of it.
func (p *past) begins() time.Time {
	first := p.entries[0].Accepted
	for _, e := range p.entries {
		if at := e.Event.At; !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return first.Add(-time.Second)
}

func (p *past) replay(ctx context.Context, r *rehearsal) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	r.forgives = true // what it can't do in a rehearsal is counted
	for _, e := range p.entries {
		if err := r.wait(ctx, max(0, e.Accepted.Sub(r.scene.Now()))); err != nil {
			return err
		}
		r.scene.again(e)
		if err := r.settle(ctx); err != nil {
			return err
		}
		if err := r.stopped(); err != nil {
			return err
		}
	}
	return r.wait(ctx, max(0, time.Since(r.scene.Now())))
}

// stopped says why the instance decides nothing any more.
func (r *rehearsal) stopped() error {
	for _, s := range r.host.Status() {
		if s.State == host.Paused || s.State == host.Aside {
			return fmt.Errorf("it is %s: %s", s.State, s.Why)
		}
	}
	return nil
}

// again has happen what happened: the chat is as it was then.
func (s *scene) again(e *store.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := e.Event.Chat
	c := copyChat(&e.Picture)
	if s.chats[id] == nil {
		s.said[id] = slices.Clone(c.Last)
	}
	if m := e.Event.Message; m != nil && e.Event.Kind == sdk.EventMessage && !slices.ContainsFunc(s.said[id], func(said sdk.Message) bool { return said.ID == m.ID }) {
		s.said[id] = append(s.said[id], *m)
	}
	s.chats[id] = &c
	s.pending = append(s.pending, bridge.Event{Event: e.Event, Picture: copyChat(&c), Watermark: e.Event.At})
	nudge(s.more)
}

// wishes reads what was decided.
func (p *past) wishes(db *store.DB) (would wishes, err error) {
	for _, chat := range slices.Sorted(maps.Keys(p.of)) {
		why, err := db.Why(chat)
		if err != nil {
			return would, err
		}
		for _, w := range why {
			for _, c := range w.Effects {
				if w.Decision.Chat == chat {
					would.all = append(would.all, wish{w.Entry.Accepted, c.Effect})
				}
			}
		}
	}
	slices.SortStableFunc(would.all, func(a, b wish) int { return a.at.Compare(b.at) })
	would.failed, err = db.Letters()
	return would, err
}

// errUnasked is what a rehearsal answers to what the store does not hold.
var errUnasked = errors.New("a rehearsal does not ask the workspace: it knows what the store holds")

// unasked is a directory that nobody looks into.
type unasked struct{}

// Departments are not known.
func (unasked) Departments(context.Context) ([]sdk.DepartmentInfo, error) { return nil, errUnasked }

// Agents are not known.
func (unasked) Agents(context.Context, string) ([]sdk.AgentInfo, error) { return nil, errUnasked }

// Contact is not known.
func (unasked) Contact(context.Context, sdk.ChatID) (sdk.Contact, error) {
	return sdk.Contact{}, errUnasked
}

// PastChats are not known.
func (unasked) PastChats(context.Context, sdk.ChatID) ([]sdk.PastChat, error) { return nil, errUnasked }

// Page is not known.
func (unasked) Page(context.Context, sdk.ChatID) (sdk.Page, error) { return sdk.Page{}, errUnasked }

// Hours are not known.
func (unasked) Hours(context.Context, time.Time) (sdk.Hours, error) { return sdk.Hours{}, errUnasked }

// SearchContacts finds nobody.
func (unasked) SearchContacts(context.Context, string) ([]sdk.Contact, error) { return nil, errUnasked }

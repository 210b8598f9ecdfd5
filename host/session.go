package host

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// session is one run of everything above the store. A store that fails ends
// it, and the next begins from what is on disk.
type session struct {
	ctx   context.Context
	group *errgroup.Group
}

// run is one session.
func (h *Host) run(ctx context.Context) error {
	parting, err := h.enroll(ctx)
	if err != nil {
		return err
	}
	picture, err := h.load()
	if err != nil {
		return err
	}
	setups, err := h.store.Instances()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	// It lasts longer than all others, so that nothing joins a group that is
	// over: see spawn.
	g.Go(func() error {
		<-ctx.Done()
		h.end()
		return ctx.Err()
	})
	h.begin(&session{ctx, g}, setups, parting)
	g.Go(func() error { return h.timers.run(ctx) })
	g.Go(func() error { return h.calls.run(ctx) })
	g.Go(func() error { return h.outbox.run(ctx) })
	g.Go(func() error { return h.workspace.Run(ctx, picture, h.accept) })
	return h.breaks(ctx, g)
}

// load reads from the store what a session begins with.
func (h *Host) load() (bridge.Picture, error) {
	if err := h.store.Flush().Wait(); err != nil {
		return bridge.Picture{}, err
	}
	parcels, err := h.store.Outbox()
	if err != nil {
		return bridge.Picture{}, err
	}
	due, err := h.store.Timers()
	if err != nil {
		return bridge.Picture{}, err
	}
	calls, err := h.store.Calls()
	if err != nil {
		return bridge.Picture{}, err
	}
	picture, err := h.store.Picture(h.clock.Now())
	if err != nil {
		return bridge.Picture{}, err
	}
	picture.Ours, picture.Watched, picture.Moves = h.ours, h.isWatched, h.mayMove
	if err := h.keepPauses(); err != nil {
		return bridge.Picture{}, err
	}
	if err := h.limits.load(parcels, h.clock.Now()); err != nil {
		return bridge.Picture{}, err
	}
	h.outbox.load(parcels)
	h.timers.load(due)
	h.calls.load(calls)
	return picture, nil
}

// isWatched reports whether an instance has a handler for the kind of event.
func (h *Host) isWatched(kind sdk.EventKind) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.instances {
		if all := i.wants.Load(); all != nil && (*all)[kind] {
			return true
		}
	}
	return false
}

// mayMove reports whether an instance may move chats.
func (h *Host) mayMove() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.instances {
		moves := slices.Contains(i.spec.Grants.Effects, sdk.EffectForward) || slices.Contains(i.spec.Grants.Effects, sdk.EffectQueue)
		if moves && i.spec.mode().acts() {
			return true
		}
	}
	return false
}

// begin starts the session's instances. One that was paused is so from the
// first moment: the outbox asks.
func (h *Host) begin(s *session, setups, parting map[string]store.Setup) {
	defer h.stir()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = s
	h.instances = map[string]*instance{}
	for name, spec := range h.opts.Instances {
		h.start(name, spec, setups[name].Paused)
	}
	h.partLater(s, parting)
}

// start runs an instance if the host runs; paused says why it must not do
// anything, "" that it may. The caller holds h.mu.
func (h *Host) start(name string, spec Instance, paused string) {
	s := h.session
	if s == nil || spec.mode() == Off {
		return
	}
	i := newInstance(h, name, spec)
	if paused != "" {
		i.stand(Paused, paused)
	}
	h.instances[name] = i
	s.group.Go(func() error { return i.run(s.ctx) })
}

// end lets nothing join the session any more.
func (h *Host) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = nil
}

// running lasts as long as the present session.
func (h *Host) running() context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.session; s != nil {
		return s.ctx
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	return over
}

// spawn does something beside, as part of the session; nothing when that has
// ended. An error ends the session.
func (h *Host) spawn(do func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.session; s != nil {
		s.group.Go(func() error { return do(s.ctx) })
	}
}

// recover waits until the store takes writes again.
func (h *Host) recover(ctx context.Context) error {
	for n := 1; ; n++ {
		if h.store.Recover() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.clock.After(backOff(n, time.Second, time.Minute)):
		}
	}
}

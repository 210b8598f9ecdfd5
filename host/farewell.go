package host

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// leaveTaking is how long an instance that is switched off has to hear of it
// and to have done what it then asks for.
const leaveTaking = 5 * time.Second

// part tells an instance that it is being switched off, and waits until what it
// asks for is carried out. All else that waits for it is dropped, as it is by
// being switched off. One that pauses or is set aside is told nothing.
func (h *Host) part(ctx context.Context, name string, life int64) {
	i := h.instance(name)
	if i == nil {
		return
	}
	if s := i.status(); s == Paused || s == Aside {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTaking)
	defer cancel()
	if !i.parts.Swap(true) {
		if err := i.do(ctx, func() error { _, err := i.skip(); return err }); err != nil {
			i.log.Warn("instance is not told that it is switched off", "err", err)
			return
		}
	}
	if err := h.record(sdk.Event{ID: store.DisabledID(name, life), Kind: sdk.EventDisabled, At: h.clock.Now(), Instance: name}); err != nil {
		i.log.Warn("instance is not told that it is switched off", "err", err)
		return
	}
	end := h.store.End()
	err := h.until(ctx, func() bool {
		select {
		case <-i.ended:
			return true
		default:
		}
		now := i.standing()
		return now.idle(end) && h.outbox.waiting(name) == 0
	})
	if err != nil {
		i.log.Warn("what the instance asked for when it was switched off is not done: it took too long", "err", err)
	}
}

// isParting reports whether the event tells an instance that it is being
// switched off.
func isParting(id sdk.EventID) bool { return strings.HasPrefix(string(id), "disabled/") }

// partings are those of the open events that an instance still hears of which
// is being switched off.
func (i *instance) partings(open []store.Pending) ([]store.Pending, error) {
	var fault error
	left := slices.DeleteFunc(open, func(o store.Pending) bool {
		e, err := i.host.store.Entry(o.Seq)
		if err != nil {
			fault = err
			return false
		}
		return e.Event.Kind != sdk.EventDisabled
	})
	return left, fault
}

// mustPart reports whether the instance, which ran when the host last did, is
// off by now and has to be told so.
func (h *Host) mustPart(spec Instance, was store.Setup) bool {
	ran := was.Mode != "" && Mode(was.Mode) != Off && was.Paused == ""
	return ran && spec.mode() == Off && was.Plugin == spec.Plugin && was.Version == spec.Version
}

// partLater has instances hear, at the beginning of a session, that they were
// switched off while no host ran. The caller holds h.mu.
func (h *Host) partLater(s *session, parting map[string]store.Setup) {
	for name, was := range parting {
		spec := h.opts.Instances[name]
		spec.Mode = Mode(was.Mode)
		i := newInstance(h, name, spec)
		i.parts.Store(true)
		h.instances[name] = i
		s.group.Go(func() error { return i.run(s.ctx) })
	}
	if len(parting) == 0 {
		return
	}
	h.parting.Add(1)
	s.group.Go(func() error {
		h.reloading.Lock()
		defer h.reloading.Unlock()
		defer h.stir()
		defer h.parting.Add(-1)
		for name, was := range parting {
			if h.specs()[name].mode() != Off {
				continue // it was switched on again meanwhile
			}
			if err := h.off(s.ctx, name, was); err != nil && s.ctx.Err() == nil {
				return err
			}
		}
		return nil
	})
}

// off tells an instance that it is switched off, and switches it off.
func (h *Host) off(ctx context.Context, name string, was store.Setup) error {
	h.part(ctx, name, was.Life)
	if err := h.halt(ctx, name); err != nil {
		return err
	}
	defer h.outbox.resume()
	return h.change(name, h.specs()[name].setup(), map[string]store.Setup{name: was})
}

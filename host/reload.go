package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/store"
)

func (h *Host) reload(ctx context.Context, to map[string]Instance) error {
	known, err := h.store.Instances()
	if err != nil {
		return err
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if err := h.become(ctx, name, to[name], known); err != nil {
			faults = append(faults, err)
		}
	}
	for name := range h.specs() {
		if _, there := to[name]; !there {
			h.fit(name)
			faults = append(faults, h.remove(ctx, name, known))
		}
	}
	return errors.Join(faults...)
}

// become makes an instance what it is to be, or notes why it can't.
func (h *Host) become(ctx context.Context, name string, spec Instance, known map[string]store.Setup) error {
	err := spec.check(name)
	setup := spec.setup()
	was, there := known[name]
	was.Paused = ""
	if h.rolledBackFrom(name, setup) {
		return nil // who rolls it back writes its file next
	}
	switch {
	case err != nil:
	case there && was.Same(setup) && !h.barred(name):
	default:
		err = h.swap(ctx, name, spec, known)
	}
	h.fit(name)
	if err != nil {
		h.mu.Lock()
		h.unfit[name] = Unfit{Version: spec.Version, Why: err.Error()}
		h.mu.Unlock()
	}
	return err
}

// fit forgets what could not be made of the instance.
func (h *Host) fit(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.unfit, name)
}

// barred reports whether nothing can run as the instance until it changes.
func (h *Host) barred(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unfit[name].barred
}

// swap puts the new instance in the old one's place once its plugin has
// loaded and, if it is of another version, has made its own what the old one
// remembers.
func (h *Host) swap(ctx context.Context, name string, spec Instance, known map[string]store.Setup) error {
	was := known[name]
	var ready Worker
	if spec.mode() != Off {
		var err error
		if ready, err = h.launch(ctx, name, spec); err != nil {
			return fmt.Errorf("reload instance %s: %w: the former one goes on", name, err)
		}
		defer ready.Stop()
	} else {
		h.part(ctx, name, was.Life)
	}
	h.swapping.Lock()
	defer h.swapping.Unlock()
	if err := h.halt(ctx, name); err != nil {
		return err
	}
	defer h.outbox.resume()
	var err error
	if upgrades(was, spec) {
		err = h.succeed(ctx, name, ready, spec, was)
		h.wake()
	} else {
		err = h.change(name, spec.setup(), known)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if former, there := h.opts.Instances[name]; there {
			h.start(name, former, was.Paused)
		}
		return fmt.Errorf("reload instance %s: %w: the former one goes on", name, err)
	}
	h.setSpec(name, &spec)
	h.start(name, spec, "")
	h.log.Info("instance reloaded", "instance", name, "version", spec.Version, "mode", spec.mode())
	return nil
}

func (h *Host) remove(ctx context.Context, name string, known map[string]store.Setup) error {
	h.part(ctx, name, known[name].Life)
	if err := h.halt(ctx, name); err != nil {
		return err
	}
	h.mu.Lock()
	h.setSpec(name, nil)
	h.mu.Unlock()
	off := known[name]
	off.Mode, off.Paused = string(Off), ""
	defer h.outbox.resume()
	if err := h.change(name, off, known); err != nil {
		return err
	}
	h.log.Info("instance stopped: its file is gone", "instance", name)
	return nil
}

// halt stops an instance and waits until it has.
func (h *Host) halt(ctx context.Context, name string) error {
	i := h.instance(name)
	if i == nil {
		return nil
	}
	i.halt()
	select {
	case <-i.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.instances, name)
	return nil
}

// specs are the instances as they are to run.
func (h *Host) specs() map[string]Instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.opts.Instances
}

// setSpec replaces one of them; nil takes it away. The caller holds h.mu.
func (h *Host) setSpec(name string, spec *Instance) {
	all := maps.Clone(h.opts.Instances)
	if all == nil {
		all = map[string]Instance{}
	}
	delete(all, name)
	if spec != nil {
		all[name] = *spec
	}
	h.opts.Instances = all
}

func joined(words []string) string { return strings.Join(words, ", ") }

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
		spec := to[name]
		was, there := known[name]
		was.Paused = ""
		err := spec.check(name)
		if err == nil && !(there && was.Same(spec.setup())) {
			err = h.swap(ctx, name, spec, known)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	for name := range h.specs() {
		if _, there := to[name]; !there {
			faults = append(faults, h.remove(ctx, name, known))
		}
	}
	return errors.Join(faults...)
}

// swap puts the new instance in the old one's place once its plugin has
// loaded.
func (h *Host) swap(ctx context.Context, name string, spec Instance, known map[string]store.Setup) error {
	if spec.mode() != Off {
		probe, err := h.launch(ctx, name, spec)
		if err != nil {
			return fmt.Errorf("reload instance %s: %w: the former one goes on", name, err)
		}
		probe.Stop()
	}
	if spec.mode() == Off {
		h.part(ctx, name, known[name].Life)
	}
	h.swapping.Lock()
	defer h.swapping.Unlock()
	if err := h.halt(ctx, name); err != nil {
		return err
	}
	if err := h.change(name, spec.setup(), known); err != nil {
		return err
	}
	h.mu.Lock()
	h.setSpec(name, &spec)
	h.start(name, spec, "")
	h.mu.Unlock()
	h.outbox.resume()
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

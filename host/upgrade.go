package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Former finds the source of a plugin's version that ran before.
type Former func(plugin, version string) (sources map[string][]byte, err error)

// Unfit is what an instance was to become and could not.
type Unfit struct {
	Version string `json:"version"`
	Why     string `json:"why"`

	barred bool // nothing else can run in its place
}

// upgrades reports whether what the instance remembers was made by another
// version of its plugin.
func upgrades(was store.Setup, spec Instance) bool {
	return spec.mode() != Off && was.Plugin == spec.Plugin && was.Mode != "" && was.StateVersion() != spec.Version
}

// migrate has a worker of the new version say what of the state it wants
// otherwise. The worker is good for nothing else then.
func (h *Host) migrate(ctx context.Context, name string, w Worker, from, to string) ([]sdk.Write, error) {
	if len(w.Offers().Migrates) == 0 {
		return nil, nil
	}
	state, err := h.store.State(name, "")
	if err == nil {
		err = w.Reset(state) // it may have changed since the worker began
	}
	if err != nil {
		return nil, err
	}
	now := h.clock.Now()
	e := sdk.Event{ID: sdk.EventID("upgraded/" + name + "/" + from + "/" + to), Kind: sdk.EventUpgraded, At: now, Instance: name, From: from}
	reply, err := once(ctx, w, sdk.Call{Event: e, Now: now, Seed: seed(e.ID)})
	if err == nil {
		err = h.migrated(name, reply)
	}
	if err != nil {
		return nil, fmt.Errorf("migrate state from %s: %w", from, err)
	}
	return reply.Writes, nil
}

// once has a worker handle a single event.
func once(ctx context.Context, w Worker, call sdk.Call) (sdk.Reply, error) {
	if err := w.Send(worker.Deliver{Seq: 1, Call: call}); err != nil {
		return sdk.Reply{}, err
	}
	select {
	case done, ok := <-w.Results():
		if !ok {
			return sdk.Reply{}, w.Err()
		}
		return done.Reply, nil
	case <-ctx.Done():
		return sdk.Reply{}, ctx.Err()
	}
}

// migrated says what is wrong with an answer to an upgrade.
func (h *Host) migrated(name string, r sdk.Reply) error {
	for _, line := range r.Log {
		h.log.Info(line, "instance", name)
	}
	switch {
	case r.Error != "":
		return errors.New(r.Error)
	case r.Read != nil:
		return fmt.Errorf("it asks for %s: Migrate may only change p.State()", r.Read.Kind)
	case len(r.Effects)+len(r.Timers) > 0:
		return errors.New("it asks for effects or timers: Migrate may only change p.State()")
	}
	for _, w := range r.Writes {
		if w.Scope != sdk.ScopeInstance {
			return errors.New("it changes the state of a chat: Migrate may only change p.State()")
		}
	}
	return nil
}

// takeOver makes an instance that does not run now one of another version: its
// plugin is loaded, changes the state, and all is journaled together.
func (h *Host) takeOver(ctx context.Context, name string, spec Instance, was store.Setup) error {
	w, err := h.launch(ctx, name, spec)
	if err != nil {
		return err
	}
	defer w.Stop()
	return h.succeed(ctx, name, w, spec, was)
}

// succeed is takeOver with a worker that is ready.
func (h *Host) succeed(ctx context.Context, name string, w Worker, spec Instance, was store.Setup) error {
	writes, err := h.migrate(ctx, name, w, was.StateVersion(), spec.Version)
	if err != nil {
		return err
	}
	t := turn(name, was, spec.setup(), true, h.clock.Now())
	t.Keep, t.Writes = true, writes
	if err := h.timers.turn(t); err != nil {
		return fmt.Errorf("journal upgrade of instance %s: %w", name, err)
	}
	h.log.Info("instance is upgraded", "instance", name, "from", was.StateVersion(), "version", spec.Version)
	return nil
}

// upgradeAtStart upgrades an instance whose version has changed while no host
// ran. When that fails, the former version runs.
func (h *Host) upgradeAtStart(ctx context.Context, name string, spec Instance, known map[string]store.Setup) error {
	was := known[name]
	err := h.takeOver(ctx, name, spec, was)
	var failed *store.FailedError
	if err == nil || ctx.Err() != nil || errors.As(err, &failed) {
		h.fit(name)
		return err
	}
	former, missing := h.former(was)
	u := Unfit{Version: spec.Version, Why: err.Error(), barred: missing != nil}
	if missing != nil {
		u.Why += "; and the former version can't run: " + missing.Error()
		former = spec
		former.Mode = Off
	}
	h.mu.Lock()
	h.unfit[name] = u
	h.setSpec(name, &former)
	h.mu.Unlock()
	h.log.Error("instance can't be upgraded: correct its plugin or its file", "instance", name, "version", spec.Version, "err", u.Why)
	if u.barred {
		return nil
	}
	return h.change(name, former.setup(), known)
}

// former is the instance as it was set up.
func (h *Host) former(was store.Setup) (Instance, error) {
	i, err := instanceOf(was)
	switch {
	case err != nil:
		return i, err
	case h.opts.Former == nil:
		return i, fmt.Errorf("nobody knows version %s any more", was.Version)
	}
	if i.Sources, err = h.opts.Former(was.Plugin, was.Version); err != nil {
		return i, err
	}
	if !bytes.Equal(i.sum(), was.Sources) {
		return i, fmt.Errorf("version %s is not what it was: its files have changed", was.Version)
	}
	return i, nil
}

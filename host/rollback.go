package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/host/store"
)

var errNoSnapshot = errors.New("there is no version to go back to: it was not upgraded, or that is longer ago than what is kept")

// Back is what an instance goes back to.
type Back struct {
	Snapshot store.Snapshot
	Now      store.Setup // what it is
}

// FindBack is what the instance was before its last upgrade.
func FindBack(db *store.DB, name string) (Back, error) {
	setups, err := db.Instances()
	if err != nil {
		return Back{}, err
	}
	all, err := db.Snapshots(name)
	if err == nil && len(all) == 0 {
		err = errNoSnapshot
	}
	if err != nil {
		return Back{}, fmt.Errorf("roll back %s: %w", name, err)
	}
	return Back{all[len(all)-1], setups[name]}, nil
}

// to is what the instance is set up as when it is back: in the mode that it has
// now, since that is no matter of the version.
func (b Back) to() store.Setup {
	to := b.Snapshot.Setup
	to.Mode, to.Paused = b.Now.Mode, b.Now.Paused
	return to
}

// Rollback undoes the instance's last upgrade: it runs the former version, with
// the settings and the grant of then, and remembers what it remembered then. What
// was carried out since stays done. The instance's file must be made to say so
// next; what it says until then is not heeded.
func (h *Host) Rollback(ctx context.Context, name string) error {
	h.reloading.Lock()
	defer h.reloading.Unlock()
	b, err := FindBack(h.store, name)
	if err != nil {
		return err
	}
	spec, err := h.former(b.to())
	if err == nil && spec.mode() != Off {
		var probe Worker
		if probe, err = h.launch(ctx, name, spec); err == nil {
			probe.Stop()
		}
	}
	if err != nil {
		return fmt.Errorf("roll back %s: %w: nothing is changed", name, err)
	}
	h.swapping.Lock()
	defer h.swapping.Unlock()
	if err := h.halt(ctx, name); err != nil {
		return err
	}
	defer h.outbox.resume()
	err = h.store.Rollback(name, b.Snapshot, b.to(), h.clock.Now())
	h.wake()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.start(name, h.opts.Instances[name], b.Now.Paused)
		return err
	}
	h.gone[name] = b.Now
	delete(h.unfit, name)
	h.setSpec(name, &spec)
	h.start(name, spec, b.Now.Paused)
	h.log.Warn("instance is rolled back", "instance", name, "from", b.Now.Version, "version", spec.Version)
	return nil
}

// rolledBackFrom reports whether the instance was that until it was rolled back,
// and nobody has said anything else since.
func (h *Host) rolledBackFrom(name string, setup store.Setup) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	from, there := h.gone[name]
	from.Paused = ""
	same := there && from.Same(setup)
	if !same {
		delete(h.gone, name)
	}
	return same
}

// Rollback undoes the instance's last upgrade for when the host runs again. Its
// file must be made to say so next.
func (r *Rested) Rollback(_ context.Context, name string) error {
	b, err := FindBack(r.Store, name)
	if err != nil {
		return err
	}
	return r.Store.Rollback(name, b.Snapshot, b.to(), r.now())
}

package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
)

// pause ends the instance's deciding and carrying out, at once and until
// Resume or a change. What is under way is cut off: it is decided again, and
// looked for before it is done again. The error says that a restart will not
// know of the pause.
func (i *instance) pause(why string) error {
	i.stand(Paused, why)
	i.host.outbox.interrupt(i.name)
	i.poke()
	return i.host.keepPause(i.name, i.spec, why)
}

// keepPause has the store know of a pause, now or as soon as it takes writes
// again.
func (h *Host) keepPause(name string, spec Instance, why string) error {
	setup := spec.setup()
	setup.Paused = why
	err := h.store.Change(name, setup, false, h.clock.Now())
	h.wake() // all pass the entry that tells of it
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.unkept, name)
	if err != nil {
		h.unkept[name] = why
	}
	return err
}

// keepPauses makes the store and the host agree on what pauses, before a
// session begins: the host knows of pauses that the store could not take.
func (h *Host) keepPauses() error {
	hold, err := h.store.Hold()
	if known := h.hold.Load(); err == nil && hold == nil && known != nil {
		hold, err = known, h.store.SetHold(known)
	}
	if err != nil {
		return err
	}
	h.hold.Store(hold)
	h.mu.Lock()
	unkept := maps.Clone(h.unkept)
	h.mu.Unlock()
	for name, why := range unkept {
		if spec, there := h.specs()[name]; there {
			err = errors.Join(err, h.keepPause(name, spec, why))
		}
	}
	return err
}

// runsAway pauses an instance that does more than it may.
func (i *instance) runsAway(why string) {
	if err := i.pause(why); err != nil {
		i.log.Error("keep pause", "err", err)
	}
	i.log.Error("instance pauses: look at what it did, then let it go on", "err", why)
}

// rest ends the worker of an instance that pauses. What it had is decided
// afterwards, from the beginning.
func (i *instance) rest() {
	i.stop()
	i.mail.again(i.sent...)
	i.sent, i.stale, i.full = nil, 0, false
	i.update(func(now *standing) {
		if now.state == Running {
			now.state = Starting
		}
	})
}

// Pause ends the instance's deciding, and the carrying out of what waits, at
// once. It survives a restart.
func (h *Host) Pause(name, why string) error {
	i := h.instance(name)
	if i == nil {
		return fmt.Errorf("pause %s: %w", name, errUnknown)
	}
	err := i.pause(why)
	h.ground(name)
	if err != nil {
		return fmt.Errorf("pause %s: it pauses, but a restart will not know of it: %w", name, err)
	}
	h.log.Warn("instance pauses", "instance", name, "err", why)
	return nil
}

// PauseAll ends all deciding, and the carrying out of what waits, at once. It
// survives a restart, and holds instances that are started later too.
func (h *Host) PauseAll(why string) error {
	hold := &store.Hold{At: h.clock.Now(), Why: why}
	h.hold.Store(hold)
	h.outbox.interrupt("")
	h.wake()
	err := h.store.SetHold(hold)
	h.ground("")
	if err != nil {
		return fmt.Errorf("pause all: all pause, but a restart will not know of it: %w", err)
	}
	h.log.Warn("all instances pause", "err", why)
	return nil
}

// HeldError says that nothing goes on because all was paused.
type HeldError struct{ store.Hold }

func (e *HeldError) Error() string {
	return fmt.Sprintf("all instances are paused since %s (%s): resume all of them", e.At.Local().Format("2 Jan 15:04:05"), e.Why)
}

// Held is what PauseAll has said; nil when nothing is held.
func (h *Host) Held() *store.Hold { return h.hold.Load() }

// Resume lets an instance go on that is paused or set aside, also with what
// waits. While all are paused it does nothing but say so, by a *HeldError.
func (h *Host) Resume(name string) error {
	if hold := h.hold.Load(); hold != nil {
		return fmt.Errorf("resume %s: %w", name, &HeldError{*hold})
	}
	i := h.instance(name)
	if i == nil {
		return fmt.Errorf("resume %s: %w", name, errUnknown)
	}
	h.mu.Lock()
	delete(h.unkept, name)
	h.mu.Unlock()
	if i.status() == Paused {
		if err := h.store.Change(name, i.spec.setup(), false, h.clock.Now()); err != nil {
			return fmt.Errorf("resume %s: %w", name, err)
		}
	}
	i.stand(Starting, "")
	h.wake()
	h.outbox.resume()
	return nil
}

// ResumeAll ends what PauseAll began. Instances that pause for reasons of
// their own stay paused; only when nothing was held are they resumed, all of
// them.
func (h *Host) ResumeAll() error {
	if h.hold.Load() == nil {
		return h.resumeEach()
	}
	if err := h.store.SetHold(nil); err != nil {
		return fmt.Errorf("resume all: %w", err)
	}
	h.hold.Store(nil)
	h.wake()
	h.outbox.resume()
	return nil
}

func (h *Host) resumeEach() error {
	var faults []error
	for _, i := range h.all() {
		if s := i.status(); s == Paused || s == Aside {
			faults = append(faults, h.Resume(i.name))
		}
	}
	return errors.Join(faults...)
}

// pauses reports whether nothing of the instance is to be carried out now.
func (h *Host) pauses(name string) bool {
	if name == store.Self {
		return false // people who ask are told, also why nothing happens
	}
	if h.hold.Load() != nil {
		return true
	}
	i := h.instance(name)
	return i != nil && i.status() == Paused
}

// isResting is rests for those who do not hold o.mu.
func (o *outbox) isResting(j *job) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.rests(j)
}

// rests reports whether the job must not be worked on because of a pause. What
// is dropped is settled all the same: that only looks. The caller holds o.mu.
func (o *outbox) rests(j *job) bool {
	c := &j.parcel.Effects[j.index]
	return c.Dropped == "" && o.host.pauses(c.Effect.Instance)
}

// takeOff begins an attempt that a pause can cut off. It does not begin when
// the pause is there already: a job may have waited for its turn for long.
func (o *outbox) takeOff(ctx context.Context, j *job) (flight context.Context, land func(), ok bool) {
	flight, cancel := context.WithCancel(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.rests(j) {
		cancel()
		return nil, nil, false
	}
	down := make(chan struct{})
	j.cut, j.down = cancel, down
	return flight, func() {
		cancel()
		o.mu.Lock()
		defer o.mu.Unlock()
		j.cut = nil
		close(down)
	}, true
}

// interrupt cuts off the instance's attempts, "" meaning everybody's, unless
// they are to look for what was dropped. What it returns is closed when one of
// them has ended.
func (o *outbox) interrupt(instance string) (down []<-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		for _, j := range l.jobs {
			c := &j.parcel.Effects[j.index]
			if j.cut != nil && c.Dropped == "" && (instance == "" || c.Effect.Instance == instance) {
				j.cut()
				down = append(down, j.down)
			}
		}
	}
	return down
}

// patience is how long a pause waits for attempts that it has cut off.
const patience = time.Second

// ground cuts off the instance's attempts and waits until they have ended, so
// that who paused can say that nothing more is done. One that does not heed its
// context is not waited for.
func (h *Host) ground(instance string) {
	late := h.clock.After(patience)
	for _, down := range h.outbox.interrupt(instance) {
		select {
		case <-down:
		case <-late:
			return
		}
	}
}

// dropped is who has said that the effect is not to be carried out; "" means
// nobody.
func (o *outbox) dropped(j *job) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return j.parcel.Effects[j.index].Dropped
}

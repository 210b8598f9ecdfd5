package host

import (
	"context"
	"sort"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// State says how an instance fares.
type State string

// An instance is in one of these.
const (
	Starting   State = "starting"
	Running    State = "running"
	Restarting State = "restarting" // its worker ended; it waits before the next
	Paused     State = "paused"     // by a limit or by a person: nothing is decided or carried out
	Aside      State = "aside"      // it failed too often; it stays so until it is changed or let go on
	Stopped    State = "off"        // its mode is off
)

// InstanceStatus is how an instance fares now.
type InstanceStatus struct {
	Name    string   `json:"name"`
	Plugin  string   `json:"plugin"`
	Version string   `json:"version"`
	Mode    Mode     `json:"mode"`
	State   State    `json:"state"`
	Why     string   `json:"why,omitempty"`    // of Restarting, Paused and Aside
	Waiting uint64   `json:"waiting"`          // events in the journal that it has not read
	Open    int      `json:"open"`             // events that it has read and not done
	Held    int      `json:"held"`             // of them, those that failed and wait for their next attempt
	Reading int      `json:"reading"`          // of them, those that wait for an answer
	Doubts  []string `json:"doubts,omitempty"` // what its file names and the workspace does not have: see Doubt
	Unfit   *Unfit   `json:"unfit,omitempty"`  // what it was to become and could not; nil when it is what it is to be
}

// standing is what others may see of an instance.
type standing struct {
	state         State
	why           string
	next          uint64
	open, commits int
	held, reading int
	sent          int
}

func (i *instance) status() State { return i.standing().state }

// standing is how the instance stands now. While all are paused, so is it.
func (i *instance) standing() standing {
	now := *i.state.Load()
	if hold := i.host.hold.Load(); hold != nil {
		now.state, now.why = Paused, heldWhy(hold)
	}
	return now
}

func heldWhy(hold *store.Hold) string { return "all instances are paused: " + hold.Why }

// update changes how the instance stands. A pause may come from anywhere while
// the instance tells how far it is, and neither may undo the other.
func (i *instance) update(change func(*standing)) standing {
	for {
		was := i.state.Load()
		now := *was
		change(&now)
		if i.state.CompareAndSwap(was, &now) {
			return now
		}
	}
}

func (i *instance) stand(s State, why string) {
	i.update(func(now *standing) { now.state, now.why = s, why })
}

// standUnlessPaused is stand for what happens by itself: a pause outlasts it.
func (i *instance) standUnlessPaused(s State, why string) {
	i.update(func(now *standing) {
		if now.state != Paused {
			now.state, now.why = s, why
		}
	})
}

// publish lets others see how the instance stands.
func (i *instance) publish() {
	i.update(func(now *standing) {
		now.next, now.open, now.commits = i.mail.next, i.mail.open.Len(), len(i.commits)
		now.held, now.reading, now.sent = len(i.mail.held), i.reading, len(i.sent)+i.stale
	})
	if now := i.standing(); now.idle(now.next) {
		i.host.stir()
	}
}

// idle reports whether the instance has nothing to do about the journal up to
// end.
func (s *standing) idle(end uint64) bool {
	if s.commits > 0 {
		return false
	}
	if s.state == Aside || s.state == Paused {
		return s.sent+s.reading == 0
	}
	return s.state != Starting && s.open == 0 && s.next >= end
}

// Doubt notes what is doubtful of an instance though it runs, for people to see.
// Nil means nothing.
func (h *Host) Doubt(name string, lines []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doubts[name] = lines
}

// Instances are the instances as they are to run, by name. They are shared: do not
// change them.
func (h *Host) Instances() map[string]Instance { return h.specs() }

// Status is how the instances fare, by name.
func (h *Host) Status() []InstanceStatus {
	end := h.store.End()
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []InstanceStatus
	for name, spec := range h.opts.Instances {
		s := InstanceStatus{Name: name, Plugin: spec.Plugin, Version: spec.Version, Mode: spec.mode(), State: Stopped}
		if i := h.instances[name]; i != nil {
			now := i.standing()
			s.State, s.Why, s.Open, s.Held, s.Reading = now.state, now.why, now.open, now.held, now.reading
			s.Waiting = end - min(end, now.next)
			if r := h.refused.Load(); r != nil && s.State == Running {
				s.State, s.Why = Restarting, "the store takes no writes: "+r.Why
			}
		}
		s.Doubts = h.doubts[name]
		if u, there := h.unfit[name]; there {
			s.Unfit = &u
		}
		all = append(all, s)
	}
	sort.Slice(all, func(a, b int) bool { return all[a].Name < all[b].Name })
	return all
}

// Quiet waits until nothing happens any more: no event waits, no handler runs,
// nothing is in the outbox. Timers that are not due do not count, nor does what
// waits for an instance that is paused or set aside.
func (h *Host) Quiet(ctx context.Context) error {
	return h.until(ctx, h.quiet)
}

// until waits for what holds when something has come to rest.
func (h *Host) until(ctx context.Context, holds func() bool) error {
	h.listening.Add(1)
	defer h.listening.Add(-1)
	for {
		h.mu.Lock()
		changed := h.changed
		h.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// quiet reports whether the host is at rest. It looks again when something moved while
// it looked: who moves it may have told so before, and would not tell again.
func (h *Host) quiet() bool {
	for {
		before := h.moves.Load()
		if !h.atRest() {
			return false
		}
		if h.moves.Load() == before {
			return true
		}
	}
}

func (h *Host) atRest() bool {
	h.mu.Lock()
	running := h.session != nil
	h.mu.Unlock()
	if !running || h.parting.Load() > 0 || h.timers.firing() || h.calls.firing() || h.outbox.busy() {
		return false
	}
	end := h.store.End()
	for _, i := range h.all() {
		if now := i.standing(); !now.idle(end) {
			return false
		}
	}
	return true
}

// stir tells those who wait for quiet to look again.
func (h *Host) stir() {
	if h.listening.Load() == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// Why is what was decided on the chat, the oldest first.
func (h *Host) Why(chat sdk.ChatID) ([]store.Explained, error) { return h.store.Why(chat) }

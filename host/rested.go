package host

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// NotRunning is the state of an instance whose host does not run.
const NotRunning State = "not running"

// Rested is a host that does not run. What it is told holds when it runs
// again; what it says is from when it last ran. Its methods are those of Host.
type Rested struct {
	Store *store.DB
	Clock Clock // nil means the real time
}

func (r *Rested) now() time.Time {
	if r.Clock == nil {
		return time.Now()
	}
	return r.Clock.Now()
}

// Overview is how the host stands.
func (r *Rested) Overview() (Overview, error) {
	var o Overview
	setups, err := r.Store.Instances()
	if err != nil {
		return o, err
	}
	if o.Held, err = r.Store.Hold(); err != nil {
		return o, err
	}
	for name, setup := range setups {
		s, err := r.status(name, setup, o.Held)
		if err != nil {
			return o, err
		}
		o.Instances = append(o.Instances, s)
	}
	sort.Slice(o.Instances, func(a, b int) bool { return o.Instances[a].Name < o.Instances[b].Name })
	waiting, err := r.Waiting()
	o.Outbox = len(waiting)
	return o, err
}

func (r *Rested) status(name string, setup store.Setup, hold *store.Hold) (InstanceStatus, error) {
	s := InstanceStatus{Name: name, Plugin: setup.Plugin, Version: setup.Version, Mode: Mode(setup.Mode), State: NotRunning}
	switch {
	case s.Mode == Off:
		s.State = Stopped
		return s, nil
	case hold != nil:
		s.State, s.Why = Paused, heldWhy(hold)
	case setup.Paused != "":
		s.State, s.Why = Paused, setup.Paused
	}
	p, _, err := r.Store.Progress(name)
	s.Waiting, s.Open = r.Store.End()-p.Through, len(p.Open)
	return s, err
}

// Waiting is what waits to be carried out.
func (r *Rested) Waiting() (all []Waiting, err error) {
	parcels, err := r.Store.Outbox()
	for _, p := range parcels {
		for _, c := range p.Effects {
			if c.Outcome == nil {
				all = append(all, Waiting{Effect: c.Effect, Why: "no host runs"})
			}
		}
	}
	return all, err
}

// Pause holds an instance when the host runs again.
func (r *Rested) Pause(name, why string) error {
	return r.change("pause", name, why)
}

// PauseAll holds all instances when the host runs again.
func (r *Rested) PauseAll(why string) error {
	if err := r.Store.SetHold(&store.Hold{At: r.now(), Why: why}); err != nil {
		return fmt.Errorf("pause all: %w", err)
	}
	return nil
}

// Resume undoes Pause.
func (r *Rested) Resume(name string) error {
	hold, err := r.Store.Hold()
	if err == nil && hold != nil {
		err = &HeldError{*hold}
	}
	if err != nil {
		return fmt.Errorf("resume %s: %w", name, err)
	}
	return r.change("resume", name, "")
}

func (r *Rested) change(verb, name, why string) error {
	setups, err := r.Store.Instances()
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, name, err)
	}
	setup, there := setups[name]
	if !there || setup.Mode == string(Off) {
		return fmt.Errorf("%s %s: %w", verb, name, errUnknown)
	}
	if setup.Paused == why {
		return nil
	}
	setup.Paused = why
	if err := r.Store.Change(name, setup, false, r.now()); err != nil {
		return fmt.Errorf("%s %s: %w", verb, name, err)
	}
	return nil
}

// ResumeAll undoes PauseAll or, when nothing is held, Pause of each instance.
func (r *Rested) ResumeAll() error {
	hold, err := r.Store.Hold()
	switch {
	case err != nil:
		return fmt.Errorf("resume all: %w", err)
	case hold != nil:
		return r.Store.SetHold(nil)
	}
	all, err := r.Overview()
	if err != nil {
		return err
	}
	for _, s := range all.Instances {
		if s.State == Paused {
			if err := r.Resume(s.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// DropWaiting drops what waits for an instance that is paused, or for all of
// them when name is "".
func (r *Rested) DropWaiting(_ context.Context, name, by string) (d Dropped, err error) {
	all, err := r.Overview()
	if err != nil {
		return d, err
	}
	for _, s := range all.Instances {
		if name != "" && s.Name != name || s.State == Stopped {
			continue
		}
		if s.State != Paused {
			return d, fmt.Errorf("drop what waits for %s: it is not paused: pause it first", s.Name)
		}
		n, err := r.skip(s.Name)
		if err != nil {
			return d, fmt.Errorf("drop what waits for %s: %w", s.Name, err)
		}
		d.Events += n
	}
	d.Effects, err = r.Store.DropWaiting(by, func(instance string) bool { return name == "" || instance == name })
	return d, err
}

func (r *Rested) skip(name string) (int, error) {
	p, _, err := r.Store.Progress(name)
	if err != nil {
		return 0, err
	}
	end := r.Store.End()
	n, err := unread(r.Store, name, p.Through, end)
	if err != nil {
		return 0, err
	}
	n += len(p.Open)
	p.Through, p.Open = end, nil
	return n, r.commit(store.Result{Instance: name, Progress: p})
}

func (r *Rested) commit(result store.Result) error {
	if _, _, err := r.Store.Commit(result); err != nil {
		return err
	}
	return r.Store.Flush().Wait()
}

// Retry gives the instance the event of a dead letter once more when the host
// runs again.
func (r *Rested) Retry(_ context.Context, name string, event sdk.EventID) error {
	letter, err := findLetter(r.Store, name, event)
	if err != nil {
		return fmt.Errorf("retry %s: %w", event, err)
	}
	p, _, err := r.Store.Progress(name)
	switch seq := letter.Entry.Seq; {
	case err != nil:
	case seq <= p.Since:
		err = errOlder
	default:
		at := slices.IndexFunc(p.Open, func(o store.Pending) bool { return o.Seq >= seq })
		if at < 0 {
			at = len(p.Open)
		}
		p.Open = slices.Insert(p.Open, at, store.Pending{Seq: seq})
		err = r.commit(store.Result{Instance: name, Progress: p, Revived: &letter})
	}
	if err != nil {
		return fmt.Errorf("retry %s: %w", event, err)
	}
	return nil
}

// Drop takes a dead letter away for good.
func (r *Rested) Drop(name string, event sdk.EventID) error { return dropLetter(r.Store, name, event) }

// Upgrade has the instance's new version take over what the former one remembers,
// so that the next start finds it done. It does nothing when nothing is to be
// taken over. Hours are the names of the schedules that rules may name.
func (r *Rested) Upgrade(ctx context.Context, name string, spec Instance, start Start, hours []string) error {
	known, err := r.Store.Instances()
	if err != nil || !upgrades(known[name], spec) {
		return err
	}
	h := &Host{store: r.Store, clock: r.Clock, log: slog.New(slog.DiscardHandler)}
	if h.clock == nil {
		h.clock = realClock{}
	}
	h.opts = Options{Start: start, Hours: map[string]func(time.Time) sdk.Hours{}}
	for _, schedule := range hours {
		h.opts.Hours[schedule] = nil // only the name counts
	}
	h.timers = newTimers(h)
	h.calls = newCalls(h)
	return h.takeOver(ctx, name, spec, known[name])
}

package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (i *instance) mayStart() bool {
	switch i.status() {
	case Starting:
		return true
	case Restarting:
		return isDue(i.startAt, i.host.clock.Now(), lastStart)
	}
	return false
}

// start starts the worker from what is on disk.
func (i *instance) start(ctx context.Context) error {
	if err := i.drain(); err != nil {
		return err
	}
	if i.status() == Starting {
		i.deaths = nil // somebody says that it may try again
	}
	w, err := i.host.launch(ctx, i.name, i.spec)
	var end *worker.EndError
	switch {
	case ctx.Err() != nil:
		if w != nil {
			w.Stop()
		}
		return nil
	case errors.As(err, &end) && end.Cause == worker.Unloadable:
		i.setAside(err)
		return nil
	case err != nil:
		return i.died(err)
	}
	i.use(w)
	return i.arm(w)
}

// launch starts a worker with the state that is on disk.
func (h *Host) launch(ctx context.Context, name string, spec Instance) (Worker, error) {
	state, err := h.store.State(name, "")
	if err != nil {
		return nil, err
	}
	var schedules []string
	for s := range h.opts.Hours {
		schedules = append(schedules, s)
	}
	sort.Strings(schedules)
	w, err := h.opts.Start(ctx, worker.Options{
		Init:     worker.Init{Instance: name, Sources: spec.Sources, Settings: spec.Settings, State: state, Hours: schedules, Reads: spec.Grants.Reads},
		Deadline: h.opts.Deadline,
		Log:      h.log.With("instance", name),
	})
	if err != nil {
		return nil, err
	}
	if err := CheckOffers(spec, w.Offers()); err != nil {
		w.Stop()
		return nil, unloadable(name, err)
	}
	return w, nil
}

// use takes a worker that is ready.
func (i *instance) use(w Worker) {
	i.worker = w
	i.handles = map[sdk.EventKind]bool{}
	for _, kind := range w.Handles() {
		i.handles[kind] = true
	}
	wants := i.handles
	i.wants.Store(&wants)
	offers := w.Offers()
	i.offers.Store(&offers)
	i.standUnlessPaused(Running, "")
	i.log.Info("instance runs", "plugin", i.spec.Plugin, "version", i.spec.Version, "mode", i.spec.mode())
}

// died deals with a worker that has ended. The event that it handled then has
// failed; what else it had is sent again.
func (i *instance) died(cause error) error {
	i.stop()
	i.mail.again(i.sent...)
	i.sent, i.stale, i.full = nil, 0, false
	var end *worker.EndError
	if !errors.As(cause, &end) {
		end = &worker.EndError{}
	}
	i.mourn(end.Event)
	i.log.Warn("worker ended", "err", cause, "ends", len(i.deaths))
	if i.hopeless() {
		i.setAside(fmt.Errorf("its worker ended %d times in %s, lastly: %w", len(i.deaths), deathSpan, cause))
	} else {
		i.startAt = i.host.clock.Now().Add(backOff(len(i.deaths), firstStart, lastStart))
		i.standUnlessPaused(Restarting, cause.Error())
	}
	if guilty := i.mail.pull(end.Event); guilty != nil {
		return i.failed(guilty, cause.Error(), sdk.Reply{})
	}
	return nil
}

// death is an end of the worker.
type death struct {
	at    time.Time
	event sdk.EventID // that it handled; "" when none
}

// mourn counts an end of the worker and forgets those that are long ago.
func (i *instance) mourn(event sdk.EventID) {
	now := i.host.clock.Now()
	i.deaths = append(i.deaths, death{now, event})
	for now.Sub(i.deaths[0].at) > deathSpan {
		i.deaths = i.deaths[1:]
	}
}

// hopeless reports whether the worker ends again and again. When all ends are
// of one event, that becomes a dead letter, and the instance goes on: one
// guest's message must not stop it for all others.
func (i *instance) hopeless() bool {
	first := i.deaths[0].event
	others := slices.ContainsFunc(i.deaths, func(d death) bool { return d.event != first })
	return len(i.deaths) >= maxDeaths && (first == "" || others)
}

// setAside ends all attempts to run the instance, until it is changed or
// somebody says go on.
func (i *instance) setAside(why error) {
	i.stop()
	// Who sees that it is aside finds in the log why.
	i.log.Error("instance is set aside: correct its plugin or its file, or let it go on", "err", why)
	i.standUnlessPaused(Aside, why.Error())
}

// failed holds the event for another attempt, or gives it up.
func (i *instance) failed(it *item, why string, r sdk.Reply) error {
	it.Attempts++
	it.Error = clip(why, sdk.MaxReason)
	log := i.log.With("event", it.entry.Event.ID, "chat", it.chat, "attempt", it.Attempts, "err", it.Error)
	if it.Attempts < i.host.opts.Attempts {
		log.Warn("handler failed: the event is tried again")
		it.NotYet = i.host.clock.Now().Add(backOff(it.Attempts, firstRetry, lastRetry))
		i.mail.hold(it)
		return i.remember()
	}
	log.Error("handler failed too often: the event is a dead letter")
	now := i.host.clock.Now()
	d := i.decision(it, r)
	d.Error = it.Error
	return i.commit(it, store.Result{
		Decision: d,
		Dead:     &store.Dead{Instance: i.name, Entry: *it.entry, Attempts: it.Attempts, Error: it.Error, At: now},
	})
}

// remember writes the progress when somebody next writes something.
func (i *instance) remember() error {
	_, _, err := i.host.store.Commit(store.Result{Instance: i.name, Progress: i.mail.progress()})
	return err
}

// reject fails an event whose result nobody can commit. The worker believes
// that it was good, so it gets the state that is on disk, and what it had
// meanwhile is sent again.
func (i *instance) reject(it *item, why error) error {
	if err := i.drain(); err != nil {
		return err
	}
	state, err := i.host.store.State(i.name, "")
	if err != nil {
		return err
	}
	i.stale += len(i.sent)
	i.mail.again(i.sent...)
	i.sent = nil
	if err := i.failed(it, "malformed result: "+why.Error(), sdk.Reply{}); err != nil {
		return err
	}
	if err := i.worker.Reset(state); err != nil {
		return i.died(err)
	}
	return nil
}

// overrun records the firing of a timer that the instance has set anew or
// cancelled because of what had happened before.
func (i *instance) overrun(it *item) error {
	d := i.decision(it, sdk.Reply{Skips: []string{"the timer was set anew or cancelled by what happened before: not shown to the plugin"}})
	return i.commit(it, store.Result{Decision: d})
}

// cut records an event at the end of a chain of causes that is too long: two
// plugins that answer each other would never stop.
func (i *instance) cut(it *item) error {
	d := i.decision(it, sdk.Reply{Skips: []string{fmt.Sprintf("the chain of causes is longer than %d: not shown to the plugin", maxDepth)}})
	i.log.Warn("chain of causes is too long: the event is not shown", "event", it.entry.Event.ID, "chat", it.chat)
	return i.commit(it, store.Result{Decision: d})
}

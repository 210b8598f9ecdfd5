package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	window      = worker.MaxInFlight
	maxCommits  = 16 * window     // results on their way to the disk
	maxAttempts = 5               // that fail, before an event is dead
	maxDeaths   = 5               // of a worker within deathSpan and without a success, before it is set aside
	deathSpan   = time.Minute     //
	firstRetry  = time.Second     // after an event's first failure
	lastRetry   = time.Minute     //
	firstStart  = time.Second / 5 // after a worker's first end
	lastStart   = 30 * time.Second
)

// instance is a plugin at work. One goroutine, run, owns its fields except
// where another owner is named.
type instance struct {
	host    *Host
	name    string
	spec    Instance
	log     *slog.Logger
	wakeup  chan struct{}      // there may be something to do
	answers chan answer        // of reads
	slots   chan struct{}      // of reads under way
	heavy   chan struct{}      // of those that keep a processor busy
	orders  chan func()        // to be done by run
	leaving context.Context    // ends when the instance is to end before the session does
	halt    context.CancelFunc // ends leaving
	ended   chan struct{}      // closed when run has returned
	met     chan struct{}      // closed when what it offers is known, or will not be for now
	known   sync.Once          // closes met

	worker  Worker // nil while there is none
	handles map[sdk.EventKind]bool
	offers  atomic.Pointer[sdk.Offers]             // of its last worker; nil before the first
	wants   atomic.Pointer[map[sdk.EventKind]bool] // what it has handlers for; nil before the first
	mail    *mailbox
	sent    []*item       // what the worker has, in order
	stale   int           // answers of the worker that no longer count
	full    bool          // it takes no more until it has answered
	commits []*commitment // results that are not on disk, in order
	asked   int           // effects of commits
	reading int           // parked items
	deaths  []death       // of the worker, without a success since
	rates   rates         // nil: yet to be counted
	startAt time.Time     // no worker before this

	parts atomic.Bool // it is being switched off: it hears of that and of nothing else
	state atomic.Pointer[standing]
}

func newInstance(h *Host, name string, spec Instance) *instance {
	leaving, halt := context.WithCancel(context.Background())
	i := &instance{
		host: h, name: name, spec: spec, log: h.log.With("instance", name),
		wakeup: make(chan struct{}, 1), answers: make(chan answer), slots: make(chan struct{}, maxReads), heavy: make(chan struct{}, 1), orders: make(chan func()),
		leaving: leaving, halt: halt, ended: make(chan struct{}), met: make(chan struct{}),
	}
	i.state.Store(&standing{state: Starting})
	return i
}

// poke wakes the instance.
func (i *instance) poke() {
	select {
	case i.wakeup <- struct{}{}:
	default:
	}
}

// run handles events until ctx ends or the store fails.
func (i *instance) run(ctx context.Context) error {
	defer close(i.ended)
	defer i.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(i.leaving, cancel)()
	if err := i.load(); err != nil {
		return err
	}
	for {
		if err := i.step(ctx); err != nil {
			return err
		}
		i.meet()
		if ctx.Err() != nil {
			return i.leave()
		}
		i.publish()
		if err := i.wait(ctx); err != nil {
			return err
		}
	}
}

// load takes up the instance's progress.
func (i *instance) load() error {
	p, _, err := i.host.store.Progress(i.name)
	if err != nil {
		return err
	}
	if i.parts.Load() {
		p.Open, err = i.partings(p.Open)
		if err != nil {
			return err
		}
	}
	i.mail, err = newMailbox(p, i.host.store.Entry)
	return err
}

// step does what can be done at once.
func (i *instance) step(ctx context.Context) error {
	if i.worker != nil && i.status() == Paused {
		i.rest()
	}
	if i.worker == nil && i.mayStart() {
		if err := i.start(ctx); err != nil {
			return err
		}
	}
	if i.worker == nil {
		return nil
	}
	if i.status() == Starting {
		i.standUnlessPaused(Running, "") // it was paused with its worker alive
	}
	if err := i.read(); err != nil {
		return err
	}
	return i.send()
}

// wait waits for the next thing to happen and deals with it.
func (i *instance) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-i.wakeup:
		return nil
	case <-i.clockTick():
		return nil
	case <-i.written():
		return i.committed()
	case a := <-i.answers:
		return i.resume(a)
	case do := <-i.orders:
		do()
		return nil
	case d, ok := <-i.results():
		if !ok {
			return i.died(i.worker.Err())
		}
		return i.answered(d)
	}
}

// clockTick fires when a held event's time or the worker's next start comes.
func (i *instance) clockTick() <-chan time.Time {
	now := i.host.clock.Now()
	next := i.mail.release(now)
	if i.worker == nil && i.status() == Restarting && (next.IsZero() || i.startAt.Before(next)) {
		next = i.startAt
	}
	switch {
	case len(i.mail.ready) > 0 && i.sendable():
		return fired
	case next.IsZero():
		return nil
	}
	return i.host.clock.After(max(0, next.Sub(now)))
}

// fired is a timer that has gone off.
var fired = func() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}()

func (i *instance) results() <-chan worker.Done {
	if i.worker == nil {
		return nil
	}
	return i.worker.Results()
}

func (i *instance) written() <-chan struct{} {
	if len(i.commits) == 0 {
		return nil
	}
	return i.commits[0].ticket.Done()
}

// read takes entries from the journal into the mailbox.
func (i *instance) read() error {
	for !i.mail.full() && len(i.mail.ready) < window && i.mail.gate == nil {
		entries, err := i.host.store.Entries(i.mail.next, readAhead)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			i.mail.next = e.Seq
			if i.hidden(&e.Event) == "" {
				i.mail.push(newItem(store.Pending{Seq: e.Seq}, e))
			}
			if i.mail.gate != nil {
				break
			}
		}
	}
	return nil
}

func (i *instance) sendable() bool {
	return i.worker != nil && !i.full && len(i.sent)+i.stale < window && i.reading < maxParked &&
		len(i.commits) < maxCommits && i.status() == Running && !i.laden() && i.host.outbox.waiting(i.name)+i.asked < maxWaiting
}

// send hands the worker what is ready.
func (i *instance) send() error {
	for i.sendable() {
		it := i.mail.take()
		if it == nil {
			return nil
		}
		if err := i.deliver(it); err != nil {
			return err
		}
	}
	return nil
}

func (i *instance) deliver(it *item) (err error) {
	if it.entry == nil {
		if it.entry, err = i.host.store.Entry(it.Seq); err != nil {
			return err
		}
	}
	if it.cut {
		return i.cut(it)
	}
	if e := it.entry.Event; e.Kind == sdk.EventTimer && i.host.timers.isOver(timerKey{e.Chat, i.name, e.Timer}) {
		return i.overrun(it)
	}
	call, err := i.call(it)
	if err != nil {
		return err
	}
	switch err := i.worker.Send(worker.Deliver{Seq: it.Seq, Call: call, Encoded: worker.Encoded{Event: it.entry.Encoded.Event, Chat: it.entry.Encoded.Picture}}); {
	case errors.Is(err, worker.ErrFull), errors.Is(err, worker.ErrEnded):
		i.mail.again(it) // an answer, or the end of the results, comes next
		i.full = true
		return nil
	case err != nil:
		return i.failed(it, err.Error(), sdk.Reply{})
	}
	i.sent = append(i.sent, it)
	return nil
}

// answered deals with what the worker made of its first event.
func (i *instance) answered(d worker.Done) error {
	i.full = false
	if i.stale > 0 {
		i.stale--
		return nil
	}
	if len(i.sent) == 0 || i.sent[0].Seq != d.Seq {
		return i.died(fmt.Errorf("worker answered event %d, which is not its turn", d.Seq))
	}
	it := i.sent[0]
	i.sent, i.deaths = i.sent[1:], nil
	switch {
	case d.Reply.Read != nil:
		return i.park(it, *d.Reply.Read)
	case d.Reply.Error != "":
		return i.failed(it, d.Reply.Error, d.Reply)
	}
	result, err := i.decide(it, d.Reply)
	if err != nil {
		return i.reject(it, err)
	}
	return i.commit(it, result)
}

func (i *instance) stop() {
	if i.worker != nil {
		i.worker.Stop()
		i.worker = nil
	}
}

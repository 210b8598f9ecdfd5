package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// WorkerArg is the argument by which this binary becomes a worker.
const WorkerArg = "worker"

// MaxInFlight is how many events a worker may have been given whose results
// have not been taken.
const MaxInFlight = 64

const (
	defaultDeadline = 5 * time.Second
	grace           = time.Second // for all that is not the handler, on a busy machine
	defaultLoad     = 15 * time.Second
)

// Options configure a worker. Only Init is required.
type Options struct {
	Init     Init          // its Version is filled in
	Deadline time.Duration // how long the handlers of one event may take; 0 means 5s
	Load     time.Duration // how long it may take from start to Ready; 0 means 15s
	Log      *slog.Logger  // gets what the plugin prints; nil means no log
	Command  []string      // starts the process; nil means this binary with WorkerArg
}

// Process is a running worker. One goroutine calls Send and Reset, one reads
// Results; they may be the same.
type Process struct {
	instance string
	limit    time.Duration // of one event
	other    side
	ready    Ready
	wire     *wire
	post     *post
	results  chan Done     // never full
	gone     chan struct{} // closed when all of it has ended
	watchdog *time.Timer
	meter    meter

	mu      sync.Mutex    // guards what follows
	pending []flight      // sent and not answered, oldest first
	since   time.Time     // when the oldest began to be handled, at the earliest
	busy    time.Duration // how long something was pending, until since
	cause   error         // why it ends; the first one counts
}

// flight is an event on its way.
type flight struct {
	seq     uint64
	event   sdk.EventID
	chat    sdk.ChatID
	answers []sdk.Answer
}

// open does what both kinds of worker have in common: it sends Init, waits for
// Ready and begins to read. It takes over the other side.
func open(ctx context.Context, o Options, other side) (*Process, error) {
	p := &Process{
		instance: o.Init.Instance,
		limit:    o.Deadline,
		other:    other,
		wire:     newWire(other.conn, hostile),
		results:  make(chan Done, MaxInFlight),
		gone:     make(chan struct{}),
	}
	if p.limit <= 0 {
		p.limit = defaultDeadline
	}
	load := o.Load
	if load <= 0 {
		load = defaultLoad
	}
	p.watchdog = time.AfterFunc(load, func() {
		p.end(&EndError{Cause: Hung, Says: fmt.Sprintf("it was not ready after %s: look for a loop without end in Register, in init or in a variable", load)})
	})
	stop := context.AfterFunc(ctx, func() { p.end(ErrStopped) })
	o.Init.Version = Version
	if err := p.begin(o.Init); err != nil {
		stop()
		p.watchdog.Stop()
		p.end(err)
		p.close()
		return nil, p.Err()
	}
	p.post = newPost(p.wire)
	go func() {
		defer stop()
		p.end(p.read())
		p.close()
	}()
	return p, nil
}

// begin waits for Ready.
func (p *Process) begin(init Init) error {
	if err := p.wire.send(ToWorker{Init: &init}); err != nil {
		if errors.Is(err, ErrTooLarge) {
			return &EndError{Cause: Unloadable, Says: fmt.Sprintf("source, settings and state together are too much: %v", err)}
		}
		return err
	}
	var m FromWorker
	if err := p.wire.receive(&m); err != nil {
		return err
	}
	p.watchdog.Stop()
	switch {
	case m.Ready == nil || m.Done != nil:
		return fmt.Errorf("%w: its first word was not Ready", errFrame)
	case !possible(m.Ready):
		return fmt.Errorf("%w: it is ready for what nobody knows", errFrame)
	case m.Ready.Unsafe != "":
		return &EndError{Cause: Unstarted, Says: "sandbox: " + line(m.Ready.Unsafe, maxLine)}
	case m.Ready.Error != "":
		return &EndError{Cause: Unloadable, Says: line(m.Ready.Error, maxReady)}
	}
	p.ready = *m.Ready
	p.watchdog = time.AfterFunc(p.limit, p.look)
	p.watchdog.Stop()
	p.meter.start(p)
	return nil
}

// possible reports whether a worker can have said this.
func possible(r *Ready) bool {
	odd := func(k sdk.EventKind) bool { return len(k) > maxShort }
	unknown := func(l Layer) bool { return !slices.Contains(AllLayers, l) }
	return checkOffers(&r.Offers) == nil && len(r.Handles) <= maxList && len(r.Layers) <= len(AllLayers) &&
		!slices.ContainsFunc(r.Handles, odd) && !slices.ContainsFunc(r.Layers, unknown)
}

// Handles are the kinds of events that the plugin has handlers for.
func (p *Process) Handles() []sdk.EventKind { return p.ready.Handles }

// Offers are what the plugin has handlers for beyond what happens in chats.
func (p *Process) Offers() sdk.Offers { return p.ready.Offers }

// PID is the process's id; 0 when the plugin runs in this process.
func (p *Process) PID() int { return p.other.pid }

// Layers are those of the sandbox that hold.
func (p *Process) Layers() []Layer { return p.ready.Layers }

// Send gives the worker an event and does not wait for its result, which comes
// by Results. It returns ErrFull, ErrEnded, or an error that wraps ErrTooLarge.
func (p *Process) Send(d Deliver) error {
	err := p.post.send(d.message(), func() error { return p.expect(d) })
	if err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrTooLarge) {
		return err
	}
	return ErrEnded
}

func (p *Process) expect(d Deliver) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cause != nil:
		return ErrEnded
	case len(p.pending)+len(p.results) >= MaxInFlight:
		return ErrFull
	}
	p.pending = append(p.pending, flight{d.Seq, d.Call.Event.ID, d.Call.Event.Chat, d.Call.Answers})
	if len(p.pending) == 1 {
		p.since = time.Now()
		p.watchdog.Reset(p.limit + grace)
	}
	return nil
}

// Reset gives the worker the committed state: see the frame of that name.
func (p *Process) Reset(state map[string]string) error {
	unread := time.AfterFunc(p.limit+grace, func() {
		p.end(&EndError{Cause: Hung, Says: "it does not take what the host sends"})
	})
	defer unread.Stop()
	err := p.post.send(ToWorker{Reset: &Reset{State: state}}, func() error { return nil })
	if err == nil {
		err = p.post.flush()
	}
	if err == nil || errors.Is(err, ErrTooLarge) {
		return err
	}
	return ErrEnded
}

// Results are what came of the events, in the order in which they were sent.
// It is closed when the worker has ended; results that it gave before can
// still be read from it.
func (p *Process) Results() <-chan Done { return p.results }

// Err says why the worker ended: an *EndError or ErrStopped. It is to be asked
// when Results is closed, and waits until then.
func (p *Process) Err() error {
	<-p.gone
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// Stop ends the worker, whatever it does, and returns when nothing of it is
// left.
func (p *Process) Stop() {
	p.end(ErrStopped)
	<-p.gone
}

// read takes results in until the worker ends or says what no worker says.
func (p *Process) read() error {
	for {
		var m FromWorker
		if err := p.wire.receive(&m); err != nil {
			return err
		}
		if m.Done == nil || m.Ready != nil {
			return fmt.Errorf("%w: neither a result nor anything else", errFrame)
		}
		if err := check(&m.Done.Reply); err != nil {
			return fmt.Errorf("%w: %w", errFrame, err)
		}
		if err := p.settle(m.Done); err != nil {
			return err
		}
	}
}

func (p *Process) settle(d *Done) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.cause != nil:
		return p.cause
	case len(p.pending) == 0:
		return fmt.Errorf("%w: result %d of no event", errFrame, d.Seq)
	case p.pending[0].seq != d.Seq:
		return fmt.Errorf("%w: result %d comes where %d should", errFrame, d.Seq, p.pending[0].seq)
	}
	if err := p.pending[0].knows(&d.Reply); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	p.pending = p.pending[1:]
	now := time.Now()
	p.busy += now.Sub(p.since)
	p.since = now
	if len(p.pending) == 0 {
		p.watchdog.Stop()
	} else {
		p.watchdog.Reset(p.limit + grace)
	}
	p.results <- *d
	return nil
}

// look is the watchdog: it ends a worker whose oldest event takes too long.
func (p *Process) look() {
	p.mu.Lock()
	late := len(p.pending) > 0 && time.Since(p.since) >= p.limit+grace
	p.mu.Unlock()
	if late {
		p.end(&EndError{Cause: Hung, Says: fmt.Sprintf("no result after %s: look for a loop without end, or do less for one event", p.limit)})
	}
}

// end makes the worker end and notes why. Only the first reason counts; what
// the wire says afterwards follows from it.
func (p *Process) end(why error) {
	p.mu.Lock()
	if p.cause == nil {
		p.cause = why
		var e *EndError
		if errors.As(why, &e) && len(p.pending) > 0 {
			e.Event = p.pending[0].event
		}
	}
	p.mu.Unlock()
	p.other.kill()
}

// close waits for the other side and makes an EndError of what the wire said.
func (p *Process) close() {
	p.watchdog.Stop()
	p.meter.stop()
	says := p.other.wait()
	if p.post != nil {
		p.post.close()
	}
	p.mu.Lock()
	e := &EndError{Cause: Died, Says: says}
	switch {
	case errors.Is(p.cause, ErrStopped):
		e = nil
	case errors.Is(p.cause, errFrame):
		e = &EndError{Cause: Broken, Says: fmt.Sprintf("the worker broke the protocol and was ended (%v): do not trust this plugin", p.cause)}
	default:
		errors.As(p.cause, &e)
	}
	if e != nil {
		e.Instance = p.instance
		if e.Event == "" && len(p.pending) > 0 {
			e.Event = p.pending[0].event
		}
		p.cause = e
	}
	p.mu.Unlock()
	close(p.results)
	close(p.gone)
}

package host

import (
	"sync"

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// plugin is a Register function, or a worker that does as the test likes.
type plugin func(*sdk.Plugin) error

// runner is a worker that runs compiled plugins.
type runner struct {
	run   *sdk.Runner
	in    chan any
	out   chan worker.Done
	quit  chan struct{}
	stop  sync.Once
	ended chan struct{}
	mu    sync.Mutex
	err   error
	twist func(worker.Deliver, *worker.Done) error // what a hostile worker makes of an answer; an error ends it
}

func startRunner(p plugin, o worker.Options, twist func(worker.Deliver, *worker.Done) error) (*runner, error) {
	run, err := sdk.NewRunner(p, o.Init.Settings, o.Init.State, rule.New().Match)
	if err != nil {
		return nil, &worker.EndError{Cause: worker.Unloadable, Instance: o.Init.Instance, Says: err.Error()}
	}
	w := &runner{run: run, in: make(chan any, 2*worker.MaxInFlight), out: make(chan worker.Done, worker.MaxInFlight),
		quit: make(chan struct{}), ended: make(chan struct{}), twist: twist}
	go w.serve(o.Init.Instance)
	return w, nil
}

func (w *runner) serve(name string) {
	defer close(w.ended)
	defer close(w.out)
	for {
		select {
		case <-w.quit:
			return
		case m := <-w.in:
			if r, ok := m.(worker.Reset); ok {
				w.run.Reset(r.State)
				continue
			}
			d := m.(worker.Deliver)
			done := worker.Done{Seq: d.Seq, Reply: w.run.Handle(d.Call)}
			if w.twist != nil {
				if err := w.twist(d, &done); err != nil {
					w.mu.Lock()
					w.err = &worker.EndError{Cause: worker.Died, Instance: name, Event: d.Call.Event.ID, Says: err.Error()}
					w.mu.Unlock()
					return
				}
			}
			select {
			case w.out <- done:
			case <-w.quit:
				return
			}
		}
	}
}

func (w *runner) Handles() []sdk.EventKind        { return w.run.Handles() }
func (w *runner) Offers() sdk.Offers              { return w.run.Offers() }
func (w *runner) Results() <-chan worker.Done     { return w.out }
func (w *runner) Send(d worker.Deliver) error     { return w.put(d) }
func (w *runner) Reset(s map[string]string) error { return w.put(worker.Reset{State: s}) }

func (w *runner) put(m any) error {
	select {
	case <-w.ended:
		return worker.ErrEnded
	case w.in <- m:
		return nil
	}
}

func (w *runner) Err() error {
	<-w.ended
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		return worker.ErrStopped
	}
	return w.err
}

func (w *runner) Stop() {
	w.stop.Do(func() { close(w.quit) })
	<-w.ended
}

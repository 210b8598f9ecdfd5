package worker

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"time"
	_ "time/tzdata" // time.LoadLocation has no files to read zones from

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
)

// hostFD is where a worker finds the host.
const hostFD = 3

// maxStack is how deep a plugin's calls may go, in bytes. Go's own limit of
// 1 GB is beyond the memory limit, and its message says less.
const maxStack = 64 << 20

// collectAt is how much garbage there may be before it is collected, in
// percent of what is in use. Less saves memory and costs time: see doc.go.
const collectAt = 125

// slim gives back what the process needed only to become a worker. Most of it
// is garbage of the gate; without this it would stay until there is as much
// again.
func slim() {
	script.ForgetPackages()
	debug.FreeOSMemory()
}

// Main is the whole life of a worker process. It returns the exit status. The
// binary calls it, before anything else, when its only argument is WorkerArg.
func Main() int {
	runtime.GOMAXPROCS(1) // handlers run one at a time: more threads only cost
	debug.SetMaxStack(maxStack)
	debug.SetGCPercent(collectAt)
	debug.SetTraceback("none") // stacks of the interpreter tell an author nothing
	b := beginning{log: &capped{os.Stderr, maxPrinted}, guard: lockDown, loaded: func(*script.Program) {}, ready: slim}
	if err := b.serve(newWire(os.NewFile(hostFD, "host"), trusted)); err != nil {
		fmt.Fprintf(os.Stderr, "bellhop %s: %v (this command is for bellhop itself)\n", WorkerArg, err)
		return 1
	}
	return 0
}

// beginning is what a worker has before it hears of the host.
type beginning struct {
	log    io.Writer                     // gets what the plugin prints
	guard  func(Limits) ([]Layer, error) // takes away the powers that the limits do not leave
	loaded func(*script.Program)         // gets the program before anything of it is called
	ready  func()                        // is called when the plugin has been loaded for good
}

// serve is the worker's side of a wire, until the host closes it.
func (b beginning) serve(w *wire) error {
	var first ToWorker
	if err := w.receive(&first); err != nil {
		return fmt.Errorf("read first frame: %w", err)
	}
	if first.Init == nil || first.Init.Version != Version {
		return errors.New("read first frame: it is of another version")
	}
	s, ready := b.begin(first.Init)
	if err := w.send(FromWorker{Ready: ready}); err != nil || s == nil {
		return err
	}
	return s.loop(w)
}

// begin locks the worker in and loads the plugin. It gives no served when that
// does not work, and says why.
func (b beginning) begin(init *Init) (*served, *Ready) {
	layers, err := b.guard(init.Limits)
	if err != nil {
		return nil, &Ready{Unsafe: line(err.Error(), maxLine), Layers: layers}
	}
	s := &served{beginning: b, init: *init, state: maps.Clone(init.State)}
	if err := s.load(); err != nil {
		return nil, &Ready{Error: line(err.Error(), maxReady), Layers: layers}
	}
	if !init.Fresh {
		b.ready()
	}
	return s, &Ready{Handles: s.runner.Handles(), Offers: s.runner.Offers(), Layers: layers}
}

// served is a plugin in its worker.
type served struct {
	beginning
	init    Init
	program *script.Program
	runner  *sdk.Runner
	state   map[string]string // the instance's, as far as the worker knows
}

func (s *served) load() error {
	program, err := script.Load(s.init.Sources, s.log)
	if err != nil {
		return err
	}
	if err := s.check(program); err != nil {
		return err
	}
	return s.take(program)
}

// take makes the program the one that serves.
func (s *served) take(program *script.Program) (err error) {
	s.loaded(program)
	s.program = program
	s.runner, err = sdk.NewRunner(program.Register, s.init.Settings, s.state, engine())
	program.Forget()
	if err != nil {
		return err
	}
	offers := s.runner.Offers()
	return checkOffers(&offers)
}

// anew loads the plugin once more, for who wants to see whether it remembers.
func (s *served) anew() error {
	program, err := s.program.Anew(s.log)
	if err != nil {
		return err
	}
	return s.take(program)
}

// check finds what is wrong with the settings, and with the rules in them.
func (s *served) check(p *script.Program) error {
	if err := p.CheckSettings(s.init.Settings); err != nil {
		return err
	}
	var faults []error
	p.Rules(s.init.Settings, func(path string, r sdk.Rule) {
		for _, err := range rule.Check(r, s.init.Hours, s.init.Reads) {
			faults = append(faults, fmt.Errorf("settings: %s: %w", path, err))
		}
	})
	return errors.Join(faults...)
}

// maxReady is the limit of Ready.Error in bytes: it may hold many faults.
const maxReady = 64 << 10

func (s *served) loop(w *wire) error {
	for {
		var m ToWorker
		err := w.receive(&m)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
			return nil
		case err != nil:
			return fmt.Errorf("read frame: %w", err)
		case m.Reset != nil:
			s.reset(m.Reset.State)
		case m.Deliver != nil:
			if err := s.deliver(w, m.Deliver); err != nil {
				return err
			}
		}
	}
}

// deliver runs the handlers and sends at once what they made of it, so that
// the host knows exactly which event a worker dies of.
func (s *served) deliver(w *wire, d *Deliver) error {
	start := time.Now()
	done := Done{Seq: d.Seq, Reply: s.handle(d.Call), Micros: time.Since(start).Microseconds()}
	err := w.send(FromWorker{Done: &done})
	if errors.Is(err, ErrTooLarge) {
		s.reset(s.state)
		done.Reply = sdk.Reply{Error: fmt.Sprintf("all that the handler asked for and remembered is too much for one event: at most %d KiB", MaxFrame>>10)}
		err = w.send(FromWorker{Done: &done})
	}
	s.remember(done.Reply.Writes)
	return err
}

// handle runs the handlers. What they asked for is within all limits.
func (s *served) handle(c sdk.Call) sdk.Reply {
	if s.init.Fresh {
		if err := s.anew(); err != nil {
			return sdk.Reply{Error: line(err.Error(), maxLine)}
		}
	}
	reply := s.runner.Handle(c)
	if reply.Error != "" {
		reply.Error = s.program.Explain(reply.Error)
	} else {
		s.program.Forget()
	}
	tidy(&reply)
	if err := check(&reply); err != nil {
		s.reset(s.state)
		return sdk.Reply{Error: line(err.Error(), maxLine)}
	}
	return reply
}

// reset makes the instance's state what it is said to be.
func (s *served) reset(state map[string]string) {
	s.state = maps.Clone(state)
	s.runner.Reset(state)
}

// remember keeps what a good reply has written for the instance.
func (s *served) remember(writes []sdk.Write) {
	for _, w := range writes {
		switch {
		case w.Scope != sdk.ScopeInstance:
		case w.Delete:
			delete(s.state, w.Key)
		case s.state == nil:
			s.state = map[string]string{w.Key: w.Value}
		default:
			s.state[w.Key] = w.Value
		}
	}
}

package worker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
	_ "time/tzdata" // time.LoadLocation has no files to read zones from

	"github.com/bellhop-chat/bellhop/host/script"
	"github.com/bellhop-chat/bellhop/sdk"
)

// hostFD is where a worker finds the host.
const hostFD = 3

// maxStack is how deep a plugin's calls may go, in bytes. Go's own limit of
// 1 GB is beyond the memory limit, and its message says less.
const maxStack = 64 << 20

// Main is the whole life of a worker process. It returns the exit status. The
// binary calls it, before anything else, when its only argument is WorkerArg.
func Main() int {
	runtime.GOMAXPROCS(1) // handlers run one at a time: more threads only cost
	debug.SetMaxStack(maxStack)
	debug.SetTraceback("none") // stacks of the interpreter tell an author nothing
	host := os.NewFile(hostFD, "host")
	if err := serve(newWire(host), os.Stderr, lockDown, func(*script.Program) {}); err != nil {
		fmt.Fprintf(os.Stderr, "bellhop %s: %v (this command is for bellhop itself)\n", WorkerArg, err)
		return 1
	}
	return 0
}

// serve is the worker's side of a wire, until the host closes it. Guard takes
// the powers away that the limits do not leave, and names the layers that
// hold. Loaded gets the program before anything of it is called.
func serve(w *wire, log io.Writer, guard func(Limits) ([]string, error), loaded func(*script.Program)) error {
	var first ToWorker
	if err := w.receive(&first); err != nil {
		return fmt.Errorf("read first frame: %w", err)
	}
	if first.Init == nil || first.Init.Version != Version {
		return errors.New("read first frame: it is of another version")
	}
	s, ready := begin(first.Init, log, guard, loaded)
	if err := w.send(FromWorker{Ready: ready}); err != nil || s == nil {
		return err
	}
	return s.loop(w)
}

// served is a plugin in its worker.
type served struct {
	program *script.Program
	runner  *sdk.Runner
}

// begin loads the plugin. It gives no served when that does not work, and says
// why.
func begin(init *Init, log io.Writer, guard func(Limits) ([]string, error), loaded func(*script.Program)) (*served, *Ready) {
	layers, err := guard(init.Limits)
	if err != nil {
		return nil, &Ready{Error: "sandbox: " + err.Error(), Layers: layers}
	}
	program, err := script.Load(init.Sources, log)
	if err != nil {
		return nil, &Ready{Error: line(err.Error(), maxReady), Layers: layers}
	}
	loaded(program)
	runner, err := sdk.NewRunner(program.Register, init.Settings, init.State, engine())
	if err != nil {
		return nil, &Ready{Error: line(err.Error(), maxReady), Layers: layers}
	}
	program.Forget()
	return &served{program, runner}, &Ready{Handles: runner.Handles(), Layers: layers}
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
			s.runner.Reset(m.Reset.State)
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
	reply := s.runner.Handle(d.Call)
	done := Done{Seq: d.Seq, Reply: reply, Micros: time.Since(start).Microseconds()}
	if reply.Error != "" {
		done.Reply.Error = s.program.Explain(reply.Error)
	} else {
		s.program.Forget()
	}
	tidy(&done.Reply)
	if err := check(&done.Reply); err != nil {
		done.Reply = sdk.Reply{Error: line(err.Error(), maxLine)}
	}
	err := w.send(FromWorker{Done: &done})
	if errors.Is(err, ErrTooLarge) {
		done.Reply = sdk.Reply{Error: fmt.Sprintf("all that the handler asked for and remembered is too much for one event: at most %d KiB", MaxFrame>>10)}
		err = w.send(FromWorker{Done: &done})
	}
	return err
}

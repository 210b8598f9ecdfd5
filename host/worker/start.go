package worker

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host/script"
)

// Start runs the plugin in a process of its own. It returns when the plugin is
// ready, or with an *EndError or ErrStopped. The worker ends with ctx at the
// latest.
func Start(ctx context.Context, o Options) (*Process, error) {
	s, err := spawn(o)
	if err != nil {
		return nil, &EndError{Cause: Unstarted, Instance: o.Init.Instance, Says: err.Error()}
	}
	return open(ctx, o, s)
}

// side is the other side of a worker.
type side struct {
	pid  int // 0 when it is in this process
	conn io.ReadWriteCloser
	kill func()               // makes it end; may be called again
	wait func() (says string) // until it is gone; says its last words
}

// spawn starts a process that waits for its first frame.
func spawn(o Options) (side, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return side{}, err
	}
	out := newPrinter(o)
	cmd := command(o.Command)
	cmd.Env = []string{"TZ=UTC"} // and nothing else: secrets live in environments
	cmd.Dir = "/"
	cmd.Stderr = out
	cmd.ExtraFiles = []*os.File{theirs} // becomes hostFD
	cmd.WaitDelay = grace               // for what holds its error stream open when it is gone
	detach(cmd)
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		return side{}, err
	}
	kill := sync.OnceFunc(func() {
		killAll(cmd.Process)
		ours.Close() // what it has started may have hidden, and would keep it open
	})
	wait := func() string {
		cmd.Wait() // its error is the state below
		return lastWords(cmd.ProcessState.String(), out.tail())
	}
	return side{cmd.Process.Pid, ours, kill, wait}, nil
}

func command(args []string) *exec.Cmd {
	if len(args) > 0 {
		return exec.Command(args[0], args[1:]...)
	}
	if runtime.GOOS == "linux" {
		return exec.Command("/proc/self/exe", WorkerArg) // still there when the file was replaced
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return exec.Command(self, WorkerArg)
}

// InProcess runs the plugin in this process, for tests and for systems where
// Start does not work. The same loader, frames and checks are used, but there
// is no sandbox: what exhausts memory or stack ends this process. A handler
// that loops is stopped like a process's.
func InProcess(ctx context.Context, o Options) (*Process, error) {
	ours, theirs := net.Pipe()
	out := newPrinter(o)
	var mu sync.Mutex // guards program and killed
	var program *script.Program
	killed := false
	kill := func() {
		ours.Close()
		mu.Lock()
		defer mu.Unlock()
		if program != nil && !killed {
			program.Halt()
		}
		killed = true
	}
	ended := make(chan error, 1)
	go func() {
		defer theirs.Close()
		b := beginning{log: &capped{out, maxPrinted}, guard: unguarded, ready: func() {}, loaded: func(p *script.Program) {
			mu.Lock()
			defer mu.Unlock()
			program = p
		}}
		ended <- b.serve(newWire(theirs, trusted))
	}()
	wait := func() string {
		select {
		case err := <-ended:
			return fmt.Sprint("it ended: ", err)
		case <-time.After(grace): // it loops while it loads, where nothing can stop it
			return "it does not end"
		}
	}
	return open(ctx, o, side{0, ours, kill, wait})
}

func unguarded(Limits) ([]Layer, error) { return nil, nil }

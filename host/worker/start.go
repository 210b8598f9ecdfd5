package worker

import (
	"context"
	"fmt"
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
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, unstarted(o, err)
	}
	out := newPrinter(o)
	cmd := command(o.Command)
	cmd.Env = []string{"TZ=UTC"} // and nothing else: secrets live in environments
	cmd.Dir = "/"
	cmd.Stderr = out
	cmd.ExtraFiles = []*os.File{theirs} // becomes hostFD
	detach(cmd)
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		ours.Close()
		return nil, unstarted(o, err)
	}
	expendable(cmd.Process.Pid)
	kill := sync.OnceFunc(func() { cmd.Process.Kill() })
	wait := func() string {
		cmd.Wait() // its error is the state below
		ours.Close()
		return lastWords(cmd.ProcessState.String(), out.tail())
	}
	return open(ctx, o, ours, kill, wait)
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

func unstarted(o Options, err error) error {
	return &EndError{Cause: Unstarted, Instance: o.Init.Instance, Says: err.Error()}
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
		ended <- serve(newWire(theirs), out, unguarded, func(p *script.Program) {
			mu.Lock()
			defer mu.Unlock()
			program = p
		})
	}()
	wait := func() string {
		select {
		case err := <-ended:
			return fmt.Sprint("it ended: ", err)
		case <-time.After(grace): // it loops while it loads, where nothing can stop it
			return "it does not end"
		}
	}
	return open(ctx, o, ours, kill, wait)
}

func unguarded(Limits) ([]string, error) { return nil, nil }

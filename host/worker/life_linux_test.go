package worker_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// playRogue starts a worker that misbehaves in the way of that name.
func playRogue(t *testing.T, name string) *worker.Process {
	t.Helper()
	w, err := worker.Start(t.Context(), worker.Options{
		Init: worker.Init{Instance: "test"}, Deadline: time.Minute,
		Command: []string{"/proc/self/exe", rogueArg, name},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return w
}

// The plugin behind it can't have passed the gate, which knows no goroutines.
func TestWorkerThatComputesWithNothingToDoIsEnded(t *testing.T) {
	defer worker.LookMoreOften(50*time.Millisecond, 20*time.Millisecond)()
	w := playRogue(t, "it computes with nothing to do")
	if done, ok := <-w.Results(); ok {
		t.Fatalf("it goes on with %+v", done)
	}
	var e *worker.EndError
	if !errors.As(w.Err(), &e) || e.Cause != worker.Broken || !strings.Contains(e.Says, "it computes although it has nothing to do") {
		t.Errorf("it ends with %v", w.Err())
	}
}

func TestWorkerThatWaitsOrWorksOnEventsIsNotBlamedForIt(t *testing.T) {
	defer worker.LookMoreOften(10*time.Millisecond, 200*time.Millisecond)()
	w, err := worker.Start(t.Context(), plugin("n := 0\nfor i := 0; i < 100000; i++ {\nn += i\n}\nreturn sdk.Skip(\"counted\")", ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	for i := range uint64(50) {
		run(t, w, says(i, "hello"))
	}
}

// Without a sandbox a worker may start others. Its end is theirs.
func TestWhatAWorkerStartedEndsWithIt(t *testing.T) {
	w := playRogue(t, "it starts another")
	child, err := strconv.Atoi(run(t, w, says(1, "which?")).Skips[0])
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(child, 0)
	if err != nil {
		t.Fatalf("there is no process %d: %v", child, err)
	}
	defer unix.Close(fd)
	w.Stop()
	const tenSeconds = 10000
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, tenSeconds); n != 1 {
		t.Errorf("process %d does not end (%v)", child, err)
	}
}

// What nobody can end does not keep the host either.
func TestWorkerWhoseChildHidesIsStopped(t *testing.T) {
	w := playRogue(t, "it starts another that hides")
	run(t, w, says(1, "which?"))
	w.Stop()
	if !errors.Is(w.Err(), worker.ErrStopped) {
		t.Errorf("it ends with %v", w.Err())
	}
}

// slow takes some milliseconds a kilobyte.
const slow = "(a{1,500}){1,2}x"

var million = strings.Repeat("a", 1<<20)

// A rule looks at the first 16 KiB only.
func TestSlowPatternInARuleTakesLittleOfALongText(t *testing.T) {
	t.Parallel()
	o := plugin("if c.Match(sdk.Rule{Name: \"slow\", Pattern: \""+slow+"\"}, m.Text).Held {\nc.Reply(\"x\")\n}\nreturn nil", "")
	o.Deadline = time.Minute
	w, err := worker.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	r := run(t, w, says(1, million))
	if len(r.Matches) != 1 || r.Matches[0].Held || !strings.HasSuffix(r.Matches[0].Parts[0].Says, "found in the first 16 KiB") {
		t.Errorf("it answers %+v", r)
	}
}

// A handler may look at all of it, until its time is over; nobody waits for it.
func TestSlowPatternInAHandlerDelaysOnlyItself(t *testing.T) {
	o := imported(handles("", "re := regexp.MustCompile(\""+slow+"\")\nif re.MatchString(m.Text) {\nc.Reply(\"x\")\n}\nreturn nil"), "regexp").start
	delaysOnlyItself(t, o, says(1, million))
}

func TestSlowPatternInACommandDelaysOnlyItself(t *testing.T) {
	o := source("", `package test

import (
	"regexp"

	"github.com/bellhop-chat/bellhop/sdk"
)

func Register(p *sdk.Plugin) error {
	p.OnCommand("find", "looks for it", func(c *sdk.Command) error {
		if regexp.MustCompile("`+slow+`").MatchString(c.Args) {
			c.Answer("found")
		}
		return nil
	})
	return nil
}
`).start
	command := sdk.Event{ID: "command/m", Kind: sdk.EventCommand, At: noon, Command: &sdk.Command{Name: "find", Args: million, At: noon}}
	delaysOnlyItself(t, o, worker.Deliver{Seq: 1, Call: sdk.Call{Event: command, Now: noon}})
}

// delaysOnlyItself has a worker handle what takes too long for it, beside a good
// one.
func delaysOnlyItself(t *testing.T, o worker.Options, d worker.Deliver) {
	t.Helper()
	o.Deadline = time.Millisecond
	w, err := worker.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	good := neighbour{t: t}
	good.start()
	if err := w.Send(d); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		good.ask("a slow pattern")
	}
	if done, ok := <-w.Results(); ok {
		t.Fatalf("it goes on with %+v", done)
	}
	var e *worker.EndError
	if !errors.As(w.Err(), &e) || e.Cause != worker.Hung || e.Event != d.Call.Event.ID {
		t.Errorf("it ends with %v", w.Err())
	}
}

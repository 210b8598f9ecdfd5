package worker_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

var update = flag.Bool("update", false, "write the tables of attacks into testdata: read them before you commit them")

// attack is something that a plugin or a worker does to others.
type attack struct {
	name   string
	start  worker.Options
	event  worker.Deliver
	course course
}

// course is how an attack is expected to go.
type course string

const (
	endsSo  course = ""        // at its one event, or before
	hangs   course = "hangs"   // it ends, and only by the deadline of its event
	stuck   course = "stuck"   // it ends, and only by the deadline of loading
	unasked course = "unasked" // it ends without an event
	goesOn  course = "goes on" // when it has answered its first event it answers another
	flooded course = "flooded" // it ends by as many events as it may be given, and large ones
)

// row is what came of an attack.
type row struct{ attack, stopped, seen string }

func (a attack) run(t testing.TB) row {
	a.start.Deadline, a.start.Load = time.Minute, time.Minute
	switch a.course {
	case hangs, flooded:
		a.start.Deadline = time.Millisecond
	case stuck:
		a.start.Load = 100 * time.Millisecond
	}
	w, err := worker.Start(t.Context(), a.start)
	if err != nil {
		return row{a.name, stopper(err), err.Error()}
	}
	defer w.Stop()
	defer time.AfterFunc(time.Minute, w.Stop).Stop() // nothing has stopped it
	if err := a.send(w); err != nil {
		t.Fatal(err)
	}
	var last *sdk.Reply
	for done := range w.Results() {
		if done.Reply.Error != "" {
			return row{a.name, "the event fails; nothing of it is kept", done.Reply.Error}
		}
		if last != nil {
			return row{a.name, "nothing: it harms nobody", kept(*last)}
		}
		if last = &done.Reply; a.course == goesOn {
			w.Send(says(2, "more"))
		}
	}
	return row{a.name, stopper(w.Err()), w.Err().Error()}
}

func (a attack) send(w *worker.Process) error {
	switch a.course {
	case unasked:
		return nil
	case flooded:
		var err error
		for n := uint64(1); err == nil; n++ {
			err = w.Send(says(n, strings.Repeat("x", 64<<10)))
		}
		if errors.Is(err, worker.ErrFull) || errors.Is(err, worker.ErrEnded) {
			return nil
		}
		return err
	}
	return w.Send(a.event)
}

// stopper is what has ended a worker, or kept it from beginning.
func stopper(err error) string {
	var e *worker.EndError
	if !errors.As(err, &e) {
		return "NOTHING"
	}
	switch {
	case e.Cause == worker.Unloadable && strings.Contains(e.Says, ".go:") && !strings.Contains(e.Says, "panic: "):
		return "the gate"
	case strings.Contains(e.Says, "itself without end"):
		return "the limit of the stack"
	case strings.Contains(e.Says, "more memory than it may"):
		return "the limit of memory"
	}
	return map[worker.Cause]string{
		worker.Unloadable: "the worker loads nothing",
		worker.Unstarted:  "the host starts nothing",
		worker.Hung:       "the deadline",
		worker.Died:       "its own end",
		worker.Broken:     "the check of all that a worker says",
	}[e.Cause]
}

// kept is what a reply comes to, in short.
func kept(r sdk.Reply) string {
	return fmt.Sprintf("%d effects, %d changes of state, %d timers, %d lines of log", len(r.Effects), len(r.Writes), len(r.Timers), len(r.Log))
}

const maxSeen = 200 // bytes of a cell

func (r row) String() string {
	seen := strings.ReplaceAll(strings.ReplaceAll(r.seen, "|", `\|`), "\n", " / ")
	if len(seen) > maxSeen {
		seen = strings.ToValidUTF8(seen[:maxSeen], "") + "..."
	}
	return fmt.Sprintf("| %s | %s | %s |\n", r.attack, r.stopped, seen)
}

// table runs all attacks, several at a time, beside an instance that behaves,
// and gives the rows in order. After each attack the good instance is asked.
func table(t *testing.T, attacks []attack) string {
	good := neighbour{t: t}
	good.start()
	rows := make([]row, len(attacks))
	t.Run("attacks", func(t *testing.T) {
		for i, a := range attacks {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				rows[i] = a.run(t)
				good.ask(a.name)
			})
		}
	})
	var b strings.Builder
	b.WriteString("| attack | what stopped it | what the admin sees |\n|---|---|---|\n")
	for _, r := range rows {
		b.WriteString(r.String())
	}
	t.Log("\n" + b.String())
	return b.String()
}

// hold compares the table with the file, or writes it.
func hold(t *testing.T, file, title, table string) {
	t.Helper()
	text := title + "\n\n" + table
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, held := strings.Split(text, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(held)) {
		if g, h := at(got, i), at(held, i); g != h {
			t.Errorf("%s:%d: it is now\n%s\nwant\n%s", file, i+1, g, h)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// neighbour is an instance that behaves.
type neighbour struct {
	t  testing.TB
	w  *worker.Process
	mu sync.Mutex // guards n, and that one asks at a time
	n  uint64
}

func (n *neighbour) start() {
	w, err := worker.Start(n.t.Context(), plugin(usual, ""))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(w.Stop)
	n.w = w
}

// ask fails when it does not do what it always does. It gives the time that
// the answer took.
func (n *neighbour) ask(after string) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.n++
	start := time.Now()
	if err := n.w.Send(says(n.n, "hello, my invoice is wrong")); err != nil {
		n.t.Errorf("after %q the neighbour takes nothing: %v", after, err)
		return 0
	}
	done, ok := <-n.w.Results()
	took := time.Since(start)
	if !ok || len(done.Reply.Effects) != 1 || done.Reply.Effects[0].Target.Department != "Billing" {
		n.t.Errorf("after %q the neighbour answers %+v (%v)", after, done, ok)
	}
	return took
}

// byRogues are attacks of workers.
func byRogues() (attacks []attack) {
	for _, r := range rogues() {
		a := attack{name: r.attack, event: says(1, "hello"), course: courses[r.attack]}
		a.start = worker.Options{Init: worker.Init{Instance: "rogue"}, Command: []string{"/proc/self/exe", rogueArg, r.attack}}
		attacks = append(attacks, a)
	}
	return attacks
}

func TestWorkersThatBreakTheRulesHarmNobody(t *testing.T) {
	hold(t, "testdata/workers.md", "# Workers that break the rules\n\nWritten by `go test -run TestWorkersThatBreakTheRules -update`.", table(t, byRogues()))
}

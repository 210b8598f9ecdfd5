package worker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// ErrStopped is the end of a worker by Stop or by its context.
var ErrStopped = errors.New("worker was stopped")

// ErrEnded is returned by Send and Reset when the worker is no more. Err says
// why, after Results is closed.
var ErrEnded = errors.New("worker has ended")

// ErrFull is returned by Send when MaxInFlight events wait for their results,
// or results wait to be taken.
var ErrFull = errors.New("worker has enough to do")

// Cause is why a worker ended by itself.
type Cause string

// The causes.
const (
	Unloadable Cause = "unloadable" // the plugin or its settings are wrong: to start it again changes nothing
	Unstarted  Cause = "unstarted"  // the process or its sandbox could not be had
	Hung       Cause = "hung"       // a handler, or loading, took too long
	Died       Cause = "died"       // it crashed, or used too much memory
	Broken     Cause = "broken"     // it said what no worker says
)

// EndError says why a worker ended.
type EndError struct {
	Cause    Cause
	Instance string
	Event    sdk.EventID // what it was handling then; "" when nothing
	Says     string      // what happened, and what to do
}

func (e *EndError) Error() string {
	at := ""
	if e.Event != "" {
		at = fmt.Sprintf(" at event %s", e.Event)
	}
	return fmt.Sprintf("plugin instance %s %s%s: %s", e.Instance, e.Cause, at, e.Says)
}

// fatal says what the last words of a process mean. The words are the
// worker's own, so that no more than advice hangs on them.
var fatal = []struct{ words, says string }{
	{"stack exceeds", "a function calls itself without end: give the recursion an end"},
	{"out of memory", tooMuch},
	{"cannot allocate memory", tooMuch},
	{"failed to allocate", tooMuch},
	{"address space", tooMuch},
	{"broken pipe", "it printed without end: use p.Log for what matters"},
	{"all goroutines are asleep", "it waits for something that never comes: a handler must not wait"},
}

const tooMuch = "it used more memory than it may: keep less, and drop what is no longer needed"

func lastWords(state, stderr string) string {
	for _, f := range fatal {
		if strings.Contains(stderr, f.words) || strings.Contains(state, f.words) {
			return f.says
		}
	}
	stderr = strings.TrimSpace(stderr)
	if i := strings.LastIndex(stderr, "fatal error: "); i >= 0 {
		stderr, _, _ = strings.Cut(stderr[i:], "\n") // stacks follow
	}
	if stderr == "" {
		return "its process ended with " + state
	}
	return fmt.Sprintf("its process ended with %s: %s", state, line(stderr[strings.LastIndexByte(stderr, '\n')+1:], maxLine))
}

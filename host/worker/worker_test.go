package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// roles are what the test binary can be besides, by its first argument.
var roles = map[string]func(args []string) int{
	worker.WorkerArg: func([]string) int { return worker.Main() },
	rogueArg:         func(args []string) int { return beRogue(args[0]) },
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && roles[os.Args[1]] != nil {
		os.Exit(roles[os.Args[1]](os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// kinds are the two kinds of worker. What one does the other does too.
var kinds = map[string]func(context.Context, worker.Options) (*worker.Process, error){
	"process":    worker.Start,
	"in process": worker.InProcess,
}

func everyKind(t *testing.T, test func(t *testing.T, start starter)) {
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			test(t, func(o worker.Options) (*worker.Process, error) {
				t.Helper()
				w, err := kind(t.Context(), o)
				if err == nil {
					t.Cleanup(w.Stop)
				}
				return w, err
			})
		})
	}
}

type starter func(worker.Options) (*worker.Process, error)

// plugin is a plugin whose OnMessage handler has the body; more is put beside
// Register.
func plugin(body, more string) worker.Options {
	src := "package test\n\nimport (\n\t\"strings\"\n\n\t\"github.com/bellhop-chat/bellhop/sdk\"\n)\n\nvar _ = strings.Repeat\n\n" +
		"// Register is called once.\nfunc Register(p *sdk.Plugin) error {\n\tp.OnMessage(func(c *sdk.Chat, m sdk.Message) error {\n" + body + "\n\t})\n\treturn nil\n}\n" + more
	return worker.Options{Init: worker.Init{
		Instance: "test",
		Sources:  map[string][]byte{"test.go": []byte(src)},
	}}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

// says is a message as event number seq.
func says(seq uint64, text string) worker.Deliver {
	m := sdk.Message{ID: "m", From: sdk.Guest, Text: text, At: noon}
	return worker.Deliver{Seq: seq, Call: sdk.Call{
		Event: sdk.Event{ID: sdk.EventID(fmt.Sprintf("message/%d", seq)), Kind: sdk.EventMessage, Chat: "c", At: noon, Message: &m},
		Chat:  sdk.Chat{ID: "c", Status: sdk.Taken, OpenedAt: noon},
		Now:   noon,
	}}
}

func run(t *testing.T, w *worker.Process, d worker.Deliver) sdk.Reply {
	t.Helper()
	if err := w.Send(d); err != nil {
		t.Fatal(err)
	}
	done, ok := <-w.Results()
	if !ok {
		t.Fatal(w.Err())
	}
	if done.Seq != d.Seq {
		t.Fatalf("result of %d, want %d", done.Seq, d.Seq)
	}
	return done.Reply
}

// ends is why the worker ends when it is given the event.
func ends(t *testing.T, w *worker.Process, d worker.Deliver) *worker.EndError {
	t.Helper()
	if err := w.Send(d); err != nil {
		t.Fatal(err)
	}
	if done, ok := <-w.Results(); ok {
		t.Fatalf("it goes on with %+.200v", done)
	}
	var e *worker.EndError
	if !errors.As(w.Err(), &e) {
		t.Fatalf("it ends with %v", w.Err())
	}
	if e.Event != d.Call.Event.ID || e.Instance != "test" {
		t.Errorf("it blames event %q of %q", e.Event, e.Instance)
	}
	return e
}

func TestResultsComeInOrder(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		w, err := start(plugin(`c.Reply(m.Text + " at " + c.Now().Format("15:04:05.000000000"))
			p.State().Add("n", 1)
			return nil`, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Handles(); len(got) != 1 || got[0] != sdk.EventMessage {
			t.Errorf("handles %v", got)
		}
		for i := range uint64(worker.MaxInFlight) {
			if err := w.Send(says(i, fmt.Sprint("hello ", i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Send(says(99, "")); !errors.Is(err, worker.ErrFull) {
			t.Errorf("more than the most in flight: %v", err)
		}
		for i := range uint64(worker.MaxInFlight) {
			d := <-w.Results()
			if d.Seq != i || len(d.Reply.Effects) != 1 || d.Reply.Effects[0].Text != fmt.Sprintf("hello %d at 12:00:00.123456789", i) || d.Reply.Writes[0].Value != fmt.Sprint(i+1) {
				t.Fatalf("result %d is %+v", i, d)
			}
		}
	})
}

func TestResetGivesCommittedState(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		o := plugin(`c.Reply(p.State().Get("n"))
			p.State().Set("n", m.Text)
			return nil`, "")
		o.Init.State = map[string]string{"n": "first"}
		w, err := start(o)
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, says(1, "one"))
		if got := run(t, w, says(2, "two")); got.Effects[0].Text != "one" {
			t.Errorf("keeps %q", got.Effects[0].Text)
		}
		if err := w.Reset(map[string]string{"n": "again"}); err != nil {
			t.Fatal(err)
		}
		if got := run(t, w, says(3, "three")); got.Effects[0].Text != "again" {
			t.Errorf("after reset it has %q", got.Effects[0].Text)
		}
	})
}

func TestPanicIsAnErrorOfItsEvent(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		w, err := start(plugin(`if m.Text == "nil" {
				var r *sdk.Rule
				c.Reply(r.Name)
			}
			return broken(m.Text)`, "\nfunc broken(s string) error { panic(\"boom \" + s) }\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, w, says(1, "x")); got.Error != "panic: boom x, in broken (which begins at test.go:23)" {
			t.Errorf("got %q", got.Error)
		}
		if got := run(t, w, says(2, "nil")); !strings.Contains(got.Error, "nil pointer") || !strings.Contains(got.Error, "test.go:1") {
			t.Errorf("got %q", got.Error)
		}
	})
}

func TestHugeReplyIsAnErrorOfItsEvent(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		o := plugin(`switch m.Text {
			case "effects":
				for i := 0; i < 100; i++ {
					c.Reply("again")
				}
			case "text":
				c.Reply(strings.Repeat("x", 100000))
			case "state":
				for i := 0; i < 200; i++ {
					c.State().Set(strings.Repeat("k", i+1-i/100*100)+string(rune('a'+i/100)), strings.Repeat("v", 60000))
				}
			case "writes":
				for i := 0; i < 5000; i++ {
					c.State().Set("k", "v")
				}
			case "tag":
				c.Tag([]string{strings.Repeat("x", 2000)})
			case "bytes":
				c.Reply("a\xffb", sdk.Because("%s", strings.Repeat("é", 1500)))
			}
			return nil`, "")
		o.Init.Limits.MemoryMiB = 1024 // the race detector doubles what twelve MiB of state cost
		w, err := start(o)
		if err != nil {
			t.Fatal(err)
		}
		seq := uint64(0)
		for text, want := range map[string]string{
			"effects": "at most 32", "text": "at most 65536", "state": "at most 4096 KiB", "writes": "at most 4096 an event", "tag": "at most 1024", "bytes": "",
		} {
			seq++
			got := run(t, w, says(seq, text))
			if want == "" {
				if e := got.Effects[0]; e.Text != "a\uFFFDb" || len(e.Reason) > sdk.MaxReason {
					t.Errorf("%s: %+v", text, e)
				}
				continue
			}
			if !strings.Contains(got.Error, want) || len(got.Effects)+len(got.Writes) > 0 {
				t.Errorf("%s: got %+.300v, want %q", text, got, want)
			}
		}
	})
}

func TestLoopIsEnded(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		o := plugin(`n := 0
			for m.Text == "loop" {
				n++
			}
			return sdk.Skip("no loop")`, "")
		o.Deadline = time.Second
		w, err := start(o)
		if err != nil {
			t.Fatal(err)
		}
		run(t, w, says(1, "fine"))
		if e := ends(t, w, says(2, "loop")); e.Cause != worker.Hung || !strings.Contains(e.Says, "loop without end") {
			t.Errorf("got %v", e)
		}
		if err := w.Send(says(3, "fine")); !errors.Is(err, worker.ErrEnded) {
			t.Errorf("sent to a worker that has ended: %v", err)
		}
	})
}

func TestRecursionAndMemoryEndTheProcess(t *testing.T) {
	for body, want := range map[string]string{
		"return again(m.Text)": "calls itself without end",
		"s := []string{}\nfor {\ns = append(s, strings.Repeat(\"x\", 1<<20))\n}": "more memory than it may",
		"return sdk.Skip(strings.Repeat(\"x\", 1<<40))":                          "memory",
	} {
		o := plugin(body, "\nfunc again(s string) error { return again(s) }\n")
		o.Init.Limits.MemoryMiB = 1024 // room for the deepest stack under the race detector
		o.Deadline = time.Minute       // and time, on a busy machine
		w, err := worker.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if e := ends(t, w, says(1, "x")); e.Cause != worker.Died || !strings.Contains(e.Says, want) {
			t.Errorf("%s: got %v", body, e)
		}
	}
}

func TestWrongPluginIsUnloadable(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		for src, want := range map[string]string{
			"package x\n\nfunc Register() { y() }\n":          "x.go:3:19: undefined: y",
			"package x\n\nimport \"os\"\n\nvar _ = os.Args\n": `x.go:3:8: import "os" is not allowed: a plugin has no files`,
			"package x\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\n// Register.\nfunc Register(p *sdk.Plugin) error { panic(\"no\") }\n": "panic: no, in Register (which begins at x.go:6)",
		} {
			o := plugin("", "")
			o.Init.Sources = map[string][]byte{"x.go": []byte(src)}
			_, err := start(o)
			var e *worker.EndError
			if !errors.As(err, &e) || e.Cause != worker.Unloadable || !strings.Contains(e.Says, want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
	})
}

func TestPrintsWithoutEndAreDropped(t *testing.T) {
	everyKind(t, func(t *testing.T, start starter) {
		o := plugin(`for i := 0; i < 20000; i++ {
				println("all work and no play makes a dull boy", i)
			}
			return sdk.Skip("printed")`, "")
		var log strings.Builder
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w, err := start(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, w, says(1, "x")); len(got.Skips) != 1 {
			t.Errorf("got %+v", got)
		}
		w.Stop()
		if n := strings.Count(log.String(), "dull boy"); n < 100 || n > 10000 || !strings.Contains(log.String(), "prints too much") {
			t.Errorf("%d lines in the log", n)
		}
	})
}

func TestWorkerEndsWithItsContext(t *testing.T) {
	for name, kind := range kinds {
		ctx, cancel := context.WithCancel(t.Context())
		w, err := kind(ctx, plugin("return nil", ""))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		for range w.Results() {
		}
		if !errors.Is(w.Err(), worker.ErrStopped) {
			t.Errorf("%s: %v", name, w.Err())
		}
	}
}

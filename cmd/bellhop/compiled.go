package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/sdktest"
)

// compiled is a plugin that was compiled by Go and runs in a process of its
// own, which serves one worker after another: see package sdktest.
type compiled struct {
	in  *json.Encoder
	out *json.Decoder
	try *trier
}

func newCompiled(in io.Writer, out io.Reader) *compiled {
	return &compiled{json.NewEncoder(in), json.NewDecoder(out), newTrier()}
}

// start makes the plugin anew.
func (c *compiled) start(_ context.Context, o worker.Options) (host.Worker, error) {
	if err := c.in.Encode(sdktest.ToPlugin{Init: &sdktest.Init{Settings: o.Init.Settings, State: o.Init.State}}); err != nil {
		return nil, fmt.Errorf("speak to the compiled plugin: %w", err)
	}
	var m sdktest.FromPlugin
	switch err := c.out.Decode(&m); {
	case err != nil:
		return nil, fmt.Errorf("hear of the compiled plugin: %w", err)
	case m.Ready == nil:
		return nil, errors.New("compiled plugin does not say that it is ready")
	case m.Ready.Error != "":
		return nil, &worker.EndError{Cause: worker.Unloadable, Instance: o.Init.Instance, Says: m.Ready.Error}
	}
	w := &compiledWorker{compiled: c, handles: m.Ready.Handles, offers: m.Ready.Offers, todo: make(chan any, 2*worker.MaxInFlight), results: make(chan worker.Done, worker.MaxInFlight)}
	go w.run()
	return w, nil
}

// handle has one event handled.
func (c *compiled) handle(call sdk.Call) (sdk.Reply, error) {
	if err := c.in.Encode(sdktest.ToPlugin{Call: &call}); err != nil {
		return sdk.Reply{}, err
	}
	for {
		var m sdktest.FromPlugin
		switch err := c.out.Decode(&m); {
		case err != nil:
			return sdk.Reply{}, err
		case m.Reply != nil:
			return *m.Reply, nil
		case m.Match == nil:
			return sdk.Reply{}, errors.New("compiled plugin answers neither with a reply nor with a rule")
		}
		answer, err := c.try.match(*m.Match)
		if err == nil {
			err = c.in.Encode(answer)
		}
		if err != nil {
			return sdk.Reply{}, err
		}
	}
}

// compiledWorker is the compiled plugin as a host's worker.
type compiledWorker struct {
	*compiled
	handles []sdk.EventKind
	offers  sdk.Offers
	todo    chan any // worker.Deliver, or a map[string]string to reset to
	results chan worker.Done
	err     error // set before results is closed
}

func (w *compiledWorker) run() {
	defer close(w.results)
	w.err = worker.ErrStopped
	for t := range w.todo {
		d, call := t.(worker.Deliver)
		if !call {
			if w.err = w.in.Encode(sdktest.ToPlugin{Reset: t.(map[string]string)}); w.err != nil {
				return
			}
			continue
		}
		reply, err := w.handle(d.Call)
		if err != nil {
			w.err = fmt.Errorf("compiled plugin ended: %w", err)
			return
		}
		w.results <- worker.Done{Seq: d.Seq, Reply: reply}
	}
}

// Handles are the kinds of events that the plugin has handlers for.
func (w *compiledWorker) Handles() []sdk.EventKind { return w.handles }

// Offers are what the plugin has handlers for beyond what happens in chats.
func (w *compiledWorker) Offers() sdk.Offers { return w.offers }

// Send gives the plugin an event.
func (w *compiledWorker) Send(d worker.Deliver) error {
	select {
	case w.todo <- d:
		return nil
	default:
		return worker.ErrFull
	}
}

// Results are what came of the events.
func (w *compiledWorker) Results() <-chan worker.Done { return w.results }

// Reset gives the plugin the committed state.
func (w *compiledWorker) Reset(state map[string]string) error {
	w.todo <- state
	return nil
}

// Err says why the worker ended.
func (w *compiledWorker) Err() error { return w.err }

// Stop ends the worker; the process serves the next one.
func (w *compiledWorker) Stop() {
	close(w.todo)
	for range w.results {
	}
}

// trier tries rules for somebody else's handler: by a handler of its own, since
// only there a chat has a time.
type trier struct {
	runner *sdk.Runner
	trial  sdktest.Trial
	found  sdk.Match
}

func newTrier() *trier {
	t := &trier{}
	r, err := sdk.NewRunner(func(p *sdk.Plugin) error {
		p.OnOpened(func(c *sdk.Chat) error {
			t.found = c.Match(t.trial.Rule, t.trial.Text)
			return nil
		})
		return nil
	}, nil, nil, rule.New().Match)
	if err != nil {
		panic(err) // the plugin is ours
	}
	t.runner = r
	return t
}

// match is how the rule fares, or what must be read to tell.
func (t *trier) match(trial sdktest.Trial) (sdktest.ToPlugin, error) {
	now, err := time.Parse(time.RFC3339Nano, trial.Now)
	if err != nil {
		return sdktest.ToPlugin{}, fmt.Errorf("read time of a trial: %w", err)
	}
	t.trial = trial
	r := t.runner.Handle(sdk.Call{Event: sdk.Event{Kind: sdk.EventOpened}, Chat: trial.Chat, Now: now, Hours: trial.Hours, Answers: trial.Answers})
	switch {
	case r.Error != "":
		return sdktest.ToPlugin{}, errors.New(r.Error)
	case r.Read != nil:
		return sdktest.ToPlugin{Read: r.Read}, nil
	}
	return sdktest.ToPlugin{Match: &t.found}, nil
}

// servant is the program that serves a compiled plugin.
const servant = `package main

import (
	"fmt"
	"os"

	"github.com/bellhop-chat/bellhop/sdk/sdktest"

	plugin %q
)

func main() {
	out := os.Stdout
	os.Stdout = os.Stderr // what the plugin prints is not for bellhop
	if err := sdktest.Serve(plugin.Register, os.Stdin, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// errNotCompiled says why a plugin can't be compiled here, which is no fault
// of the plugin.
var errNotCompiled = errors.New("played interpreted only, not compiled too")

// compile builds the plugin in the folder with the Go of this machine and
// starts it. Stop ends it.
func compile(ctx context.Context, dir string) (c *compiled, stop func(), err error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, nil, fmt.Errorf("%w: Go is not installed", errNotCompiled)
	}
	path, err := goTool(ctx, dir, "list", "-f", "{{.ImportPath}}", ".")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s is in no Go module", errNotCompiled, dir)
	}
	tmp, err := os.MkdirTemp("", "bellhop-compiled")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	if err := build(ctx, dir, tmp, strings.TrimSpace(path)); err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(tmp, "plugin"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	return newCompiled(in, out), func() {
		in.Close()
		cmd.Wait()
		os.RemoveAll(tmp)
	}, nil
}

// build compiles the plugin with a main package that stands beside it only for
// the compiler.
func build(ctx context.Context, dir, tmp, path string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	main := filepath.Join(tmp, "main.go")
	if err := os.WriteFile(main, fmt.Appendf(nil, servant, path), 0o600); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(abs, "bellhop-compiled", "main.go"): main}})
	if err != nil {
		return err
	}
	file := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return err
	}
	if _, err := goTool(ctx, dir, "build", "-overlay", file, "-o", filepath.Join(tmp, "plugin"), "./bellhop-compiled"); err != nil {
		return fmt.Errorf("compile %s: %w", dir, err)
	}
	return nil
}

// goTool runs go in the folder and returns what it prints.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var out, says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &says
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, strings.TrimSpace(says.String()))
	}
	return out.String(), nil
}

package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// workspace is a chat server of which a test says all that happens. It holds
// chats as an effect would leave them, and finds the trace of a repeat.
type workspace struct {
	mu      sync.Mutex
	chats   map[sdk.ChatID]sdk.Chat
	applied []bridge.Effect                  // what changed something
	tries   []bridge.Effect                  // every call of Apply
	apply   func(bridge.Effect) *sdk.Outcome // what a test wants instead; nil means none
	emit    func(bridge.Event) error
	picture bridge.Picture
	ready   chan struct{} // closed when Run has begun
	n       int
}

func newWorkspace() *workspace {
	return &workspace{chats: map[sdk.ChatID]sdk.Chat{}, ready: make(chan struct{})}
}

func (w *workspace) Run(ctx context.Context, p bridge.Picture, emit func(bridge.Event) error) error {
	w.mu.Lock()
	w.emit, w.picture = emit, p
	close(w.ready)
	w.mu.Unlock()
	<-ctx.Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = make(chan struct{})
	return ctx.Err()
}

func (w *workspace) Apply(ctx context.Context, e bridge.Effect) sdk.Outcome {
	w.mu.Lock()
	w.tries = append(w.tries, e)
	special := w.apply
	w.mu.Unlock()
	if special != nil {
		if o := special(e); o != nil {
			return *o
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	chat := w.chats[e.Chat]
	if e.Attempt > 0 && slices.ContainsFunc(w.applied, func(d bridge.Effect) bool { return d.Key == e.Key && d.Kind == e.Kind }) {
		return sdk.Outcome{State: sdk.Done, Detail: "found"}
	}
	switch a := e.Assume; {
	case a.Open && !chat.Open():
		return sdk.Outcome{State: sdk.Overtaken, Reason: "the chat is closed"}
	case (a.Moves || a.DepartmentID != "") && a.DepartmentID != chat.DepartmentID:
		return sdk.Outcome{State: sdk.Overtaken, Reason: "another department"}
	}
	switch e.Kind {
	case sdk.EffectForward:
		chat.Department, chat.DepartmentID = e.Target.Department, "id-"+e.Target.Department
	case sdk.EffectTag:
		chat.Tags = append(chat.Tags, e.Tags...)
	case sdk.EffectClose:
		chat.Status = sdk.Closed
	}
	w.chats[e.Chat] = chat
	w.applied = append(w.applied, e)
	return sdk.Outcome{State: sdk.Done}
}

func (w *workspace) Conversation(_ context.Context, id sdk.ChatID) (sdk.Chat, []sdk.Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chats[id], w.chats[id].Last, nil
}

func (w *workspace) Download(context.Context, sdk.File) ([]byte, error) {
	return nil, errors.New("no files here")
}

// instead makes Apply answer otherwise; nil outcomes leave it as it is.
func (w *workspace) instead(fn func(bridge.Effect) *sdk.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.apply = fn
}

// did is what was carried out, sorted: chat, kind, target or text.
func (w *workspace) did() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, e := range w.applied {
		all = append(all, says(e))
	}
	sort.Strings(all)
	return all
}

func says(e bridge.Effect) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Chat, e.Kind, e.Target.String()+e.Text+strings.Join(e.Tags, ",")))
}

// send emits an event with the chat as it is now.
func (w *workspace) send(t *testing.T, e sdk.Event) sdk.EventID {
	t.Helper()
	w.mu.Lock()
	chat := w.chats[e.Chat]
	emit := w.emit
	w.mu.Unlock()
	if e.At.IsZero() {
		e.At = time.Now()
	}
	if err := emit(bridge.Event{Event: e, Picture: chat, Watermark: e.At}); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// chat makes a chat that is open and taken by alice in Sales.
func (w *workspace) chat(id sdk.ChatID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chats[id] = sdk.Chat{
		ID: id, Status: sdk.Taken, Department: "Sales", DepartmentID: "id-Sales",
		Agent: sdk.Person{ID: "a1", Username: "alice"}, Visitor: sdk.Visitor{ID: "v1", Name: "Maya"},
	}
}

func (w *workspace) say(t *testing.T, chat sdk.ChatID, text string) sdk.EventID {
	t.Helper()
	w.mu.Lock()
	w.n++
	if _, there := w.chats[chat]; !there {
		w.mu.Unlock()
		w.chat(chat)
		w.mu.Lock()
	}
	id := sdk.MessageID(fmt.Sprintf("%s-%d", chat, w.n))
	w.mu.Unlock()
	return w.send(t, sdk.Event{
		ID: bridge.MessageEventID(id), Kind: sdk.EventMessage, Chat: chat,
		Message: &sdk.Message{ID: id, From: sdk.Guest, Text: text, At: time.Now()},
	})
}

func (w *workspace) close(t *testing.T, chat sdk.ChatID) {
	t.Helper()
	w.mu.Lock()
	c := w.chats[chat]
	c.Status, c.ClosedAt, c.Closing.ByVisitor = sdk.Closed, time.Now(), true
	w.chats[chat] = c
	w.mu.Unlock()
	w.send(t, sdk.Event{ID: bridge.ClosedID(chat), Kind: sdk.EventClosed, Chat: chat})
}

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
	run, err := sdk.NewRunner(p, o.Init.Settings, o.Init.State, nil)
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

// world is a host at work, with all that it needs.
type world struct {
	t       *testing.T
	dir     string
	ws      *workspace
	store   *store.DB
	host    *Host
	opts    Options
	plugins map[string]plugin
	twist   map[string]func(worker.Deliver, *worker.Done) error
	mu      sync.Mutex
	reports []Report
	stop    func() error
}

// everything is granted to an instance.
var everything = Grants{Effects: sdk.EffectKinds, Reads: []string{"classify"}}

// play runs a test in a bubble of time, with a host that runs the plugins, all
// in mode on and with everything granted. At the end the store must be sound.
func play(t *testing.T, plugins map[string]plugin, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plugins)
		w.start()
		test(w)
		w.end()
	})
}

func newWorld(t *testing.T, plugins map[string]plugin) *world {
	w := &world{t: t, dir: t.TempDir(), ws: newWorkspace(), plugins: plugins, twist: map[string]func(worker.Deliver, *worker.Done) error{}}
	w.opts.Instances = map[string]Instance{}
	for name := range plugins {
		w.opts.Instances[name] = Instance{Plugin: name, Version: "1", Mode: On, Grants: everything}
	}
	return w
}

func (w *world) path() string { return filepath.Join(w.dir, "bellhop.db") }

// start opens the store and runs a host on it.
func (w *world) start() {
	w.t.Helper()
	db, err := store.Open(w.path())
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = db
	o := w.opts
	o.Workspace, o.Store = w.ws, db
	o.Start = func(_ context.Context, o worker.Options) (Worker, error) {
		p := w.plugins[o.Init.Instance]
		if src := o.Init.Sources["as"]; src != nil {
			p = w.plugins[string(src)]
		}
		r, err := startRunner(p, o, w.twist[o.Init.Instance])
		if err != nil {
			return nil, err
		}
		return r, nil
	}
	if w.host, err = New(o); err != nil {
		w.t.Fatal(err)
	}
	w.host.Watch(func(r Report) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.reports = append(w.reports, r)
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.host.Run(ctx) }()
	w.ws.mu.Lock()
	ready := w.ws.ready
	w.ws.mu.Unlock()
	<-ready
	w.stop = func() error { cancel(); return <-ended }
}

// end stops the host; the store must be sound then.
func (w *world) end() {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Errorf("host ended with %v", err)
	}
	if err := errors.Join(w.store.Check(), w.store.Close()); err != nil {
		w.t.Error(err)
	}
}

func (w *world) quiet() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Hour)
	defer cancel()
	if err := w.host.Quiet(ctx); err != nil {
		w.t.Fatalf("not quiet: %v: %+v", err, w.host.Status())
	}
}

// did checks what was carried out, after all is quiet.
func (w *world) did(want ...string) {
	w.t.Helper()
	w.quiet()
	sort.Strings(want)
	if got := w.ws.did(); !slices.Equal(got, want) {
		w.t.Errorf("carried out:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// outcomes are how the effects ended, in order: "<instance> <effect>: <state> <reason>".
func (w *world) outcomes() []string {
	w.t.Helper()
	w.quiet()
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, r := range w.reports {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", r.Effect.Instance, says(r.Effect), r.Outcome.State, r.Outcome.Reason)))
	}
	return all
}

// outcome checks that one of the outcomes begins so.
func (w *world) outcome(want string) {
	w.t.Helper()
	all := w.outcomes()
	if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, want) }) {
		w.t.Errorf("no outcome %q among:\n  %s", want, strings.Join(all, "\n  "))
	}
}

// restart stops the host and starts another on the same store.
func (w *world) restart() {
	w.t.Helper()
	w.end()
	w.start()
}

func onMessage(fn func(*sdk.Chat, sdk.Message) error) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(fn)
		return nil
	}
}

// forwarder moves a chat to Billing when the guest says invoice.
var forwarder = onMessage(func(c *sdk.Chat, m sdk.Message) error {
	if !strings.Contains(m.Text, "invoice") {
		return sdk.Skip("no word of an invoice")
	}
	c.Forward(sdk.Department("Billing"), sdk.Because("the guest said invoice"))
	return nil
})

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

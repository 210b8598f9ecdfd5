package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// twist is what a hostile worker makes of an answer; an error ends it.
type twist func(worker.Deliver, *worker.Done) error

// world is a host at work, with all that it needs.
type world struct {
	t       testing.TB
	dir     string
	ws      *workspace
	store   *store.DB
	host    *Host
	opts    Options
	plugins map[string]plugin
	twists  map[string]twist
	log     strings.Builder
	stop    func() error
	opened  func() // is called when the store is open and nothing runs yet; nil means nothing

	mu      sync.Mutex // guards what follows
	reports []Report
}

// everything is granted to an instance.
var everything = Grants{Effects: sdk.EffectKinds, Reads: sdk.ReadKinds}

// play runs a test in a bubble of time, with a host that runs the plugins, all
// in mode on and with everything granted. At the end the store must be sound.
func play(t *testing.T, plugins map[string]plugin, test func(*world)) {
	t.Helper()
	prepared(t, plugins, func(w *world) {
		w.start()
		test(w)
	})
}

// prepared is play for a test that starts the host itself.
func prepared(t *testing.T, plugins map[string]plugin, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, plugins)
		test(w)
		w.end()
	})
}

func newWorld(t testing.TB, plugins map[string]plugin) *world {
	w := &world{t: t, dir: t.TempDir(), ws: newWorkspace(), plugins: plugins, twists: map[string]twist{}}
	w.opts.Instances = map[string]Instance{}
	for name := range plugins {
		w.opts.Instances[name] = Instance{Plugin: name, Version: "1", Mode: On, Grants: everything}
	}
	return w
}

// set changes an instance of the next start.
func (w *world) set(name string, how func(*Instance)) {
	i := w.opts.Instances[name]
	how(&i)
	w.opts.Instances[name] = i
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
	if w.opened != nil {
		w.opened()
	}
	o := w.opts
	o.Workspace, o.Store, o.Log = w.ws, db, slog.New(slog.NewTextHandler(&w.log, nil))
	if o.Start == nil {
		o.Start = w.worker
	}
	if w.host, err = New(o); err != nil {
		w.t.Fatal(err)
	}
	w.host.Watch(func(r Report) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.reports = append(w.reports, r)
	})
	w.run()
}

func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.host.Run(ctx) }()
	w.ws.begun()
	w.stop = func() error { cancel(); return <-ended }
}

// worker runs the plugin that has the instance's name, or the one that its
// sources name.
func (w *world) worker(_ context.Context, o worker.Options) (Worker, error) {
	name := o.Init.Instance
	if src := o.Init.Sources["as"]; src != nil {
		name = string(src)
	}
	r, err := startRunner(w.plugins[name], o, w.twists[o.Init.Instance])
	if err != nil {
		return nil, err
	}
	return r, nil
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

// restart stops the host and starts another on the same store.
func (w *world) restart() {
	w.t.Helper()
	w.end()
	w.start()
}

// quiet waits until nothing happens any more. Time that somebody waits for
// passes meanwhile.
func (w *world) quiet() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 1000*time.Hour)
	defer cancel()
	for facts := -1; facts != w.ws.count(); {
		facts = w.ws.count()
		w.ws.drained()
		if err := w.host.Quiet(ctx); err != nil {
			w.t.Fatalf("not quiet: %v: %+v", err, w.host.Status())
		}
	}
}

// did checks what was carried out, after all is quiet.
func (w *world) did(want ...string) {
	w.t.Helper()
	w.quiet()
	sort.Strings(want)
	w.same("carried out", w.ws.did(), want)
}

func (w *world) same(what string, got, want []string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
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

// ended checks that the outcomes begin so, in order.
func (w *world) ended(want ...string) {
	w.t.Helper()
	got := w.outcomes()
	ok := len(got) == len(want)
	for n := 0; ok && n < len(want); n++ {
		ok = strings.HasPrefix(got[n], want[n])
	}
	if !ok {
		w.same("outcomes", got, want)
	}
}

// why is what was decided on the chat.
func (w *world) why(chat sdk.ChatID) []store.Explained {
	w.t.Helper()
	why, err := w.host.Why(chat)
	if err != nil {
		w.t.Fatal(err)
	}
	return why
}

// logged checks that the log says so.
func (w *world) logged(want string) {
	w.t.Helper()
	if !strings.Contains(w.log.String(), want) {
		w.t.Errorf("log does not say %q:\n%s", want, w.log.String())
	}
}

// stands checks how the instance fares.
func (w *world) stands(name string, want State, why string) {
	w.t.Helper()
	for _, s := range w.host.Status() {
		if s.Name == name && (s.State != want || !strings.Contains(s.Why, why)) {
			w.t.Errorf("%s is %s (%s), want %s (%s)", name, s.State, s.Why, want, why)
		}
	}
}

// saved is a copy of the store as a kill would leave it now, to be looked at.
func (w *world) saved() *store.DB {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "saved.db")
	if err := w.store.Backup(path); err != nil {
		w.t.Fatal(err)
	}
	db, err := store.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// notes is what a plugin has seen, from any goroutine.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, fmt.Sprintf(format, args...))
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
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

// listener notes the texts of messages.
func listener(n *notes) plugin {
	return onMessage(func(c *sdk.Chat, m sdk.Message) error {
		n.add("%s: %s", c.ID, m.Text)
		return nil
	})
}

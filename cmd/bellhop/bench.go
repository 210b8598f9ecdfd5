package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// benchOptions say what is measured.
type benchOptions struct {
	plugins  int // instances, each of which gets every event
	inflight int // events that are under way at a time, each in a chat of its own
	events   int
}

// figures are what was measured. Times are in microseconds.
type figures struct {
	EventsPerSecond    float64 `json:"events_per_s"`       // until their effects were carried out, by all instances
	P50                float64 `json:"p50_us"`             // from the event's coming to its last effect's going out
	P99                float64 `json:"p99_us"`             //
	Flush              float64 `json:"flush_us"`           // one bbolt commit of one 600-byte record
	Hop                float64 `json:"hop_us"`             // one event to a worker and back, without a host
	CPU                float64 `json:"cpu_us"`             // of host and workers, an event
	WorkerPrivate      int     `json:"worker_private_kib"` // memory of one worker that it shares with nobody
	StoreOnlyPerSecond float64 `json:"store_only_per_s"`   // the same writes without host and workers
}

func benchCommand() *cobra.Command {
	var o benchOptions
	var js bool
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this machine carries events to plugins and back",
		Long: `Run the host's true path, with a real store and real workers but no network: each
event goes to each instance, whose handler asks for one effect.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.plugins < 1 || o.inflight < 1 || o.events < 1 {
				return &usageError{cmd, fmt.Errorf("--plugins, --inflight and --events must be at least 1")}
			}
			f, err := bench(cmd.Context(), o)
			if err != nil {
				return err
			}
			return f.print(cmd.OutOrStdout(), js)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.plugins, "plugins", 1, "instances that run")
	f.IntVar(&o.inflight, "inflight", 1, "events under way at a time")
	f.IntVar(&o.events, "events", 1000, "events in all")
	f.BoolVar(&js, "json", false, "print one line of JSON")
	return cmd
}

func (f figures) print(out io.Writer, js bool) error {
	if js {
		return json.NewEncoder(out).Encode(f)
	}
	_, err := fmt.Fprintf(out, `events/s           %10.0f
p50                %10.0f us
p99                %10.0f us
one commit         %10.0f us
one hop            %10.0f us
CPU an event       %10.0f us
worker's memory    %10d KiB
store alone        %10.0f events/s
`, f.EventsPerSecond, f.P50, f.P99, f.Flush, f.Hop, f.CPU, f.WorkerPrivate, f.StoreOnlyPerSecond)
	return err
}

// bench measures in a folder beside the present one's data, on the same disk.
func bench(ctx context.Context, o benchOptions) (figures, error) {
	var f figures
	dir, err := os.MkdirTemp("", "bellhop-bench")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	flush, err := store.CommitTime(dir, 600, 200)
	if err != nil {
		return f, err
	}
	f.Flush = micros(flush)
	if f.Hop, err = hop(ctx); err != nil {
		return f, err
	}
	if f.StoreOnlyPerSecond, err = storeOnly(filepath.Join(dir, "alone.db"), o); err != nil {
		return f, err
	}
	return f, f.host(ctx, filepath.Join(dir, "bellhop.db"), o)
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// benchPlugin asks for one effect an event.
var benchPlugin = map[string][]byte{"bench.go": []byte(`//go:build go1.20

package bench

import "github.com/bellhop-chat/bellhop/sdk"

func Register(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.Tag([]string{"seen"}, sdk.Because("said %s", m.Text))
		return nil
	})
	return nil
}
`)}

// alike are so many instances of benchPlugin.
func alike(n int) map[string]host.Instance {
	all := map[string]host.Instance{}
	for i := range n {
		all[fmt.Sprint("bench", i)] = host.Instance{
			Plugin: "bench", Version: "1.0.0", Mode: host.On, Sources: benchPlugin,
			Grants: host.Grants{Effects: []sdk.EffectKind{sdk.EffectTag}},
		}
	}
	return all
}

// host runs all events through a host.
func (f *figures) host(ctx context.Context, path string, o benchOptions) error {
	db, err := store.Open(path)
	if err != nil {
		return err
	}
	defer db.Close()
	w := newTreadmill(o)
	start := processes(worker.Limits{})
	h, err := host.New(host.Options{Workspace: w, Store: db, Start: start, Instances: alike(o.plugins)})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error { return h.Run(ctx) })
	g.Go(func() error {
		defer stop()
		return f.measure(ctx, w, h)
	})
	return g.Wait()
}

func (f *figures) measure(ctx context.Context, w *treadmill, h *host.Host) error {
	if err := h.Quiet(ctx); err != nil {
		return err
	}
	for _, s := range h.Status() {
		if s.State != host.Running {
			return fmt.Errorf("instance %s is %s: %s", s.Name, s.State, s.Why)
		}
	}
	cpu, began := cpuTime(), time.Now()
	close(w.begin)
	select {
	case <-w.over:
	case <-ctx.Done():
		return ctx.Err()
	}
	took := time.Since(began)
	n := float64(w.o.events)
	f.EventsPerSecond = n / took.Seconds()
	f.CPU = micros(cpuTime()-cpu) / n
	slices.Sort(w.took)
	f.P50, f.P99 = micros(w.took[len(w.took)/2]), micros(w.took[len(w.took)*99/100])
	f.WorkerPrivate = workerPrivate()
	return nil
}

// treadmill is a workspace without a network: it gives so many events at a
// time, and the next one when all instances' effects of one have gone out.
type treadmill struct {
	o     benchOptions
	begin chan struct{}
	over  chan struct{}
	free  chan int // chats that have no event under way

	mu      sync.Mutex // guards what follows
	started map[sdk.ChatID]time.Time
	left    map[sdk.ChatID]int // effects that have not gone out
	took    []time.Duration
}

func newTreadmill(o benchOptions) *treadmill {
	w := &treadmill{o: o, begin: make(chan struct{}), over: make(chan struct{}), free: make(chan int, o.inflight),
		started: map[sdk.ChatID]time.Time{}, left: map[sdk.ChatID]int{}}
	for n := range o.inflight {
		w.free <- n
	}
	return w
}

// Run gives the events.
func (w *treadmill) Run(ctx context.Context, _ bridge.Picture, emit func(bridge.Event) error) error {
	if err := emit(bridge.Event{Seen: time.Now()}); err != nil {
		return err
	}
	select {
	case <-w.begin:
	case <-ctx.Done():
		return ctx.Err()
	}
	for n := range w.o.events {
		select {
		case chat := <-w.free:
			if err := emit(w.event(n, chat)); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (w *treadmill) event(n, chat int) bridge.Event {
	e := benchEvent(n, chat)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started[e.Chat], w.left[e.Chat] = time.Now(), w.o.plugins
	return e
}

// benchEvent is a message as a workspace gives it, about 600 bytes.
func benchEvent(n, chat int) bridge.Event {
	id := sdk.ChatID(fmt.Sprintf("chat%013d", chat))
	now := time.Now()
	m := sdk.Message{ID: sdk.MessageID(fmt.Sprintf("m%016d", n)), From: sdk.Guest, By: sdk.Person{ID: "guest", Name: "Maya"},
		Text: "My invoice from October is wrong, I was charged twice.", At: now}
	return bridge.Event{
		Event: sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: id, At: now, Message: &m},
		Picture: sdk.Chat{ID: id, Status: sdk.Taken, Visitor: sdk.Visitor{ID: "guest", Name: "Maya"}, Department: "Sales",
			DepartmentID: "sales", Agent: sdk.Person{ID: "alice", Username: "alice"}, OpenedAt: now, Last: []sdk.Message{m}},
		Watermark: now,
	}
}

// Apply lets the effect go out.
func (w *treadmill) Apply(_ context.Context, e bridge.Effect) sdk.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left[e.Chat]--; w.left[e.Chat] == 0 {
		w.took = append(w.took, time.Since(w.started[e.Chat]))
		if len(w.took) == w.o.events {
			close(w.over)
		}
		var chat int
		fmt.Sscanf(string(e.Chat), "chat%d", &chat)
		w.free <- chat
	}
	return sdk.Outcome{State: sdk.Done}
}

// Conversation is not asked for.
func (w *treadmill) Conversation(context.Context, sdk.ChatID) (sdk.Chat, []sdk.Message, error) {
	return sdk.Chat{}, nil, fmt.Errorf("there are no conversations here")
}

// Happenings is not asked for.
func (w *treadmill) Happenings(context.Context, sdk.ChatID) ([]bridge.Happening, error) {
	return nil, fmt.Errorf("there are no conversations here")
}

// Messages is not asked for.
func (w *treadmill) Messages(context.Context, sdk.ChatID, int) ([]sdk.Message, error) {
	return nil, fmt.Errorf("there are no messages here")
}

// Download is not asked for.
func (w *treadmill) Download(context.Context, sdk.File) ([]byte, error) {
	return nil, fmt.Errorf("there are no files here")
}

// hop is the time of an event's way to a worker and back, the median.
func hop(ctx context.Context) (float64, error) {
	start := processes(worker.Limits{})
	w, err := start(ctx, worker.Options{Init: worker.Init{Instance: "hop", Sources: benchPlugin}})
	if err != nil {
		return 0, err
	}
	defer w.Stop()
	e := benchEvent(0, 0)
	took := make([]time.Duration, 1000)
	for n := range took {
		began := time.Now()
		if err := w.Send(worker.Deliver{Seq: uint64(n), Call: sdk.Call{Event: e.Event, Chat: e.Picture, Now: e.At}}); err != nil {
			return 0, err
		}
		if _, ok := <-w.Results(); !ok {
			return 0, w.Err()
		}
		took[n] = time.Since(began)
	}
	slices.Sort(took)
	return micros(took[len(took)/2]), nil
}

// storeOnly makes the writes of all events from as many goroutines, without
// anything around them, and says how many events a second that is.
func storeOnly(path string, o benchOptions) (float64, error) {
	db, err := store.Open(path)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	for p := range o.plugins {
		if err := db.Change(fmt.Sprintf("bench%d", p), store.Setup{Plugin: "bench", Mode: string(host.On)}, true, time.Now()); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	var g errgroup.Group
	for lane := range o.inflight {
		g.Go(func() error {
			for n := lane; n < o.events; n += o.inflight {
				if err := writes(db, n, lane, o.plugins); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	return float64(o.events) / time.Since(began).Seconds(), nil
}

// writes are those of one event: its journal entry, and a decision with its
// effect and the outcome for each instance.
func writes(db *store.DB, n, lane, plugins int) error {
	e := benchEvent(n, lane)
	entry, _, err := db.Append(e, time.Now())
	if err != nil {
		return err
	}
	for p := range plugins {
		name := fmt.Sprintf("bench%d", p)
		effect := bridge.Effect{
			Effect:   sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"seen"}, Reason: "said something"},
			Key:      sdk.EffectKey(fmt.Sprintf("%s/%s/0", name, e.ID)),
			Instance: name, Event: e.ID, EventAt: e.At, Chat: e.Chat, Until: e.At.Add(time.Hour),
		}
		number, ticket, err := db.Commit(store.Result{
			Instance: name, Progress: store.Progress{Through: entry.Seq}, Chat: e.Chat,
			Decision: &store.Decision{Seq: entry.Seq, Event: e.ID, Instance: name, Chat: e.Chat, At: e.At, Effects: []sdk.EffectKey{effect.Key}},
			Effects:  []store.Carried{{Effect: effect, Begun: true}},
		})
		if err != nil {
			return err
		}
		if err := ticket.Wait(); err != nil {
			return err
		}
		if _, err := db.Settle(store.Settlement{Number: number, Outcome: sdk.Outcome{State: sdk.Done, At: e.At}}); err != nil {
			return err
		}
	}
	return nil
}

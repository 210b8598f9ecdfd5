package host

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Workspace is what the host needs of a chat server. *bridge.Bridge is the
// real one.
type Workspace interface {
	// Run calls emit, from one goroutine, for every fact that picture does
	// not hold yet, until ctx ends or emit fails. After each complete
	// comparison with the server it emits an event that has only Seen, before
	// that, where it takes long, one that has only Behind and then some that
	// have only Current, and when it loses the connection one that has only
	// Parted.
	Run(ctx context.Context, picture bridge.Picture, emit func(bridge.Event) error) error
	// Apply carries one effect out and says how it ended. When e.Attempt is
	// not 0, an earlier attempt may have left our trace, and Apply looks for
	// it first; after e.Until that is all that it does: done when it is found,
	// overtaken when it is not. bridge.Later says that the attempt ended
	// nothing, and that a repeat may.
	Apply(ctx context.Context, e bridge.Effect) sdk.Outcome
	// Conversation is a chat with all its messages, the oldest first.
	Conversation(ctx context.Context, id sdk.ChatID) (sdk.Chat, []sdk.Message, error)
	// Happenings are what happened in a chat between its messages, the oldest first.
	Happenings(ctx context.Context, id sdk.ChatID) ([]bridge.Happening, error)
	// Messages are the newest n messages of a chat, the oldest first.
	Messages(ctx context.Context, id sdk.ChatID, n int) ([]sdk.Message, error)
	// Download is a file's bytes.
	Download(ctx context.Context, f sdk.File) ([]byte, error)
}

// Directory is what a chat server knows beside its chats. *bridge.Bridge is the
// real one.
type Directory interface {
	// Departments are all departments, by name. What goes on in them is what the
	// host does not know of: it adds the chats that it knows.
	Departments(ctx context.Context) ([]sdk.DepartmentInfo, error)
	// Agents are those of a department, or with "" all of them, by username. What
	// they do is what the host does not know of.
	Agents(ctx context.Context, department string) ([]sdk.AgentInfo, error)
	// Contact is the person behind a chat.
	Contact(ctx context.Context, chat sdk.ChatID) (sdk.Contact, error)
	// Page is the page of the website that the guest of a chat opened last; zero when
	// nobody knows it.
	Page(ctx context.Context, chat sdk.ChatID) (sdk.Page, error)
	// PastChats are the person's chats that have ended, the newest first, but for
	// this one.
	PastChats(ctx context.Context, chat sdk.ChatID) ([]sdk.PastChat, error)
	// Hours tells whether the workspace's business hours are open.
	Hours(ctx context.Context, at time.Time) (sdk.Hours, error)
	// SearchContacts finds people by a part of name, address or number.
	SearchContacts(ctx context.Context, text string) ([]sdk.Contact, error)
}

// Options configure a Host. Workspace, Store and Start are required.
type Options struct {
	Workspace Workspace           // where events come from and effects go
	Store     *store.DB           // what survives a restart; the caller closes it after Run
	Directory Directory           // what else the workspace knows; nil means nothing
	Site      string              // the workspace's address, for links to chats
	Start     Start               // makes an instance's worker
	Instances map[string]Instance // what runs, by name

	Former Former // finds what ran before, in case that a newer version can't take over; nil means that nothing else runs then

	Hours    map[string]func(time.Time) sdk.Hours // the schedules of the configuration, by name
	Read     map[string]Read                      // what answers plugins' reads, by kind, such as sdk.ReadClassify, before the host itself does
	Services Services

	Limits   Limits
	Deadline time.Duration // how long one handler may take; 0 means 5s
	Attempts int           // that an event may fail before it is a dead letter; 0 means 5
	Clock    Clock         // nil means the real time
	Log      *slog.Logger  // nil means no log
}

// Start starts the worker of an instance and waits until the plugin is loaded.
// The host has filled in Init, Deadline and Log; the rest is the caller's, such
// as the choice between worker.Start and worker.InProcess.
type Start func(ctx context.Context, o worker.Options) (Worker, error)

// Worker runs one instance's plugin; see *worker.Process, the real one.
type Worker interface {
	Handles() []sdk.EventKind
	Offers() sdk.Offers
	Send(worker.Deliver) error
	Results() <-chan worker.Done
	Reset(state map[string]string) error
	Err() error
	Stop()
}

// Host runs instances on the events of a workspace.
type Host struct {
	opts      Options
	workspace Workspace
	store     *store.DB
	clock     Clock
	log       *slog.Logger
	outbox    *outbox
	timers    *timers
	calls     *calls
	limits    *limits
	heavy     chan struct{}              // of reads that keep a processor busy
	comparing time.Duration              // what a search may take of it
	between   chan func()                // to be done while no session runs
	hold      atomic.Pointer[store.Hold] // nil unless all instances pause
	heard     atomic.Pointer[time.Time]  // when the workspace last said that all was told
	refused   atomic.Pointer[Refusal]    // nil while the store takes writes
	moves     atomic.Uint64              // counts what happens, so that Quiet sees that nothing did
	listening atomic.Int32               // calls of Quiet and the like
	parting   atomic.Int32               // goroutines that switch instances off

	mu        sync.Mutex           // guards what follows
	instances map[string]*instance // those that are not off
	session   *session             // nil while the host does not run
	watchers  map[int]func(Report)
	callers   map[sdk.EventID]chan Verdict // of webhooks that are waited for
	watches   int                          // calls of Watch so far
	talks     map[string][]time.Time       // answers of our own in the last minute, by person
	changed   chan struct{}                // closed and replaced when something has come to rest
	reloading sync.Mutex                   // one Reload at a time
	undoing   sync.Mutex                   // one Undo at a time: the next knows what this one takes back
	swapping  sync.RWMutex                 // held while an instance is neither the old nor the new one
	doubts    map[string][]string          // see Doubt
	unfit     map[string]Unfit             // what could not be made of instances, by name
	gone      map[string]store.Setup       // what instances were rolled back from, by name: their files may say so still
	unkept    map[string]string            // pauses that the store could not take, with why, by instance
}

// New checks the options. It starts nothing.
func New(o Options) (*Host, error) {
	if o.Workspace == nil || o.Store == nil || o.Start == nil {
		return nil, errors.New("make host: Workspace, Store and Start are required")
	}
	for name, spec := range o.Instances {
		if err := spec.check(name); err != nil {
			return nil, err
		}
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Attempts == 0 {
		o.Attempts = maxAttempts
	}
	if o.Deadline == 0 {
		o.Deadline = 5 * time.Second
	}
	h := &Host{
		opts: o, workspace: o.Workspace, store: o.Store, clock: o.Clock, log: o.Log,
		heavy: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)/2)), comparing: maxSearch, between: make(chan func()), watchers: map[int]func(Report){}, changed: make(chan struct{}), unkept: map[string]string{},
		callers: map[sdk.EventID]chan Verdict{}, doubts: map[string][]string{}, unfit: map[string]Unfit{}, gone: map[string]store.Setup{},
	}
	h.limits = newLimits(h)
	h.outbox = newOutbox(h)
	h.timers = newTimers(h)
	h.calls = newCalls(h)
	return h, nil
}

// Run carries events to instances and effects to the workspace until ctx ends,
// which is no error, or until the workspace fails.
func (h *Host) Run(ctx context.Context) error {
	for {
		err := h.run(ctx)
		var failed *store.FailedError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errBreak):
			continue
		case !errors.As(err, &failed):
			return err
		}
		h.log.Error("store refuses writes: nothing is accepted until it takes them again", "err", err)
		h.refused.Store(&Refusal{At: h.clock.Now(), Why: err.Error()})
		if h.recover(ctx) != nil {
			return nil
		}
		h.refused.Store(nil)
		h.log.Info("store takes writes again: catching up")
	}
}

// Refusal says that the store takes no writes, since when and why. Nothing is
// accepted, decided or carried out meanwhile; what is stored can be read.
type Refusal struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
}

// Refused is why nothing happens; nil when the store takes writes.
func (h *Host) Refused() *Refusal { return h.refused.Load() }

// Now is the workspace's time; false as long as this run of the host has not
// heard from it, and must not trust this machine's.
func (h *Host) Now() (time.Time, bool) { return h.clock.Now(), h.heard.Load() != nil }

// wake tells all instances that there may be something to do.
func (h *Host) wake() {
	for _, i := range h.all() {
		i.poke()
	}
}

func (h *Host) all() []*instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*instance, 0, len(h.instances))
	for _, i := range h.instances {
		all = append(all, i)
	}
	return all
}

func (h *Host) instance(name string) *instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.instances[name]
}

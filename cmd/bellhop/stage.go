package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/plugins"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// stage is a workspace, a mail server and Bellhop between them, on this
// machine and in one folder:
//
//	lobby.jsonl   the workspace's log
//	mails/        what the mail server took, and its log
//	data/         Bellhop's store and instance files
type stage struct {
	dir      string
	log      *slog.Logger
	lobby    *lobby.Server
	facts    *os.File
	sink     *mail.Sink
	web      net.Listener
	smtp     net.Listener
	accounts lobby.Accounts
	db       *store.DB
	host     *host.Host
	seen     *witness
	player   *player
	ledger   *ledger
	// workspace serves the workspace until ctx ends.
	workspace func(ctx context.Context) error
}

// newStage makes everything ready and starts nothing. Changes are made to what
// the workspace is.
func newStage(dir string, log *slog.Logger, changes ...func(*lobby.Options)) (*stage, error) {
	s, err := newServers(dir, log, changes...)
	if err != nil {
		return nil, err
	}
	if err := s.openHost(); err != nil {
		s.close()
		return nil, err
	}
	s.player.settle = s.settle
	return s, nil
}

// newServers makes a stage without Bellhop. What it is to read lies ready.
func newServers(dir string, log *slog.Logger, changes ...func(*lobby.Options)) (s *stage, err error) {
	s = &stage{dir: dir, log: log}
	if err := s.openServers(changes); err != nil {
		s.close()
		return nil, err
	}
	if err := shippedInstances(s.path("data"), host.On, demoSettings); err != nil {
		s.close()
		return nil, err
	}
	accounts := map[string]account{"admin": account(s.accounts.Admin)}
	for name, a := range map[string]lobby.Account{"alice": s.accounts.Alice, "carol": s.accounts.Carol} {
		accounts[name] = account(a)
	}
	s.player = &player{client: newClient(s.accounts.Base, accounts), departments: s.accounts.Departments}
	return s, nil
}

func (s *stage) openServers(changes []func(*lobby.Options)) (err error) {
	if s.facts, err = os.OpenFile(s.path("lobby.jsonl"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("open workspace's log: %w", err)
	}
	s.ledger = newLedger("bot")
	o := lobby.Options{As: "8.3", Licensed: true, PDF: paper, Log: io.MultiWriter(s.facts, s.ledger), NoLimits: true, Online: []string{"alice", "carol"}, Roles: deskRoles()}
	for _, change := range changes {
		change(&o)
	}
	if s.lobby, err = lobby.New(o); err != nil {
		return err
	}
	if s.sink, err = mail.NewSink(s.path("mails")); err != nil {
		return err
	}
	if s.web, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen for the workspace: %w", err)
	}
	if s.smtp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("listen for mail: %w", err)
	}
	s.accounts = s.lobby.Accounts("http://" + s.web.Addr().String())
	s.workspace = func(ctx context.Context) error { return s.lobby.Run(ctx, s.web) }
	return nil
}

// config is what `bellhop run` would read.
func (s *stage) config() config.Config {
	c := config.Default()
	c.Data = s.path("data")
	c.Mail = config.Mail{Host: "127.0.0.1", Port: s.smtp.Addr().(*net.TCPAddr).Port, From: "Bellhop demo <desk@example.org>", TLS: "none"}
	c.Calls.Provider = call.Workspace // whose page the browsers of the demo can open, without any other service
	c.Transcripts.Name = "Bellhop demo"
	c.Limits.ForwardsPerMinute = 1000 // a day's chats are played in a minute
	c.Workspace.URL, c.Workspace.User, c.Workspace.Password = s.accounts.Base, s.accounts.Bot.User, config.Secret(s.accounts.Bot.Password)
	return c
}

// openHost makes a host as `bellhop run` does.
func (s *stage) openHost() (err error) {
	c := s.config()
	if s.db, err = openStore(c); err != nil {
		return err
	}
	b, err := newBridge(c, s.log)
	if err != nil {
		return err
	}
	s.seen = &witness{Bridge: b, seen: map[sdk.EventID]bool{}, more: make(chan struct{})}
	s.host, err = newHost(c, s.db, s.seen, demoWorkers(c), s.log)
	return err
}

// demoWorkers starts workers in the sandbox where there is one.
func demoWorkers(c config.Config) host.Start {
	if runtime.GOOS != "linux" {
		fmt.Fprintf(os.Stderr, "bellhop: %s has no sandbox for plugins: the demo's run without one\n", runtime.GOOS)
		return processes(worker.Limits{MemoryMiB: c.Limits.MemoryMiB, NoSandbox: true})
	}
	return workers(c)
}

// demoSettings are what the demo's instances do beyond their plugins' own
// settings: chats that end in Sales are mailed to the guest unasked, and agents are
// told of nothing that the desk's page shows them anyway.
var demoSettings = map[string]map[string]any{
	"transcript": {"departments": "Sales"},
	"desk":       {"owner": "The demo", "tell": []string{}},
	"forwarding": {"note": false},
}

// shippedInstances writes an instance file for each shipped plugin, as an admin
// would who grants what the plugin needs. The settings are the plugins' own but
// for the changes, by plugin.
func shippedInstances(data string, mode host.Mode, changes map[string]map[string]any) error {
	for _, id := range plugins.IDs {
		s, err := findPlugin(data, id, "")
		if err != nil {
			return err
		}
		settings, err := with(s.Defaults, changes[id])
		if err != nil {
			return fmt.Errorf("settings of %s: %w", id, err)
		}
		i := config.Instance{Plugin: id, Version: s.Version, Mode: string(mode), Settings: settings, Grants: s.Needs}
		if err := config.SaveInstance(filepath.Join(data, "instances"), id, i); err != nil {
			return err
		}
	}
	return nil
}

// with are the settings with some of them changed.
func with(settings json.RawMessage, changes map[string]any) (json.RawMessage, error) {
	all := map[string]any{}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &all); err != nil {
			return nil, err
		}
	}
	maps.Copy(all, changes)
	return json.Marshal(all)
}

// talk opens the agents' direct messages with Bellhop, so that their desk lists them.
func (s *stage) talk(ctx context.Context) error {
	for _, who := range []string{"alice", "carol"} {
		if err := s.player.client.as(ctx, who, http.MethodPost, "im.create", map[string]any{"username": s.accounts.Bot.User}, nil); err != nil {
			return fmt.Errorf("open direct messages of %s: %w", who, err)
		}
	}
	return nil
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) close() {
	for _, l := range []net.Listener{s.web, s.smtp} {
		if l != nil {
			l.Close()
		}
	}
	if s.db != nil {
		s.db.Close()
	}
	if s.facts != nil {
		s.facts.Close()
	}
}

// run opens the stage, calls play, and closes it again. Each action of the
// host goes to watch.
func (s *stage) run(ctx context.Context, watch func(host.Report), play func(context.Context) error) error {
	if watch != nil {
		defer s.host.Watch(watch)()
	}
	return s.serve(ctx, func(ctx context.Context) error { return s.attend(ctx, play) })
}

// attend runs the host while do runs, which begins when the host hears of what
// happens.
func (s *stage) attend(ctx context.Context, do func(context.Context) error) error {
	s.seen.Meet(ctx)
	ctx, stop := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.host.Run(ctx) })
	g.Go(func() error {
		defer stop()
		if s.seen.start(ctx) != nil {
			return nil // stopped before it began, or the host says why
		}
		if err := s.player.allowLongTexts(ctx); err != nil {
			return err
		}
		return do(ctx)
	})
	return g.Wait()
}

// serve runs workspace and mail server while do runs. They outlast ctx by what
// do needs to end.
func (s *stage) serve(ctx context.Context, do func(context.Context) error) error {
	servers, stop := context.WithCancel(context.WithoutCancel(ctx))
	g, servers := errgroup.WithContext(servers)
	g.Go(func() error { return s.workspace(servers) })
	g.Go(func() error { return s.sink.Run(servers, s.smtp) })
	g.Go(func() error {
		defer stop()
		return do(ctx)
	})
	return g.Wait()
}

// playedChat is a chat and where it was played.
type playedChat struct {
	name string
	room sdk.ChatID
	err  error // why it was not played to its end
}

// playAll plays the chats, so many guests at a time. Who has the same address is
// one guest to a workspace, and has one chat at a time.
func (s *stage) playAll(ctx context.Context, chats []convo.Chat, lanes int, pace time.Duration) []playedChat {
	played := make([]playedChat, len(chats))
	p := *s.player
	p.pace = pace
	var g errgroup.Group
	g.SetLimit(lanes)
	for _, numbers := range byGuest(chats) {
		g.Go(func() error {
			for _, n := range numbers {
				room, err := p.play(ctx, chats[n].Name, chats[n])
				played[n] = playedChat{chats[n].Name, room, err}
			}
			return nil
		})
	}
	g.Wait() // the errors are with the chats
	return played
}

// byGuest are the numbers of the chats of each guest, in order.
func byGuest(chats []convo.Chat) [][]int {
	var all [][]int
	guest := map[string]int{} // index in all by address
	for n, c := range chats {
		mail := address(c)
		at, known := guest[mail]
		if !known || mail == "" {
			at = len(all)
			all = append(all, nil)
			guest[mail] = at
		}
		all[at] = append(all[at], n)
	}
	return all
}

// address is the guest's e-mail address; "" when there is none.
func address(c convo.Chat) string {
	for _, s := range c.Steps {
		if s.Kind != convo.Visitor {
			continue
		}
		if v := s.Visitor(); len(v.Emails) > 0 {
			return strings.ToLower(v.Emails[0])
		}
	}
	return ""
}

// patience is how long automation may take over one step.
const patience = time.Minute

// settle waits until the host has seen the message and has nothing to do.
func (s *stage) settle(ctx context.Context, room sdk.ChatID, _ int, id sdk.MessageID) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("host does not come to rest"))
	defer cancel()
	if id != "" {
		if err := s.seen.event(ctx, bridge.MessageEventID(id)); err != nil {
			return fmt.Errorf("host does not hear of it: %w", context.Cause(ctx))
		}
	}
	if s.host.Quiet(ctx) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// quiet waits until Bellhop has heard of all ends, and nothing is left to do.
func (s *stage) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	facts, err := s.readFacts()
	if err != nil {
		return err
	}
	for _, f := range facts {
		if f.Fact == "closed" {
			if err := s.seen.event(ctx, bridge.ClosedID(sdk.ChatID(f.RID))); err != nil {
				return fmt.Errorf("host does not hear of the end of chat %s: %w", f.RID, err)
			}
		}
	}
	return s.host.Quiet(ctx)
}

func (s *stage) readFacts() ([]lobby.Fact, error) {
	f, err := os.Open(s.path("lobby.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return lobby.ReadFacts(f)
}

// witness notes which events the host has accepted, so that a player knows
// when to go on.
type witness struct {
	*bridge.Bridge
	mu      sync.Mutex // guards what follows
	seen    map[sdk.EventID]bool
	started bool
	more    chan struct{} // closed and replaced when there is more
}

// Run is the bridge's.
func (w *witness) Run(ctx context.Context, p bridge.Picture, emit func(bridge.Event) error) error {
	return w.Bridge.Run(ctx, p, func(e bridge.Event) error {
		err := emit(e)
		w.note(e)
		return err
	})
}

func (w *witness) note(e bridge.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[e.ID] = true
	w.started = w.started || !e.Seen.IsZero()
	close(w.more)
	w.more = make(chan struct{})
}

// start waits until the host hears of what happens.
func (w *witness) start(ctx context.Context) error {
	return w.until(ctx, func() bool { return w.started })
}

// event waits until the host has accepted the event.
func (w *witness) event(ctx context.Context, id sdk.EventID) error {
	return w.until(ctx, func() bool { return w.seen[id] })
}

func (w *witness) until(ctx context.Context, holds func() bool) error {
	for {
		w.mu.Lock()
		done, more := holds(), w.more
		w.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

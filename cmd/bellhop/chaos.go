package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// chaos plays conversations twice: once undisturbed, and once while Bellhop's
// process is killed again and again. What Bellhop did must be the same.
type chaos struct {
	dir   string
	chats []convo.Chat
	kills int
	log   *slog.Logger
	// disturb changes the stage of the second run before it begins; nil means
	// that only Bellhop's process is disturbed.
	disturb func(s *stage) error

	// steps are how many deeds there were in a chat after each step of the
	// undisturbed run, so that the second run goes on no sooner.
	mu    sync.Mutex // guards steps
	steps map[sdk.ChatID][]int
}

// verdict is what came of a chaos.
type verdict struct {
	chats, kills  int
	stages        map[string]int // kills by what Bellhop was at
	lost, doubled []string
}

func (v verdict) String() string {
	return fmt.Sprintf("chaos: %d chats, %d kills, %d lost, %d doubled", v.chats, v.kills, len(v.lost), len(v.doubled))
}

// run plays both runs.
func (c *chaos) run(ctx context.Context, out io.Writer) (verdict, error) {
	fmt.Fprintf(out, "playing %d chats undisturbed\n", len(c.chats))
	calm, err := c.calm(ctx)
	if err != nil {
		return verdict{}, err
	}
	fmt.Fprintf(out, "%d actions; playing them again while Bellhop's process is killed %d times\n", len(calm), c.kills)
	return c.storm(ctx, calm)
}

// calm plays undisturbed and returns what was done.
func (c *chaos) calm(ctx context.Context) ([]string, error) {
	dir := filepath.Join(c.dir, "calm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := newStage(dir, c.log)
	if err != nil {
		return nil, err
	}
	defer s.close()
	c.steps = map[sdk.ChatID][]int{}
	s.player.settle = func(ctx context.Context, room sdk.ChatID, step int, id sdk.MessageID) error {
		err := s.settle(ctx, room, step, id)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.steps[room] = append(c.steps[room], s.ledger.count(room))
		return err
	}
	var played []playedChat
	err = s.run(ctx, nil, func(ctx context.Context) error {
		played = s.playAll(ctx, c.chats, lanes, 0)
		return s.quiet(ctx)
	})
	if err := errors.Join(err, firstFailure(played)); err != nil {
		return nil, fmt.Errorf("undisturbed run: %w", err)
	}
	return s.done()
}

func firstFailure(played []playedChat) error {
	for _, p := range played {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// done is all that was done: deeds in the workspace, and mails.
func (s *stage) done() ([]string, error) {
	all := s.ledger.all()
	mails, err := readMails(s.path("mails"))
	for _, m := range mails {
		all = append(all, mailed(m))
	}
	slices.Sort(all)
	return all, err
}

func mailed(m mail.Accepted) string {
	return fmt.Sprintf("mail %s %q", strings.Join(m.To, ","), m.Subject)
}

// storm plays again, with Bellhop in a process of its own that is killed.
func (c *chaos) storm(ctx context.Context, calm []string) (verdict, error) {
	v := verdict{chats: len(c.chats), stages: map[string]int{}}
	dir := filepath.Join(c.dir, "storm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return v, err
	}
	s, err := newServers(dir, c.log)
	if err != nil {
		return v, err
	}
	defer s.close()
	s.player.settle = func(ctx context.Context, room sdk.ChatID, step int, _ sdk.MessageID) error {
		ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("Bellhop does not go on"))
		defer cancel()
		return s.ledger.reach(ctx, room, c.steps[room][step])
	}
	victim, err := newVictim(s, c.kills)
	if err != nil {
		return v, err
	}
	s.ledger.each = victim.watch
	if c.disturb != nil {
		if err := c.disturb(s); err != nil {
			return v, err
		}
	}
	err = s.serve(ctx, func(ctx context.Context) error {
		return victim.during(ctx, func(ctx context.Context) error {
			if err := firstFailure(s.playAll(ctx, c.chats, lanes, 0)); err != nil {
				return err
			}
			return c.rest(ctx, s, calm)
		})
	})
	v.kills, v.stages = victim.killed(), victim.stages
	if err != nil {
		return v, fmt.Errorf("run with kills: %w", err)
	}
	stormy, err := s.done()
	v.lost, v.doubled = less(calm, stormy), less(stormy, calm)
	return v, err
}

// rest waits until as much is done as in the undisturbed run, and then for what
// would be too much.
func (c *chaos) rest(ctx context.Context, s *stage, calm []string) error {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		done, err := s.done()
		if err != nil {
			return err
		}
		if len(less(calm, done)) == 0 {
			break
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return pause(ctx, time.Second)
}

// victim is Bellhop in a process of its own, which is killed at moments that
// are chosen by what it is doing.
type victim struct {
	args   []string
	data   string
	log    *os.File
	bot    string
	stages map[string]int

	mu    sync.Mutex // guards what follows
	cmd   *exec.Cmd  // nil while none runs
	left  int        // kills to come
	total int
	next  moment // when the next kill comes
	born  time.Time
}

// moment is a point on the way of an event at which the process is killed.
type moment struct {
	name  string
	comes func(v *victim, l logLine) bool
	delay time.Duration // at most, by chance, after it has come
}

// moments are the points, in the order of an event's way. A line of the log is
// written before the workspace answers, so that the answer to what "acted" sees
// never reaches the process.
var moments = []moment{
	{"event is on its way", func(v *victim, l logLine) bool { return l.Fact.Fact == "message" && l.Guest }, 0},
	{"event is being decided", func(v *victim, l logLine) bool { return l.Fact.Fact == "message" && l.Guest }, 8 * time.Millisecond},
	{"effect is being carried out", func(v *victim, l logLine) bool { return l.Kind == "rest" && l.Who == v.bot }, 0},
	{"effect has acted, answer is lost", func(v *victim, l logLine) bool { return l.Kind == "fact" && l.By == v.bot }, 0},
	{"effect is being settled", func(v *victim, l logLine) bool { return l.Kind == "fact" && l.By == v.bot }, 4 * time.Millisecond},
	{"chat ends", func(v *victim, l logLine) bool { return l.Fact.Fact == "closed" }, 5 * time.Millisecond},
}

func newVictim(s *stage, kills int) (*victim, error) {
	log, err := os.OpenFile(s.path("bellhop.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	c := s.config()
	file, err := writeConfig(s.dir, c)
	if err != nil {
		return nil, err
	}
	return &victim{args: []string{"run", "--config", file}, data: c.Data, log: log, bot: s.accounts.Bot.User, stages: map[string]int{}, left: kills}, nil
}

// writeConfig writes the file that `bellhop run` reads.
func writeConfig(dir string, c config.Config) (string, error) {
	file := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf("workspace: {url: %q, user: %q, password: %q}\ndata: %q\nmail: {host: %q, port: %d, from: %q, tls: none}\ncalls: {provider: %q, link: %q}\ntranscripts: {name: %q}\nlimits: {forwards_per_minute: %d}\nlog: {level: info}\n",
		c.Workspace.URL, c.Workspace.User, c.Workspace.Password.Reveal(), c.Data, c.Mail.Host, c.Mail.Port, c.Mail.From, c.Calls.Provider, c.Calls.Link, c.Transcripts.Name, c.Limits.ForwardsPerMinute)
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// during keeps the process running while do does.
func (v *victim) during(ctx context.Context, do func(context.Context) error) error {
	defer v.log.Close()
	ctx, stop := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for ctx.Err() == nil {
			if err := v.live(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		defer stop()
		return do(ctx)
	})
	return g.Wait()
}

// live is one life of the process.
func (v *victim) live(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, v.args...)
	cmd.Stdout, cmd.Stderr = v.log, v.log
	if err := cmd.Start(); err != nil {
		return err
	}
	v.mu.Lock()
	v.cmd, v.next = cmd, moments[v.total%len(moments)]
	v.mu.Unlock()
	err = cmd.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	killed := v.cmd == nil
	v.cmd = nil
	switch {
	case ctx.Err() != nil:
		return nil
	case !killed:
		return fmt.Errorf("Bellhop ended by itself: %v: see %s", err, v.log.Name())
	}
	stage, err := stageOf(filepath.Join(v.data, "bellhop.db"))
	v.stages[stage]++
	return err
}

// watch kills the process when its moment has come.
func (v *victim) watch(l logLine) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cmd == nil || v.left == 0 || !v.next.comes(v, l) {
		return
	}
	victim, delay := v.cmd, v.next.delay
	v.cmd, v.left, v.total = nil, v.left-1, v.total+1
	if delay == 0 {
		victim.Process.Kill()
		return
	}
	time.AfterFunc(rand.N(delay), func() { victim.Process.Kill() })
}

func (v *victim) killed() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.total
}

// stageOf says what a killed process was at, by what its store holds.
func stageOf(path string) (string, error) {
	db, err := store.Open(path)
	if err != nil {
		return "", fmt.Errorf("open store after a kill: %w", err)
	}
	defer db.Close()
	parcels, err := db.Outbox()
	if err != nil {
		return "", err
	}
	stage := "at rest"
	names, err := db.Instances()
	if err != nil {
		return "", err
	}
	for name := range maps.Keys(names) {
		if p, found, err := db.Progress(name); err == nil && found && (p.Through < db.End() || len(p.Open) > 0) {
			stage = "event journaled, not decided"
		}
	}
	for _, p := range parcels {
		for _, e := range p.Effects {
			switch {
			case e.Outcome != nil:
			case e.Begun:
				return "effect in flight", nil
			default:
				stage = "effect decided, not begun"
			}
		}
	}
	return stage, nil
}

// runChaos plays the chats with kills and says what came of it.
func runChaos(ctx context.Context, out io.Writer, dir string, chats []convo.Chat, kills int, log *slog.Logger) error {
	c := &chaos{dir: dir, chats: chats, kills: kills, log: log}
	v, err := c.run(ctx, out)
	if err != nil {
		return err
	}
	for _, stage := range slices.Sorted(maps.Keys(v.stages)) {
		fmt.Fprintf(out, "killed %3d times: %s\n", v.stages[stage], stage)
	}
	for _, l := range v.lost {
		fmt.Fprintln(out, "lost:   ", l)
	}
	for _, d := range v.doubled {
		fmt.Fprintln(out, "doubled:", d)
	}
	fmt.Fprintln(out, v)
	if len(v.lost)+len(v.doubled) > 0 {
		return errors.New("what Bellhop did is not what it does undisturbed")
	}
	return nil
}

package main

import (
	"context"
	"fmt"
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
	"github.com/bellhop-chat/bellhop/host/store"
)

// victim is Bellhop in a process of its own, which is killed at moments that
// are chosen by what it is doing.
type victim struct {
	args    []string
	data    string
	log     *os.File
	bot     string
	moments map[string]int // kills by when they came
	stages  map[string]int // kills by what the store held then

	mu    sync.Mutex // guards what follows
	cmd   *exec.Cmd  // nil while none runs
	left  int        // kills to come
	total int
	next  moment // when the next kill comes
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
	{"an event was on its way", func(v *victim, l logLine) bool { return l.Fact.Fact == "message" && l.Guest }, 0},
	{"an event was being decided", func(v *victim, l logLine) bool { return l.Fact.Fact == "message" && l.Guest }, 8 * time.Millisecond},
	{"an effect was being carried out", func(v *victim, l logLine) bool { return l.Kind == "rest" && l.Who == v.bot }, 0},
	{"an effect had acted and its answer was not there", func(v *victim, l logLine) bool { return l.Kind == "fact" && l.By == v.bot }, 0},
	{"an effect was being settled", func(v *victim, l logLine) bool { return l.Kind == "fact" && l.By == v.bot }, 4 * time.Millisecond},
	{"a chat ended", func(v *victim, l logLine) bool { return l.Fact.Fact == "closed" }, 5 * time.Millisecond},
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
	return &victim{args: []string{"run", "--config", file}, data: c.Data, log: log, bot: s.accounts.Bot.User, moments: map[string]int{}, stages: map[string]int{}, left: kills}, nil
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
		return fmt.Errorf("process ended by itself: %v: %s", err, lastLines(v.log.Name(), 3))
	}
	v.moments[v.next.name]++
	stages, err := stagesOf(filepath.Join(v.data, "bellhop.db"))
	for _, stage := range stages {
		v.stages[stage]++
	}
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

// stagesOf are the ends of "the store held ..." that are true of a killed
// process's store.
func stagesOf(path string) ([]string, error) {
	db, err := store.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open store after a kill: %w", err)
	}
	defer db.Close()
	held := map[string]bool{}
	names, err := db.Instances()
	if err != nil {
		return nil, err
	}
	for name := range names {
		p, found, err := db.Progress(name)
		if err != nil {
			return nil, err
		}
		if found && (p.Through < db.End() || len(p.Open) > 0) {
			held["an event that was not decided"] = true
		}
	}
	parcels, err := db.Outbox()
	if err != nil {
		return nil, err
	}
	for _, p := range parcels {
		for _, e := range p.Effects {
			switch {
			case e.Outcome != nil:
			case e.Begun:
				held["an effect in flight"] = true
			default:
				held["an effect that had not begun"] = true
			}
		}
	}
	if len(held) == 0 {
		held["nothing that waited"] = true
	}
	return slices.Collect(maps.Keys(held)), nil
}

// lastLines are the last lines of a file.
func lastLines(name string, n int) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

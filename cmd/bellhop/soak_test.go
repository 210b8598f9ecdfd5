package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// go test ./cmd/bellhop -run Soak -soak 10m is the long soak.
var (
	soakTime  = flag.Duration("soak", 6*time.Second, "how long guests write in the soak test")
	soakChats = flag.Int("soak-chats", 0, "how many chats there are in the soak test; 0 means 2000 if it lasts a minute or more, and else 60")
)

// soakWords is what guests do, by turns: some leave and some stay.
const soakWords = `
-- chat stays --
@visitor Guest department=Sales
Guest: hello
Guest: my invoice is wrong
-- chat leaves --
@visitor Guest department=Sales
Guest: hello
Guest: my invoice is wrong
!leave
`

// soakDeeds is what comes of each.
var soakDeeds = [][]string{
	{`forwarded Billing "You are being connected with Billing."`},
	{`forwarded Billing "You are being connected with Billing."`, "tagged unanswered", "tagged unanswered,billing"},
}

// TestEachEffectHappensOnceInALongSoak: guests write in many chats that are open
// at a time, while connections are cut and stall, the workspace is killed, and so
// is Bellhop. The workspace's log says what was done.
func TestEachEffectHappensOnceInALongSoak(t *testing.T) {
	t.Setenv(asBellhop, "1") // for the processes that are started
	s := openSoak(t)
	err := s.serve(t.Context(), func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return s.live(ctx) })
		g.Go(func() error {
			defer stop()
			return s.play(ctx)
		})
		return g.Wait()
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, lastLines(s.path("bellhop.log"), 40))
	}
	s.check()
}

// soak is a stage whose workspace and Bellhop are processes, with a proxy
// between them.
type soak struct {
	*stage
	t         *testing.T
	workspace *lobbyProcess
	way       *proxy
	config    string
	chats     []convo.Chat
	counts    map[string]int

	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd  // Bellhop
	killed bool
}

func openSoak(t *testing.T) *soak {
	t.Helper()
	dir := t.TempDir()
	stage, err := newServers(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stage.close)
	s := &soak{stage: stage, t: t, workspace: &lobbyProcess{}, counts: map[string]int{}}
	stage.ledger.each = func(logLine) {}
	if err := s.workspace.replace(stage); err != nil {
		t.Fatal(err)
	}
	s.way = newProxy(t, s.workspace.addr)
	c := stage.config()
	c.Workspace.URL = "http://" + s.way.listener.Addr().String()
	if s.config, err = writeConfig(dir, c); err != nil {
		t.Fatal(err)
	}
	f, err := convo.Parse("soak", []byte(soakWords))
	if err != nil {
		t.Fatal(err)
	}
	n := *soakChats
	if n == 0 {
		n = 60
		if *soakTime >= time.Minute {
			n = 2000
		}
	}
	s.chats = again(f.Chats, n)
	s.player.leaveOpen = true
	return s
}

// live keeps Bellhop running. A process that was killed is started again.
func (s *soak) live(ctx context.Context) error {
	log, err := os.OpenFile(s.path("bellhop.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		cmd := exec.CommandContext(ctx, self, "run", "--config", s.config)
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			return err
		}
		s.mu.Lock()
		s.cmd, s.killed = cmd, false
		s.mu.Unlock()
		err := cmd.Wait()
		s.mu.Lock()
		killed := s.killed
		s.cmd = nil
		s.mu.Unlock()
		if !killed && ctx.Err() == nil {
			return fmt.Errorf("bellhop ended by itself: %w", err)
		}
	}
	return nil
}

// end ends Bellhop's process.
func (s *soak) end(signal os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil && !s.killed {
		s.killed = true
		s.cmd.Process.Signal(signal)
		s.counts["restarts of Bellhop"]++
	}
}

// play has the chats played in all disturbances.
func (s *soak) play(ctx context.Context) error {
	if err := s.hears(ctx); err != nil {
		return err
	}
	storm, over := context.WithTimeout(ctx, *soakTime) // then all is to come to its end
	var faults sync.WaitGroup
	faults.Go(func() { s.disturb(storm) })
	faults.Go(func() { s.restart(storm) })
	err := s.playAll(ctx, *soakTime)
	over()
	faults.Wait()
	return errors.Join(err, s.rests(ctx))
}

// hears waits until Bellhop hears of what happens, and not only of the past.
func (s *soak) hears(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		out, _ := exec.CommandContext(ctx, self, "status", "--config", s.config).Output() // an error is that it is not there yet
		if strings.Contains(string(out), "was heard in full") {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("bellhop does not hear of the workspace")
}

// playAll plays chats side by side, each step at a moment of its own within the
// time. All are opened early, so that all are open at a time.
func (s *soak) playAll(ctx context.Context, within time.Duration) error {
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for _, c := range s.chats {
		g.Go(func() error {
			p := *s.player
			p.settle = func(ctx context.Context, room sdk.ChatID, step int, _ sdk.MessageID) error {
				return s.wait(ctx, room, c.Steps[step+1:], within-time.Since(began))
			}
			if err := pause(ctx, rand.N(within/5)); err != nil {
				return err
			}
			_, err := p.play(ctx, c.Name, c)
			return err
		})
	}
	return g.Wait()
}

// wait waits before the next step of a chat. A guest leaves only when the chat
// was forwarded: one that is over is forwarded no more.
func (s *soak) wait(ctx context.Context, room sdk.ChatID, next []convo.Step, rest time.Duration) error {
	if len(next) == 0 {
		return nil
	}
	if next[0].Kind == convo.Leave {
		ctx, cancel := context.WithTimeoutCause(ctx, 2*patience, errors.New("it is not forwarded"))
		defer cancel()
		if err := s.ledger.reach(ctx, room, 1); err != nil {
			return err
		}
	}
	return pause(ctx, rand.N(max(rest, 2)*2/time.Duration(len(next)+1)))
}

// disturb does something to the network or the workspace every few seconds.
func (s *soak) disturb(ctx context.Context) {
	faults := []struct {
		name   string
		weight int
		do     func()
	}{
		{"cuts", 6, s.way.cut},
		{"stalls", 3, func() { s.way.stall(rand.N(min(5*time.Second, *soakTime/10))) }},
		{"restarts of the workspace", 2, s.workspace.kill},
	}
	var all []int
	for n, f := range faults {
		all = append(all, slices.Repeat([]int{n}, f.weight)...)
	}
	for pause(ctx, min(time.Second+rand.N(3*time.Second), *soakTime/8)) == nil {
		f := faults[all[rand.IntN(len(all))]]
		f.do()
		s.mu.Lock()
		s.counts[f.name]++
		s.mu.Unlock()
	}
}

// restart ends Bellhop once a minute, by turns in the middle of what it does and
// as administrators do.
func (s *soak) restart(ctx context.Context) {
	for n := 0; pause(ctx, min(time.Minute, *soakTime/4)) == nil; n++ {
		s.end([]os.Signal{os.Kill, syscall.SIGTERM}[n%2])
	}
}

// wants is what is to be done in chat n.
func wants(n int) []string { return soakDeeds[n%len(soakDeeds)] }

// rests waits until as much is done as is to be done, or nothing more comes, and
// then for what would be too much.
func (s *soak) rests(ctx context.Context) error {
	all := 0
	for n := range s.chats {
		all += len(wants(n))
	}
	for quiet, before := time.Now(), -1; before < all && time.Since(quiet) < patience; {
		if done := len(s.ledger.all()); done != before {
			quiet, before = time.Now(), done
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return pause(ctx, 2*time.Second)
}

// check compares what was done in each chat with what was to be done.
func (s *soak) check() {
	effects, lost, doubled := 0, 0, 0
	for n, c := range s.chats {
		got := s.ledger.of(c.Name)
		missing, more := less(wants(n), got), less(got, wants(n))
		effects, lost, doubled = effects+len(wants(n)), lost+len(missing), doubled+len(more)
		if len(missing)+len(more) > 0 && lost+doubled < 20 {
			s.t.Errorf("in chat %s %s was lost %q and done too often %q", c.Name, idOf("room", c.Name), missing, more)
		}
	}
	var faults []string
	for name, n := range s.counts {
		faults = append(faults, fmt.Sprintf("%d %s", n, name))
	}
	slices.Sort(faults)
	line := fmt.Sprintf("soak of %s: %d chats, %s; %d effects, %d lost, %d doubled", *soakTime, len(s.chats), strings.Join(faults, ", "), effects, lost, doubled)
	s.t.Log(line)
	if lost+doubled > 0 {
		s.t.Errorf("%s\n%s", line, lastLines(filepath.Join(s.dir, "bellhop.log"), 20))
	}
}

// of are the deeds in a chat, without its room.
func (l *ledger) of(name string) []string {
	room := idOf("room", name)
	l.mu.Lock()
	defer l.mu.Unlock()
	var deeds []string
	for _, d := range l.deeds[sdk.ChatID(room)] {
		deeds = append(deeds, strings.TrimPrefix(d, room+" "))
	}
	slices.Sort(deeds)
	return deeds
}

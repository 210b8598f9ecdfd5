package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// checkChaos plays the demo's chats with the disturbances.
func checkChaos(t *testing.T, c *chaos) {
	t.Helper()
	t.Setenv(asBellhop, "1") // for the processes that are started
	c.dir, c.log = t.TempDir(), quiet
	v, err := c.run(t.Context(), io.Discard)
	if err != nil {
		t.Fatalf("%v\n%s", err, lastLines(filepath.Join(c.dir, "storm", "bellhop.log"), 40))
	}
	t.Logf("%v %v", v, v.stages)
	if len(v.lost)+len(v.doubled) > 0 || v.kills < c.kills {
		t.Errorf("%v\nlost: %q\ndoubled: %q", v, v.lost, v.doubled)
	}
}

// TestWhatBellhopDoesIsTheSameHoweverOftenItIsKilled is the demo's chaos,
// shortened.
func TestWhatBellhopDoesIsTheSameHoweverOftenItIsKilled(t *testing.T) {
	checkChaos(t, &chaos{chats: again(demo(t), 16), kills: 8})
}

// TestWhatBellhopDoesIsTheSameWhenConnectionsAreCut drops all websockets each
// time that Bellhop has done something, before it has the answer.
func TestWhatBellhopDoesIsTheSameWhenConnectionsAreCut(t *testing.T) {
	cuts := 0
	checkChaos(t, &chaos{chats: again(demo(t), 8), disturb: func(s *stage) error {
		watch := s.ledger.each
		s.ledger.each = func(l logLine) {
			watch(l)
			if l.Kind == "fact" && (l.By == s.accounts.Bot.User || l.Guest) {
				cuts++
				go s.lobby.CutConnections()
			}
		}
		return nil
	}})
	if cuts < 10 {
		t.Errorf("only %d cuts: nothing is shown", cuts)
	}
}

// TestWhatBellhopDoesIsTheSameWhenTheWorkspaceIsKilled runs the workspace in a
// process of its own and kills it, at moments of its own choosing.
func TestWhatBellhopDoesIsTheSameWhenTheWorkspaceIsKilled(t *testing.T) {
	p := &lobbyProcess{left: 6}
	checkChaos(t, &chaos{chats: again(demo(t), 12), kills: 3, disturb: p.replace})
	if p.left > 0 {
		t.Errorf("%d kills of the workspace did not come", p.left)
	}
}

// lobbyProcess is a workspace in a process of its own, with a state file.
type lobbyProcess struct {
	addr string
	dir  string

	mu    sync.Mutex // guards what follows
	cmd   *exec.Cmd
	left  int // kills to come
	facts int
}

// replace puts the process in the place of the stage's workspace.
func (p *lobbyProcess) replace(s *stage) error {
	p.dir = s.dir
	p.addr = s.web.Addr().String()
	s.web.Close()
	watch := s.ledger.each
	s.ledger.each = func(l logLine) {
		watch(l)
		p.watch(l)
	}
	log := filepath.Join(p.dir, "process.jsonl")
	s.workspace = func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go follow(ctx, log, s.ledger)
		for ctx.Err() == nil {
			if err := p.live(ctx, log); err != nil {
				return err
			}
		}
		return nil
	}
	return p.prepare(s, log)
}

// prepare starts the process once for its accounts.
func (p *lobbyProcess) prepare(s *stage, log string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	file := filepath.Join(p.dir, "accounts.json")
	cmd, err := p.start(ctx, log)
	if err != nil {
		return err
	}
	for {
		data, err := os.ReadFile(file)
		if err == nil {
			if err := json.Unmarshal(data, &s.accounts); err != nil {
				return err
			}
			break
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	stop()
	cmd.Wait()
	for name, a := range map[string]lobby.Account{"admin": s.accounts.Admin, "alice": s.accounts.Alice, "carol": s.accounts.Carol} {
		s.player.client.account[name] = account(a)
	}
	_, err = writeConfig(s.dir, s.config())
	return err
}

func (p *lobbyProcess) start(ctx context.Context, log string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "lobby", "--listen", p.addr, "--state", filepath.Join(p.dir, "state"), "--log", log,
		"--accounts", filepath.Join(p.dir, "accounts.json"), "--online", "alice,carol", "--no-limits")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, cmd.Start()
}

// live is one life of the process.
func (p *lobbyProcess) live(ctx context.Context, log string) error {
	if err := free(ctx, p.addr); err != nil {
		return err
	}
	cmd, err := p.start(ctx, log)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.cmd = cmd
	p.mu.Unlock()
	err = cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if killed := p.cmd == nil; !killed && ctx.Err() == nil {
		return fmt.Errorf("workspace ended by itself: %v: %s", err, cmd.Stderr)
	}
	return nil
}

// free waits until nobody listens at the address.
func free(ctx context.Context, addr string) error {
	for {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			return l.Close()
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// kill kills the process, if it runs.
func (p *lobbyProcess) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Kill()
		p.cmd = nil
	}
}

// watch kills the process when it has told of some facts.
func (p *lobbyProcess) watch(l logLine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.Kind != "fact" || p.cmd == nil || p.left == 0 {
		return
	}
	if p.facts++; p.facts%10 == 0 {
		p.cmd.Process.Kill()
		p.cmd = nil
		p.left--
	}
}

// follow gives the ledger what is written to the file.
func follow(ctx context.Context, name string, l *ledger) {
	var f *os.File
	for pause(ctx, time.Millisecond) == nil {
		if f == nil {
			f, _ = os.Open(name)
			continue
		}
		io.Copy(l, f)
	}
	if f != nil {
		f.Close()
	}
}

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/plugins"
)

// runProgram starts `bellhop run` on the stage's workspace, until the test
// ends, and returns a function that waits until its log says something new.
func runProgram(t *testing.T, s *stage) (says func(text string)) {
	t.Helper()
	file, err := writeConfig(s.dir, s.config())
	if err != nil {
		t.Fatal(err)
	}
	return runFile(t, s, serving(t, s), file)
}

// runFile starts `bellhop run` with a configuration file and more flags. Its log
// is the stage's.
func runFile(t *testing.T, s *stage, ctx context.Context, file string, flags ...string) (says func(text string)) {
	t.Helper()
	return runProcess(t, s, ctx, bellhop(t, ctx, append([]string{"run", "--config", file}, flags...)))
}

// runProcess starts a host that lasts until the test ends, if nothing ends it
// before.
func runProcess(t *testing.T, s *stage, ctx context.Context, cmd *exec.Cmd) (says func(text string)) {
	t.Helper()
	log, err := os.Create(s.path("bellhop.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		log.Close()
	})
	read := 0
	return func(text string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(ctx, 20*time.Millisecond) {
			data, _ := os.ReadFile(log.Name())
			if at := strings.Index(string(data[read:]), text); at >= 0 {
				read += at + len(text)
				return
			}
		}
		t.Fatalf("the log does not say %q:\n%s", text, lastLines(log.Name(), 30))
	}
}

// serving runs the stage's workspace and mail server until the test ends.
func serving(t *testing.T, s *stage) context.Context {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ctx
}

// stageWith is a stage whose data folder holds these files and no others.
func stageWith(t *testing.T, files map[string]string) *stage {
	t.Helper()
	s, err := newServers(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := os.RemoveAll(s.path("data")); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		s.put(t, name, text)
	}
	return s
}

// put writes a file of the data folder.
func (s *stage) put(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(s.path("data"), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	greeterManifest = "id: greeter\nversion: 1.0.0\nsdk: 1\ntitle: greets\nneeds: {effects: [reply]}\n"
	greeterSource   = `//go:build go1.20

package greeter

import "github.com/bellhop-chat/bellhop/sdk"

func Register(p *sdk.Plugin) error {
	p.OnOpened(func(c *sdk.Chat) error {
		c.Reply("Hello!", sdk.Because("somebody came"))
		return nil
	})
	return nil
}
`
)

// TestWhatFilesSayRunsWithoutRestart: a plugin that is mended, a mode that is
// changed, a file that is wrong, and one that is removed.
func TestWhatFilesSayRunsWithoutRestart(t *testing.T) {
	s := stageWith(t, map[string]string{
		"plugins/greeter/1.0.0/plugin.yaml": greeterManifest,
		"plugins/greeter/1.0.0/greeter.go":  strings.Replace(greeterSource, "Reply", "Replay", 1),
		"instances/greeter.yaml":            "plugin: greeter\ngrants: {effects: [reply]}\n",
	})
	says := runProgram(t, s)
	says("greeter.go:9:5: ")
	s.put(t, "plugins/greeter/1.0.0/greeter.go", greeterSource)
	says("instance runs instance=greeter plugin=greeter version=1.0.0 mode=shadow")
	s.put(t, "instances/greeter.yaml", "plugin: greeter\nmode: on\ngrants: {effects: [reply]}\n")
	says("instance runs instance=greeter plugin=greeter version=1.0.0 mode=on")
	s.put(t, "instances/greeter.yaml", "plugin: greeter\nmood: on\n")
	says("instance goes on as before: correct its file")
	says("mood")
	if err := os.Remove(filepath.Join(s.path("data"), "instances", "greeter.yaml")); err != nil {
		t.Fatal(err)
	}
	says("instance stopped: its file is gone instance=greeter")
}

// TestInitAsksAndChecksAndWrites as a newcomer does it, with a token of the bot.
func TestInitAsksAndChecksAndWrites(t *testing.T) {
	s := stageWith(t, nil)
	ctx := serving(t, s)
	s.player.client.account["bot"] = account(s.accounts.Bot)
	l, err := s.player.client.login(ctx, "bot")
	if err != nil {
		t.Fatal(err)
	}
	asked := func(token string) (*exec.Cmd, string, error) {
		cmd := bellhop(t, ctx, []string{"init", "--dir", "desk", "--url", s.accounts.Base})
		cmd.Stdin = strings.NewReader(l.user + "\n" + token + "\n")
		out, err := cmd.CombinedOutput()
		return cmd, string(out), err
	}
	if cmd, out, err := asked("wrong"); err == nil || !strings.Contains(out, "nothing was written") {
		t.Errorf("a wrong token: %v\n%s", err, out)
	} else if _, err := os.Stat(filepath.Join(cmd.Dir, "desk")); err == nil {
		t.Error("something was written")
	}
	cmd, out, err := asked(l.token)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := filepath.Join(cmd.Dir, "desk", "config.yaml")
	if info, err := os.Stat(filepath.Join(cmd.Dir, "desk", "secrets", "token")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v %v", info, err)
	}
	if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), l.token) {
		t.Errorf("config.yaml holds the token, or nothing: %v\n%s", err, text)
	}
	c, err := loadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := examine(ctx, c)
	for _, f := range found {
		if f.Verdict == bridge.Missing {
			t.Errorf("found %+v", f)
		}
	}
	all, faults := instances(c.Data)
	if err != nil || len(all) != len(plugins.IDs) || len(faults) > 0 {
		t.Errorf("instances: %v %v %v", all, faults, err)
	}
	for name, i := range all {
		if i.Mode != host.Shadow {
			t.Errorf("instance %s is %s", name, i.Mode)
		}
	}
}

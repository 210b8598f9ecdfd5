package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// top is the folder of the README, seen from this package.
const top = "../.."

// readmeCommands are the commands in the README's sh blocks and in its text,
// each with how it is shown to work.
var readmeCommands = map[string]func(t *testing.T, args []string){
	"demo":                                             goesOn("why"),
	"demo --chaos":                                     succeeds("20 kills, 0 lost, 0 doubled"),
	"demo --exit --out out":                            succeeds("0 failed"),
	"plugin new greeter":                               succeeds("next: bellhop plugin test greeter"),
	"plugin check plugins/forwarding":                  succeeds("forwarding 1.0.0"),
	"plugin test plugins/forwarding":                   succeeds("0 failed"),
	"dev plugins/forwarding":                           succeeds("forwarding 1.0.0; write `help`"),
	"plugin pack plugins/forwarding":                   succeeds("forwarding-1.0.0.bhp"),
	"plugin install forwarding --yes --data desk/data": succeeds("forwarding 1.0.0 is installed as instance forwarding, mode shadow"),
	"plugin list --data desk/data":                     succeeds("bellhop plugin install transcript"),
	"init --dir desk":                                  fails1("ask for the workspace"),
	"doctor --config desk/config.yaml":                 fails1("desk/config.yaml"),
	"run --config desk/config.yaml":                    fails1("desk/config.yaml"),
	"status --data desk/data":                          fails1("there is no store in desk/data"),
	"rehearse forwarding --since 7d --data desk/data":  fails1("there is no instance \"forwarding\""),
	"log --since 2h --data desk/data":                  fails1("there is no store in desk/data"),
	"pause --all --data desk/data":                     fails1("there is no store in desk/data"),
	"resume --all --data desk/data":                    fails1("there is no store in desk/data"),
	"bench":                                            succeeds("events/s"),
	"lobby --accounts accounts.json":                   goesOn("/guest/"),
	"topics train":                                     fails1("there is no store in"),
	"topics list":                                      succeeds("no topics were learned from chats yet"),
	"topics explain parcel":                            fails1("no topics were learned from chats yet"),
	"topics rollback":                                  fails1("there is no former version of the topics"),
	"version --licences":                               succeeds("Apache License"),
}

// TestReadmeCommandsDoWhatItSays runs every `go run ./cmd/bellhop ...` of the
// README. The test binary stands for the program.
func TestReadmeCommandsDoWhatItSays(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range commandsIn(string(data)) {
		found[c] = true
	}
	for c, try := range readmeCommands {
		if !found[c] {
			t.Errorf("the README does not say %q any more", c)
		}
		t.Run(c, func(t *testing.T) {
			t.Parallel()
			try(t, strings.Fields(c))
		})
	}
	for c := range found {
		if readmeCommands[c] == nil {
			t.Errorf("the README says %q, which no test runs", c)
		}
	}
}

// commandsIn are the commands of bellhop that a text shows.
func commandsIn(text string) []string {
	var all []string
	for _, part := range strings.Split(text, "go run ./cmd/bellhop ")[1:] {
		end := strings.IndexAny(part, "`\n")
		all = append(all, strings.TrimSpace(part[:end]))
	}
	return all
}

// bellhop is the program with these arguments, in a folder of its own beside
// which the tree's files lie.
func bellhop(t *testing.T, ctx context.Context, args []string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"plugins", "config.yaml"} {
		from, err := filepath.Abs(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(from, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asBellhop+"=1", "TMPDIR="+dir)
	return cmd
}

// succeeds runs a command that ends by itself.
func succeeds(says string) func(*testing.T, []string) {
	return func(t *testing.T, args []string) {
		out, err := bellhop(t, t.Context(), args).CombinedOutput()
		if err != nil || !strings.Contains(string(out), says) {
			t.Errorf("bellhop %s: %v, does not say %q:\n%s", strings.Join(args, " "), err, says, out)
		}
	}
}

// fails1 runs a command that lacks what only a person can give.
func fails1(says string) func(*testing.T, []string) {
	return func(t *testing.T, args []string) {
		out, err := bellhop(t, t.Context(), args).CombinedOutput()
		if err == nil || !strings.Contains(string(out), says) {
			t.Errorf("bellhop %s: %v, does not say %q:\n%s", strings.Join(args, " "), err, says, out)
		}
	}
}

// goesOn runs a command that goes on until it is stopped, and stops it when it
// has said what it is to say.
func goesOn(says string) func(*testing.T, []string) {
	return func(t *testing.T, args []string) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := bellhop(t, ctx, args)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		said := false
		for !said && lines.Scan() {
			said = strings.Contains(lines.Text(), says)
		}
		cmd.Process.Signal(os.Interrupt)
		for lines.Scan() {
		}
		cmd.Wait()
		if !said {
			t.Errorf("bellhop %s does not say %q: %s", strings.Join(args, " "), says, errs.String())
		}
	}
}

// TestReadmeSessionGoesAsItSays types what the README's sessions show, one line
// after another in an empty folder, and reads what it shows. What stands for an
// ellipsis may be anything.
func TestReadmeSessionGoesAsItSays(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sessions := strings.Split(string(data), "```console\n")[1:]
	if len(sessions) == 0 {
		t.Fatal("the README shows no session")
	}
	for _, s := range sessions {
		text, _, _ := strings.Cut(s, "```")
		began := time.Now()
		playSession(t, text)
		t.Logf("the session takes %s", time.Since(began).Round(time.Millisecond))
	}
}

func playSession(t *testing.T, text string) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "bellhop")); err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		line, want, _ := strings.Cut(part, "\n")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asBellhop+"=1", "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		got, err := cmd.CombinedOutput()
		like := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", "(?s:.*)")
		if err != nil || !regexp.MustCompile("^"+like+"$").MatchString(strings.TrimSpace(string(got))) {
			t.Fatalf("%s: %v, says\n%s\nwant\n%s", line, err, got, want)
		}
	}
}

package lobby

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClientsThatOthersMadeWorkHere: they log in, subscribe, take a chat,
// answer, forward and close, as they do with the server that they were made for.
func TestClientsThatOthersMadeWorkHere(t *testing.T) {
	node := needClients(t)
	for _, as := range Releases() {
		for _, script := range []string{"sdk.js", "ddp-client.js"} {
			t.Run(as+"/"+script, func(t *testing.T) {
				w := open(t, Options{As: as, Online: []string{"alice"}})
				c := w.client(node, script, "alice")
				c.until("ready")
				_, rid := w.guest("guest-1", "Sales", "hello")
				c.until("heard hello")
				c.until("done")
				c.end()
				var did []string
				for _, f := range w.log.facts(t) {
					if f.RID == rid && f.By == "alice" {
						did = append(did, strings.TrimSpace(f.Fact+" "+f.Department+" "+f.Text))
					}
				}
				want := []string{"taken Sales", "message Sales good day", "forwarded Support", "taken Support", "closed Support solved"}
				if !slices.Equal(did, want) {
					t.Errorf("alice did %q, want %q", did, want)
				}
			})
		}
	}
}

// clients is the folder of what others made.
var clients = filepath.Join("testdata", "clients")

// needClients is the path of node. Where it or the packages are not there the
// test is left out, but not where all must be shown.
func needClients(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(clients, "node_modules"))
	}
	if err != nil {
		say := t.Skipf
		if os.Getenv("CI") != "" {
			say = t.Fatalf
		}
		say("%v: install node, and then `npm ci --ignore-scripts` in bridge/lobby/%s", err, clients)
	}
	return node
}

// client is a process that speaks with the workspace.
type client struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	errs  bytes.Buffer
}

// client starts a script as a user. It ends with the test, or when it takes for ever.
func (w *workspace) client(node, script, user string) *client {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patient)
	w.t.Cleanup(cancel)
	a := w.account(user)
	c := &client{t: w.t, cmd: exec.CommandContext(ctx, node, script)}
	c.cmd.Dir, c.cmd.Stderr = clients, &c.errs
	c.cmd.Env = append(os.Environ(), "ROCKETCHAT_URL="+w.base, "ROCKETCHAT_USE_SSL=false", "USERNAME="+a.User, "PASSWORD="+a.Password,
		"SUPPORT="+w.department("Support"), fmt.Sprint("MAJOR=", w.s.world.as[0]), "NO_PROXY=127.0.0.1")
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { cancel(); c.cmd.Wait() })
	c.lines = bufio.NewScanner(out)
	return c
}

// until reads what the script says up to a line.
func (c *client) until(line string) {
	c.t.Helper()
	for c.lines.Scan() {
		if c.lines.Text() == line {
			return
		}
	}
	c.cmd.Wait()
	c.t.Fatalf("client ended before it said %q: %s", line, c.errs.String())
}

// end waits for the script's end, which must be a good one.
func (c *client) end() {
	c.t.Helper()
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatalf("client ended with %v: %s", err, c.errs.String())
	}
}

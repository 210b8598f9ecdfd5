package bridge

import (
	"bytes"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The two flags have every request of one run of the suite checked in another:
//
//	go test ./bridge -as 8.3 -record requests.jsonl
//	go test ./bridge -run Vendor -requests requests.jsonl
var (
	recordTo    = flag.String("record", "", "file that gets all requests of the tests' bridges")
	recordedIn  = flag.String("requests", "", "file of recorded requests that are to be checked")
	recordEvery = sync.OnceValue(func() io.Writer {
		if *recordTo == "" {
			return nil
		}
		f, err := os.OpenFile(*recordTo, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		return f
	})
)

// TestRequestsPassTheVendorsSchemas: those of every kind of effect, of a chat
// that is followed from its start to its end, of an examination, and of setting
// up webhooks; with -requests, those of the whole suite, which makes every request
// that the bridge makes of a server of today.
func TestRequestsPassTheVendorsSchemas(t *testing.T) {
	node, dir := needClients(t)
	var made bytes.Buffer
	if *recordedIn != "" {
		data, err := os.ReadFile(*recordedIn)
		if err != nil {
			t.Fatal(err)
		}
		made.Write(data)
	} else {
		recordAll(t, &made)
	}
	cmd := exec.Command(node, "validate.mjs")
	if *recordedIn != "" {
		cmd.Args = append(cmd.Args, "--whole")
	}
	cmd.Dir, cmd.Stdin = dir, &made
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("requests do not pass: %v", err)
	}
}

// recordAll makes requests of every kind.
func recordAll(t *testing.T, w io.Writer) {
	for _, c := range table {
		d := openDesk(t, lobby.Options{As: "8.3", Licensed: c.paid})
		d.bridge = d.bridgeWith(Options{User: d.account("bot").User, Password: d.account("bot").Password, Record: w})
		d.must(c.make(d, d.served("Sales")), sdk.Done, "")
	}
	d := openDesk(t, lobby.Options{As: "8.3"})
	o := d.options()
	o.Record = w
	j := newJournal(t)
	stop := j.run(o)
	j.compared()
	g, events := talk(d.floor, "dora", d.alice, d.as("carol"))
	j.until(ClosedID(g.chat()))
	j.must(g.chat(), events...)
	stop()
	b := d.bridgeWith(o)
	b.Examine(t.Context(), nil)
	if _, err := b.WebhookSettings(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.SetWebhooks(t.Context(), "https://bellhop.example/rc", hookToken); err != nil {
		t.Error(err)
	}
}

// needClients is the path of node, and the folder in which what others made is
// installed. Where it is not there the test is left out, but not where all must
// be shown.
func needClients(t *testing.T) (node, dir string) {
	t.Helper()
	dir = filepath.Join("lobby", "testdata", "clients")
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		say := t.Skipf
		if os.Getenv("CI") != "" {
			say = t.Fatalf
		}
		say("%v: install node, and then `npm ci --ignore-scripts` in bridge/%s", err, dir)
	}
	return node, dir
}

// TestRequestThatTheVendorRefusesIsFound: a key too many, a number for a text, a
// key that is missing, a route that nobody has looked at, and routes that were not
// seen.
func TestRequestThatTheVendorRefusesIsFound(t *testing.T) {
	node, dir := needClients(t)
	faults := map[string]string{
		`{"method":"POST","path":"/api/v1/livechat/room.closeByUser","query":{},"body":{"rid":"r","coment":"x"}}`:                                       "coment",
		`{"method":"POST","path":"/api/v1/livechat/room.closeByUser","query":{},"body":{"rid":7}}`:                                                      "must be string",
		`{"method":"POST","path":"/api/v1/livechat/inquiries.take","query":{},"body":{}}`:                                                               "inquiryId",
		`{"method":"GET","path":"/api/v1/livechat/rooms","query":{"open":"true","opened":"true"},"body":null}`:                                          "opened",
		`{"method":"POST","path":"/api/v1/livechat/room.explode","query":{},"body":null}`:                                                               "does not know this route",
		`{"method":"GET","path":"/api/v1/me","query":{},"body":null}`:                                                                                   "no test makes this request",
		`{"method":"POST","path":"/api/v1/method.call/x","query":{},"body":{"message":"{\"msg\":\"method\",\"id\":1,\"method\":\"x\",\"params\":[]}"}}`: "/id must be string",
	}
	cmd := exec.Command(node, "validate.mjs", "--whole")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.Join(slices.Collect(maps.Keys(faults)), "\n"))
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("requests pass that must not")
	}
	for line, says := range faults {
		if !strings.Contains(string(out), says) {
			t.Errorf("of %s nothing says %q: %s", line, says, out)
		}
	}
}

// routeIn finds texts that begin a route in the code, and in routes.mjs.
var (
	routeIn    = regexp.MustCompile(`"((?:livechat/|omnichannel/|chat\.|im\.|rooms\.|users\.|channels\.|groups\.|settings\.|permissions\.|video-conference\.|method\.call)[A-Za-z0-9./-]*)"`)
	anID       = regexp.MustCompile(`\b[A-Za-z0-9]{17,}$`)
	routeOfRow = regexp.MustCompile(`(?m)^\t'(?:GET|POST|DELETE) ([^']+)'`)
)

// TestEachRouteOfTheBridgeHasItsRow in the table by which recorded requests are
// checked; that each row is of a request that the tests make, the check itself sees
// to.
func TestEachRouteOfTheBridgeHasItsRow(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("lobby", "testdata", "clients", "routes.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	rows := routeOfRow.FindAllStringSubmatch(string(table), -1)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob("rest/*.go")
	found := 0
	for _, name := range append(files, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range routeIn.FindAllStringSubmatch(string(code), -1) {
			found++
			route := strings.TrimRight(anID.ReplaceAllString(m[1], ""), "/")
			is := func(row []string) bool { return row[1] == route || strings.HasPrefix(row[1], route+"/") }
			if !slices.ContainsFunc(rows, is) {
				t.Errorf("%s: the route %s has no row in routes.mjs: write which schema it has, or null", name, m[1])
			}
		}
	}
	if found < 30 {
		t.Errorf("there are only %d routes in the code", found)
	}
}

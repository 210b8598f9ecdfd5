package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// posesAs lets the whole suite run on another version: go test -as 8.3. Tests
// that are about a version say so.
var posesAs = flag.String("as", "3.11", "version as which workspaces pose, where a test does not choose")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is how long a test waits for what must come. Nothing is timed by it.
const patient = 2 * time.Minute

// floor is a workspace that can be stopped and started again at its address.
type floor struct {
	t     testing.TB
	opt   lobby.Options
	addr  string
	base  string
	lobby *lobby.Server
	stop  func() // idempotent
	http  *http.Client
}

// open starts a workspace that lives as long as the test.
func openFloor(t testing.TB, opt lobby.Options) *floor {
	t.Helper()
	opt.NoLimits = opt.Settings[setLimitTime] == nil // who says how long a limit lasts wants one
	if opt.As == "" {
		opt.As = *posesAs
	}
	f := &floor{t: t, opt: opt, addr: "127.0.0.1:0", stop: func() {}, http: &http.Client{Transport: &http.Transport{}}}
	f.start()
	t.Cleanup(func() { f.stop(); f.http.CloseIdleConnections() })
	return f
}

func (f *floor) start() {
	f.t.Helper()
	s, err := lobby.New(f.opt)
	if err != nil {
		f.t.Fatal(err)
	}
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.lobby, f.addr, f.base = s, l.Addr().String(), "http://"+l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	var once sync.Once
	f.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				f.t.Errorf("lobby: %v", err)
			}
		})
	}
}

// restart stops the workspace, does what is to happen while it is away, and
// starts it from its state file.
func (f *floor) restart(meanwhile func()) {
	f.t.Helper()
	f.stop()
	f.http.CloseIdleConnections()
	meanwhile()
	f.start()
}

func (f *floor) account(name string) lobby.Account {
	a := f.lobby.Accounts(f.base)
	return map[string]lobby.Account{"admin": a.Admin, "bot": a.Bot, "alice": a.Alice, "carol": a.Carol, "dave": a.Dave}[name]
}

func (f *floor) department(name string) string { return f.lobby.Accounts(f.base).Departments[name] }

// caller makes REST calls: a user, or a guest.
type caller struct {
	f           *floor
	id, token   string
	rid, gtoken string // a guest's
}

// as logs a user in.
func (f *floor) as(name string) *caller {
	f.t.Helper()
	a := f.account(name)
	c := &caller{f: f}
	data := c.post("login", map[string]any{"user": a.User, "password": a.Password})["data"].(map[string]any)
	c.id, c.token = data["userId"].(string), data["authToken"].(string)
	return c
}

func (c *caller) get(path string) map[string]any { c.f.t.Helper(); return c.call("GET", path, nil) }

func (c *caller) post(path string, body any) map[string]any {
	c.f.t.Helper()
	return c.call("POST", path, body)
}

// call makes a call that must succeed.
func (c *caller) call(verb, path string, body any) map[string]any {
	c.f.t.Helper()
	status, raw := c.try(verb, path, body)
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil || status != http.StatusOK {
		c.f.t.Fatalf("%s %s: %d %s", verb, path, status, raw)
	}
	return answer
}

func (c *caller) try(verb, path string, body any) (int, []byte) {
	c.f.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.f.t.Fatal(err)
	}
	req, err := http.NewRequest(verb, c.f.base+"/api/v1/"+path, bytes.NewReader(data))
	if err != nil {
		c.f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("X-Auth-Token", c.token)
		req.Header.Set("X-User-Id", c.id)
	}
	res, err := c.f.http.Do(req)
	if err != nil {
		c.f.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.f.t.Fatal(err)
	}
	return res.StatusCode, raw
}

// guest opens a chat in a department.
func (f *floor) guest(name, department string) *caller {
	f.t.Helper()
	c := &caller{f: f, gtoken: "token-" + name}
	c.post("livechat/visitor", map[string]any{"visitor": map[string]any{
		"token": c.gtoken, "name": name, "email": name + "@visitor.example", "phone": "+15550100", "department": f.department(department),
	}})
	c.rid = c.get("livechat/room?token=" + c.gtoken)["room"].(map[string]any)["_id"].(string)
	return c
}

func (c *caller) chat() sdk.ChatID { return sdk.ChatID(c.rid) }

// say writes as the guest.
func (c *caller) say(text string) sdk.EventID {
	c.f.t.Helper()
	m := c.post("livechat/message", map[string]any{"token": c.gtoken, "rid": c.rid, "msg": text})["message"].(map[string]any)
	return MessageEventID(sdk.MessageID(m["_id"].(string)))
}

// leave closes the chat as the guest.
func (c *caller) leave() {
	c.f.t.Helper()
	c.post("livechat/room.close", map[string]any{"token": c.gtoken, "rid": c.rid})
}

// take takes a chat, as an agent or a manager.
func (c *caller) take(rid string) {
	c.f.t.Helper()
	q := c.get("livechat/inquiries.getOne?roomId=" + rid)["inquiry"].(map[string]any)
	c.method("livechat:takeInquiry", q["_id"])
}

// reply writes as an agent.
func (c *caller) reply(rid, text string) sdk.EventID {
	c.f.t.Helper()
	m := c.post("chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": text}})["message"].(map[string]any)
	return MessageEventID(sdk.MessageID(m["_id"].(string)))
}

// method calls a method by way of REST.
func (c *caller) method(name string, params ...any) {
	c.f.t.Helper()
	if c.succeeded(name, params) {
		return
	}
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": name, "params": params})
	if err != nil {
		c.f.t.Fatal(err)
	}
	answer := c.post("method.call/"+name, map[string]any{"message": string(message)})
	if text, _ := answer["message"].(string); strings.Contains(text, `"error":`) {
		c.f.t.Fatalf("%s: %s", name, text)
	}
}

func (c *caller) forward(rid, department, comment string) {
	c.f.t.Helper()
	c.method("livechat:transfer", map[string]any{"roomId": rid, "departmentId": c.f.department(department), "comment": comment})
}

func (c *caller) close(rid, comment string, tags ...string) {
	c.f.t.Helper()
	c.method("livechat:closeRoom", rid, comment, map[string]any{"clientAction": true, "tags": tags})
}

// journal is what a host keeps of what the bridge emits.
type journal struct {
	t      testing.TB
	mu     sync.Mutex // guards what follows
	all    []Event    // that are events
	calm   []Event    // that are not: baselines and new pictures
	course []Event    // events of chats, and what says how far a comparison is
	known  map[sdk.EventID]bool
	chats  map[sdk.ChatID]Known
	seen   time.Time
	seens  int
	staff  Staff

	partings int           // how often the connection was said to be lost
	began    int           // what seens was when a run began of which no comparison was waited for; -1 means none
	more     chan struct{} // closed and replaced when there is more

	orders  map[string]Order // that the bridge obeys
	watched []sdk.EventKind  // that somebody wants
	moves   bool             // somebody may move chats
	meets   func(*Bridge)    // is given each bridge before it runs; may be nil
}

func newJournal(t testing.TB) *journal {
	return &journal{t: t, known: map[sdk.EventID]bool{}, chats: map[sdk.ChatID]Known{}, began: -1, more: make(chan struct{})}
}

// accept does what the store does, and finds fault with what must not be.
func (j *journal) accept(e Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() { close(j.more); j.more = make(chan struct{}) }()
	switch {
	case e.Parted:
		j.partings++
		return nil
	case e.Staff != nil:
		j.staff = *e.Staff
		return nil
	case e.Behind != nil:
		j.course = append(j.course, e)
		return nil
	case e.Current != "":
		j.course = append(j.course, e)
		return nil
	case !e.Seen.IsZero():
		j.seen = e.Seen
		j.seens++
		j.course = append(j.course, e)
		return nil
	case e.ID != "" && !e.Baseline && j.known[e.ID]:
		j.t.Errorf("event %s came again", e.ID)
		return nil
	case (e.Kind == sdk.EventCommand || e.Kind == sdk.EventAgent) && e.Chat == "":
		if j.known[e.ID] {
			j.t.Errorf("event %s came again", e.ID)
		}
		j.known[e.ID] = true
		j.all = append(j.all, e)
		if e.Agent != nil {
			j.staff.Take(*e.Agent, e.At)
		}
		return nil
	case e.Chat == "" || e.Picture.ID != e.Chat:
		j.t.Errorf("event %s is of chat %q, with the picture of %q", e.ID, e.Chat, e.Picture.ID)
	case e.Watermark.Before(j.chats[e.Chat].Watermark):
		j.t.Errorf("event %s has watermark %s, before %s", e.ID, e.Watermark, j.chats[e.Chat].Watermark)
	case e.ID != "" && !e.Baseline && (e.Kind == "" || e.At.IsZero()):
		j.t.Errorf("event %s has no kind or time: %+v", e.ID, e)
	}
	j.chats[e.Chat] = Known{Chat: e.Picture, Watermark: e.Watermark, Contact: e.Contact}
	if e.ID != "" {
		j.known[e.ID] = true
	}
	if e.ID == "" || e.Baseline {
		j.calm = append(j.calm, e)
	} else {
		j.all = append(j.all, e)
		j.course = append(j.course, e)
	}
	return nil
}

func (j *journal) knows(id sdk.EventID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known[id]
}

// picture is what a host begins with after a restart.
func (j *journal) picture() Picture {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := Picture{Chats: map[sdk.ChatID]Known{}, Seen: j.seen, Staff: j.staff, Knows: j.knows}
	p.Staff.Agents = maps.Clone(j.staff.Agents)
	p.Watched = func(kind sdk.EventKind) bool { return slices.Contains(j.watched, kind) }
	p.Moves = func() bool { return j.moves }
	for id, k := range j.chats {
		p.Chats[id] = k
	}
	return p
}

// wait waits until something holds.
func (j *journal) wait(what string, holds func() bool) {
	j.t.Helper()
	j.waitFor(patient, what, holds)
}

// waitFor waits so long.
func (j *journal) waitFor(most time.Duration, what string, holds func() bool) {
	j.t.Helper()
	timeout := time.After(most)
	for {
		j.mu.Lock()
		ok, more := holds(), j.more
		j.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-more:
		case <-timeout:
			j.t.Fatalf("%s did not come; there are %s", what, strings.Join(j.told(""), ", "))
		}
	}
}

// until waits for events.
func (j *journal) until(ids ...sdk.EventID) {
	j.t.Helper()
	for _, id := range ids {
		j.wait(string(id), func() bool { return j.known[id] })
	}
}

// compared waits for another comparison that is complete: after run, for its
// first.
func (j *journal) compared() {
	j.t.Helper()
	j.mu.Lock()
	n := j.seens
	if j.began >= 0 {
		n, j.began = j.began, -1
	}
	j.mu.Unlock()
	j.wait("a comparison", func() bool { return j.seens > n })
}

// events are those of a chat, or of all chats.
func (j *journal) events(chat sdk.ChatID) []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []Event
	for _, e := range j.all {
		if chat == "" || e.Chat == chat {
			list = append(list, e)
		}
	}
	return list
}

func (j *journal) chat(id sdk.ChatID) sdk.Chat {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.chats[id].Chat
}

// told is what happened, in short, but for a chat's coming into the queue,
// which follows from what else happened: see toldAll.
func (j *journal) told(chat sdk.ChatID) []string {
	return slices.DeleteFunc(j.toldAll(chat), func(what string) bool { return what == string(sdk.EventQueued) })
}

func (j *journal) toldAll(chat sdk.ChatID) []string {
	var list []string
	for _, e := range j.events(chat) {
		list = append(list, short(e))
	}
	return list
}

func short(e Event) string {
	switch e.Kind {
	case sdk.EventMessage:
		return fmt.Sprintf("%s: %s", e.Message.From, e.Message.Text)
	case sdk.EventEdited, sdk.EventDeleted:
		return fmt.Sprintf("%s %s: %s", e.Kind, e.Message.From, e.Message.Text)
	case sdk.EventTyping:
		return string(e.Typing.From) + " types"
	case sdk.EventTaken:
		return "taken by " + e.Picture.Agent.Username
	case sdk.EventForwarded:
		to := e.Forwarding.ToDepartment + e.Forwarding.ToAgent.Username
		if e.Forwarding.ToQueue {
			to = "queue"
		}
		return strings.TrimSpace("forwarded to " + to)
	case sdk.EventCommand:
		c := e.Command
		return fmt.Sprintf("%s (%s) orders %s %q", c.By.Username, strings.Join(c.Roles, ", "), c.Name, c.Words)
	}
	return string(e.Kind)
}

// must compares what happened with what should have.
func (j *journal) must(chat sdk.ChatID, want ...string) {
	j.t.Helper()
	if got := j.told(chat); !slices.Equal(got, want) {
		for _, e := range j.events(chat) {
			j.t.Logf("%s at %s", e.ID, e.At.Format("05.000"))
		}
		j.t.Errorf("events are\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// options make a bridge that logs into the test when it fails.
func (f *floor) options() Options {
	a := f.account("bot")
	return Options{URL: f.base, User: a.User, Password: a.Password, HTTP: &http.Client{Transport: &http.Transport{}}, Log: testLog(f.t), Record: recordEvery()}
}

func testLog(t testing.TB) *slog.Logger {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		if data, _ := os.ReadFile(f.Name()); t.Failed() {
			t.Logf("log of the bridge:\n%s", data)
		}
	})
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// run runs a bridge until stop is called.
func (j *journal) run(o Options) (stop func()) {
	j.t.Helper()
	_, stop = j.start(o)
	return stop
}

// runs is run for a test that wants the bridge.
func (j *journal) runs(o Options) *Bridge {
	j.t.Helper()
	b, _ := j.start(o)
	return b
}

func (j *journal) start(o Options) (b *Bridge, stop func()) {
	j.t.Helper()
	b, err := New(o)
	if err != nil {
		j.t.Fatal(err)
	}
	b.Obey(j.orders)
	if j.meets != nil {
		j.meets(b)
	}
	j.mu.Lock()
	j.began = j.seens
	j.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, j.picture(), j.accept) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != context.Canceled {
				j.t.Errorf("run ended with %v", err)
			}
			o.HTTP.CloseIdleConnections()
		})
	}
	j.t.Cleanup(stop)
	return b, stop
}

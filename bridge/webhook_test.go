package bridge

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

const hookToken = "the workspace's secret"

// doorbell is where a workspace's webhooks come in: the bridge that runs takes
// them.
type doorbell struct {
	t       *testing.T
	server  *httptest.Server
	handler atomic.Pointer[http.Handler]
	flushed atomic.Int64
	before  func() // each call; may be nil
	after   func() // each answer; may be nil

	mu       sync.Mutex // guards statuses
	statuses []int
}

func newDoorbell(t *testing.T) *doorbell {
	d := &doorbell{t: t}
	d.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.before != nil {
			d.before()
		}
		h := d.handler.Load()
		if h == nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		out := httptest.NewRecorder()
		(*h).ServeHTTP(out, r)
		d.mu.Lock()
		d.statuses = append(d.statuses, out.Code)
		d.mu.Unlock()
		if d.after != nil {
			d.after()
		}
		w.WriteHeader(out.Code)
	}))
	t.Cleanup(d.server.Close)
	return d
}

// answered are how often calls were answered with each status.
func (d *doorbell) answered() map[int]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := map[int]int{}
	for _, s := range d.statuses {
		n[s]++
	}
	return n
}

func total(answered map[int]int) (n int) {
	for _, times := range answered {
		n += times
	}
	return n
}

// meet has a bridge take what comes.
func (d *doorbell) meet(b *Bridge) {
	h, err := b.Webhooks(Webhooks{Token: hookToken, Flush: func() error { d.flushed.Add(1); return nil }})
	if err != nil {
		d.t.Fatal(err)
	}
	d.handler.Store(&h)
}

// settings switch a workspace's webhooks on.
func (d *doorbell) settings() map[string]any {
	all := map[string]any{"Livechat_webhookUrl": d.server.URL, "Livechat_secret_token": hookToken}
	for _, what := range []string{"start", "close", "chat_taken", "chat_queued", "forward", "offline_msg", "visitor_message", "agent_message"} {
		all["Livechat_webhook_on_"+what] = true
	}
	return all
}

// deafWay leads to a workspace whose websocket tells nothing.
func deafWay(t *testing.T, base string) string {
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(to)
	pass.Transport = &http.Transport{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/websocket" {
			pass.ServeHTTP(w, r)
			return
		}
		far, _, err := websocket.DefaultDialer.Dial("ws://"+to.Host+"/websocket", nil)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer far.Close()
		near, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer near.Close()
		go pump(near, far, nil)
		pump(far, near, func(frame []byte) bool { return bytes.Contains(frame, []byte(`"msg":"changed"`)) })
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close(); pass.Transport.(*http.Transport).CloseIdleConnections() })
	return s.URL
}

func pump(from, to *websocket.Conn, drop func([]byte) bool) {
	for {
		kind, data, err := from.ReadMessage()
		if err != nil {
			to.Close()
			return
		}
		if drop != nil && drop(data) {
			continue
		}
		if to.WriteMessage(kind, data) != nil {
			return
		}
	}
}

// TestWebhooksAloneTellAChat: no frame tells anything, and the next comparison is
// an hour away.
func TestWebhooksAloneTellAChat(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := newDoorbell(t)
			f := openFloor(t, lobby.Options{As: as, Settings: d.settings(), Online: []string{"alice", "carol"}})
			o := f.options()
			o.URL, o.Reconcile = deafWay(t, f.base), time.Hour
			j := newJournal(t)
			j.meets = d.meet
			j.run(o)
			j.compared()
			alice, carol := f.as("alice"), f.as("carol")
			g := f.guest("maya", "Sales")
			j.until(OpenedID(g.chat()))
			j.until(g.say("one"))
			alice.take(g.rid)
			j.wait("taken", func() bool { return j.chats[g.chat()].Chat.Agent.Username == "alice" })
			j.until(alice.reply(g.rid, "two"))
			alice.forward(g.rid, "Support", "take over")
			j.wait("forwarded", func() bool { return j.chats[g.chat()].Chat.Department == "Support" })
			carol.take(g.rid)
			j.wait("taken", func() bool { return j.chats[g.chat()].Chat.Agent.Username == "carol" })
			carol.close(g.rid, "done", "vip")
			j.until(ClosedID(g.chat()))
			j.must(g.chat(), "opened", "guest: one", "taken by alice", "agent: two", "forwarded to Support", "taken by carol", "closed")
			if !slices.Contains(j.toldAll(g.chat()), "queued") {
				t.Error("nothing tells that it waited")
			}
			if c := j.chat(g.chat()); !slices.Equal(c.Tags, []string{"vip"}) || c.Closing.Comment != "done" {
				t.Errorf("the chat ended as %+v", c)
			}
		})
	}
}

// TestWebhooksAndStreamsTellTheSameOnce, whichever is first: the journal of the
// tests finds fault with what comes again.
func TestWebhooksAndStreamsTellTheSameOnce(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, routing := range []string{"manual", "auto"} {
			t.Run(as+" "+routing, func(t *testing.T) {
				d := newDoorbell(t)
				f := openFloor(t, lobby.Options{As: as, Routing: routing, Settings: d.settings(), Online: []string{"alice", "carol"}})
				alice, carol := f.as("alice"), f.as("carol")
				j := newJournal(t)
				j.meets = d.meet
				j.run(f.options())
				j.compared()
				for n := range 5 {
					g, events := chatOf(f, routing, fmt.Sprint("guest", n), alice, carol)
					j.until(ClosedID(g.chat()))
					j.must(g.chat(), events...)
				}
				answered := d.answered()
				if answered[200] == 0 || answered[200]+answered[503] != total(answered) {
					t.Errorf("answers are %v", answered)
				}
				if int(d.flushed.Load()) < answered[200] {
					t.Errorf("%d answers with %d flushes", answered[200], d.flushed.Load())
				}
			})
		}
	}
}

// TestWebhookIsInTheJournalBeforeItIsAnswered, with what it tells of.
func TestWebhookIsInTheJournalBeforeItIsAnswered(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	j := newJournal(t)
	var b *Bridge
	j.meets = func(met *Bridge) { b = met }
	o := f.options()
	o.URL, o.Reconcile = deafWay(t, f.base), time.Hour
	j.run(o)
	j.compared()
	var event sdk.EventID
	inTime := false
	h, err := b.Webhooks(Webhooks{Token: hookToken, Flush: func() error { inTime = j.knows(event); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	g := f.guest("maya", "Sales")
	for _, text := range []string{"one", "two"} {
		event = g.say(text)
		_, id, _ := strings.Cut(string(event), "/")
		body := fmt.Sprintf(`{"type":"Message","_id":%q,"messages":[{"_id":%q,"msg":"lies"}]}`, g.rid, id)
		status := call(h, body, nil)
		for status == 503 { // this machine is slow
			status = call(h, body, nil)
		}
		if status != 200 || !inTime {
			t.Errorf("%s: status %d, in the journal before the flush: %v", text, status, inTime)
		}
	}
	j.must(g.chat(), "opened", "guest: one", "guest: two")
	lost, err := b.Webhooks(Webhooks{Token: hookToken, Flush: func() error { return io.ErrShortWrite }})
	if err != nil {
		t.Fatal(err)
	}
	if status := call(lost, fmt.Sprintf(`{"type":"LivechatSessionStart","_id":%q}`, g.rid), nil); status != 503 {
		t.Errorf("what is not on disk is answered with %d", status)
	}
}

// TestWebhookThatNobodyTakesIsSentAgain: the bridge is away, and when it is back
// all is told, once.
func TestWebhookThatNobodyTakesIsSentAgain(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := newDoorbell(t)
			f := openFloor(t, lobby.Options{As: as, Settings: d.settings(), Online: []string{"alice", "carol"}, HookPause: 20 * time.Millisecond})
			alice, carol := f.as("alice"), f.as("carol")
			j := newJournal(t)
			j.meets = d.meet
			stop := j.run(f.options())
			j.compared()
			// The bridge ends between the first call and its answer.
			gone := make(chan struct{})
			d.before = sync.OnceFunc(stop)
			d.after = sync.OnceFunc(func() { close(gone) })
			g, events := talk(f, "dora", alice, carol)
			<-gone
			j.run(f.options())
			j.until(ClosedID(g.chat()))
			j.must(g.chat(), events...)
			if d.answered()[503] == 0 { // of the calls while the bridge was away, the first among them
				t.Errorf("answers are %v", d.answered())
			}
		})
	}
}

// call makes one webhook by itself.
func call(h http.Handler, body string, change func(*http.Request)) int {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set(webhookToken, hookToken)
	r.RemoteAddr = "192.0.2.10:4711"
	if change != nil {
		change(r)
	}
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	return out.Code
}

// TestWebhookOfStrangersIsRefused, and what no workspace would send.
func TestWebhookOfStrangersIsRefused(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	nets := func(all ...string) (out []netip.Prefix) {
		for _, s := range all {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	h, err := d.bridge.Webhooks(Webhooks{Path: "/rc", Token: hookToken, Sources: nets("192.0.2.0/24", "2001:db8::/32"), Proxies: nets("10.0.0.0/8"), Flush: func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	const fine = `{"type":"LivechatOfflineMessage","message":"hello"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	via := func(peer string, hops ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = peer
			for _, hop := range hops {
				r.Header.Add("X-Forwarded-For", hop)
			}
		}
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
	}{
		"as it should be":                    {fine, nil, 200},
		"of a kind that nobody knows":        {`{"type":"Feedback","_id":"x"}`, nil, 200},
		"without a token":                    {fine, func(r *http.Request) { r.Header.Del(webhookToken) }, 401},
		"with another token":                 {fine, header(webhookToken, "the workspace's secret."), 401},
		"with a part of the token":           {fine, header(webhookToken, "the"), 401},
		"from elsewhere":                     {fine, via("198.51.100.1:1"), 403},
		"from a new address":                 {fine, via("[2001:db8::7]:1"), 200},
		"from an old one in new guise":       {fine, via("[::ffff:192.0.2.9]:1"), 200},
		"from nowhere":                       {fine, via("pipe"), 403},
		"by our proxy":                       {fine, via("10.1.1.1:1", "192.0.2.10"), 200},
		"by two proxies":                     {fine, via("10.1.1.1:1", "192.0.2.10, 10.2.2.2"), 200},
		"by our proxy from elsewhere":        {fine, via("10.1.1.1:1", "198.51.100.1"), 403},
		"who lies to our proxy":              {fine, via("10.1.1.1:1", "192.0.2.10, 198.51.100.1"), 403},
		"who lies in two headers":            {fine, via("10.1.1.1:1", "192.0.2.10", "198.51.100.1"), 403},
		"by a proxy that is not ours":        {fine, via("198.51.100.1:1", "192.0.2.10"), 403},
		"by our proxy that says nothing":     {fine, via("10.1.1.1:1"), 403},
		"to another path":                    {fine, func(r *http.Request) { r.URL.Path = "/" }, 404},
		"by GET":                             {fine, func(r *http.Request) { r.Method = http.MethodGet }, 405},
		"without a body":                     {"", nil, 400},
		"with half a body":                   {fine[:20], nil, 400},
		"with a list":                        {`[{"type":"Message"}]`, nil, 400},
		"without a type":                     {`{"_id":"x"}`, nil, 400},
		"with a number for a type":           {`{"type":7}`, nil, 400},
		"of a chat without an id":            {`{"type":"Message","messages":[]}`, nil, 400},
		"of a chat with a path for an id":    {`{"type":"Message","_id":"a\u0000b"}`, nil, 400},
		"with a message that is none":        {`{"type":"Message","_id":"x","messages":["y"]}`, nil, 400},
		"that is too long":                   {`{"type":"Message","_id":"` + strings.Repeat("x", maxWebhook) + `"}`, nil, 413},
		"of a chat while nothing is watched": {`{"type":"LivechatSessionStart","_id":"x"}`, nil, 503},
	} {
		t.Run(name, func(t *testing.T) {
			status := call(h, c.body, func(r *http.Request) {
				r.URL.Path = "/rc"
				if c.change != nil {
					c.change(r)
				}
			})
			if status != c.status {
				t.Errorf("status is %d, want %d", status, c.status)
			}
		})
	}
	if _, err := d.bridge.Webhooks(Webhooks{Flush: func() error { return nil }}); err == nil {
		t.Error("anybody could call")
	}
}

// TestWebhookOfWhatIsNotThereIsNoEvent: a test from the administration, a chat
// that is gone, and one that ended before all began.
func TestWebhookOfWhatIsNotThereIsNoEvent(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	alice := f.as("alice")
	old := f.guest("old", "Sales")
	alice.take(old.rid)
	alice.close(old.rid, "bye")
	closedAt := alice.get("rooms.info?roomId=" + old.rid)["room"].(map[string]any)["closedAt"].(string)
	f.guest("maya", "Sales").say("hello") // after it: the baseline is later
	j := newJournal(t)
	var b *Bridge
	j.meets = func(met *Bridge) { b = met }
	j.run(f.options())
	j.compared()
	h, err := b.Webhooks(Webhooks{Token: hookToken, Flush: func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"a test":               `{"type":"LivechatSession","_id":"fasd6f5a4sd6f8a4sdf","messages":[{"username":"visitor-username","msg":"message content"}]}`,
		"an old chat":          fmt.Sprintf(`{"type":"LivechatSession","_id":%q,"closedAt":%q}`, old.rid, closedAt),
		"an old chat, changed": fmt.Sprintf(`{"type":"LivechatEdit","_id":%q}`, old.rid),
	} {
		if status := call(h, body, nil); status != 200 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if all := j.events(""); len(all) != 0 {
		t.Errorf("events are %+v", all)
	}
}

// TestStrangersDoNotFillTheLog: of what they send one line a minute is loud.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	var log bytes.Buffer
	b, err := New(Options{URL: "http://chat.example", User: "bot", Password: "x", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	h, err := b.Webhooks(Webhooks{Token: hookToken, Flush: func() error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if status := call(h, "{}", func(r *http.Request) { r.Header.Set(webhookToken, "guess") }); status != 401 {
			t.Fatalf("status %d", status)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "from=192.0.2.10 status=401") || strings.Contains(log.String(), hookToken) {
		t.Errorf("the log has %d lines:\n%s", n, log.String())
	}
}

// FuzzWebhook: whatever comes is refused or tells of a chat by an id that can be
// one.
func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"type":"LivechatSession","_id":"x","closedAt":"2026-01-02T03:04:05.000Z","servedBy":{"_id":"u","ts":{"$date":1}},"messages":[{"_id":"m","editedAt":null,"closingMessage":true}]}`))
	f.Add([]byte(`{"type":"LivechatOfflineMessage","visitor":{"name":"a"},"message":"b"}`))
	f.Add([]byte(`{"type":"Message","_id":7,"messages":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readWebhook(data)
		if _, ofChat := webhookKinds[c.Kind]; err == nil && (c.Kind == "" || ofChat && !soundID(c.RoomID)) {
			t.Errorf("taken: %+v", c)
		}
	})
}

// TestWorkspaceCallsWhereItWasTold, on every version.
func TestWorkspaceCallsWhereItWasTold(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		if now, err := d.bridge.WebhookSettings(t.Context()); err != nil || now.URL != "" {
			d.t.Errorf("at first %+v, %v", now, err)
		}
		if err := d.bridge.SetWebhooks(t.Context(), "https://bellhop.example/rc", hookToken); err != nil {
			d.t.Fatal(err)
		}
		if now, err := d.bridge.WebhookSettings(t.Context()); err != nil || now.URL != "https://bellhop.example/rc" || now.Token != hookToken || len(now.Off) > 0 {
			d.t.Errorf("then %+v, %v", now, err)
		}
	})
}

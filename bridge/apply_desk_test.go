package bridge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// desk is a workspace with a bridge whose wire can be cut, and a log that
// tells what really happened.
type desk struct {
	*floor
	t      testing.TB
	bridge *Bridge
	now    func() time.Time // the workspace's clock
	wire   *wire
	log    *factLog
	alice  *caller
}

func openDesk(t testing.TB, opt lobby.Options) *desk {
	t.Helper()
	log := &factLog{}
	opt.Log = log
	if opt.Online == nil {
		opt.Online = []string{"alice", "carol"}
	}
	d := &desk{floor: openFloor(t, opt), t: t, log: log, now: time.Now}
	if opt.Now != nil {
		d.now = opt.Now
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	d.wire = &wire{next: transport}
	d.bridge = d.bridgeAs("bot")
	d.alice = d.as("alice")
	return d
}

// bridgeAs is a bridge with somebody's account.
func (d *desk) bridgeAs(name string) *Bridge {
	d.t.Helper()
	a := d.account(name)
	return d.bridgeWith(Options{User: a.User, Password: a.Password})
}

// bridgeWith is a bridge over the wire that does not pause between attempts.
func (d *desk) bridgeWith(o Options) *Bridge {
	d.t.Helper()
	if o.URL == "" {
		o.URL = d.base
	}
	o.HTTP, o.Log = &http.Client{Transport: d.wire}, testLog(d.t)
	if o.Record == nil {
		o.Record = recordEvery()
	}
	b, err := New(o)
	if err != nil {
		d.t.Fatal(err)
	}
	b.rest, err = rest.New(rest.Options{
		URL: o.URL, UserID: o.UserID, Token: o.Token, User: o.User, Password: o.Password,
		HTTP: &http.Client{Transport: b.clock.over(d.wire)}, Pause: time.Microsecond, Timeout: o.Timeout, Record: o.Record,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	b.names, b.prefs = newNames(b.rest), &prefs{rest: b.rest}
	b.ears.within = patient // no test is timed, on however slow a machine
	return b
}

// served opens a chat that alice serves.
func (d *desk) served(department string) sdk.ChatID {
	d.t.Helper()
	g := d.guest("maya", department)
	g.say("hello")
	d.alice.take(g.rid)
	return g.chat()
}

// effect is one that is to be carried out in the chat, asked for by an event
// of this moment.
func (d *desk) effect(chat sdk.ChatID, e sdk.Effect) Effect {
	d.t.Helper()
	return Effect{
		Effect: e, Chat: chat, Key: sdk.EffectKey("rules/message/m1/" + string(e.Kind)), Instance: "rules", Event: "message/m1",
		EventAt: d.now().UTC().Truncate(time.Millisecond), Until: d.now().Add(10 * time.Minute),
		Agent: sdk.Person{ID: d.account("alice").ID, Username: "alice"},
	}
}

func (d *desk) apply(e Effect) sdk.Outcome {
	d.t.Helper()
	return d.bridge.Apply(context.Background(), e)
}

// must carries the effect out and checks how it ended: the state, and a part
// of what is said.
func (d *desk) must(e Effect, state sdk.OutcomeState, says string) sdk.Outcome {
	d.t.Helper()
	o := d.apply(e)
	if o.State != state || !strings.Contains(o.Reason+o.Detail, says) {
		d.t.Fatalf("outcome is %q, reason %q, detail %q; want %q that says %q", o.State, o.Reason, o.Detail, state, says)
	}
	return o
}

// facts are what the bot did, of the kinds given. Transcripts newer servers
// mail in their own name.
func (d *desk) facts(kinds ...string) []lobby.Fact {
	d.t.Helper()
	return slices.DeleteFunc(d.log.all(d.t), func(f lobby.Fact) bool {
		ours := f.By == "bot" || f.By == serverUser && f.Fact == "transcript"
		return !ours || !slices.Contains(kinds, f.Fact)
	})
}

// provides gives the workspace an app for conferences.
func (d *desk) provides(app string) {
	d.t.Helper()
	d.as("admin").post("settings/VideoConf_Default_Provider", map[string]any{"value": app})
}

// pdfOf ends the chat and has the workspace make its PDF.
func (d *desk) pdfOf(chat sdk.ChatID) {
	d.t.Helper()
	d.alice.close(string(chat), "bye")
	d.as("admin").post("omnichannel/"+string(chat)+"/request-transcript", map[string]any{})
	for d.roomOf(chat)["pdfTranscriptFileId"] == nil {
	}
}

func (d *desk) count(want int, kinds ...string) {
	d.t.Helper()
	if got := d.facts(kinds...); len(got) != want {
		d.t.Errorf("%d of %v happened, want %d: %+v", len(got), kinds, want, got)
	}
}

// roomOf is the room as the server has it.
func (d *desk) roomOf(chat sdk.ChatID) map[string]any {
	d.t.Helper()
	return d.as("admin").get("rooms.info?roomId=" + string(chat))["room"].(map[string]any)
}

// tagsOf are the chat's tags in order.
func (d *desk) tagsOf(chat sdk.ChatID) string {
	d.t.Helper()
	var tags []string
	list, _ := d.roomOf(chat)["tags"].([]any)
	for _, t := range list {
		tags = append(tags, t.(string))
	}
	return strings.Join(tags, " ")
}

// setTags replaces the tags, as a person does.
func (c *caller) setTags(chat sdk.ChatID, tags ...string) {
	c.f.t.Helper()
	c.method("livechat:saveInfo", map[string]any{"_id": "x"}, map[string]any{"_id": string(chat), "tags": tags})
}

// roomField gives the workspace a custom field of chats.
func (d *desk) roomField(key, label string) {
	d.t.Helper()
	d.as("bot").method("livechat:saveCustomField", nil, map[string]any{"field": key, "label": label, "scope": "room", "visibility": "visible"})
}

// guestField gives it one of guests.
func (d *desk) guestField(key string) {
	d.t.Helper()
	d.as("bot").method("livechat:saveCustomField", nil, map[string]any{"field": key, "label": key, "scope": "visitor", "visibility": "visible"})
}

// factLog is a lobby's log.
type factLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *factLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *factLog) all(t testing.TB) []lobby.Fact {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	facts, err := lobby.ReadFacts(bytes.NewReader(l.b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// deed is what the wire does to a request.
type deed func(next http.RoundTripper, r *http.Request) (*http.Response, error)

// wire carries requests to the server, and does to them what it is told to:
// each deed once, in turn for the same path.
type wire struct {
	next http.RoundTripper

	mu    sync.Mutex // guards what follows
	rules []rule
	away  bool
	paths []string // "VERB path" of all that was sent
}

type rule struct {
	path string // a part of it, or several, with | between
	do   deed
}

func (w *wire) on(path string, do deed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rules = append(w.rules, rule{path, do})
}

// gone cuts the wire for everything until it is there again.
func (w *wire) gone(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = yes
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) { return w.deed(r)(w.next, r) }

func (w *wire) deed(r *http.Request) deed {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paths = append(w.paths, r.Method+" "+r.URL.Path)
	if w.away {
		return loseRequest
	}
	n := slices.IndexFunc(w.rules, func(u rule) bool { return onPath(r.URL.Path, u.path) })
	if n < 0 {
		return http.RoundTripper.RoundTrip
	}
	do := w.rules[n].do
	w.rules = slices.Delete(w.rules, n, n+1)
	return do
}

func onPath(path, parts string) bool {
	return slices.ContainsFunc(strings.Split(parts, "|"), func(part string) bool { return strings.Contains(path, part) })
}

// sent is how often a path was asked for.
func (w *wire) sent(path string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.paths {
		if onPath(p, path) {
			n++
		}
	}
	return n
}

var errCut = errors.New("the wire was cut")

// loseAnswer lets the server act, and loses its answer.
func loseAnswer(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return nil, errCut
}

// stumble lets the server act, and has it answer that it failed.
func stumble(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	loseAnswer(next, r)
	return answer(http.StatusInternalServerError, `{"success":false,"error":"Internal server error"}`)(next, r)
}

// loseRequest lets nothing through.
func loseRequest(http.RoundTripper, *http.Request) (*http.Response, error) { return nil, errCut }

func answer(status int, body string) deed {
	return func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

// first has somebody do something before the request goes on.
func first(do func()) deed {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		do()
		return next.RoundTrip(r)
	}
}

// then has somebody do something after the server has answered.
func then(do func()) deed {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		do()
		return resp, err
	}
}

// ownMessage is one that Bellhop has sent into the chat.
func (d *desk) ownMessage(chat sdk.ChatID) sdk.MessageID {
	d.t.Helper()
	e := d.effect(chat, sdk.Effect{Kind: sdk.EffectReply, Text: "one"})
	e.Key = "rules/message/m0/one"
	return d.must(e, sdk.Done, "").Message
}

// peopleRoom makes a room in which the bot is.
func (d *desk) peopleRoom(call, name string) {
	d.t.Helper()
	d.as("admin").post(call, map[string]any{"name": name, "members": []string{"bot"}})
}

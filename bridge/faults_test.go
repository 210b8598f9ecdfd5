package bridge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// over has the bridge's calls go through w.
func (o Options) over(w http.RoundTripper) Options {
	o.HTTP = &http.Client{Transport: w}
	if o.Record == nil {
		o.Record = recordEvery()
	}
	return o
}

// TestStartThatCannotSucceedSaysWhatToDo.
func TestStartThatCannotSucceedSaysWhatToDo(t *testing.T) {
	f := openFloor(t, lobby.Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }))
	t.Cleanup(page.Close)
	bot, dave := f.as("bot"), f.as("dave")
	for name, c := range map[string]struct {
		is  Options
		say []string
	}{
		"wrong token":         {Options{URL: f.base, UserID: bot.id, Token: "wrong"}, []string{"make a new personal access token"}},
		"token of another":    {Options{URL: f.base, UserID: dave.id, Token: bot.token}, []string{"personal access token"}},
		"wrong password":      {Options{URL: f.base, User: "bot", Password: "wrong"}, []string{"workspace.password"}},
		"no livechat manager": {Options{URL: f.base, UserID: dave.id, Token: dave.token}, []string{"see chats", "livechat-manager"}},
		"a page":              {Options{URL: page.URL, UserID: bot.id, Token: bot.token}, []string{"not a Rocket.Chat server", "check workspace.url"}},
		"a wrong path":        {Options{URL: f.base + "/chat", UserID: bot.id, Token: bot.token}, []string{"not a Rocket.Chat server", "the path in it"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := New(c.is.over(f.http.Transport))
			if err != nil {
				t.Fatal(err)
			}
			err = b.Run(t.Context(), Picture{}, func(e Event) error { t.Errorf("event %+v", e); return nil })
			for _, say := range append(c.say, "start bridge: ") {
				if err == nil || !strings.Contains(err.Error(), say) {
					t.Errorf("it ended with %v, without %q", err, say)
				}
			}
		})
	}
}

// TestServerThatIsAwayAtTheStartIsWaitedFor.
func TestServerThatIsAwayAtTheStartIsWaitedFor(t *testing.T) {
	f := openFloor(t, lobby.Options{StateFile: filepath.Join(t.TempDir(), "lobby.jsonl")})
	g := f.guest("dora", "Sales")
	log := &logbook{}
	o := f.options()
	o.Log = log.logger()
	j := newJournal(t)
	f.restart(func() {
		j.run(o)
		log.wait(t, "workspace does not answer: trying again")
	})
	j.compared()
	j.until(g.say("hello"))
	j.must("", "guest: hello")
}

// logbook is a log that can be waited for.
type logbook struct {
	mu   sync.Mutex // guards what follows
	text bytes.Buffer
	more chan struct{} // closed and replaced when there is more; nil at first
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.text.Write(p)
}

// said is all that was written.
func (l *logbook) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logbook) wait(t *testing.T, text string) {
	t.Helper()
	l.waitTimes(t, text, 1)
}

// waitTimes waits until the text was written so often.
func (l *logbook) waitTimes(t *testing.T, text string, times int) {
	t.Helper()
	timeout := time.After(patient)
	for {
		l.mu.Lock()
		if l.more == nil {
			l.more = make(chan struct{})
		}
		said, more := l.text.String(), l.more
		l.mu.Unlock()
		if strings.Count(said, text) >= times {
			return
		}
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("the log does not say %q but\n%s", text, said)
		}
	}
}

// TestRevokedTokenIsSaidAndEndsNothing: with a new one all is caught up with.
func TestRevokedTokenIsSaidAndEndsNothing(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice, carol, bot := f.as("alice"), f.as("carol"), f.as("bot")
	log := &logbook{}
	o := Options{URL: f.base, UserID: bot.id, Token: bot.token, Log: log.logger()}.over(&http.Transport{})
	j := newJournal(t)
	stop := j.run(o)
	j.compared()
	half := f.guest("half", "Sales")
	j.until(half.say("one"))
	bot.post("logout", map[string]any{})
	log.wait(t, "level=ERROR msg=\"workspace does not take our login any more")
	log.wait(t, "make a new personal access token")
	half.say("two")
	g, events := talk(f, "dora", alice, carol)
	stop()

	bot = f.as("bot")
	o.Token = bot.token
	j.run(o)
	j.compared()
	j.must(half.chat(), "opened", "guest: one", "guest: two")
	j.must(g.chat(), events...)
}

// TestEndedSessionIsRenewedByPassword, and nothing is lost.
func TestEndedSessionIsRenewedByPassword(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice, carol := f.as("alice"), f.as("carol")
	var last atomic.Pointer[caller]
	o := f.options().over(seen{f.http.Transport, func(r *http.Request) {
		if token := r.Header.Get("X-Auth-Token"); token != "" {
			last.Store(&caller{f: f, id: r.Header.Get("X-User-Id"), token: token})
		}
	}})
	j := newJournal(t)
	j.run(o)
	j.compared()
	first, events := talk(f, "dora", alice, carol)
	j.until(ClosedID(first.chat()))
	last.Load().post("logout", map[string]any{})
	second, _ := talk(f, "erik", alice, carol)
	j.until(ClosedID(second.chat()))
	j.must(first.chat(), events...)
	j.must(second.chat(), events...)
}

// seen shows each request to look.
type seen struct {
	next http.RoundTripper
	look func(*http.Request)
}

func (s seen) RoundTrip(r *http.Request) (*http.Response, error) {
	s.look(r)
	return s.next.RoundTrip(r)
}

// TestChatThatVanishesBeforeItIsReadIsNoEvent, whatever of it is read first,
// and holds up no other. Newer servers tell of a chat's start at once, so that
// there it may have been read.
func TestChatThatVanishesBeforeItIsReadIsNoEvent(t *testing.T) {
	for _, path := range []string{"rooms.info", "chat.syncMessages"} {
		t.Run(path, func(t *testing.T) {
			f := openFloor(t, lobby.Options{As: "3.11", Online: []string{"alice"}})
			admin := f.as("admin")
			w := &wire{next: f.http.Transport}
			j := newJournal(t)
			j.run(f.options().over(w))
			j.compared()
			var rid string
			made := make(chan struct{})
			w.on(path, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
				<-made
				admin.close(rid, "spam")
				admin.method("livechat:removeRoom", rid)
				return next.RoundTrip(r)
			})
			gone := f.guest("gone", "Sales")
			rid = gone.rid
			close(made)
			other := f.guest("dora", "Sales")
			j.until(other.say("hello"))
			j.comparedAnew(f)
			j.must(other.chat(), "opened", "guest: hello")
			j.must(gone.chat())
			if c, known := j.picture().Chats[gone.chat()]; known {
				t.Errorf("picture is %+v", c)
			}
		})
	}
}

// comparedAnew has the chats compared once more, by a new connection.
func (j *journal) comparedAnew(f *floor) {
	j.t.Helper()
	j.mu.Lock()
	n := j.seens
	j.mu.Unlock()
	f.lobby.CutConnections()
	j.wait("another comparison", func() bool { return j.seens > n })
}

// TestOddTextsBecomeBearable: a message of a megabyte, and one of control
// characters.
func TestOddTextsBecomeBearable(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	f.as("admin").post("settings/Message_MaxAllowedSize", map[string]any{"value": 4 << 20})
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	long := strings.Repeat("é", 1<<19)
	ids := []sdk.EventID{g.say(long), g.say("a\x00b\x1b[31mc\u202ed\r\n\te\u0085"), g.say("\U0001F468\u200D\U0001F469 नमस्ते مرحبا")}
	j.until(ids...)
	stop()
	missed := g.say(long + "!")
	j.run(f.options())
	j.until(append(ids, missed)...)
	texts := map[sdk.EventID]string{}
	for _, e := range j.events(g.chat()) {
		if e.Message != nil {
			texts[e.ID] = e.Message.Text
		}
		for _, m := range e.Picture.Last {
			if len(m.Text) > maxShort {
				t.Errorf("the picture has a text of %d bytes", len(m.Text))
			}
		}
	}
	for _, id := range []sdk.EventID{ids[0], missed} {
		if text := texts[id]; len(text) > maxText || len(text) < maxText-4 || !utf8.ValidString(text) || !strings.HasPrefix(long, text) {
			t.Errorf("the long text has %d bytes", len(text))
		}
	}
	if got := texts[ids[1]]; got != "ab[31mc\u202ed\n\te" {
		t.Errorf("control characters became %q", got)
	}
	if got := texts[ids[2]]; got != "\U0001F468\u200D\U0001F469 नमस्ते مرحبا" {
		t.Errorf("a text of the world became %q", got)
	}
}

// TestInvalidUTF8OnTheWireIsMended: no server should send it.
func TestInvalidUTF8OnTheWireIsMended(t *testing.T) {
	p := newPlayer(t)
	all := recording(t, "manual")
	for _, s := range all[:5] {
		p.learn(s)
	}
	var room string
	for id := range p.rooms {
		room = id
	}
	j := newJournal(t)
	j.run(p.options())
	j.compared()
	for n, text := range []string{"a\xffb", `a\ud800b`, "a\xed\xa0\x80b"} {
		at := p.now.Add(time.Duration(n+1) * time.Second).UnixMilli()
		id := fmt.Sprint("odd", n)
		p.sendRaw(fmt.Sprintf(`{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":"__my_messages__","args":[[{"_id":%q,"rid":%q,"msg":"%s","token":"t","ts":{"$date":%d},"u":{"_id":"x","username":"guest-2"},"_updatedAt":{"$date":%d}}],{"roomType":"l"}]}}`, id, room, text, at, at))
		j.until(MessageEventID(sdk.MessageID(id)))
	}
	for _, e := range j.events("")[len(j.events(""))-3:] {
		if text := e.Message.Text; !utf8.ValidString(text) || !strings.HasPrefix(text, "a\uFFFD") || !strings.HasSuffix(text, "b") {
			t.Errorf("the text is %q", text)
		}
	}
}

// TestCutAtAnyCallLosesNothing: the connection is cut when the bridge makes
// its first call in a conversation, or its second, and so on.
func TestCutAtAnyCallLosesNothing(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice, carol := f.as("alice"), f.as("carol")
	const calls = 12
	for n := range calls {
		w := &wire{next: f.http.Transport}
		j := newJournal(t)
		stop := j.run(f.options().over(w))
		j.compared()
		for range n {
			w.on("", http.RoundTripper.RoundTrip)
		}
		w.on("", map[bool]deed{false: first(f.lobby.CutConnections), true: loseAnswer}[n%2 == 1])
		g, events := talk(f, fmt.Sprint("g", n), alice, carol)
		j.until(ClosedID(g.chat()))
		j.must(g.chat(), events...)
		stop()
	}
}

// TestRestartUnderAnyCallLosesNothing: the server ends and starts again while
// the bridge waits for an answer.
func TestRestartUnderAnyCallLosesNothing(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}, StateFile: filepath.Join(t.TempDir(), "lobby.jsonl")})
	alice, carol := f.as("alice"), f.as("carol")
	for n := range 3 {
		w := &wire{next: f.http.Transport}
		j := newJournal(t)
		stop := j.run(f.options().over(w))
		j.compared()
		for range n {
			w.on("", http.RoundTripper.RoundTrip)
		}
		under, back := make(chan struct{}), make(chan struct{})
		w.on("", first(func() { close(under); <-back }))
		before, events := talk(f, fmt.Sprint("before", n), alice, carol)
		select {
		case <-under:
		case <-time.After(patient):
			t.Fatalf("there is no call %d", n+1)
		}
		f.restart(func() {})
		close(back)
		after, _ := talk(f, fmt.Sprint("after", n), alice, carol)
		j.until(ClosedID(before.chat()), ClosedID(after.chat()))
		j.must(before.chat(), events...)
		j.must(after.chat(), events...)
		stop()
	}
}

// TestEventThatTheHostRefusesIsToldAgain: the bridge ends, and starts again
// from what the host has kept.
func TestEventThatTheHostRefusesIsToldAgain(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice", "carol"}})
	alice, carol := f.as("alice"), f.as("carol")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	stop()
	g, events := talk(f, "dora", alice, carol)
	for n := range 40 {
		b, err := New(f.options())
		if err != nil {
			t.Fatal(err)
		}
		took := 0
		full := fmt.Errorf("disk is full")
		err = b.Run(context.Background(), j.picture(), func(e Event) error {
			if e.Behind != nil {
				return j.accept(e) // no host writes that down
			}
			if took++; took > 1 || !e.Seen.IsZero() {
				return full
			}
			return j.accept(e)
		})
		b.opt.HTTP.CloseIdleConnections()
		if err != full {
			t.Fatalf("run ended with %v", err)
		}
		if len(j.told(g.chat())) == len(events) {
			break
		}
		if n == 39 {
			t.Fatalf("after %d starts there are %q", n+1, j.told(g.chat()))
		}
	}
	j.run(f.options())
	j.compared()
	j.must(g.chat(), events...)
}

// TestChatThatEndsWhileItIsReadIsTold, though the comparison meanwhile finds that
// it is over.
func TestChatThatEndsWhileItIsReadIsTold(t *testing.T) {
	var later atomic.Int64
	f := openFloor(t, lobby.Options{Online: []string{"alice"}, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
	w := &wire{next: f.http.Transport}
	j := newJournal(t)
	j.run(f.options().over(w))
	j.compared()
	reading, listed, read := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.on("chat.syncMessages", first(func() { close(reading); <-read }))
	g := f.guest("dora", "Sales")
	g.say("one")
	<-reading
	g.leave()
	later.Add(int64(3 * time.Second))
	w.on("rooms.get", then(func() { close(listed) })) // the last that a comparison asks for
	f.lobby.CutConnections()
	<-listed
	close(read)
	j.until(ClosedID(g.chat()))
	j.must(g.chat(), "opened", "guest: one", "closed")
}

// TestLiveEventsWaitForCatchUp: what was written while there was no connection
// is told before what comes by the next.
func TestLiveEventsWaitForCatchUp(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	w := &wire{next: f.http.Transport}
	j := newJournal(t)
	j.run(f.options().over(w))
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("one"))
	listing, read := make(chan struct{}), make(chan struct{})
	w.on("livechat/rooms", first(func() { close(listing); <-read }))
	f.lobby.CutConnections()
	missed := g.say("two")
	<-listing
	live := g.say("three")
	close(read)
	j.until(missed, live)
	j.must(g.chat(), "opened", "guest: one", "guest: two", "guest: three")
}

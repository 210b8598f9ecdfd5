package desk_test

import (
	"flag"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// world is a workspace with its pages.
type world struct {
	t        testing.TB
	lobby    *lobby.Server
	desk     *desk.Desk
	accounts lobby.Accounts
	base     string
	deeds    *deeds

	tokens map[string][2]string // of who called the API: id and token, by username
	held   *sync.Map            // what of a chat is held back, such as "info": a chan struct{} until it is closed
}

func newWorld(t testing.TB, o lobby.Options) *world {
	t.Helper()
	if o.Online == nil {
		o.Online = []string{"alice", "carol"}
	}
	if o.Roles == nil {
		o.Roles = map[string][]string{"alice": {"user", "livechat-agent", lobby.TranscriptSender}}
	}
	s, err := lobby.New(o)
	if err != nil {
		t.Fatal(err)
	}
	pages := &faults{t: t}
	w := &world{t: t, lobby: s, held: new(sync.Map), deeds: &deeds{watchers: map[int]func(string){}}, tokens: map[string][2]string{}}
	w.desk = desk.New(desk.Options{Dial: s.Dial, Deeds: w.deeds, Log: slog.New(slog.NewTextHandler(pages, &slog.HandlerOptions{Level: slog.LevelError}))})
	for _, p := range desk.Patterns {
		s.Page(p, w.desk)
	}
	srv := httptest.NewUnstartedServer(w.holding(late(s.Handler())))
	srv.Config.ErrorLog = log.New(slips{t}, "", 0)
	srv.Start()
	t.Cleanup(func() {
		pages.over.Store(true)
		srv.CloseClientConnections()
		w.desk.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	w.base, w.accounts = srv.URL, s.Accounts(srv.URL)
	return w
}

// holding holds back what a test wants held.
func (w *world) holding(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if until, ok := w.held.Load(path.Base(r.URL.Path)); ok {
			<-until.(chan struct{})
		}
		h.ServeHTTP(rw, r)
	})
}

// hold holds back what of a chat is asked for until release, which comes back when the
// page has had the time to show it.
func (b *browser) hold(what string) (release func()) {
	until := make(chan struct{})
	b.w.held.Store(what, until)
	var once sync.Once
	open := func() { once.Do(func() { b.w.held.Delete(what); close(until) }) }
	b.t.Cleanup(open)
	return func() {
		b.t.Helper()
		open()
		for range 5 {
			b.sees("an answer", `fetch("/desk/login").then(r => r.ok)`)
		}
	}
}

// lateness is how late answers come, at most.
var lateness = flag.Duration("late", 0, "how late each answer and each event of a page comes at most, by chance")

// late has a handler's answers come late and in another order, as on a bad line: what a
// test does must wait for what it stands on.
func late(h http.Handler) http.Handler {
	if *lateness == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.ServeHTTP(w, r)
			return
		}
		wait()
		if r.Header.Get("Upgrade") == "" {
			w = lateWriter{w}
			defer wait()
		}
		h.ServeHTTP(w, r)
	})
}

func wait() { time.Sleep(rand.N(*lateness)) }

// lateWriter writes each event of a stream late.
type lateWriter struct{ http.ResponseWriter }

func (w lateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w lateWriter) Flush() {
	wait()
	http.NewResponseController(w.ResponseWriter).Flush()
}

// faults fail a test for each error that the pages log while there is a workspace: what
// a page asks for at its end may find none.
type faults struct {
	t    testing.TB
	over atomic.Bool // the workspace ends
}

func (f *faults) Write(p []byte) (int, error) {
	if !f.over.Load() {
		f.t.Errorf("the pages log: %s", p)
	}
	return len(p), nil
}

// slips fail a test for what net/http says of handlers that went wrong.
type slips struct{ t testing.TB }

func (s slips) Write(p []byte) (int, error) {
	if text := string(p); strings.Contains(text, "superfluous") || strings.Contains(text, "panic") {
		s.t.Errorf("the server logs: %s", text)
	}
	return len(p), nil
}

// signIn opens the desk as an agent.
func (w *world) signIn(a lobby.Account) *browser {
	w.t.Helper()
	b := w.open(a.User)
	b.enter(a)
	return b
}

func (b *browser) enter(a lobby.Account) {
	b.t.Helper()
	b.visit("/desk/login")
	b.fill("[name=name]", a.User)
	b.fill("[name=password]", a.Password)
	b.press("\r")
	b.sees("the desk", `document.querySelector("#side") && document.readyState === "complete"`)
}

// begin opens a guest's chat.
func (w *world) begin(name, email, department string) *browser {
	w.t.Helper()
	b := w.open(name)
	b.visit("/guest/")
	b.fill("[name=name]", name)
	b.fill("[name=email]", email)
	b.choose("[name=department]", w.accounts.Departments[department])
	b.click("form .button")
	b.sees("the chat", `document.querySelector(".composer[data-ready]")`)
	return b
}

// says writes a message.
func (b *browser) says(text string) {
	b.t.Helper()
	b.fill(".composer textarea", text)
	b.press("\r")
	b.reads(".log .text", text)
}

// seesWriting waits until the page says that the other one writes, who goes on writing
// until then: the page says it only for a few seconds.
func (b *browser) seesWriting(other *browser, name string) {
	b.t.Helper()
	other.fill(".composer textarea", "well")
	b.seesWhile(name+" writing", `document.querySelector("#typing").textContent.includes(`+quote(name+" is typing")+`)`, func() {
		if _, err := chromedp.Call(other.ctx, input.InsertText, input.InsertTextParams{Text: "."}); err != nil {
			b.t.Fatal(err)
		}
	})
}

// takes takes the guest's chat out of the queue.
func (b *browser) takes(guest string) {
	b.t.Helper()
	b.reads("#queue .rowname", guest)
	b.click(`#queue button[aria-label*="` + guest + `"]`)
	b.sees("the conversation to write in", `document.querySelector("#head h1").textContent === `+quote(guest)+` && document.querySelector(".composer[data-ready]")`)
}

// room is the chat that the page shows.
func (b *browser) room() string {
	b.t.Helper()
	return value[string](b, `document.querySelector(".log").dataset.rid`)
}

// quick opens a panel of the chat by its icon.
func (b *browser) quick(panel string) {
	b.t.Helper()
	icon := `.quick [hx-get$="/` + panel + `"]`
	b.click(icon)
	b.sees("the panel "+panel, `document.querySelector("#panel h2").textContent === document.querySelector(`+quote(icon)+`).title`)
}

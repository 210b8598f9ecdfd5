package desk_test

import (
	"log"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

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
	w := &world{t: t, lobby: s, deeds: &deeds{watchers: map[int]func(string){}}, tokens: map[string][2]string{}}
	w.desk = desk.New(desk.Options{Dial: s.Dial, Deeds: w.deeds, Log: slog.New(slog.NewTextHandler(faults{t}, &slog.HandlerOptions{Level: slog.LevelError}))})
	for _, p := range desk.Patterns {
		s.Page(p, w.desk)
	}
	srv := httptest.NewUnstartedServer(s.Handler())
	srv.Config.ErrorLog = log.New(slips{t}, "", 0)
	srv.Start()
	t.Cleanup(func() {
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

// faults fail a test for each error that the pages log.
type faults struct{ t testing.TB }

func (f faults) Write(p []byte) (int, error) {
	f.t.Errorf("the pages log: %s", p)
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

package desk_test

import (
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// start is a workspace that a test stops and starts.
type start struct {
	*world
	srv *http.Server
	got chan error
}

func startable(t *testing.T, o lobby.Options) *start {
	t.Helper()
	s, err := lobby.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, lobby: s, deeds: &deeds{watchers: map[int]func(string){}}, tokens: map[string][2]string{}}
	w.desk = desk.New(desk.Options{Dial: s.Dial, Deeds: w.deeds})
	for _, p := range desk.Patterns {
		s.Page(p, w.desk)
	}
	return &start{world: w, srv: &http.Server{Handler: s.Handler()}, got: make(chan error, 1)}
}

// listen serves at an address, and returns it.
func (s *start) listen(at string) string {
	s.t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		s.t.Fatal(err)
	}
	go func() { s.got <- s.srv.Serve(l) }()
	s.base = "http://" + l.Addr().String()
	s.accounts = s.lobby.Accounts(s.base)
	s.t.Cleanup(s.stop)
	return l.Addr().String()
}

// stop ends it; a second time does nothing.
func (s *start) stop() {
	if s.lobby == nil {
		return
	}
	s.srv.Close()
	<-s.got
	s.desk.Close()
	if err := s.lobby.Close(); err != nil {
		s.t.Error(err)
	}
	s.lobby = nil
}

func mustParse(t *testing.T, link string) *url.URL {
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// cookies are those of the browser for the desk.
func (b *browser) cookies() []*http.Cookie {
	b.t.Helper()
	answer, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.w.base}})
	if err != nil {
		b.t.Fatal(err)
	}
	var all []*http.Cookie
	for _, c := range answer.Cookies {
		all = append(all, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	return all
}

// with runs a script before each page's own.
func (b *browser) with(script string) *browser {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// asks begins a chat as a guest.
func (b *browser) asks(name, department string) {
	b.t.Helper()
	b.visit("/guest/")
	b.fill("[name=name]", name)
	b.choose("[name=department]", b.w.accounts.Departments[department])
	b.click("form .button")
	b.sees("the chat", `document.querySelector(".composer[data-ready]")`)
}

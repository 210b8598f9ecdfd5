package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// restartable is a workspace with its pages at an address that stays, though the
// workspace is stopped and begun anew from its state file.
type restartable struct {
	*world
	gate    *gate
	handler atomic.Pointer[http.Handler]
}

func newRestartable(t *testing.T, o lobby.Options) *restartable {
	t.Helper()
	r := &restartable{world: &world{t: t, deeds: &deeds{watchers: map[int]func(string){}}, tokens: map[string][2]string{}}}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { (*r.handler.Load()).ServeHTTP(w, q) }))
	r.gate = &gate{Listener: srv.Listener}
	srv.Listener = r.gate
	r.renew(o)
	srv.Start()
	r.base = srv.URL
	r.accounts = r.lobby.Accounts(r.base)
	t.Cleanup(func() {
		r.stop()
		srv.Close()
	})
	return r
}

func (r *restartable) renew(o lobby.Options) {
	r.t.Helper()
	s, err := lobby.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.lobby, r.desk = s, desk.New(desk.Options{Dial: s.Dial, Deeds: r.deeds})
	for _, p := range desk.Patterns {
		s.Page(p, r.desk)
	}
	h := s.Handler()
	r.handler.Store(&h)
	r.gate.open()
}

func (r *restartable) stop() {
	r.gate.close()
	r.desk.Close()
	if err := r.lobby.Close(); err != nil {
		r.t.Error(err)
	}
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

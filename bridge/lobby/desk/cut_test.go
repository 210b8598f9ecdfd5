package desk_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// gate is a way to a server that can be cut: then connections end, and new ones end
// at once.
type gate struct {
	net.Listener

	mu    sync.Mutex // guards what follows
	cut   bool
	conns []net.Conn
}

func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns = append(g.conns, c)
	if g.cut {
		c.Close()
	}
	return c, nil
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = true
	for _, c := range g.conns {
		c.Close()
	}
	g.conns = nil
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = false
}

// gated is the same workspace at an address that can be cut off.
func (w *world) gated() (*world, *gate) {
	w.t.Helper()
	srv := httptest.NewUnstartedServer(w.lobby.Handler())
	g := &gate{Listener: srv.Listener}
	srv.Listener = g
	srv.Start()
	w.t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	other := *w
	other.base = srv.URL
	return &other, g
}

// counts waits until as many messages with a text stand in the conversation.
func (b *browser) counts(text string, n int) {
	b.t.Helper()
	b.sees(fmt.Sprintf("%s %d times", text, n), fmt.Sprintf(`[...document.querySelectorAll(".log .text")].filter(e => e.textContent === %s).length === %d`, quote(text), n))
}

func (b *browser) isOffline() {
	b.t.Helper()
	b.sees("that there is no connection", `document.querySelector(".lost").checkVisibility() && (window.cut = true)`)
}

// isAnew waits until the desk has been loaded again after a cut.
func (b *browser) isAnew() {
	b.t.Helper()
	b.isOnline()
	b.sees("a new page", `!window.cut && document.querySelector(".composer[data-ready]")`)
}

func (b *browser) isOnline() {
	b.t.Helper()
	b.sees("that the connection is back", `document.readyState === "complete" && !document.querySelector(".lost").checkVisibility()`)
}

// servedFromAfar is a chat whose agent's way to the workspace can be cut.
func servedFromAfar(t *testing.T) (alice, maya *browser, way *gate) {
	w := newWorld(t, lobby.Options{})
	far, way := w.gated()
	alice = far.signIn(w.accounts.Alice)
	maya = w.begin("Maya", "", "Sales")
	maya.says("before")
	alice.takes("Maya")
	return alice, maya, way
}

func TestPageCatchesUpAfterACutWithNothingLostOrDoubled(t *testing.T) {
	alice, maya, way := servedFromAfar(t)
	alice.counts("before", 1)
	way.close()
	alice.isOffline()
	maya.says("meanwhile")
	alice.fill(".composer textarea", "not yet")
	alice.press("\r")
	alice.sees("what could not be sent where it was written", `document.querySelector(".composer textarea").value === "not yet"`)
	way.open()
	alice.isAnew()
	alice.counts("before", 1)
	alice.counts("meanwhile", 1)
	alice.sees("the draft", `document.querySelector(".composer[data-ready] textarea").value === "not yet"`)
	alice.press("\r")
	alice.counts("not yet", 1)
	maya.counts("not yet", 1)
	maya.says("after")
	alice.counts("after", 1)
}

func TestGuestCatchesUpAfterACutWithNothingLostOrDoubled(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	far, way := w.gated()
	maya := far.begin("Maya", "", "Sales")
	maya.says("before")
	alice := w.signIn(w.accounts.Alice)
	alice.takes("Maya")
	way.close()
	maya.isOffline()
	alice.says("meanwhile")
	way.open()
	maya.isOnline()
	maya.counts("before", 1)
	maya.counts("meanwhile", 1)
	alice.says("after")
	maya.counts("after", 1)
}

// TestDialogOutlivesACut: the page is loaded anew only when nobody fills in a dialog.
func TestDialogOutlivesACut(t *testing.T) {
	alice, maya, way := servedFromAfar(t)
	alice.click(`[hx-get$="/ask/close"]`)
	alice.fill("#dialog [name=comment]", "all is w")
	way.close()
	alice.isOffline()
	way.open()
	alice.isOnline()
	alice.sees("the dialog as it was", `document.querySelector("dialog[open] [name=comment]").value === "all is w"`)
	alice.click("#dialog .button.danger")
	alice.reads("#foot", "This conversation has ended")
	maya.reads("#foot", "This chat has ended")
}

// TestRestartedWorkspaceHasTheChatAndAsksAgentsToSignIn: what the guest and the agent
// wrote is in its state file, and the agent's draft in the browser.
func TestRestartedWorkspaceHasTheChatAndAsksAgentsToSignIn(t *testing.T) {
	o := lobby.Options{StateFile: filepath.Join(t.TempDir(), "state"), Passwords: map[string]string{"alice": "secret of alice"}}
	w := newRestartable(t, o)
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("Maya", "", "Sales")
	maya.says("before")
	alice.takes("Maya")
	alice.says("hello")
	maya.counts("hello", 1)
	alice.fill(".composer textarea", "half a sen")
	w.stop()
	alice.isOffline()
	maya.isOffline()
	w.renew(o)
	maya.isOnline()
	maya.counts("before", 1)
	maya.counts("hello", 1)
	alice.reads("h1", "Agent desk")
	alice.enter(w.accounts.Alice)
	alice.click("#side .group .row a")
	alice.counts("before", 1)
	alice.counts("hello", 1)
	alice.sees("the draft", `document.querySelector(".composer[data-ready] textarea").value === "half a sen"`)
	maya.says("after")
	alice.counts("after", 1)
}

func TestDraftOutlivesTheSession(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	other := newVisitor(t, w)
	other.http.Jar.SetCookies(mustParse(t, w.base), alice.cookies())
	_, page := other.do("GET", "/desk/", nil)
	alice.fill(".composer textarea", "half a sen")
	other.do("POST", "/desk/logout", nil, "X-CSRF-Token", csrfForm.FindStringSubmatch(page)[1])
	alice.reads("h1", "Agent desk")
	alice.enter(w.accounts.Alice)
	alice.click("#side .group .row a")
	alice.sees("the draft", `document.querySelector(".composer[data-ready] textarea").value === "half a sen"`)
}

func TestPagesWorkWithoutStorage(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	block := `Object.defineProperty(window, "sessionStorage", {get: () => { throw new DOMException("blocked", "SecurityError"); }});
		Object.defineProperty(window, "localStorage", {get: () => { throw new DOMException("blocked", "SecurityError"); }});`
	alice := w.open("alice").with(block)
	alice.enter(w.accounts.Alice)
	maya := w.open("Maya").with(block)
	maya.asks("Maya", "Sales")
	maya.says("hello")
	alice.takes("Maya")
	alice.says("hello yourself")
	maya.counts("hello yourself", 1)
}

// TestClocksThatDifferChangeNothing: the workspace's is a day ahead, and the browser's
// a day behind.
func TestClocksThatDifferChangeNothing(t *testing.T) {
	w := newWorld(t, lobby.Options{Now: func() time.Time { return time.Now().Add(24 * time.Hour) }})
	behind := `{ const Real = Date, day = 864e5; window.Date = class extends Real { constructor(...a) { if (a.length) super(...a); else super(Real.now() - day); } static now() { return Real.now() - day; } }; }`
	alice := w.open("alice").with(behind)
	alice.enter(w.accounts.Alice)
	maya := w.begin("Maya", "", "Sales")
	maya.says("one")
	alice.takes("Maya")
	alice.says("two")
	maya.says("three")
	alice.sees("all in order", `[...document.querySelectorAll(".log .text")].map(e => e.textContent).join() === "one,two,three"`)
	alice.click(".brand")
	alice.sees("no conversation", `document.querySelector(".nothing")`)
	maya.says("four")
	alice.reads("#side .group .badge", "1")
	alice.click("#side .group .row a")
	alice.reads(".log .text", "four")
	alice.misses("#side .row .badge")
}

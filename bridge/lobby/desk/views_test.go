package desk_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// axe is the script that finds what keeps people from using a page.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "testdata", "clients", "node_modules", "axe-core", "axe.min.js"))
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal(err)
	case err != nil:
		t.Skipf("%v: run `npm ci --ignore-scripts` in bridge/lobby/testdata/clients", err)
	}
	return string(script)
}

// violation is what axe says of a page.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.slice(0, 3).map(n => ({html: n.html, failureSummary: n.failureSummary}))}))))`

// looked has axe look at the page as it is, light and dark, and takes pictures.
func (b *browser) looked(name, script string) {
	b.t.Helper()
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		theme := map[bool]string{false: "light", true: "dark"}[dark]
		b.shot(name + "-" + theme)
		if !value[bool](b, `!!window.axe`) {
			run(b, "loads axe", chromedp.Evaluate[bool](script+"\n;true"))
		}
		var found []violation
		if err := json.Unmarshal([]byte(value[string](b, runAxe)), &found); err != nil {
			b.t.Fatal(err)
		}
		for _, v := range found {
			if v.Impact == "serious" || v.Impact == "critical" {
				b.t.Errorf("%s, %s: %s (%s): %+v", name, theme, v.Help, v.ID, v.Nodes)
			}
		}
	}
	b.dark(false)
}

// TestEveryViewCanBeUsedByEverybody shows each view, in both themes and on a phone.
func TestEveryViewCanBeUsedByEverybody(t *testing.T) {
	script := axe(t)
	w := newWorld(t, lobby.Options{As: "8.3", Licensed: true, Routing: "manual"})
	look := func(b *browser, name string) { b.t.Helper(); b.looked(name, script) }

	alice := w.open("alice")
	alice.visit("/desk/login")
	look(alice, "login")
	alice.fill("[name=name]", "alice")
	alice.fill("[name=password]", w.accounts.Alice.Password)
	alice.press("\r")
	alice.sees("the desk", `document.querySelector("#side")`)
	look(alice, "desk-empty")

	maya := w.open("Maya")
	maya.visit("/guest/")
	look(maya, "guest-form")
	maya.fill("[name=name]", "Maya Lindqvist")
	maya.fill("[name=email]", "maya@example.com")
	maya.choose("[name=department]", w.accounts.Departments["Sales"])
	maya.click("form .button")
	maya.sees("the chat", `document.querySelector(".composer[data-ready]")`)
	maya.says("Hello, my last invoice is wrong: 49.90 instead of 39.90 € – see https://example.com/invoices/2026-11?id=17")
	maya.says("It says error123.")
	samira := w.begin("سميرة", "samira@example.com", "Support")
	samira.says("مرحبا، لا أستطيع تسجيل الدخول إلى حسابي. يظهر لي الخطأ error123 منذ أمس.")
	alice.reads("#queue", "سميرة")
	look(alice, "queue")
	alice.takes("Maya Lindqvist")
	alice.says("Good morning Maya! Let me have a look at it.\nOne moment, please.")
	w.deeds.add(alice.room(), desk.Deed{
		Key: "1", At: time.Now(), Plugin: "forwarding", Instance: "forwarding", Kind: "forward", From: "Support", To: "Sales", Outcome: "done", Version: "1.0.0", Mode: "on",
		Rule: "invoices", Reason: `rule "invoices": words matched "invoice"`, Event: "guest: hello", Tried: []string{`invoices: words matched "invoice" (held)`},
	})
	alice.reads(".deed", "forwarded")
	alice.seesWriting(maya, "Maya Lindqvist")
	look(alice, "conversation")
	look(maya, "guest-chat")
	for _, what := range []string{"forward", "transcript", "close", "call"} {
		alice.click(`[hx-get$="/ask/` + what + `"]`)
		alice.sees("the dialog", `document.querySelector("dialog[open] form")`)
		look(alice, "dialog-"+what)
		alice.press("\u001b")
		alice.sees("that it is closed", `!document.querySelector("dialog[open]")`)
	}
	call := alice.tab()
	call.visit("/call/" + alice.room())
	call.reads("#state", "Waiting for the other side")
	look(call, "call-page")
	for _, what := range []string{"info", "contact", "history", "search", "files"} {
		alice.quick(what)
		if what == "search" {
			alice.fill("#panel [type=search]", "error")
			alice.reads("#hits mark", "error")
		}
		look(alice, "panel-"+what)
	}
	alice.click(".deed .menu summary")
	look(alice, "deed-menu")
	alice.click(".deed .menu [hx-get]")
	alice.reads("#panel", "Why Bellhop did this")
	look(alice, "panel-why")

	alice.takes("سميرة")
	alice.says("مرحبا سميرة، سأتحقق من ذلك الآن.")
	look(alice, "arabic")
	samira.reads(".log .team .text", "سأتحقق")
	look(samira, "guest-arabic")
	alice.size(390, 800)
	look(alice, "phone-conversation")
	alice.quick("info")
	look(alice, "phone-panel")
	alice.click("[data-close-panel]")
	alice.click(".back")
	alice.sees("the list", `document.querySelector("#side").checkVisibility()`)
	look(alice, "phone-list")
	maya.size(390, 800)
	look(maya, "phone-guest")
	maya.click("header form .button")
	maya.reads("#foot", "This chat has ended")
	look(maya, "guest-over")
}

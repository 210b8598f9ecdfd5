package desk_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// shots is where screenshots go; "" means that none are taken.
var shots = flag.String("shots", "", "folder that gets screenshots of the pages")

// patience is how long a page may take to show what is waited for: long, since it
// only passes when something is wrong.
const patience = 2 * time.Minute

// chromium is the browser that all tests share.
var chromium struct {
	sync.Once
	ctx  context.Context // nil when there is none on this machine
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

// flags keep Chromium to itself and let it call without a camera. All pages are in
// one process's sight at once: none is to be put to sleep.
var flags = []string{
	"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync",
	"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding", "disable-ipc-flooding-protection",
	"use-fake-device-for-media-stream", "use-fake-ui-for-media-stream", "allow-loopback-in-peer-connection", "disable-dev-shm-usage", "hide-scrollbars", "mute-audio",
}

func startChromium() {
	path := findChromium()
	if path == "" {
		return
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path)}
	for _, f := range flags {
		options = append(options, chromedp.Flag(f, true))
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(alloc)
	chromium.err = chromedp.Do(ctx)
	chromium.ctx = ctx
	chromium.stop = func() {
		chromedp.Cancel(ctx) // waits for it, and for its folder to be gone
		stop()
		stopAlloc()
	}
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browser is one tab, of a person who shares nothing with others.
type browser struct {
	t    testing.TB
	w    *world
	name string
	ctx  context.Context

	mu     sync.Mutex // guards what follows
	faults []string   // what went wrong in its scripts
	asked  []string   // what the page asked by confirm
}

// open starts a browser of its own. Faults of its scripts fail the test.
func (w *world) open(name string) *browser {
	w.t.Helper()
	chromium.Do(startChromium)
	switch {
	case chromium.err != nil:
		w.t.Fatalf("start chromium: %v", chromium.err)
	case chromium.ctx == nil && os.Getenv("CI") == "true":
		w.t.Fatal("there is no chromium: .ci/run installs it")
	case chromium.ctx == nil:
		w.t.Skip("there is no chromium on this machine")
	}
	b := w.newBrowser(chromium.ctx, name, chromedp.WithNewBrowserContext())
	b.size(1280, 800)
	return b
}

// tab is one more of the same person.
func (b *browser) tab() *browser {
	b.t.Helper()
	return b.w.newBrowser(b.ctx, b.name+"'s other tab")
}

func (w *world) newBrowser(parent context.Context, name string, o ...chromedp.ContextOption) *browser {
	w.t.Helper()
	b := &browser{t: w.t, w: w, name: name}
	ctx, stop := chromedp.NewContext(parent, append(o, chromedp.WithListener(b.hear))...)
	b.ctx = ctx
	w.t.Cleanup(func() {
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			w.t.Errorf("%s's page: %s", b.name, f)
		}
	})
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: remember}); err != nil {
		w.t.Fatalf("open a tab for %s: %v", name, err)
	}
	return b
}

// remember has a page keep what it shows for some seconds only: notices, and messages
// that were searched for.
const remember = `window.told = [];
new MutationObserver(list => {
	for (const m of list) {
		for (const n of m.addedNodes) if (n.nodeType === 1) for (const e of [n, ...n.querySelectorAll(".toast")]) if (e.matches(".toast")) window.told.push(e.className + ": " + e.textContent);
		if (m.type === "attributes" && m.target.matches(".found")) window.told.push("found: " + m.target.textContent);
	}
}).observe(document, {childList: true, subtree: true, attributes: true, attributeFilter: ["class"]});`

// told waits until the page has shown a notice of a kind, or for "found" a message.
func (b *browser) told(kind, text string) {
	b.t.Helper()
	b.sees(text+" as "+kind, `window.told.some(t => t.split(": ")[0].split(" ").includes(`+quote(kind)+`) && t.includes(`+quote(text)+`))`)
}

// hear notes what goes wrong in the page, and answers yes to what it asks.
func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !expected(e.Entry.Text) {
			b.faults = append(b.faults, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if text := said(e); e.Type == runtime.ConsoleAPICalledTypeError && misplaced.MatchString(text) {
			b.faults = append(b.faults, text)
		}
	case *page.EventJavascriptDialogOpening:
		b.asked = append(b.asked, e.Message)
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	}
}

// misplaced is what htmx says of an answer that it has no place for.
var misplaced = regexp.MustCompile(`htmx:(swapError|targetError|onLoadError|syntax:error|evalDisallowedError)`)

// said is what a script wrote to the console.
func said(e *runtime.EventConsoleAPICalled) string {
	var all []string
	for _, a := range e.Args {
		all = append(all, string(a.Value), a.Description)
	}
	return strings.Join(all, " ")
}

// expected are what the browser logs for answers that a test asks for, and for a
// workspace that ended first.
func expected(text string) bool {
	for _, part := range []string{"status of 401", "status of 403", "status of 422", "status of 429", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION", "ERR_SOCKET_NOT_CONNECTED", "ERR_EMPTY_RESPONSE"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// run runs a step in a browser, and fails the test when it can't be done.
func run[T any](b *browser, what string, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.name, what, err)
	}
	return v
}

// visit opens a page. A navigation of the page's own that is under way, such as a
// click's, may take its place and abort it: then it is opened after that.
func (b *browser) visit(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Navigate(b.w.base+path))
		switch {
		case err == nil:
			return
		case !strings.Contains(err.Error(), "net::ERR_ABORTED"):
			b.t.Fatalf("%s: opens %s: %v", b.name, path, err)
		}
		b.sees("a page", `document.readyState === "complete"`)
	}
}

func (b *browser) size(w, h int64) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w, Height: h, DeviceScaleFactor: 1, Mobile: w < 600}); err != nil {
		b.t.Fatal(err)
	}
}

// dark makes the browser's person prefer dark pages.
func (b *browser) dark(on bool) {
	b.t.Helper()
	v := map[bool]string{true: "dark", false: "light"}[on]
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.t.Fatal(err)
	}
}

// sees waits until a JavaScript expression holds. An expression that fails does not
// hold yet: the page may be on its way to the next.
func (b *browser) sees(what, expr string) {
	b.t.Helper()
	b.seesWhile(what, expr, func() {})
}

// seesWhile does something again and again until an expression holds.
func (b *browser) seesWhile(what, expr string, meanwhile func()) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	person := func(p *runtime.EvaluateParams) {
		yes := true
		p.UserGesture, p.AwaitPromise = &yes, &yes
	}
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Promise.resolve("+expr+").then(v => !!v)", person)); err == nil && ok {
			return
		}
		meanwhile()
		select {
		case <-again.C:
		case <-ctx.Done():
			b.shot("failure-" + strings.Map(letters, b.name+"-"+what))
			b.t.Fatalf("%s never sees %s: %s\nbut %s", b.name, what, expr, b.text())
		}
	}
}

func letters(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}

// text is what stands in the page.
func (b *browser) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return "its page says nothing: " + err.Error()
	}
	return text
}

// reads waits until the text stands in an element that can be seen.
func (b *browser) reads(sel, text string) {
	b.t.Helper()
	b.sees(text+" in "+sel, `[...document.querySelectorAll(`+quote(sel)+`)].some(e => e.checkVisibility() && e.textContent.includes(`+quote(text)+`))`)
}

// misses waits until no element fits.
func (b *browser) misses(sel string) {
	b.t.Helper()
	b.sees("no "+sel, `!document.querySelector(`+quote(sel)+`)`)
}

// value evaluates an expression.
func value[T any](b *browser, expr string) T {
	b.t.Helper()
	return run(b, "evaluates "+expr, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
}

// reach is an expression that finds the element on top of the page, where a
// person can get at it, and does something with it. It does both at once, since
// pages change.
func reach(sel, do string) string {
	return `(() => {
		const e = [...document.querySelectorAll(` + quote(sel) + `)].find(e => e.checkVisibility());
		if (!e || e.disabled) return false;
		e.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
		const r = e.getBoundingClientRect(), top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
		if (!top || !(e.contains(top) || top.contains(e))) return false;
		` + do + `;
		return true;
	})()`
}

func (b *browser) click(sel string) {
	b.t.Helper()
	b.sees("to click on: "+sel, reach(sel, `e.focus(); e.click()`))
}

// fill writes into a field as a keyboard does, in place of what stands there.
func (b *browser) fill(sel, text string) {
	b.t.Helper()
	b.sees("to write into: "+sel, reach(sel, `e.focus(); if (e.select) e.select(); if (document.activeElement !== e) return false`))
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatalf("%s writes: %v", b.name, err)
	}
	b.sees(text+" written into "+sel, `[...document.querySelectorAll(`+quote(sel)+`)].some(e => e.value === `+quote(text)+`)`)
}

// choose sets a list's or a switch's value.
func (b *browser) choose(sel, value string) {
	b.t.Helper()
	b.sees(value+" in "+sel, reach(sel, `if (![...e.options].some(o => o.value === `+quote(value)+`)) return false; e.value = `+quote(value)+`; e.dispatchEvent(new Event("change", {bubbles: true}))`))
}

// press presses a key, by name or as a letter.
func (b *browser) press(key string) {
	b.t.Helper()
	run(b, "presses "+key, chromedp.KeyEvent(key))
}

// quote writes a string as JavaScript.
func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always written
	}
	return string(data)
}

// shot takes a picture of the page, when pictures are asked for.
func (b *browser) shot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		b.t.Error(err)
	}
}

// tries evaluates an expression that may end with the page that it stands in.
func (b *browser) tries(expr string) string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](expr, chromedp.EvalAwaitPromise))
	if err != nil {
		return err.Error()
	}
	return text
}

// failed reports whether something went wrong in the page.
func (b *browser) failed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.faults) > 0
}

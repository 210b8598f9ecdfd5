package desk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// says writes as a guest of the crowd, by the API.
func (w *world) says(guest [2]string, text string) {
	w.t.Helper()
	w.call([2]string{}, http.MethodPost, "livechat/message", map[string]any{"token": guest[0], "rid": guest[1], "msg": text}, nil)
}

// TestLongChatOpensWithItsEndAndTheRestComesAsOneScrolls holds 1,000 messages, each of
// which is there once and in its place when one has scrolled to the beginning.
func TestLongChatOpensWithItsEndAndTheRestComesAsOneScrolls(t *testing.T) {
	w := newWorld(t, lobby.Options{Routing: "auto", Online: []string{"alice"}, NoLimits: true})
	guest := w.crowd(1)[0]
	for n := range 1000 {
		w.says(guest, fmt.Sprintf("number %d", n))
	}
	alice := w.signIn(w.accounts.Alice)
	alice.reads("#side .group .badge", "1000")
	alice.click("#side .group .row a")
	alice.reads(".log .text", "number 999")
	if n := value[int](alice, `document.querySelectorAll(".log .text").length`); n > 250 {
		t.Errorf("%d messages are in the page at once", n)
	}
	alice.sees("the end", `(log => log.scrollHeight - log.scrollTop - log.clientHeight < 5)(document.querySelector(".log"))`)
	place := `(() => { const log = document.querySelector(".log"), first = [...log.querySelectorAll(".text")][0]; window.first = first; window.top0 = first.getBoundingClientRect().top; return true; })()`
	alice.sees("the first message of the page", `(document.querySelector(".log").scrollTop = 0, `+place+`)`)
	alice.sees("that it stays where it is while others come above", `document.querySelectorAll(".log .text").length > 250 && Math.abs(window.first.getBoundingClientRect().top - window.top0) < 60`)
	alice.seesWhile("all of them", `document.querySelectorAll(".log .text").length === 1000`, func() {
		alice.tries(`(document.querySelector(".log").scrollTop = 0, "")`)
	})
	alice.sees("them in order", `[...document.querySelectorAll(".log .text")].every((e, n) => e.textContent === "number " + n)`)
	alice.sees("one line for the day", `document.querySelectorAll(".log .day").length === 1 && !document.querySelector(".log .earlier")`)
	alice.misses("#side .row .badge")
	w.says(guest, "one more")
	alice.reads(".log .text", "one more")
}

// TestLongWordsAndTextsStayInTheirPlaces: the page never becomes wider than its window.
func TestLongWordsAndTextsStayInTheirPlaces(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	long := strings.Repeat("W", 100)
	maya := w.begin(long, "", "Sales")
	alice.takes(long)
	for _, text := range []string{strings.Repeat("w", 3000), strings.Repeat("https://a.example/", 100), strings.Repeat("word ", 900), strings.Repeat("é", 2000), strings.Repeat("مرحبا ", 400)} {
		maya.says(strings.TrimSpace(text))
		alice.reads(".log .text", strings.TrimSpace(text))
	}
	alice.quick("info")
	alice.reads("#panel dd", long)
	for _, size := range [][2]int64{{1280, 800}, {390, 800}} {
		for _, b := range []*browser{alice, maya} {
			b.size(size[0], size[1])
			b.sees("no more than its window", `document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll(".log, .log .item, #side, #head, #panel")].filter(e => e.checkVisibility()).every(e => e.scrollWidth <= e.clientWidth + 1)`)
		}
	}
}

// nasty is what somebody writes who wants to run a script in others' pages.
const nasty = `"'><img src=x onerror=alert(1)><svg onload=alert(1)></textarea></option><script>alert(1)</script>{{.}}`

// attach gives a file of a name to the conversation.
func attach(name string) string {
	return `(() => {
		const input = document.querySelector("[data-files]"), files = new DataTransfer();
		files.items.add(new File(["x"], ` + quote(name) + `, {type: "text/html"}));
		input.files = files.files;
		input.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`
}

// TestNothingThatPeopleWriteRunsInAPage has it in every field that guests, agents and
// admins fill in, and opens whatever shows them. What the policy stops would be a fault
// of the page too.
func TestNothingThatPeopleWriteRunsInAPage(t *testing.T) {
	w := newWorld(t, lobby.Options{As: "8.3", Licensed: true})
	sales := w.accounts.Departments["Sales"]
	w.admin("PUT", "livechat/department/"+sales, map[string]any{"department": map[string]any{
		"name": "S" + nasty, "enabled": true, "email": "sales@example.com", "showOnRegistration": true, "showOnOfflineForm": true, "chatClosingTags": []string{"t" + nasty},
	}}, nil)
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("M"+nasty[:90], "maya@example.com", "Sales")
	maya.says("hello " + nasty)
	alice.reads("#queue .rowname", "M"+nasty[:90])
	alice.click("#queue .button")
	alice.sees("the conversation to write in", `document.querySelector(".composer[data-ready]")`)
	rid := alice.room()
	w.deeds.add(rid, desk.Deed{
		Key: "nasty", At: time.Now(), Plugin: nasty, Instance: nasty, Kind: "tag", What: nasty, Tags: []string{nasty}, Rule: nasty, Reason: nasty, Outcome: "refused", Because: nasty, Event: nasty, Tried: []string{nasty},
	})
	alice.says("back " + nasty)
	for _, b := range []*browser{alice, maya} {
		file := strings.NewReplacer("/", "", `"`, "").Replace("of " + b.name + nasty + ".txt") // browsers send %22 for a quote, and what stands before a slash is no part of a name
		b.sees("a file attached", attach(file))
		b.reads(".log .filecard", file)
	}
	alice.reads(".deed", nasty)
	clean := func(b *browser, where string) {
		t.Helper()
		if n := value[int](b, `document.querySelectorAll("img[src=x], svg[onload], script:not([src]), [onerror], [onload]").length`); n > 0 {
			t.Errorf("%s: %d elements of what was written", where, n)
		}
	}
	for _, panel := range []string{"info", "contact", "history", "search", "files"} {
		alice.quick(panel)
		clean(alice, panel)
	}
	alice.quick("search")
	alice.fill("#panel [name=q]", nasty)
	alice.reads("#panel .hit", nasty)
	alice.quick("contact")
	alice.click(`#panel [hx-get$="/contact/edit"]`)
	alice.fill("#panel [name=contact-name]", "C"+nasty[:100])
	alice.fill("#panel [name=phone]", nasty)
	alice.click("#panel .button:not(.quiet)")
	alice.reads("#panel dd", "C"+nasty[:100])
	clean(alice, "contact")
	alice.click(".deed .menu summary")
	alice.click(".deed .menu [hx-get]")
	alice.reads("#panel", nasty)
	clean(alice, "why")
	for _, ask := range []string{"forward", "transcript", "close"} {
		alice.click(`[hx-get$="/ask/` + ask + `"]`)
		alice.sees(ask, `document.querySelector("dialog[open] form")`)
		clean(alice, ask)
		if ask != "close" {
			alice.press("\u001b")
			alice.misses("dialog[open]")
		}
	}
	alice.fill("#dialog [name=comment]", nasty)
	alice.click("#dialog .button.danger")
	alice.reads("#foot", "This conversation has ended")
	alice.reads(".log .note", nasty)
	maya.reads("#foot", "This chat has ended")
	for _, b := range []*browser{alice, maya} {
		clean(b, b.name)
	}
	alice.quick("history")
	clean(alice, "history")
}

// TestWhatOneAsksForLastIsWhatOneSees: a view that comes late takes nobody's place, least
// of all in the conversation with another guest.
func TestWhatOneAsksForLastIsWhatOneSees(t *testing.T) {
	w := newWorld(t, lobby.Options{})
	alice := w.signIn(w.accounts.Alice)
	for _, guest := range []string{"Maya", "Omar"} {
		w.begin(guest, "", "Sales").says("hello")
		alice.takes(guest)
	}
	release := alice.hold("info")
	alice.click(`.quick [hx-get$="/info"]`)
	alice.quick("contact")
	release()
	alice.sees("what was asked for last", `document.querySelector("#panel h2").textContent === "Contact information"`)
	alice.click("[data-close-panel]")

	for what, place := range map[string]string{"info": "#panel", "forward": "#dialog"} {
		release := alice.hold(what)
		alice.click(`.quick [hx-get$="/` + what + `"]`)
		other := value[string](alice, `[...document.querySelectorAll("#side .group .row a")].find(a => !a.textContent.includes(document.querySelector("#head h1").textContent)).id`)
		alice.click("#" + other)
		alice.sees("the other conversation", `document.querySelector("#head h1").textContent === document.querySelector("#`+other+` .rowname").textContent.trim()`)
		release()
		if html := value[string](alice, `document.querySelector("`+place+`").innerHTML`); html != "" {
			t.Errorf("%s of the conversation that was left: %s", what, html)
		}
	}
}

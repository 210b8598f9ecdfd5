package desk_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

var (
	monkey     = flag.Duration("monkey", 5*time.Second, "how long the monkey clicks")
	monkeySeed = flag.Uint64("monkey-seed", 1, "what the monkey clicks; 0 means something else each time")
)

// swing clicks on something in the page, or writes or chooses something, as the two
// numbers between 0 and 1 say. It leaves alone what leads out of the page, and signing
// out, which few would come back from: passwords cannot be tried for ever.
const swing = `((which, how) => {
	const all = [...document.querySelectorAll("a[href], button, summary, input, select, textarea")].filter(e => {
		if (e.disabled || !e.checkVisibility() || e.matches(".me *, [download], [target=_blank], [type=file]") || e.closest("form[target=_blank]") && e.matches("button:not([type=button])")) return false;
		const r = e.getBoundingClientRect(), top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
		return top && (e.contains(top) || top.contains(e));
	});
	if (!all.length) return "nothing to click on";
	const e = all[Math.floor(which * all.length)];
	const texts = ["", "hello", "error\\d{3}", "(", "مرحبا", "<b>x</b>", "a@b.example", "1".repeat(400), "😀"];
	e.focus();
	if (e.matches("input[type=checkbox], input[type=radio]")) e.click();
	else if (e.matches("input, textarea")) {
		e.value = texts[Math.floor(how * texts.length)];
		e.dispatchEvent(new Event("input", {bubbles: true}));
		if (e.matches("textarea") && e.form && how > 0.3) e.form.requestSubmit();
	} else if (e.matches("select")) {
		e.selectedIndex = Math.floor(how * e.options.length);
		e.dispatchEvent(new Event("change", {bubbles: true}));
	} else e.click();
	return e.tagName + " " + (e.getAttribute("aria-label") || e.textContent || e.name).trim().slice(0, 40);
})`

// TestMonkeyFindsNoErrors clicks at random in an agent's and a guest's page. Errors of
// scripts and of the server fail it.
func TestMonkeyFindsNoErrors(t *testing.T) {
	w := newWorld(t, lobby.Options{As: "8.3", Licensed: true, NoLimits: true})
	seed := *monkeySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	random := rand.New(rand.NewPCG(seed, 1))
	alice := w.signIn(w.accounts.Alice)
	maya := w.begin("Maya", "maya@example.com", "Sales")
	maya.says("hello")
	w.begin("سميرة", "", "Support").says("مرحبا")
	alice.takes("Maya")
	var did []string
	steps := 0
	for until := time.Now().Add(*monkey); time.Now().Before(until); steps++ {
		b := alice
		if random.IntN(4) == 0 {
			b = maya
		}
		b.home()
		step := fmt.Sprintf("%s(%v, %v)", swing, random.Float64(), random.Float64())
		did = append(did, b.name+": "+b.tries(step))
		if b.failed() {
			break
		}
	}
	t.Logf("%d steps, seed %d", steps, seed)
	if alice.failed() || maya.failed() {
		t.Errorf("with -monkey-seed %d, after\n%s", seed, strings.Join(did[max(0, len(did)-12):], "\n"))
	}
	alice.visit("/desk/")
	alice.home()
	alice.sees("the desk", `document.querySelector("#side")`)
}

package desk_test

import (
	_ "embed"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

var (
	monkey     = flag.Duration("monkey", 5*time.Second, "how long the monkey clicks")
	monkeySeed = flag.Uint64("monkey-seed", 1, "what the monkey does; 0 means something else each time")
)

// monkeyScript is what a monkey can do within a page.
//
//go:embed testdata/monkey.js
var monkeyScript string

// troop are the people whose hands the monkey guides: agents and guests, one of each
// in two tabs.
type troop struct {
	w        *world
	random   *rand.Rand
	agents   []*browser
	guests   []*browser
	accounts map[*browser]lobby.Account // of the agents
	deeds    int
	did      []string // what was done last
}

// act is something that one of them does. It says what came of it.
type act func(*troop, *browser) string

// inPage is an act of testdata/monkey.js.
func inPage(kind string) act {
	return func(p *troop, b *browser) string {
		return b.tries(fmt.Sprintf("monkey.do(%q, %d)", kind, p.random.Int32()))
	}
}

// often is an act with how often, out of all, it is done.
type often struct {
	times int
	act
}

// theirs are what agents and guests do.
var agentActs = []often{
	{30, inPage("swing")}, {12, inPage("act")}, {10, inPage("take")}, {12, inPage("say")}, {4, inPage("upload")}, {4, inPage("undo")}, {3, inPage("twice")}, {3, inPage("scroll")},
	{2, inPage("back")}, {2, inPage("forth")}, {2, inPage("reload")}, {1, inPage("leave")}, {6, (*troop).key}, {2, (*troop).resize}, {4, (*troop).deed},
}

var guestActs = []often{
	{10, inPage("swing")}, {20, inPage("begin")}, {20, inPage("say")}, {6, inPage("upload")}, {2, inPage("twice")}, {1, inPage("back")}, {1, inPage("forth")}, {2, inPage("reload")}, {4, (*troop).key}, {1, (*troop).resize},
}

func (p *troop) choose(all []often) act {
	sum := 0
	for _, o := range all {
		sum += o.times
	}
	n := p.random.IntN(sum)
	for _, o := range all {
		if n -= o.times; n < 0 {
			return o.act
		}
	}
	panic("no act") // the times add up
}

// key presses one where the focus is.
func (p *troop) key(b *browser) string {
	keys := []string{"\t", "\r", "\u001b", " ", "x", "\b", kb.ArrowDown, kb.ArrowLeft, kb.ArrowRight, kb.ArrowUp, kb.Home, kb.End}
	key := keys[p.random.IntN(len(keys))]
	if _, err := chromedp.Run(b.ctx, chromedp.KeyEvent(key)); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("presses %q", key)
}

func (p *troop) resize(b *browser) string {
	w, h := int64(320+p.random.IntN(1200)), int64(400+p.random.IntN(700))
	b.size(w, h)
	return fmt.Sprintf("makes the window %d by %d", w, h)
}

// deed has Bellhop do something in the chat that is open.
func (p *troop) deed(b *browser) string {
	rid := b.tries(`(document.querySelector(".log") || {dataset: {rid: ""}}).dataset.rid`)
	if rid == "" || strings.Contains(rid, " ") {
		return "has no chat open"
	}
	p.deeds++
	kinds := []string{"forward", "tag", "untag", "reply", "close", "tell", "call", "hold", "mail", "nonsense"}
	outcomes := []string{"done", "done", "done", "refused", "", "overtaken"}
	d := desk.Deed{
		Key: fmt.Sprintf("monkey-%d", p.deeds), At: time.Now(), Plugin: "autotag", Kind: kinds[p.random.IntN(len(kinds))], What: "<i>something</i>", Tags: []string{"refund"},
		From: "Sales", To: "Billing", Rule: "a \"rule\"", Outcome: outcomes[p.random.IntN(len(outcomes))], Because: "so",
	}
	p.w.deeds.add(rid, d)
	return "sees Bellhop's " + d.Kind
}

// turn has one of them do something.
func (p *troop) turn() {
	all, acts := p.agents, agentActs
	if p.random.IntN(4) == 0 {
		all, acts = p.guests, guestActs
	}
	b := all[p.random.IntN(len(all))]
	p.home(b)
	p.did = append(p.did, b.name+": "+p.choose(acts)(p, b))
	if n := len(p.did); n > 40 {
		p.did = p.did[n-40:]
	}
}

// home brings somebody back who was led away: to a call, out of the desk, or to a page
// that is none of ours.
func (p *troop) home(b *browser) {
	b.sees("a page", `document.readyState === "complete" && document.body`)
	if b.tries(`document.querySelector("#side, .guestpage") ? "home" : ""`) == "home" {
		return
	}
	account, agent := p.accounts[b]
	if !agent {
		b.visit("/guest/")
		return
	}
	b.visit("/desk/")
	if b.tries(`document.querySelector("#side") ? "home" : ""`) != "home" {
		b.enter(account)
	}
}

// failed reports whether a page or the server met an error.
func (p *troop) failed() bool {
	if p.w.t.Failed() {
		return true
	}
	for _, b := range append(p.agents[:len(p.agents):len(p.agents)], p.guests...) {
		if b.failed() {
			return true
		}
	}
	return false
}

// teach puts the monkey's acts into all pages that the browser opens from now on.
func (b *browser) teach() *browser {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: monkeyScript}); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// newTroop opens the pages: two agents, one of them in two tabs, and two guests.
func newTroop(t *testing.T, seed uint64) *troop {
	random := rand.New(rand.NewPCG(seed, 1))
	releases := []string{"8.3", "3.11"}
	w := newWorld(t, lobby.Options{As: releases[random.IntN(2)], Licensed: random.IntN(2) == 0, NoLimits: true})
	alice, carol := w.signIn(w.accounts.Alice).teach(), w.signIn(w.accounts.Carol).teach()
	maya, samira := w.begin("Maya", "maya@example.com", "Sales").teach(), w.begin("سميرة", "", "Support").teach()
	other := alice.tab().teach()
	p := &troop{
		w: w, random: random, agents: []*browser{alice, carol, other}, guests: []*browser{maya, samira, maya.tab().teach()},
		accounts: map[*browser]lobby.Account{alice: w.accounts.Alice, other: w.accounts.Alice, carol: w.accounts.Carol},
	}
	maya.says("hello")
	samira.says("مرحبا")
	alice.takes("Maya")
	for _, b := range p.agents {
		b.visit("/desk/")
	}
	for _, b := range p.guests {
		b.visit("/guest/")
	}
	return p
}

// TestMonkeyFindsNoErrors has agents and guests do at random what can be done in their
// pages. Errors of scripts and of the server fail it, with what was done before: the
// same seed does the same again, as far as pages that change by themselves allow.
func TestMonkeyFindsNoErrors(t *testing.T) {
	seed := *monkeySeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	p := newTroop(t, seed)
	t.Logf("seed %d", seed)
	steps := 0
	for until := time.Now().Add(*monkey); time.Now().Before(until) && !p.failed(); steps++ {
		p.turn()
	}
	t.Logf("%d steps", steps)
	if p.failed() {
		t.Errorf("with -monkey-seed %d, after\n%s", seed, strings.Join(p.did, "\n"))
	}
	alice := p.agents[0]
	p.home(alice)
	alice.sees("the desk", `document.querySelector("#side")`)
}

package host

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/plugins/forwarding"
	"github.com/bellhop-chat/bellhop/sdk"
)

// clerk does a bit of everything, and what it does tells how often it did.
var clerk plugin = func(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		p.State().Add("all", 1)
		c.Reply(fmt.Sprintf("you wrote %d times", c.State().Add("n", 1)))
		if strings.Contains(m.Text, "invoice") {
			c.Forward(sdk.Department("Billing"))
			c.Tag([]string{"billing"})
		}
		if strings.Contains(m.Text, "later") {
			c.SetTimer("later", time.Minute)
		}
		return nil
	})
	p.OnTimer("later", func(c *sdk.Chat) error { c.Reply("it is later"); return nil })
	p.OnForwarded(func(c *sdk.Chat, f sdk.Forwarding) error { p.State().Add("moved", 1); return nil })
	p.OnResult(func(c *sdk.Chat, r sdk.Result) error { c.State().Add("outcomes", 1); return nil })
	p.OnClosed(func(c *sdk.Chat) error {
		c.Tag([]string{"closing"})
		c.Untag([]string{"closing"})
		c.Tag([]string{"closed"})
		c.Tag([]string{"closed", "left"})
		return nil
	})
	return nil
}

// drama is what a host is killed in.
type drama struct {
	instance string
	plugin   plugin
	settings string // JSON; "" means none

	// script is what people do; each step is followed by quiet. A step can be done
	// again: what has happened does not happen twice.
	script []func(*workspace)
}

func (d drama) world(t *testing.T) *world {
	w := newWorld(t, map[string]plugin{d.instance: d.plugin})
	w.set(d.instance, func(i *Instance) { i.Settings = []byte(d.settings) })
	return w
}

var clerical = drama{instance: "clerk", plugin: clerk, script: []func(*workspace){
	func(ws *workspace) { ws.once("a", "1", "hello"); ws.once("b", "2", "my invoice, later") },
	func(ws *workspace) { ws.once("a", "3", "an invoice"); ws.once("a", "4", "and another word") },
	func(ws *workspace) { time.Sleep(2 * time.Minute) },
	func(ws *workspace) { ws.leaveOnce("b"); ws.once("a", "5", "bye") },
}}

// forwarded are two chats of which the next agent is known in two ways: carol gets
// one by the rule, and takes the other after it was moved.
var forwarded = drama{
	instance: "forwarding", plugin: forwarding.Register,
	settings: `{"note": true, "rules": [
		{"name": "bills", "words": ["invoice"], "to": {"department": "Billing", "agent": "carol"}},
		{"name": "others", "words": ["broken"], "to": {"department": "Repairs"}}]}`,
	script: []func(*workspace){
		func(ws *workspace) { ws.once("a", "1", "my invoice") },
		func(ws *workspace) { time.Sleep(10 * time.Minute) },
		func(ws *workspace) { ws.once("b", "2", "it is broken") },
		func(ws *workspace) { ws.takeOnce("b", "carol") },
		func(ws *workspace) { time.Sleep(10 * time.Minute) },
		func(ws *workspace) { ws.once("a", "3", "an invoice"); ws.once("b", "4", "it is broken") },
	},
}

// once is write for a message that may have been written.
func (w *workspace) once(chat sdk.ChatID, id sdk.MessageID, text string) {
	w.mu.Lock()
	there := slices.ContainsFunc(w.facts, func(e bridge.Event) bool { return e.ID == bridge.MessageEventID(id) })
	w.mu.Unlock()
	if !there {
		w.write(chat, sdk.Message{ID: id, From: sdk.Guest, Text: text})
	}
}

func (w *workspace) leaveOnce(chat sdk.ChatID) {
	w.mu.Lock()
	open := w.chats[chat].Status != sdk.Closed
	w.mu.Unlock()
	if open {
		w.leave(chat)
	}
}

func (w *workspace) takeOnce(chat sdk.ChatID, agent string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.chats[chat]; c.Agent.Username != agent {
		c.Agent = sdk.Person{ID: "id-" + agent, Username: agent}
		w.chats[chat] = c
		at := time.Now()
		w.happen(sdk.Event{ID: bridge.TakenID(chat, c.Agent.ID, at), Kind: sdk.EventTaken, Chat: chat, At: at})
	}
}

// killer takes a copy of store and workspace at one of the moments at which a
// process can be killed.
type killer struct {
	w  *world
	at int // the moment, counted from 1

	// The workspace's mu guards what follows.
	seen  int
	stage string // at which the copy was taken; "" when it was not
	step  int    // of the script, at present
	from  int    // the step at which the copy was taken
	dir   string
	ws    *workspace
}

// moment is one at which the process may be killed. What an attempt does to
// the workspace waits meanwhile, so that the copies are of one time.
func (k *killer) moment(stage string) {
	k.w.ws.mu.Lock()
	defer k.w.ws.mu.Unlock()
	if k.seen++; k.seen != k.at {
		return
	}
	k.stage, k.from, k.ws = stage, k.step, k.w.ws.clone()
	if err := k.w.store.Backup(filepath.Join(k.dir, "bellhop.db")); err != nil {
		k.w.t.Error(err)
	}
}

// next is told that a step of the script begins, and says whether it is to.
func (k *killer) next(step int) bool {
	k.w.ws.mu.Lock()
	defer k.w.ws.mu.Unlock()
	k.step = step
	return k.stage == ""
}

// watch sees all moments of a host.
func (k *killer) watch() {
	k.w.store.Watch(func(store.Flush) { k.moment("commit") })
	k.w.ws.slow = func(context.Context, bridge.Effect) *sdk.Outcome { k.moment("before apply"); return nil }
	k.w.ws.answers(func(_ bridge.Effect, o sdk.Outcome) sdk.Outcome { k.moment("between apply and settle"); return o })
}

// lies says what a store that a kill has left was about to do.
func lies(t *testing.T, dir, instance string) string {
	db, err := store.Open(filepath.Join(dir, "bellhop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Check(); err != nil {
		t.Error(err)
	}
	begun, decided := 0, 0
	parcels := must(db.Outbox())
	for _, p := range parcels {
		for _, c := range p.Effects {
			switch {
			case c.Outcome != nil:
			case c.Begun:
				begun++
			default:
				decided++
			}
		}
	}
	progress, _, err := db.Progress(instance)
	switch {
	case err != nil:
		t.Fatal(err)
	case decided > 0:
		return "after a commit, with effects decided"
	case begun > 0:
		return "after a commit, with effects begun"
	case progress.Through < db.End():
		return "after a commit, with events in the journal"
	}
	return "after a commit, with nothing to do"
}

// finally is all that must be the same whether the host was killed or not.
func (w *world) finally(instance string) string {
	w.t.Helper()
	w.quiet()
	all := w.ws.did()
	for _, of := range []sdk.ChatID{"", "a", "b"} {
		state, err := w.store.State(instance, of)
		w.ok(err)
		for _, name := range slices.Sorted(maps.Keys(state)) {
			all = append(all, fmt.Sprintf("state of %q: %s is %s", of, name, state[name]))
		}
	}
	return strings.Join(all, "\n")
}

// killedAt plays the script, kills the host at the moment, and goes on with
// another on what it left. It says where that was and how all ended.
func (d drama) killedAt(t *testing.T, moment int) (stage, end string) {
	synctest.Test(t, func(t *testing.T) {
		w := d.world(t)
		w.start()
		w.quiet()
		k := &killer{w: w, at: moment, dir: t.TempDir()}
		k.watch()
		for n, step := range d.script {
			if k.next(n) {
				step(w.ws)
				w.quiet()
			}
		}
		end = w.finally(d.instance)
		w.end()
		if stage = k.stage; stage == "" {
			return // else nothing of it counts any more
		}
		if stage == "commit" {
			stage = lies(t, k.dir, d.instance)
		}
		after := d.world(t)
		after.ws, after.dir = k.ws, k.dir
		after.start()
		after.quiet()
		for _, step := range d.script[k.from:] {
			step(after.ws)
			after.quiet()
		}
		end = after.finally(d.instance)
		after.end()
	})
	return stage, end
}

func TestKillAtAnyMomentLosesAndDoublesNothing(t *testing.T) {
	_, want := clerical.killedAt(t, 0)
	if n := strings.Count(want, "\n") + 1; n < 14 {
		t.Fatalf("undisturbed, the clerk does only %d things:\n%s", n, want)
	}
	clerical.killedEverywhere(t, want)
}

func TestKillAtAnyMomentForwardsAndNotesOnce(t *testing.T) {
	_, want := forwarded.killedAt(t, 0)
	for _, each := range []string{"a forward Billing @carol", "a direct", "b forward Repairs", "b direct"} {
		if strings.Count("\n"+want, "\n"+each) != 1 {
			t.Fatalf("undisturbed, %q is not once in:\n%s", each, want)
		}
	}
	forwarded.killedEverywhere(t, want)
}

// killedEverywhere kills a host at each moment; all must end as it does
// undisturbed.
func (d drama) killedEverywhere(t *testing.T, want string) {
	t.Helper()
	stages := map[string]int{}
	for moment := 1; ; moment++ {
		stage, end := d.killedAt(t, moment)
		if stage == "" || moment > 500 {
			break
		}
		stages[stage]++
		if end != want {
			t.Errorf("killed at moment %d, %s:\n%s\nwant:\n%s", moment, stage, end, want)
		}
	}
	for stage, n := range stages {
		t.Logf("%d kills %s", n, stage)
	}
	for _, stage := range []string{"before apply", "between apply and settle", "after a commit, with effects begun"} {
		if stages[stage] == 0 {
			t.Errorf("none was killed %s", stage)
		}
	}
}

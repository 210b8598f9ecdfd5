package desk_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// deeds are Bellhop's records as a test writes them.
type deeds struct {
	mu       sync.Mutex // guards what follows
	all      map[string][]desk.Deed
	watchers map[int]func(string)
	last     int
	undo     func(rid, key, by string) (whyNot string) // takes one back
}

// Undo is desk.Deeds'.
func (d *deeds) Undo(_ context.Context, rid, key, by string) (string, error) {
	if d.undo == nil {
		return "this test undoes nothing", nil
	}
	return d.undo(rid, key, by), nil
}

// Of is desk.Deeds'.
func (d *deeds) Of(_ context.Context, rid string) ([]desk.Deed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]desk.Deed(nil), d.all[rid]...), nil
}

// Watch is desk.Deeds'.
func (d *deeds) Watch(fn func(string)) func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	n := d.last
	d.watchers[n] = fn
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, n)
	}
}

// add records a deed and tells who watches.
func (d *deeds) add(rid string, x desk.Deed) {
	d.mu.Lock()
	if d.all == nil {
		d.all = map[string][]desk.Deed{}
	}
	d.all[rid] = append(d.all[rid], x)
	var tell []func(string)
	for _, fn := range d.watchers {
		tell = append(tell, fn)
	}
	d.mu.Unlock()
	for _, fn := range tell {
		fn(rid)
	}
}

// moved does by hand what Bellhop would do, and records it.
func (w *world) moved(rid string) {
	w.t.Helper()
	w.admin("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.accounts.Departments["Support"]}, nil)
	w.deeds.add(rid, desk.Deed{
		Key: "forwarding/message/1/0", At: time.Now(), Plugin: "forwarding", Instance: "fwd", Kind: "forward", What: "forward Support", From: "Sales", To: "Support",
		Rule: "help words", Reason: `words matched "help"`, Outcome: "done", Version: "1.0.0", Mode: "on", Event: "guest: help", Tried: []string{`help words: words matched "help" (held)`},
	})
}

func TestWhatBellhopDidStandsInTheConversationAndCanBeUndone(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	rid := alice.room()
	w.moved(rid)
	w.deeds.undo = func(rid, key, by string) string {
		if key != "forwarding/message/1/0" || by != "@alice" {
			return "asked by " + by + " for " + key
		}
		w.admin("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.accounts.Departments["Sales"]}, nil)
		return ""
	}
	alice.reads("#queue", "Support")
	alice.takes("Maya")
	alice.reads(".deed .what", "forwarded the chat to Support")
	alice.reads(".deed .why", "plugin forwarding")
	alice.reads(".deed .why", "help words")
	alice.click(".deed .menu summary")
	alice.shot("deed")
	alice.click(".deed .menu [hx-get]")
	for _, text := range []string{"guest: help", "1.0.0", "mode on", "(held)"} {
		alice.reads("#panel dd", text)
	}
	alice.shot("why")
	alice.click(".deed .menu summary")
	alice.click(".deed .menu form .link")
	alice.told("good", "Undone: forwarded the chat to Support")
	alice.reads("#queue", "Sales")
}

func TestNewDeedsAppearLiveAndSayWhyTheyCantBeUndone(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{})
	rid := alice.room()
	w.deeds.add(rid, desk.Deed{Key: "a", At: time.Now(), Plugin: "autotag", Instance: "autotag", Kind: "transcript", What: "transcript", Reason: "it was asked for", Outcome: "done", Stays: "it was read, or can have been"})
	w.deeds.add(rid, desk.Deed{Key: "c", At: time.Now(), Plugin: "autotag", Instance: "autotag", Kind: "tag", Tags: []string{"vip"}, Outcome: "undone", Because: `@alice takes back "tag vip" of autotag`})
	w.deeds.add(rid, desk.Deed{Key: "b", At: time.Now(), Plugin: "forwarding", Instance: "forwarding", Kind: "forward", To: "Billing", Outcome: "refused", Because: "nobody is there"})
	alice.reads(".deed", "delivered the transcript")
	alice.reads(".deed", "Not done (refused): nobody is there")
	alice.click("#deed-a .menu summary")
	alice.reads("#deed-a .menu", "Can’t be undone: it was read, or can have been.")
	alice.reads("#deed-c", "Undone: @alice takes back")
	maya.says("anything else?")
	maya.misses(".deed")
}

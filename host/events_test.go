package host

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's points 1 and 2: events and the journal.

func TestEventBecomesEffect(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.ws.say("c", "hello")
		w.ws.say("c", "my invoice is wrong")
		w.did("c forward Billing")
		w.ended("rules c forward Billing: done")
		why := w.why("c")
		if len(why) != 2 || why[0].Decision.Skips[0] != "no word of an invoice" || why[1].Effects[0].Effect.Reason != "the guest said invoice" {
			t.Errorf("why: %+v", why)
		}
	})
}

func TestOneFactFromTwoSourcesIsOneEvent(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"rules": listener(&seen)}, func(w *world) {
		id := w.ws.say("c", "hello")
		again := sdk.Event{ID: id, Kind: sdk.EventMessage, Chat: "c", Message: &sdk.Message{ID: "c-1", From: sdk.Guest, Text: "hello, as the other source has it"}}
		w.ws.send(again)
		w.quiet()
		w.restart() // the workspace gives all of it again
		w.ws.send(again)
		w.quiet()
		w.same("seen", seen.list(), []string{"c: hello"})
	})
}

func TestWorkspaceStartsFromThePicturesAndWatermarksOfTheEvents(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.ws.say("open", "hello")
		time.Sleep(time.Minute)
		w.ws.change("open", func(c *sdk.Chat) { c.Topic = "boots" })
		w.ws.say("open", "are you there?")
		at := time.Now()
		w.ws.leave("gone")
		w.quiet()
		time.Sleep(25 * time.Hour)
		w.restart()
		w.quiet()
		p := w.ws.picture
		if k := p.Chats["open"]; k.Chat.Topic != "boots" || !k.Watermark.Equal(at) || len(p.Chats) != 1 {
			t.Errorf("picture: %+v", p.Chats)
		}
		if p.Seen.IsZero() || !p.Knows(bridge.ClosedID("gone")) || p.Knows(bridge.OpenedID("gone")) {
			t.Errorf("seen %s, or the journal's events are not known", p.Seen)
		}
	})
}

func TestJournalOrderIsTheOrderForAll(t *testing.T) {
	var one, other notes
	play(t, map[string]plugin{"one": listener(&one), "other": listener(&other)}, func(w *world) {
		var want []string
		for n := range 200 {
			text := strings.Repeat("x", n)
			w.ws.say("c", text)
			want = append(want, "c: "+text)
		}
		w.quiet()
		w.same("one", one.list(), want)
		w.same("other", other.list(), want)
	})
}

func TestEventThatNoWorkspaceShouldGiveIsDropped(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.ws.send(sdk.Event{ID: "message/1", Kind: sdk.EventMessage})
		w.ws.send(sdk.Event{ID: "message/\x00", Kind: sdk.EventMessage, Chat: "c"})
		w.ws.send(sdk.Event{ID: sdk.EventID(strings.Repeat("x", 40000)), Kind: sdk.EventMessage, Chat: "c"})
		w.ws.say("c", "invoice")
		w.did("c forward Billing")
		w.logged("belongs to no chat")
		w.logged("zero byte")
		w.logged("more than 1024 bytes")
	})
}

func TestTextThatIsNoUTF8IsRememberedAndReadable(t *testing.T) {
	echo := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.State().Set("last", m.Text)
		return nil
	})
	play(t, map[string]plugin{"echo": echo}, func(w *world) {
		w.ws.say("c", "caf\xe9")
		w.ws.say("c", "again")
		w.quiet()
		if state, err := w.store.State("echo", "c"); err != nil || state["last"] != "again" {
			t.Errorf("state %v (%v)", state, err)
		}
	})
}

func TestNothingIsCarriedOutBeforeItsEventIsInTheJournal(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			disk := w.saved()
			defer disk.Close()
			entry, err := disk.EntryOf(e.Event)
			why, err2 := disk.Why(e.Chat)
			if errors.Join(err, err2) != nil || entry == nil || len(why) != 1 || why[0].Effects[0].Effect.Key != e.Key {
				t.Errorf("at the attempt the disk has event %+v and decisions %+v (%v, %v)", entry, why, err, err2)
			}
			return nil
		})
		w.ws.say("c", "invoice")
		w.did("c forward Billing")
	})
}

func TestEventAndFirstDecisionShareOneCommit(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		w.quiet()
		// The workspace's word that it has caught up is lazy too.
		if err := w.store.Flush().Wait(); err != nil {
			w.t.Fatal(err)
		}
		commits, attempted := 0, 0
		w.store.Watch(func(store.Flush) { commits++ })
		w.ws.instead(func(bridge.Effect) *sdk.Outcome { attempted = commits; return nil })
		w.ws.say("c", "invoice")
		w.did("c forward Billing")
		if attempted != 1 {
			t.Errorf("%d commits before the attempt, want 1: event, picture, decision and the attempt's beginning", attempted)
		}
	})
}

// waiter sets a timer on each message, and notes its firing.
func waiter(seen *notes, after time.Duration, then func(*sdk.Chat)) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			c.SetTimer("later", after)
			return nil
		})
		p.OnTimer("later", func(c *sdk.Chat) error {
			seen.add("%s %s", c.ID, c.Now().Sub(c.OpenedAt))
			if then != nil {
				then(c)
			}
			return nil
		})
		return nil
	}
}

func TestTimerIsOnDiskBeforeAnyoneSeesIt(t *testing.T) {
	var seen notes
	var w *world
	check := func(c *sdk.Chat) {
		disk := w.saved()
		defer disk.Close()
		id := bridge.TimerID("wait", "c", "later", c.Now())
		if e, err := disk.EntryOf(id); e == nil || err != nil {
			t.Errorf("a handler sees %s, which is not on disk (%v)", id, err)
		}
	}
	play(t, map[string]plugin{"wait": waiter(&seen, time.Minute, check)}, func(world *world) {
		w = world
		w.ws.say("c", "hello")
		w.quiet()
		time.Sleep(2 * time.Minute)
		w.quiet()
		w.same("fired", seen.list(), []string{"c 1m0s"})
	})
}

func TestChangesAreJournalEntries(t *testing.T) {
	play(t, map[string]plugin{"rules": forwarder}, func(w *world) {
		changes := []func(*Instance){
			func(i *Instance) { i.Version = "2" },
			func(i *Instance) { i.Settings = []byte(`{}`) },
			func(i *Instance) { i.Mode = Shadow },
			func(i *Instance) { i.Grants.Effects = nil },
			func(i *Instance) { i.Sources = map[string][]byte{"as": []byte("rules")} },
		}
		for n, change := range changes {
			w.set("rules", change)
			if n%2 == 0 {
				w.restart()
				continue
			}
			if err := w.host.Reload(w.t.Context(), w.opts.Instances); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := errors.Join(w.host.Pause("rules", "for a test"), w.host.Resume("rules")); err != nil {
			w.t.Fatal(err)
		}
		entries, err := w.store.Entries(0, 100)
		entries = slices.DeleteFunc(entries, func(e *store.Entry) bool { return e.Event.Kind == sdk.EventEnabled })
		if err != nil || len(entries) != 1+len(changes)+2 {
			w.t.Fatalf("%d entries (%v)", len(entries), err)
		}
		for _, e := range entries {
			if e.Event.Kind != store.Changed || e.Event.Instance != "rules" {
				t.Errorf("entry %d is %+v", e.Seq, e.Event)
			}
		}
		if s := entries[6].Setup; s.Paused != "for a test" || s.Version != "2" || s.Mode != "shadow" || !slices.Equal(s.Settings, []byte(`{}`)) {
			t.Errorf("setup of the pause: %+v", s)
		}
		w.restart()
		if again, _ := w.store.Entries(0, 100); len(again) != len(entries)+1 { // it was told once that it begins
			t.Errorf("a restart without a change added entries: %d", len(again))
		}
	})
}

func TestTimesThatNoClockTellsStopNobody(t *testing.T) {
	for name, at := range map[string]time.Time{
		"far ahead": time.UnixMilli(1e15), "before Christ": time.Unix(-1e11, 0), "next week": time.Date(2000, 1, 8, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]plugin{"does": does}, func(w *world) {
				w.ws.change("c", func(c *sdk.Chat) {
					c.OpenedAt, c.WaitingSince, c.Last = at, at, []sdk.Message{{ID: "old", At: at, Edited: at}}
				})
				w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "r", At: at})
				w.quiet()
				w.ok(w.host.accept(bridge.Event{Seen: at}))
				w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "g"})
				w.quiet()
				w.restart()
				w.quiet()
				if why := w.why("c"); len(why) == 0 || !slices.Contains(w.ws.did(), "c tag tag0") {
					t.Errorf("done: %q, why: %+v", w.ws.did(), why)
				}
			})
		})
	}
}

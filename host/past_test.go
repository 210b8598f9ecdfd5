package host

import (
	"fmt"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 9: the past.

func TestFiveHundredChatsThatAreThereAtTheFirstStartGiveNoEvents(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"does": does, "listens": listener(&seen)}, func(w *world) {
		for n := range 500 {
			w.ws.say(sdk.ChatID(fmt.Sprint("old", n)), "rg")
		}
		time.Sleep(time.Minute)
		w.start()
		w.did()
		w.same("seen", seen.list(), nil)
		w.ok(w.store.Flush().Wait())
		if p := must(w.store.Picture(time.Now())); len(p.Chats) != 500 || !p.Knows("message/old7-8") {
			t.Errorf("%d chats are in the picture, or what they said is not known", len(p.Chats))
		}
		w.restart()
		w.did()
		w.ws.say("old7", "r")
		w.did("old7 reply 0")
		w.same("seen", seen.list(), []string{"old7: r"})
	})
}

func TestNothingOlderThanAnInstanceReachesIt(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"old": listener(&notes{}), "new": listener(&seen)}, func(w *world) {
		w.set("new", func(i *Instance) { i.Mode = Off })
		w.restart()
		w.ws.say("c", "before")
		w.quiet()
		time.Sleep(time.Minute)
		w.set("new", func(i *Instance) { i.Mode = On })
		w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
		w.quiet()
		w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "from before, and learned now", At: time.Now().Add(-time.Second)})
		w.ws.say("c", "after")
		w.quiet()
		w.restart()
		w.quiet()
		w.same("seen", seen.list(), []string{"c: after"})
	})
}

func TestInstanceThatWasOffBeginsAnew(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"on": listener(&seen)}, func(w *world) {
		w.ws.say("c", "one")
		w.quiet()
		for _, mode := range []Mode{Off, On} {
			w.set("on", func(i *Instance) { i.Mode = mode })
			w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
			time.Sleep(time.Second)
			w.ws.say("c", string(mode))
			w.quiet()
		}
		w.same("seen", seen.list(), []string{"c: one", "c: on"})
	})
}

func TestInstanceThatIsGoneForAWhileBeginsAnew(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"on": listener(&seen)}, func(w *world) {
		spec := w.opts.Instances["on"]
		delete(w.opts.Instances, "on")
		w.restart()
		w.ws.say("c", "while it was gone")
		w.quiet()
		time.Sleep(time.Second)
		w.opts.Instances["on"] = spec
		w.restart()
		w.ws.say("c", "and now")
		w.quiet()
		w.same("seen", seen.list(), []string{"c: and now"})
	})
}

func TestWhatHappensWhileTheHostIsDownIsSeenOnce(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"listens": listener(&seen), "does": does}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		w.end()
		w.ws.say("new", "r") // a chat that opens meanwhile
		w.ws.say("c", "g")
		time.Sleep(time.Minute)
		w.start()
		w.did("c tag tag0", "new reply 0")
		w.restart()
		w.did("c tag tag0", "new reply 0")
		w.same("seen", seen.list(), []string{"c: hello", "new: r", "c: g"})
	})
}

func TestEventThatComesMoreThanFifteenMinutesLateIsMarked(t *testing.T) {
	for ago, late := range map[time.Duration]bool{14 * time.Minute: false, 16 * time.Minute: true} {
		t.Run(ago.String(), func(t *testing.T) {
			play(t, map[string]plugin{"listens": listener(&notes{})}, func(w *world) {
				time.Sleep(time.Hour)
				id := w.ws.write("c", sdk.Message{From: sdk.Guest, Text: "hello", At: time.Now().Add(-ago)})
				w.quiet()
				if e := must(w.store.EntryOf(id)); e.Event.Late != late {
					t.Errorf("late is %t", e.Event.Late)
				}
			})
		})
	}
}

func TestBaselineOfARunningHostGivesNoEventsAndKeepsThePicture(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"listens": listener(&seen)}, func(w *world) {
		w.quiet()
		chat := sdk.Chat{ID: "c", Status: sdk.Taken, Topic: "boots"}
		m := sdk.Message{ID: "m", From: sdk.Guest, Text: "old", At: time.Now()}
		w.ok(w.host.accept(bridge.Event{Baseline: true, Picture: chat, Watermark: m.At,
			Event: sdk.Event{ID: bridge.MessageEventID(m.ID), Kind: sdk.EventMessage, Chat: "c", Message: &m}}))
		w.quiet()
		w.same("seen", seen.list(), nil)
		if k := must(w.store.Chat("c")); k.Chat.Topic != "boots" || !w.store.Knows("message/m") {
			t.Errorf("picture %+v", k)
		}
	})
}

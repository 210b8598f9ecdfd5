package bridge

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// listening is a desk whose bridge runs, and so hears what happens. It makes no more
// calls by itself, which would meet what a test has prepared for others.
func (d *desk) listening() {
	d.t.Helper()
	j := newJournal(d.t)
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := d.bridge.Run(ctx, j.picture(), j.accept); err != context.Canceled {
			d.t.Errorf("run ended with %v", err)
		}
	}()
	d.t.Cleanup(func() { cancel(); <-over })
	j.wait("a comparison", func() bool { return j.seens > 0 })
	for end := time.Now().Add(patient); d.bridge.mandate.since().IsZero(); d.as("alice") { // what it may is asked for beside
		if time.Now().After(end) {
			d.t.Fatal("nobody asks what the account may")
		}
	}
}

// taggings are how a person sets a tag: in a form that shows the tags of now,
// or in one that was opened before we wrote ours.
var taggings = map[string]func(d *desk, chat sdk.ChatID){
	"in a fresh form": func(d *desk, chat sdk.ChatID) {
		d.alice.setTags(chat, append(strings.Fields(d.tagsOf(chat)), "urgent")...)
	},
	"in an old form": func(d *desk, chat sdk.ChatID) { d.alice.setTags(chat, "vip", "urgent") },
}

// TestTagOfAPersonIsNeverLost: she sets it before or after any of the calls
// that setting ours takes; what she does after the last is no more of ours.
func TestTagOfAPersonIsNeverLost(t *testing.T) {
	const calls = 3
	for how, set := range taggings {
		for n := range calls {
			for name, when := range map[string]func(func()) deed{"before": first, "after": then} {
				if name == "after" && n == calls-1 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s call %d", how, name, n+1), func(t *testing.T) {
					d := openDesk(t, lobby.Options{})
					chat := d.served("Sales")
					d.alice.setTags(chat, "vip")
					d.listening()
					for range n {
						d.wire.on("", http.RoundTripper.RoundTrip)
					}
					met := false
					d.wire.on("", when(func() { met = true; set(d, chat) }))
					d.must(d.tag(chat, "billing"), sdk.Done, "added billing")
					for _, tag := range []string{"vip", "urgent", "billing"} {
						if got := d.tagsOf(chat); !met || !strings.Contains(got, tag) {
							t.Errorf("the chat has the tags %q, without %s", got, tag)
						}
					}
				})
			}
		}
	}
}

// TestTagThatWasPutBackIsReported: agents and admins may read of it.
func TestTagThatWasPutBackIsReported(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.listening()
	d.wire.on("saveInfo", first(func() { d.alice.setTags(chat, "urgent") }))
	d.must(d.tag(chat, "billing"), sdk.Done, "added billing; put back urgent, which others set at the same moment")
	d.hasTags(chat, "billing urgent")
}

// TestTagOfAPersonSurvivesUntagging: the same list is written to take a tag
// away.
func TestTagOfAPersonSurvivesUntagging(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.setTags(chat, "billing")
	d.listening()
	d.wire.on("saveInfo", first(func() { d.alice.setTags(chat, "billing", "urgent") }))
	d.must(d.untag(chat, []string{"billing"}, "billing"), sdk.Done, "took away billing; put back urgent")
	d.hasTags(chat, "urgent")
}

// TestCloseWithTagsWhileWeTag: the agent ends the chat, with tags, at the
// moment at which we write ours.
func TestCloseWithTagsWhileWeTag(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.listening()
	d.wire.on("saveInfo", first(func() { d.alice.close(string(chat), "bye", "solved") }))
	d.must(d.tag(chat, "billing"), sdk.Done, "put back solved")
	d.hasTags(chat, "billing solved")
}

// TestTagsAreSetThoughTheConnectionEnds while we wait for what it tells.
func TestTagsAreSetThoughTheConnectionEnds(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.listening()
	d.wire.on("saveInfo", first(d.lobby.CutConnections))
	d.must(d.tag(chat, "billing"), sdk.Done, "added billing")
	d.hasTags(chat, "billing")
}

// TestServerThatTellsNothingIsNotWaitedForAgain: newer ones may forget to say
// that a room's tags changed.
func TestServerThatTellsNothingIsNotWaitedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &ears{}
		e.join(&ddp.Conn{})
		for range maxMisses {
			l := e.add("r")
			l.note([]string{"vip"})
			if tags := l.before(t.Context(), []string{"billing"}); tags != nil {
				t.Errorf("it heard %v before what was never told", tags)
			}
			l.end()
		}
		if e.add("r") != nil {
			t.Error("it still waits")
		}
		time.Sleep(deafness)
		l := e.add("r")
		if l == nil {
			t.Fatal("it does not try again some time")
		}
		l.end()
		e.join(&ddp.Conn{})
		if e.add("r") == nil {
			t.Error("it does not try with another connection")
		}
	})
}

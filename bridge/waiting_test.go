package bridge

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// ticking is a server's clock that tests move.
type ticking struct{ ahead atomic.Int64 }

func (c *ticking) time() time.Time      { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *ticking) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// queue is what happened to a chat, with its coming into the queue, and since
// when its picture says that it waits.
func (j *journal) queue(chat sdk.ChatID) []string {
	var list []string
	for _, e := range j.events(chat) {
		text := short(e)
		if e.Kind == sdk.EventQueued {
			if e.ID != QueuedID(chat, e.Picture.QueuedAt) && e.Picture.Status == sdk.Queued {
				text += fmt.Sprintf(" as %s, since %s", e.ID, e.Picture.QueuedAt)
			}
		}
		list = append(list, text)
	}
	return list
}

// TestChatWaitsInTheQueueOnce, whoever tells of it, each time that it comes
// there: when it is opened, moved, or given back.
func TestChatWaitsInTheQueueOnce(t *testing.T) {
	for _, as := range lobby.Releases() {
		for how, way := range ways {
			t.Run(as+" "+how, func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as, Online: []string{"alice", "carol"}})
				alice, carol := f.as("alice"), f.as("carol")
				j := newJournal(t)
				stop := j.run(f.options())
				j.compared()
				stop()
				var g *caller
				way(f, j, func() []sdk.EventID {
					g = f.guest("dora", "Sales")
					g.say("hello")
					alice.take(g.rid)
					alice.forward(g.rid, "Support", "")
					carol.take(g.rid)
					carol.method("livechat:returnAsInquiry", g.rid)
					return nil
				})
				defer j.run(f.options())()
				j.compared()
				want := []string{"opened", "queued", "guest: hello", "taken by alice", "forwarded to Support", "queued", "taken by carol", "forwarded to queue", "queued"}
				if got := j.queue(g.chat()); !slices.Equal(got, want) {
					t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
				}
			})
		}
	}
}

// TestChatThatRoutingAssignsNeverWaits, and one that it can assign to nobody
// does.
func TestChatThatRoutingAssignsNeverWaits(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			f := openFloor(t, lobby.Options{As: as, Routing: "auto", Online: []string{"alice"}})
			j := newJournal(t)
			defer j.run(f.options())()
			j.compared()
			f.as("admin").post("settings/Livechat_accept_chats_with_no_agents", map[string]any{"value": true})
			g, lone := f.guest("dora", "Sales"), f.guest("erik", "Empty")
			j.until(g.say("hello"), lone.say("anybody?"))
			j.wait("the lone guest in the queue", func() bool { return j.known[QueuedID(lone.chat(), j.chats[lone.chat()].Chat.QueuedAt)] })
			if ids := j.ofKind(g.chat(), sdk.EventQueued); len(ids) > 0 {
				t.Errorf("%q, though %q", ids, j.told(g.chat()))
			}
		})
	}
}

// TestHoldsAreToldOnce, whoever tells of them, and whether an agent or the
// guest's next message ends them.
func TestHoldsAreToldOnce(t *testing.T) {
	for _, as := range lobby.Releases()[1:] {
		for how, way := range ways {
			t.Run(as+" "+how, func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as, Licensed: true, Online: []string{"alice"}})
				alice := f.as("alice")
				j := newJournal(t)
				stop := j.run(f.options())
				j.compared()
				g := f.guest("dora", "Sales")
				j.until(g.say("hello"))
				alice.take(g.rid)
				j.wait("the agent", func() bool { return j.chats[g.chat()].Chat.Status == sdk.Taken })
				stop()
				hold := func() { alice.post("livechat/room.onHold", map[string]any{"roomId": g.rid}) }
				way(f, j, func() []sdk.EventID {
					hold()
					alice.post("livechat/room.resumeOnHold", map[string]any{"roomId": g.rid})
					hold()
					g.say("I am here")
					hold()
					return nil
				})
				defer j.run(f.options())()
				j.compared()
				j.must(g.chat(), "opened", "guest: hello", "taken by alice", "held", "resumed", "held", "guest: I am here", "resumed", "held")
				c := j.chat(g.chat())
				if ids := j.ofKind(g.chat(), sdk.EventHeld); c.Status != sdk.Held || ids[2] != HeldID(g.chat(), c.HeldAt) {
					t.Errorf("held by %q, picture %s since %s", ids, c.Status, c.HeldAt)
				}
			})
		}
	}
}

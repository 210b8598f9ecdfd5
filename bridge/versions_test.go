package bridge

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// successors are the calls that took the place of methods: their path and body.
var successors = map[string]func(params []any) (path string, body map[string]any){
	"livechat:takeInquiry": func(p []any) (string, map[string]any) {
		return "livechat/inquiries.take", map[string]any{"inquiryId": p[0]}
	},
	"livechat:transfer": func(p []any) (string, map[string]any) {
		return "livechat/room.forward", p[0].(map[string]any)
	},
	"livechat:saveInfo": func(p []any) (string, map[string]any) {
		return "livechat/room.saveInfo", map[string]any{"guestData": p[0], "roomData": p[1]}
	},
	"livechat:closeRoom": func(p []any) (string, map[string]any) {
		body := map[string]any{"rid": p[0], "comment": p[1]}
		if tags, _ := p[2].(map[string]any)["tags"].([]string); len(tags) > 0 {
			body["tags"] = tags
		}
		return "livechat/room.closeByUser", body
	},
	"livechat:returnAsInquiry": func(p []any) (string, map[string]any) {
		return "livechat/inquiries.returnAsInquiry", map[string]any{"roomId": p[0]}
	},
	"livechat:saveCustomField": func(p []any) (string, map[string]any) {
		return "livechat/custom-fields.save", map[string]any{"customFieldId": nil, "customFieldData": p[1]}
	},
	"livechat:removeRoom": func(p []any) (string, map[string]any) {
		return "livechat/rooms.delete", map[string]any{"roomId": p[0]}
	},
}

// succeeded makes the call that took the place of a method where all methods
// that have one are gone.
func (c *caller) succeeded(method string, params []any) bool {
	c.f.t.Helper()
	successor := successors[method]
	if c.f.opt.As != "8.3" && (c.f.opt.As != "7.7.3" && c.f.opt.As != "7.13" || method != "livechat:saveInfo") || successor == nil {
		return false
	}
	path, body := successor(params)
	c.post(path, body)
	return true
}

// TestEveryVersionTellsAChatOnce, from the guest's first word to the end, and
// once more nothing after a new start.
func TestEveryVersionTellsAChatOnce(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, routing := range []string{"manual", "auto"} {
			t.Run(as+" "+routing, func(t *testing.T) {
				f := openFloor(t, lobby.Options{As: as, Routing: routing, Online: []string{"alice", "carol"}})
				alice, carol := f.as("alice"), f.as("carol")
				j := newJournal(t)
				stop := j.run(f.options())
				j.compared()
				g, events := chatOf(f, routing, "first", alice, carol)
				j.until(ClosedID(g.chat()))
				j.must(g.chat(), events...)
				stop()
				away, missed := chatOf(f, routing, "away", alice, carol)
				j.run(f.options())
				j.compared()
				j.must(g.chat(), events...)
				j.must(away.chat(), missed...)
			})
		}
	}
}

// TestOpenChatsOfEveryStateAreFoundOnEveryVersion: lists of newer servers part
// them.
func TestOpenChatsOfEveryStateAreFoundOnEveryVersion(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			f := openFloor(t, lobby.Options{As: as, Licensed: true, Online: []string{"alice"}})
			alice := f.as("alice")
			j := newJournal(t)
			stop := j.run(f.options())
			j.compared()
			stop()
			waits, served, held := f.guest("waits", "Sales"), f.guest("served", "Sales"), f.guest("held", "Sales")
			for _, g := range []*caller{waits, served, held} {
				g.say("hello")
			}
			alice.take(served.rid)
			alice.take(held.rid)
			if as != "3.11" {
				alice.post("livechat/room.onHold", map[string]any{"roomId": held.rid})
			}
			j.run(f.options())
			j.compared()
			j.must(waits.chat(), "opened", "guest: hello")
			j.must(served.chat(), "opened", "guest: hello", "taken by alice")
			if as == "3.11" {
				j.must(held.chat(), "opened", "guest: hello", "taken by alice")
			} else {
				j.must(held.chat(), "opened", "guest: hello", "taken by alice", "held")
			}
			if is := j.chat(held.chat()).Status; is != map[bool]sdk.Status{true: sdk.Taken, false: sdk.Held}[as == "3.11"] {
				t.Errorf("the chat on hold is %s", is)
			}
		})
	}
}

// chatOf is a chat with an end, and what is to be told of it.
func chatOf(f *floor, routing, name string, alice, carol *caller) (*caller, []string) {
	if routing == "manual" {
		return talk(f, name, alice, carol)
	}
	g := f.guest(name, "Support")
	g.say("one")
	who, id := "alice", alice.id
	if servedBy(f.as("admin"), g) == carol.id {
		who, id = "carol", carol.id
	}
	agent := map[string]*caller{alice.id: alice, carol.id: carol}[id]
	agent.reply(g.rid, "two")
	agent.close(g.rid, "done", "vip")
	return g, []string{"opened", "taken by " + who, "guest: one", "agent: two", "closed"}
}

func servedBy(c *caller, g *caller) string {
	by, _ := c.get("rooms.info?roomId=" + g.rid)["room"].(map[string]any)["servedBy"].(map[string]any)
	id, _ := by["_id"].(string)
	return id
}

// TestServerThatIsUpgradedUnderTheBridge loses nothing, and takes effects
// before and after.
func TestServerThatIsUpgradedUnderTheBridge(t *testing.T) {
	d := openDesk(t, lobby.Options{StateFile: filepath.Join(t.TempDir(), "lobby.jsonl")})
	j := newJournal(t)
	j.run(d.options())
	j.compared()
	chats := map[string]sdk.ChatID{}
	for _, name := range []string{"before", "after"} {
		g := d.guest(name, "Sales")
		j.until(g.say("hello"))
		d.alice.take(g.rid)
		chats[name] = g.chat()
	}
	end := func(name string) {
		e := d.effect(chats[name], sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"billing"}})
		e.Key = sdk.EffectKey("tag " + name)
		d.must(e, sdk.Done, "")
		d.must(d.end(chats[name], "bye"), sdk.Done, "")
		j.until(ClosedID(chats[name]))
	}
	end("before")
	d.restart(func() { d.opt.As = "8.3" })
	end("after")
	for name, chat := range chats {
		j.must(chat, "opened", "guest: hello", "taken by alice", "closed")
		if tags := d.tagsOf(chat); tags != "billing" {
			t.Errorf("%s: tags are %q", name, tags)
		}
	}
}

// TestUpgradedServerIsAskedAsItsVersionWantsIt: what 3.11 lists with the open
// chats, newer servers list only when they are asked for it.
func TestUpgradedServerIsAskedAsItsVersionWantsIt(t *testing.T) {
	f := openFloor(t, lobby.Options{As: "3.11", Online: []string{"alice"}, StateFile: filepath.Join(t.TempDir(), "lobby.jsonl")})
	log, w := &logbook{}, &wire{next: f.http.Transport}
	o := f.options().over(w)
	o.Log = log.logger()
	j := newJournal(t)
	j.run(o)
	j.compared()
	told := f.guest("told", "Sales")
	j.until(told.say("hello"))
	var missed *caller
	gone, back := make(chan struct{}), make(chan struct{})
	w.on("/api/info", first(func() { close(gone); <-back }))
	f.restart(func() { f.opt.As = "8.3" })
	<-gone
	missed = f.guest("missed", "Sales")
	missed.say("anybody there?")
	close(back)
	log.wait(t, "version=8.3")
	j.wait("a chat of which no frame told", func() bool { return j.known[OpenedID(missed.chat())] })
	j.comparedAnew(f)
	j.must(told.chat(), "opened", "guest: hello")
	j.must(missed.chat(), "opened", "guest: anybody there?")
}

// TestFileOfAChatIsReadOnEveryVersion, also where files are for members only
// and the chat has ended.
func TestFileOfAChatIsReadOnEveryVersion(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, ended := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s ended %v", as, ended), func(t *testing.T) {
				d := openDesk(t, lobby.Options{As: as})
				chat := d.served("Sales")
				if _, err := d.bridge.rest.Upload(t.Context(), string(chat), rest.Sending{Name: "a.txt", Type: "text/plain", Data: []byte("42")}); err != nil {
					t.Fatal(err)
				}
				if ended {
					d.alice.close(string(chat), "bye")
				}
				_, messages, err := d.bridge.Conversation(t.Context(), chat)
				if err != nil || len(messages) != 2 || len(messages[1].Files) != 1 {
					t.Fatalf("messages are %+v, %v", messages, err)
				}
				if data, err := d.bridge.Download(t.Context(), messages[1].Files[0]); err != nil || string(data) != "42" {
					t.Errorf("the file holds %q, %v", data, err)
				}
			})
		}
	}
}

// TestHiddenSystemMessagesAreMissedByNobody: newer servers do not stream them,
// and the next comparison finds what they told.
func TestHiddenSystemMessagesAreMissedByNobody(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			f := openFloor(t, lobby.Options{As: as, Online: []string{"alice", "carol"}})
			f.as("admin").post("settings/Hide_System_Messages", map[string]any{"value": []string{"livechat-close", "livechat_transfer_history", "command", "livechat-started", "ul", "uj"}})
			alice, carol := f.as("alice"), f.as("carol")
			o := f.options()
			o.Reconcile = 500 * time.Millisecond
			j := newJournal(t)
			j.run(o)
			j.compared()
			g, events := talk(f, "dora", alice, carol)
			j.until(ClosedID(g.chat()))
			told := j.told(g.chat()) // what is hidden, maybe a little later than what was said after it
			slices.Sort(told)
			slices.Sort(events)
			if !slices.Equal(told, events) {
				t.Errorf("events are %q, want %q", told, events)
			}
		})
	}
}

// TestChatOnHoldStaysWhereItIs: newer servers refuse to move it, until the
// guest writes.
func TestChatOnHoldStaysWhereItIs(t *testing.T) {
	for _, as := range []string{"7.7.3", "7.13", "8.3"} {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as, Licensed: true})
			g := d.guest("maya", "Sales")
			g.say("hello")
			d.alice.take(g.rid)
			d.alice.post("livechat/room.onHold", map[string]any{"roomId": g.rid})
			e := d.forward(g.chat(), sdk.Department("Support"))
			d.must(e, sdk.Refused, "the chat is on hold")
			d.count(0, "forwarded")
			g.say("are you there?")
			d.must(e, sdk.Done, "to Support")
			d.count(1, "forwarded")
		})
	}
}

// TestNewerServersSayThatNobodyCanTakeTheChat, where 3.11 says success.
func TestNewerServersSayThatNobodyCanTakeTheChat(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as, Routing: lobby.Auto})
			chat := d.guest("maya", "Sales").chat()
			d.wire.on("room.forward", first(func() {
				for _, who := range []string{"alice", "carol"} {
					d.as("admin").post("users.setStatus", map[string]any{"userId": d.account(who).ID, "status": "offline"})
				}
			}))
			d.must(d.forward(chat, sdk.Department("Billing")), sdk.Refused, "nobody in Billing can take the chat")
			d.count(0, "forwarded")
		})
	}
}

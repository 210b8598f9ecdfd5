package bridge

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

func messageOf(e sdk.EventID) string { return strings.TrimPrefix(string(e), "message/") }

func (c *caller) edit(rid string, m sdk.EventID, text string) sdk.EventID {
	c.f.t.Helper()
	c.post("chat.update", map[string]any{"roomId": rid, "msgId": messageOf(m), "text": text})
	var got struct{ Message rest.Message }
	data, _ := json.Marshal(c.get("chat.getMessage?msgId=" + messageOf(m)))
	if err := json.Unmarshal(data, &got); err != nil {
		c.f.t.Fatal(err)
	}
	return EditedID(sdk.MessageID(messageOf(m)), got.Message.EditedAt.Time)
}

func (c *caller) erase(rid string, m sdk.EventID) sdk.EventID {
	c.f.t.Helper()
	c.post("chat.delete", map[string]any{"roomId": rid, "msgId": messageOf(m)})
	return DeletedID(sdk.MessageID(messageOf(m)))
}

// ofKind are the IDs of a chat's events of some kinds.
func (j *journal) ofKind(chat sdk.ChatID, kinds ...sdk.EventKind) []sdk.EventID {
	var ids []sdk.EventID
	for _, e := range j.events(chat) {
		if slices.Contains(kinds, e.Kind) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// ways are how a bridge comes to know what happens: by the stream, because it
// compares, or because it was away meanwhile. What only a frame tells, happens
// returns: a frame that is still on its way when the connection ends is lost.
var ways = map[string]func(f *floor, j *journal, happens func() []sdk.EventID){
	"stream": func(f *floor, j *journal, happens func() []sdk.EventID) {
		defer j.run(f.options())()
		j.compared()
		j.until(happens()...)
		j.comparedAnew(f)
	},
	"away": func(f *floor, j *journal, happens func() []sdk.EventID) {
		happens()
		defer j.run(f.options())()
		j.compared()
	},
	"compared": func(f *floor, j *journal, happens func() []sdk.EventID) {
		o := f.options()
		o.Reconcile = 20 * time.Millisecond
		defer j.run(o)()
		j.compared()
		j.until(happens()...)
		j.compared()
		j.compared()
	},
}

// TestEditsAndDeletionsAreToldOnceWhoeverTellsOfThem, with the same IDs, and
// nothing again after a new start.
func TestEditsAndDeletionsAreToldOnceWhoeverTellsOfThem(t *testing.T) {
	for _, as := range lobby.Releases() {
		for how, way := range ways {
			for _, shown := range []bool{false, true} {
				name := as + " " + how + map[bool]string{true: " with what is left of it"}[shown]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					changes(t, as, way, shown)
				})
			}
		}
	}
}

func changes(t *testing.T, as string, way func(*floor, *journal, func() []sdk.EventID), shown bool) {
	var now ticking
	f := openFloor(t, lobby.Options{As: as, Online: []string{"alice"}, Now: now.time})
	if shown {
		f.as("admin").post("settings/Message_ShowDeletedStatus", map[string]any{"value": true})
	}
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("hello"))
	alice.take(g.rid)
	typo, gone := alice.reply(g.rid, "typo"), alice.reply(g.rid, "gone")
	j.until(typo, gone)
	stop()
	now.pass(time.Minute)
	way(f, j, func() []sdk.EventID {
		told := []sdk.EventID{alice.edit(g.rid, typo, "mended")}
		if erased := alice.erase(g.rid, gone); shown {
			told = append(told, erased)
		}
		return told
	})
	defer j.run(f.options())()
	j.compared()
	j.must(g.chat(), "opened", "guest: hello", "taken by alice", "agent: typo", "agent: gone", "edited agent: mended", "deleted agent: gone")
	last := j.chat(g.chat()).Last
	m := last[len(last)-1]
	ids := j.ofKind(g.chat(), sdk.EventEdited, sdk.EventDeleted)
	if m.Text != "mended" || len(ids) != 2 || ids[0] != EditedID(sdk.MessageID(messageOf(typo)), m.Edited) || ids[1] != DeletedID(sdk.MessageID(messageOf(gone))) {
		t.Errorf("events %q, last message %+v", ids, m)
	}
}

// TestMessageWrittenAndDeletedMeanwhileIsNoEvent: nobody was told of it.
func TestMessageWrittenAndDeletedMeanwhileIsNoEvent(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	alice := f.as("alice")
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("hello"))
	alice.take(g.rid)
	stop()
	alice.erase(g.rid, alice.reply(g.rid, "gone"))
	alice.edit(g.rid, alice.reply(g.rid, "first"), "mended")
	defer j.run(f.options())()
	j.compared()
	j.must(g.chat(), "opened", "guest: hello", "taken by alice", "agent: mended")
}

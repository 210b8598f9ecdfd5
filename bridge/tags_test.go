package bridge

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) tag(chat sdk.ChatID, tags ...string) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectTag, Tags: tags})
}

func (d *desk) untag(chat sdk.ChatID, ours []string, tags ...string) Effect {
	d.t.Helper()
	e := d.effect(chat, sdk.Effect{Kind: sdk.EffectUntag, Tags: tags})
	e.OurTags = ours
	return e
}

func (d *desk) hasTags(chat sdk.ChatID, want string) {
	d.t.Helper()
	if got := d.tagsOf(chat); got != want {
		d.t.Errorf("the chat has the tags %q, want %q", got, want)
	}
}

func TestTagsComeBehindThoseThatAreThere(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.setTags(chat, "vip")
	d.must(d.tag(chat, "billing", "vip", "billing", " gold \n"), sdk.Done, "added billing, gold")
	d.hasTags(chat, "vip billing gold")
}

func TestTagThatIsThereIsNotWrittenAgain(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.setTags(chat, "vip")
	if o := d.must(d.tag(chat, "vip"), sdk.Done, ""); !o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.must(d.tag(chat, "", " "), sdk.Done, "")
	if n := d.wire.sent("saveInfo"); n != 0 {
		t.Errorf("the tags were written %d times", n)
	}
}

func TestClosedChatIsTagged(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.close(string(chat), "bye", "solved")
	d.must(d.tag(chat, "billing"), sdk.Done, "")
	d.hasTags(chat, "solved billing")
}

// TestTagsOfPeopleSurviveOurWriting: somebody writes between our read and our
// write, or at once after it, and knows nothing of our tag.
func TestTagsOfPeopleSurviveOurWriting(t *testing.T) {
	t.Run("between our read and our write", func(t *testing.T) {
		d := openDesk(t, lobby.Options{})
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip")
		d.wire.on("rooms.info", then(func() { d.alice.setTags(chat, "vip", "urgent") }))
		d.must(d.tag(chat, "billing"), sdk.Done, "")
		d.hasTags(chat, "vip urgent billing")
	})
	t.Run("after our write", func(t *testing.T) {
		d := openDesk(t, lobby.Options{})
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip")
		d.wire.on("saveInfo", then(func() { d.alice.setTags(chat, "urgent") }))
		d.must(d.tag(chat, "billing"), sdk.Done, "")
		d.hasTags(chat, "urgent vip billing")
	})
	t.Run("away between our read and our write", func(t *testing.T) {
		d := openDesk(t, lobby.Options{})
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip", "urgent")
		d.wire.on("rooms.info", then(func() { d.alice.setTags(chat, "urgent") }))
		d.must(d.tag(chat, "billing"), sdk.Done, "")
		d.hasTags(chat, "urgent vip billing")
	})
	t.Run("untag", func(t *testing.T) {
		d := openDesk(t, lobby.Options{})
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip", "billing")
		d.wire.on("saveInfo", then(func() { d.alice.setTags(chat, "billing", "urgent") }))
		d.must(d.untag(chat, []string{"billing"}, "billing"), sdk.Done, "took away billing")
		d.hasTags(chat, "urgent vip")
	})
}

func TestEndlessQuarrelAboutTagsIsTriedAgain(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	for range tagRounds {
		d.wire.on("saveInfo", then(func() { d.alice.setTags(chat, "mine") }))
	}
	d.must(d.tag(chat, "billing"), "", "others change the tags of the chat")
	d.must(d.tag(chat, "billing"), sdk.Done, "")
	d.hasTags(chat, "mine billing")
}

func TestUntagTakesOnlyWhatBellhopHasSet(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.setTags(chat, "vip", "billing", "gold")
	d.must(d.untag(chat, []string{"billing"}, "vip", "billing", "nowhere"), sdk.Done, "took away billing; vip stays, because a person has set it")
	d.hasTags(chat, "vip gold")
	d.must(d.untag(chat, []string{"billing"}, "vip"), sdk.Refused, "a person has set vip")
	if o := d.must(d.untag(chat, []string{"billing"}, "billing"), sdk.Done, ""); !o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.hasTags(chat, "vip gold")
}

// TestLastTagCanGo: servers take an empty list for "none".
func TestLastTagCanGo(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.tag(chat, "billing"), sdk.Done, "")
	d.must(d.untag(chat, []string{"billing"}, "billing"), sdk.Done, "took away billing")
	d.hasTags(chat, "")
}

// TestTaggingLeavesTheRestAlone: the same call could rename the guest or drop
// the topic.
func TestTaggingLeavesTheRestAlone(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.alice.method("livechat:saveInfo", map[string]any{"_id": "x"}, map[string]any{"_id": string(chat), "topic": "an invoice", "tags": []string{"vip"}})
	d.must(d.tag(chat, "billing"), sdk.Done, "")
	if r := d.roomOf(chat); r["topic"] != "an invoice" || r["fname"] != "maya" {
		t.Errorf("the room is %v", r)
	}
}

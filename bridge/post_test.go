package bridge

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestWhoIsWrittenToMustBeSomebody(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	for to, says := range map[string]string{
		"":            "is no username",
		"@":           "is no username",
		"alice,carol": "is no username",
		"#desk":       "is no username",
		"bot":         "Bellhop's own account",
		"@nobody":     "write to @nobody",
	} {
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectDirect, To: to, Text: "hi"}), sdk.Refused, says)
	}
	d.count(0, "dm")
	d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectDirect, To: "alice", Text: "hi"}), sdk.Done, "")
	d.count(1, "dm")
}

func TestRoomThatIsPostedToMustBeForPeople(t *testing.T) {
	for _, as := range lobby.Releases() {
		d := openDesk(t, lobby.Options{As: as})
		chat := d.served("Sales")
		d.peopleRoom("channels.create", "desk")
		d.as("admin").post("groups.create", map[string]any{"name": "leads"})
		for to, says := range map[string]string{
			"#":          "is no room",
			"#nowhere":   "there is no room #nowhere that Bellhop's account sees",
			"#leads":     "add @bot to it if it is private",
			string(chat): "there is no room",
		} {
			d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectPost, To: to, Text: "hi"}), sdk.Refused, says)
		}
		d.count(0, "posted", "message")
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectPost, To: "desk", Text: "hi"}), sdk.Done, "")
		if f := d.facts("posted"); len(f) != 1 || f[0].To[0] != "desk" {
			t.Errorf("posted %+v", f)
		}
	}
}

// TestWritingToPeopleNeedsNoChat, so that it goes on when the chat is over, or
// was none.
func TestWritingToPeopleNeedsNoChat(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	d.peopleRoom("groups.create", "desk")
	for _, e := range []sdk.Effect{{Kind: sdk.EffectDirect, To: "alice", Text: "hi"}, {Kind: sdk.EffectPost, To: "#desk", Text: "hi"}} {
		d.must(d.effect("", e), sdk.Done, "")
	}
	d.count(1, "dm")
	d.count(1, "posted")
}

// TestAlertReachesARoomOrAPerson by name.
func TestAlertReachesARoomOrAPerson(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.peopleRoom("channels.create", "desk")
		for _, to := range []string{"#desk", "@alice"} {
			if err := d.bridge.Post(t.Context(), to, "the line is cut"); err != nil {
				d.t.Errorf("to %s: %v", to, err)
			}
		}
		d.count(1, "posted")
		d.count(1, "dm")
		if err := d.bridge.Post(t.Context(), "#nowhere", "the line is cut"); err == nil {
			d.t.Error("it reaches a room that does not exist")
		}
	})
}

package bridge

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) conference(chat sdk.ChatID) Effect {
	e := d.effect(chat, sdk.Effect{Kind: EffectConference, Text: "Let us talk: {link}"})
	e.AgentText = "Call with Maya: {link}"
	return e
}

// TestConferenceIsOneForBoth: guest and agent get the link that the card has.
func TestConferenceIsOneForBoth(t *testing.T) {
	for _, as := range lobby.Releases()[1:] {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as})
			d.provides("jitsi")
			chat := d.served("Sales")
			o := d.must(d.conference(chat), sdk.Done, "the guest and @alice have their links")
			held, err := d.bridge.rest.Conferences(t.Context(), string(chat))
			if err != nil || len(held) != 1 || o.Event != CallID(held[0].ID) {
				t.Fatalf("conferences are %+v, %v; the outcome names %s", held, err, o.Event)
			}
			for _, f := range d.facts("message", "dm") {
				if !strings.HasSuffix(f.Text, ": "+held[0].URL) {
					t.Errorf("%s says %q, want the link %s", f.Fact, f.Text, held[0].URL)
				}
			}
			d.count(2, "message", "dm")
		})
	}
}

// TestConferenceOfAnotherEffectIsNotClaimed: two instances ask for a call.
func TestConferenceOfAnotherEffectIsNotClaimed(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	d.provides("jitsi")
	chat := d.served("Sales")
	first := d.must(d.conference(chat), sdk.Done, "")
	e := d.conference(chat)
	e.Key += "/another"
	e.Claimed = func(trace string) bool { return trace == string(first.Event) }
	if o := d.must(e, sdk.Done, ""); o.Event == first.Event {
		t.Errorf("both have %s", o.Event)
	}
	d.count(2, "called")
}

func TestWorkspaceWithoutConferencesSaysWhatToDo(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		says := "the workspace needs an app for conferences"
		if _, err := d.bridge.rest.Conferences(t.Context(), string(chat)); err != nil {
			says = "only Rocket.Chat 5 and newer"
		}
		d.must(d.conference(chat), sdk.Refused, says)
		d.count(0, "called", "dm", "message")
	})
}

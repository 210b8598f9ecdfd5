package bridge

import (
	"encoding/json"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// visitor is the guest's own document.
func (c *caller) visitor(id string) rest.Visitor {
	c.f.t.Helper()
	var got struct{ Visitor rest.Visitor }
	data, _ := json.Marshal(c.get("livechat/visitors.info?visitorId=" + id))
	if err := json.Unmarshal(data, &got); err != nil {
		c.f.t.Fatal(err)
	}
	return got.Visitor
}

// TestContactChangeIsToldOnceWhoeverFindsIt, though nothing in the chat tells
// of it.
func TestContactChangeIsToldOnceWhoeverFindsIt(t *testing.T) {
	for _, as := range lobby.Releases() {
		for how, way := range ways {
			t.Run(as+" "+how, func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as})
				admin := f.as("admin")
				j := newJournal(t)
				j.watched = []sdk.EventKind{sdk.EventContact}
				stop := j.run(f.options())
				j.compared()
				g := f.guest("dora", "Sales")
				j.until(g.say("hello"))
				guest := j.chat(g.chat()).Visitor.ID
				stop()
				var change sdk.EventID
				way(f, j, func() []sdk.EventID {
					admin.post("omnichannel/contact", map[string]any{"token": g.gtoken, "name": "Dora Doe", "email": "dora@visitor.example", "phone": "+15550199"})
					change = ContactID(g.chat(), admin.visitor(guest).UpdatedAt.Time)
					return nil
				})
				stop = j.run(f.options())
				j.until(change)
				stop()
				j.run(f.options())
				j.compared()
				j.until(g.say("are you there?"))
				j.must(g.chat(), "opened", "guest: hello", "contact", "guest: are you there?")
				if v := j.chat(g.chat()).Visitor; v.Name != "Dora Doe" || v.Phones[0] != "+15550199" || v.Emails[0] != "dora@visitor.example" {
					t.Errorf("the guest is %+v", v)
				}
			})
		}
	}
}

// TestConferenceIsToldOnceWhoeverTellsOfIt: its beginning, by a message, and its
// end, which is asked for.
func TestConferenceIsToldOnceWhoeverTellsOfIt(t *testing.T) {
	for _, as := range lobby.Releases()[1:] {
		for how, way := range ways {
			t.Run(as+" "+how, func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as})
				admin := f.as("admin")
				admin.post("settings/VideoConf_Default_Provider", map[string]any{"value": "jitsi"})
				j := newJournal(t)
				j.watched = []sdk.EventKind{sdk.EventCall}
				stop := j.run(f.options())
				j.compared()
				g := f.guest("dora", "Sales")
				j.until(g.say("hello"))
				stop()
				var call string
				way(f, j, func() []sdk.EventID {
					call = admin.post("video-conference.start", map[string]any{"roomId": g.rid})["data"].(map[string]any)["callId"].(string)
					return nil
				})
				stop = j.run(f.options())
				j.until(CallID(call))
				if v := j.chat(g.chat()).Conference; v.ID != call || !v.Ended.IsZero() || v.Started.IsZero() || v.By.Username != "admin" {
					t.Errorf("the chat has the conference %+v", v)
				}
				stop()
				way(f, j, func() []sdk.EventID {
					if err := f.lobby.EndConference(call); err != nil {
						t.Error(err)
					}
					return nil
				})
				stop = j.run(f.options())
				j.until(CallEndedID(call))
				stop()
				j.run(f.options())
				j.compared()
				j.until(g.say("that was it"))
				j.must(g.chat(), "opened", "guest: hello", "call", "call", "guest: that was it")
				if v := j.chat(g.chat()).Conference; v.ID != call || v.Ended.Before(v.Started) || v.Provider != "jitsi" {
					t.Errorf("the chat has the conference %+v", v)
				}
			})
		}
	}
}

// TestNobodyIsAskedWhatNobodyWants: calls that no stream replaces are made only
// for those who have a handler.
func TestNobodyIsAskedWhatNobodyWants(t *testing.T) {
	f := openFloor(t, lobby.Options{As: "8.3"})
	f.as("admin").post("settings/VideoConf_Default_Provider", map[string]any{"value": "jitsi"})
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("hello"))
	call := f.as("admin").post("video-conference.start", map[string]any{"roomId": g.rid})["data"].(map[string]any)["callId"].(string)
	j.until(CallID(call))
	stop()
	if err := f.lobby.EndConference(call); err != nil {
		t.Fatal(err)
	}
	f.as("admin").post("omnichannel/contact", map[string]any{"token": g.gtoken, "name": "Dora Doe"})
	o := f.options()
	j.run(o)
	j.compared()
	j.comparedAnew(f)
	j.must(g.chat(), "opened", "guest: hello", "call")
}

package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

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

// peopleEdit has people edit the contacts that are read from now on.
func peopleEdit(w *wire, at time.Time) {
	var edit deed
	edit = func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		w.on("contacts.get", edit)
		res, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		var body struct{ Contact map[string]any }
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
			return nil, err
		}
		body.Contact["name"], body.Contact["_updatedAt"] = "Dora Doe", at
		data, _ := json.Marshal(map[string]any{"contact": body.Contact, "success": true})
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return res, nil
	}
	w.on("contacts.get", edit)
}

// TestChangeOfAContactIsToldOnce, of which the visitor knows nothing: from 7.0 on
// people edit the contact. It is told also when it was changed while the bridge was
// away.
func TestChangeOfAContactIsToldOnce(t *testing.T) {
	for _, as := range lobby.Releases()[1:] {
		for _, away := range []bool{false, true} {
			t.Run(fmt.Sprint(as, " away ", away), func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as})
				j := newJournal(t)
				j.watched = []sdk.EventKind{sdk.EventContact}
				w := &wire{next: &http.Transport{}}
				t.Cleanup(w.next.(*http.Transport).CloseIdleConnections)
				run := func() (stop func()) {
					o := f.options().over(w)
					o.Reconcile = 20 * time.Millisecond
					return j.run(o)
				}
				stop := run()
				j.compared()
				g := f.guest("dora", "Sales")
				j.until(g.say("hello"))
				j.wait("what is known of the contact", func() bool { return j.chats[g.chat()].Contact != "" })
				if away {
					stop()
				}
				at := time.Now().UTC().Truncate(time.Millisecond)
				peopleEdit(w, at)
				if away {
					stop = run()
				}
				j.until(ContactID(g.chat(), at))
				stop()
				run()
				for range 3 {
					j.compared()
				}
				j.must(g.chat(), "opened", "guest: hello", "contact")
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

// TestOwnChangeOfAContactIsKnownByItsOutcome, so that who asked for it is not told
// of it as of somebody else's.
func TestOwnChangeOfAContactIsKnownByItsOutcome(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, lobby.Options{As: as})
			j := newJournal(t)
			j.watched = []sdk.EventKind{sdk.EventContact}
			o := d.options()
			o.Reconcile = 20 * time.Millisecond
			d.bridge = j.runs(o)
			j.compared()
			g := d.guest("dora", "Sales")
			j.until(g.say("hello"))
			done := d.must(d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectContact, Contact: &sdk.ContactEdit{Name: "Dora Doe"}}), sdk.Done, "")
			if done.Event == "" {
				t.Fatalf("outcome is %+v", done)
			}
			j.until(done.Event)
			j.must(g.chat(), "opened", "guest: hello", "contact")
		})
	}
}

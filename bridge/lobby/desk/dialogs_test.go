package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// served is a world in which alice serves a chat of Maya's in Sales.
func served(t *testing.T, o lobby.Options) (w *world, alice, maya *browser) {
	t.Helper()
	w = newWorld(t, o)
	alice = w.signIn(w.accounts.Alice)
	maya = w.begin("Maya", "maya@example.com", "Sales")
	maya.says("hello")
	alice.takes("Maya")
	return w, alice, maya
}

func TestForwardMovesTheChatAndSaysSo(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{})
	alice.click(`[hx-get$="/ask/forward"]`)
	alice.choose("#dialog [name=to]", "department/"+w.accounts.Departments["Billing"])
	alice.fill("#dialog [name=comment]", "an invoice")
	alice.shot("forward")
	alice.click("#dialog .button:not(.quiet)")
	alice.told("good", "Forwarded to Billing")
	alice.sees("that the dialog is closed", `!document.querySelector("dialog[open]")`)
	alice.misses("#chats-" + w.accounts.Departments["Sales"] + " li")
	alice.reads("#queue", "Billing")
	maya.reads(".log .note", "You are being connected with Billing")
}

func TestForwardToAColleague(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	carol := w.signIn(w.accounts.Carol)
	alice.click(`[hx-get$="/ask/forward"]`)
	alice.choose("#dialog [name=to]", "agent/"+w.userID("carol"))
	alice.click("#dialog .button:not(.quiet)")
	alice.told("good", "Forwarded to Carol")
	carol.reads("#side .group .rowname", "Maya")
}

func TestForwardThatFailsSaysWhyInTheDialog(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	alice.click(`[hx-get$="/ask/forward"]`)
	alice.choose("#dialog [name=to]", "agent/"+w.userID("carol"))
	w.admin("POST", "method.call/livechat:changeLivechatStatus", method("livechat:changeLivechatStatus", map[string]any{"agentId": w.userID("carol"), "status": "not-available"}), nil)
	alice.click("#dialog .button:not(.quiet)")
	alice.reads("#dialog .error", "this agent is not there")
	alice.sees("the dialog still", `document.querySelector("dialog[open]")`)
	alice.press("\u001b")
	alice.sees("that the dialog is closed", `!document.querySelector("dialog[open]")`)
}

func TestTranscriptIsAskedForAndCanBeDiscarded(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			w, alice, _ := served(t, lobby.Options{As: as})
			alice.click(`[hx-get$="/ask/transcript"]`)
			alice.sees("the guest's address", `document.querySelector("#dialog [name=email]").value === "maya@example.com"`)
			alice.fill("#dialog [name=email]", "nobody")
			alice.sees("that the address is no address", `!document.querySelector("#dialog [name=email]").checkValidity()`)
			alice.fill("#dialog [name=email]", "maya@example.org")
			alice.fill("#dialog [name=subject]", "Our talk")
			alice.click("#dialog .button:not(.quiet)")
			alice.told("good", "maya@example.org")
			var info struct {
				Room struct {
					TranscriptRequest struct{ Email, Subject string }
				}
			}
			w.admin("GET", "rooms.info?roomId="+alice.room(), nil, &info)
			if q := info.Room.TranscriptRequest; q.Email != "maya@example.org" || q.Subject != "Our talk" {
				t.Errorf("the workspace was asked for %+v", q)
			}
			alice.click(`[hx-get$="/ask/transcript"]`)
			alice.reads("#dialog", "It goes to maya@example.org already")
			alice.click("#dialog .button:not(.quiet)")
			alice.told("good", "will not be sent")
		})
	}
}

func TestAgentWhoMayNotSendTranscriptsIsToldWhatAnAdminMustDo(t *testing.T) {
	_, alice, _ := served(t, lobby.Options{Roles: map[string][]string{}})
	alice.click(`[hx-get$="/ask/transcript"]`)
	alice.click("#dialog .button:not(.quiet)")
	alice.reads("#dialog .error", "send-omnichannel-chat-transcript")
}

func TestEndedChatLeavesTheListAndItsPDFComesAsADirectMessage(t *testing.T) {
	w, alice, maya := served(t, lobby.Options{As: "8.3", Licensed: true})
	rid := alice.room()
	alice.click(`[hx-get$="/ask/close"]`)
	alice.fill("#dialog [name=comment]", "all is well")
	alice.click(`#dialog [value=refund]`)
	alice.click(`#dialog [name=pdf]`)
	alice.click(`#dialog [name=mail]`)
	alice.fill("#dialog [name=email]", "maya@example.org")
	alice.shot("close")
	alice.click("#dialog .button.danger")
	alice.told("good", "The conversation has ended")
	alice.misses("#c-" + rid)
	alice.reads("#foot", "This conversation has ended")
	maya.reads("#foot", "This chat has ended")
	alice.click("#chats-direct a")
	alice.reads(".log .filecard", ".pdf")
	alice.shot("direct")
	var info struct{ Room struct{ Tags []string } }
	w.admin("GET", "rooms.info?roomId="+rid, nil, &info)
	if fmt.Sprint(info.Room.Tags) != "[refund]" {
		t.Errorf("the chat is tagged %q", info.Room.Tags)
	}
}

func TestDepartmentThatWantsATagGetsOneOfItsList(t *testing.T) {
	w, alice, _ := served(t, lobby.Options{})
	w.admin("PUT", "livechat/department/"+w.accounts.Departments["Sales"], map[string]any{
		"department": map[string]any{"name": "Sales", "enabled": true, "email": "sales@example.com", "showOnRegistration": true, "showOnOfflineForm": true, "requestTagBeforeClosingChat": true, "chatClosingTags": []string{"sold", "lost"}},
	}, nil)
	alice.click(`[hx-get$="/ask/close"]`)
	alice.click("#dialog .button.danger")
	alice.reads("#dialog .error", "wants a tag")
	alice.click("#dialog [value=sold]")
	alice.click("#dialog [name=mail]")
	alice.fill("#dialog [name=email]", "no address") // which does not count when no mail is wanted
	alice.click("#dialog [name=mail]")
	alice.click("#dialog .button.danger")
	alice.told("good", "The conversation has ended")
}

// userID is a user's id.
func (w *world) userID(name string) string {
	w.t.Helper()
	var answer struct {
		User struct {
			ID string `json:"_id"`
		}
	}
	w.admin("GET", "users.info?username="+name, nil, &answer)
	return answer.User.ID
}

// method is the body of a realtime method that is called by REST.
func method(name string, params ...any) any {
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": name, "params": params})
	if err != nil {
		panic(err) // what tests write can be written
	}
	return map[string]any{"message": string(message)}
}

// admin calls the API as the admin.
func (w *world) admin(verb, path string, body, into any) {
	w.t.Helper()
	w.by(w.accounts.Admin, verb, path, body, into)
}

// by calls the API as somebody.
func (w *world) by(a lobby.Account, verb, path string, body, into any) {
	w.t.Helper()
	if _, known := w.tokens[a.User]; !known {
		var login struct {
			Data struct{ UserID, AuthToken string }
		}
		w.call([2]string{}, http.MethodPost, "login", map[string]any{"user": a.User, "password": a.Password}, &login)
		w.tokens[a.User] = [2]string{login.Data.UserID, login.Data.AuthToken}
	}
	w.call(w.tokens[a.User], verb, path, body, into)
}

func (w *world) call(login [2]string, verb, path string, body, into any) {
	w.t.Helper()
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		content = bytes.NewReader(data)
	}
	req, err := http.NewRequest(verb, w.base+"/api/v1/"+path, content)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User-Id", login[0])
	req.Header.Set("X-Auth-Token", login[1])
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %s %v: %s", verb, path, res.Status, err, data)
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			w.t.Fatal(err)
		}
	}
}

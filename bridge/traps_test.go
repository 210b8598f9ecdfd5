package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// What the servers' traps (package lobby) do to the bridge, on every version:
// nothing, or a reason that says what to do.

// eachVersion runs a test at a desk of each version.
func eachVersion(t *testing.T, opt lobby.Options, test func(d *desk)) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			o := opt
			o.As = as
			d := openDesk(t, o)
			d.t = t
			test(d)
		})
	}
}

// TestTaggingLosesNoTag, though a server takes away what is not said.
func TestTaggingLosesNoTag(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		d.alice.setTags(chat, "vip", "late")
		d.must(d.tag(chat, "billing"), sdk.Done, "added billing")
		d.hasTags(chat, "vip late billing")
		e := d.untag(chat, []string{"billing"}, "billing", "vip")
		d.must(e, sdk.Done, "")
		d.hasTags(chat, "vip late")
	})
}

// TestReplyThatIsSentTwiceIsThereOnce, though the server says of the second that
// it failed.
func TestReplyThatIsSentTwiceIsThereOnce(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		before := len(d.facts("message"))
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectReply, Text: "one moment"})
		for range 3 { // as a store that was restored from a backup would
			d.must(e, sdk.Done, "")
		}
		if n := len(d.facts("message")) - before; n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestDepartmentThatWantsTagsIsNamed, and the chat ends once it has one; where
// nothing helps, that is said too.
func TestDepartmentThatWantsTagsIsNamed(t *testing.T) {
	eachVersion(t, lobby.Options{DemandTags: []string{"Billing"}}, func(d *desk) {
		chat := d.served("Sales")
		d.as("admin").call("PUT", "livechat/department/"+d.department("Sales"), map[string]any{"department": map[string]any{
			"name": "Sales", "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "s@example.com", "description": "",
			"requestTagBeforeClosingChat": true, "chatClosingTags": []string{"a", "b"},
		}})
		d.must(d.end(chat, "bye"), sdk.Refused, "ask for a tag first")
		d.must(d.tag(chat, "solved"), sdk.Done, "")
		d.must(d.end(chat, "bye"), sdk.Done, "")
		g := d.guest("dora", "Billing")
		d.alice.take(g.rid)
		d.must(d.tag(g.chat(), "solved"), sdk.Done, "")
		d.must(d.end(g.chat(), "bye"), sdk.Refused, "give the department a tag of its own")
	})
}

// TestWorkspaceThatWantsACommentIsNamed: from 6.0 on it is refused; before, only
// people are asked for one.
func TestWorkspaceThatWantsACommentIsNamed(t *testing.T) {
	eachVersion(t, lobby.Options{Settings: map[string]any{setComment: true}}, func(d *desk) {
		chat := d.served("Sales")
		if d.opt.As == "3.11" {
			d.must(d.end(chat, ""), sdk.Done, "")
			return
		}
		d.must(d.end(chat, ""), sdk.Refused, "give the close a text")
		d.must(d.end(chat, "bye"), sdk.Done, "")
	})
}

// TestNobodyIsForwardedToWhereNobodyIs, with manual and with automatic routing;
// also where a look at who is there is refused, and the server finds out.
func TestNobodyIsForwardedToWhereNobodyIs(t *testing.T) {
	for _, routing := range []string{lobby.Manual, lobby.Auto} {
		eachVersion(t, lobby.Options{Routing: routing}, func(d *desk) {
			chat := d.guest("maya", "Sales").chat()
			d.must(d.forward(chat, sdk.Department("Empty")), sdk.Refused, "nobody is online in Empty")
			d.count(0, "forwarded")
			d.must(d.forward(chat, sdk.Department("Empty"), sdk.Department("Support")), sdk.Done, "to Support")
			d.count(1, "forwarded")

			chat = d.guest("dora", "Sales").chat()
			offline(d)
			if routing == lobby.Auto {
				d.must(d.forward(chat, sdk.Department("Empty")), sdk.Refused, "nobody in Empty can take the chat")
				d.count(1, "forwarded")
				return
			}
			d.must(d.forward(chat, sdk.Department("Empty")), sdk.Done, map[bool]string{true: "nobody is online in Empty: the chat waits in its queue", false: "to Empty, where it waits"}[d.opt.As == "3.11"])
			d.count(2, "forwarded")
		})
	}
}

// TestPermissionThatIsTakenAwayIsNamed, while all goes on: the effect is refused
// with what is missing and where it is given, and done after that.
func TestPermissionThatIsTakenAwayIsNamed(t *testing.T) {
	for permission, makes := range map[string]func(d *desk, chat sdk.ChatID) Effect{
		"transfer-livechat-guest":        func(d *desk, chat sdk.ChatID) Effect { return d.forward(chat, sdk.Agent("carol")) },
		"save-others-livechat-room-info": func(d *desk, chat sdk.ChatID) Effect { return d.tag(chat, "vip") },
		"close-others-livechat-room":     func(d *desk, chat sdk.ChatID) Effect { return d.end(chat, "bye") },
	} {
		t.Run(permission, func(t *testing.T) {
			eachVersion(t, lobby.Options{}, func(d *desk) {
				chat := d.served("Sales")
				e := makes(d, chat)
				admin := d.as("admin")
				withdrawn(permission)(d, admin)
				o := d.must(e, sdk.Refused, "Administration, Permissions")
				if !strings.Contains(o.Reason, permission) {
					d.t.Errorf("reason %q does not name it", o.Reason)
				}
				admin.post("permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": []string{"admin", "livechat-manager"}}}})
				d.must(e, sdk.Done, "")
			})
		})
	}
}

// setLimitTime is how long the workspace counts calls before it begins anew, in ms.
const setLimitTime = "API_Enable_Rate_Limiter_Limit_Time_Default"

// TestLimitDoublesAndLosesNothing: without the role bot all is done all the
// same, later, and once.
func TestLimitDoublesAndLosesNothing(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			o := quiet(as)
			o.Roles["bot"] = []string{"user", "livechat-manager"}
			o.Settings[setLimitTime] = 200.0 // instead of a minute
			d := openDesk(t, o)
			chat := d.served("Sales")
			before := len(d.facts("message"))
			for n := range 25 {
				e := d.effect(chat, sdk.Effect{Kind: sdk.EffectReply, Text: fmt.Sprint("part ", n)})
				e.Key = sdk.EffectKey(fmt.Sprint("rules/message/m1/", n))
				d.must(e, sdk.Done, "")
			}
			if n := len(d.facts("message")) - before; n != 25 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

// TestListsThatCutAreReadToTheirEnd: more chats than any page holds are all
// found at the start.
func TestListsThatCutAreReadToTheirEnd(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			f := openFloor(t, lobby.Options{As: as, Online: []string{"alice"}})
			f.as("admin").post("settings/API_Upper_Count_Limit", map[string]any{"value": 20})
			j := newJournal(t)
			stop := j.run(f.options())
			j.compared()
			stop()
			var all []sdk.ChatID
			for n := range 50 {
				all = append(all, f.guest(fmt.Sprint("guest", n), "Sales").chat())
			}
			j.run(f.options())
			j.compared()
			for _, chat := range all {
				j.must(chat, "opened")
			}
		})
	}
}

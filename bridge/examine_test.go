package bridge

import (
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// find is the finding about something; none has no verdict.
func find(all []Finding, what string) Finding {
	for _, f := range all {
		if f.What == what {
			return f
		}
	}
	return Finding{}
}

func (d *desk) mustFind(all []Finding, what string, v Verdict) {
	d.t.Helper()
	f := find(all, what)
	if f.Verdict != v {
		d.t.Errorf("%s is %q, not %q: %+v", what, f.Verdict, v, all)
	}
	if v != Right && v != "" && f.Do == "" {
		d.t.Errorf("%s: nothing says what to do: %+v", what, f)
	}
}

func TestExaminationOfAWorkspaceThatIsRightFindsNothing(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	all := d.bridge.Examine(t.Context())
	for _, f := range all {
		if f.Verdict != Right && f.What != "availability" {
			t.Errorf("found %+v", f)
		}
	}
	for _, what := range []string{"server", "login", "clock", "realtime API", "departments", "edition", "permission transfer-livechat-guest"} {
		d.mustFind(all, what, Right)
	}
}

func TestExaminationNamesWhatIsWrong(t *testing.T) {
	set := func(id string, value any) func(*desk, *caller) {
		return func(_ *desk, admin *caller) { admin.post("settings/"+id, map[string]any{"value": value}) }
	}
	for name, c := range map[string]struct {
		as    string
		opt   lobby.Options
		wrong func(d *desk, admin *caller)
		what  string
		is    Verdict
	}{
		"no manager":             {as: "alice", what: "permission view-livechat-manager", is: Missing},
		"no bot":                 {as: "alice", what: "permission api-bypass-rate-limit", is: Doubtful},
		"an administrator":       {as: "admin", what: "role admin", is: Doubtful},
		"an agent who is there":  {as: "alice", what: "availability", is: Doubtful},
		"ends are hidden":        {wrong: set("Hide_System_Messages", []any{"livechat-close"}), what: "setting Hide_System_Messages", is: Doubtful},
		"files for members only": {wrong: set("FileUpload_Restrict_to_room_members", true), what: "setting FileUpload_Restrict_to_room_members", is: Doubtful},
		"omnichannel is off":     {wrong: set("Livechat_enabled", false), what: "setting Livechat_enabled", is: Missing},
		"clocks differ":          {opt: lobby.Options{Now: func() time.Time { return time.Now().Add(-5 * time.Minute) }}, what: "clock", is: Doubtful},
		"a tag is demanded": {wrong: func(d *desk, admin *caller) {
			id := d.department("Billing")
			admin.call("PUT", "livechat/department/"+id, map[string]any{"department": map[string]any{
				"name": "Billing", "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "b@example.org", "requestTagBeforeClosingChat": true, "chatClosingTags": []string{"billing"},
			}})
		}, what: "department Billing", is: Doubtful},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, c.opt)
			if c.wrong != nil {
				c.wrong(d, d.as("admin"))
			}
			if c.as == "" {
				c.as = "bot"
			}
			d.mustFind(d.bridgeAs(c.as).Examine(t.Context()), c.what, c.is)
		})
	}
}

func TestExaminationEndsAtWhatHidesTheRest(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	a := d.account("bot")
	all := d.bridgeWith(Options{UserID: a.ID, Token: "expired"}).Examine(t.Context())
	d.mustFind(all, "server", Right)
	d.mustFind(all, "login", Missing)
	if len(all) != 2 {
		t.Errorf("found %+v", all)
	}
	d.wire.gone(true)
	all = d.bridge.Examine(t.Context())
	d.mustFind(all, "server", Missing)
	if len(all) != 1 {
		t.Errorf("found %+v", all)
	}
}

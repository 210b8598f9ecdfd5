package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
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
	d := openDesk(t, lobby.Options{As: "3.11"})
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
			c.opt.As = "3.11"
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

// TestExaminationKnowsTheVersions: what a version has by default, what a
// permission is for there, and whether it has the paid features.
func TestExaminationKnowsTheVersions(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, lobby.Options{As: as, Licensed: as == "7.13"})
			must := func(want ...string) {
				t.Helper()
				var wrong []string
				for _, f := range d.bridge.Examine(t.Context()) {
					if f.Verdict != Right && f.What != "availability" {
						wrong = append(wrong, f.What)
					}
				}
				if !slices.Equal(wrong, want) {
					t.Errorf("found %v, want %v", wrong, want)
				}
			}
			if as == "3.11" {
				must()
			} else {
				must("setting FileUpload_Restrict_to_room_members")
				d.as("admin").post("settings/FileUpload_Restrict_to_users_who_can_access_room", map[string]any{"value": true})
				must()
			}
			alice := d.bridgeAs("alice").Examine(t.Context())
			d.mustFind(alice, "permission view-livechat-manager", map[bool]Verdict{true: Missing, false: Doubtful}[as == "3.11"])
			d.mustFind(alice, "permission view-livechat-rooms", Missing)
			edition := find(d.bridge.Examine(t.Context()), "edition")
			if strings.HasPrefix(edition.Is, "with the paid") != (as == "7.13") {
				t.Errorf("edition is %+v", edition)
			}
		})
	}
}

func TestVersionIsJudgedByWhatItWasTestedWith(t *testing.T) {
	for is, want := range map[string]Verdict{
		"2.4.14": Missing, "3.4.2": Doubtful, "3.11.1": Right, "3.12.0": Doubtful, "6.13.1": Doubtful, "7.6": Doubtful,
		"7.7": Right, "7.13": Right, "8.3": Right, "8.4": Doubtful, "9.0.0": Doubtful,
	} {
		if f := version(rest.Info{Version: is}); f.Verdict != want || (f.Do == "") != (want == Right) {
			t.Errorf("%s: %+v", is, f)
		}
	}
}

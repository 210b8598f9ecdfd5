package bridge

import (
	"fmt"
	"maps"
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

// quiet is a workspace in which nothing is wrong but the version's own ways.
func quiet(as string) lobby.Options {
	o := lobby.Options{As: as, Roles: map[string][]string{"bot": {"bot", "user", "livechat-manager"}}, Settings: map[string]any{}}
	if as != "3.11" {
		o.Settings["FileUpload_Restrict_to_users_who_can_access_room"] = true
		o.Settings[ignoreAutomatic] = true
	}
	return o
}

// ownWays are what no admin of a version can mend.
var ownWays = map[string][]string{"3.11": {"figures"}, "7.7.3": {"version"}}

// TestExaminationOfAWorkspaceThatIsRightFindsNothing but what its version is
// like.
func TestExaminationOfAWorkspaceThatIsRightFindsNothing(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, quiet(as))
			all := d.bridge.Examine(t.Context(), nil)
			var wrong []string
			for _, f := range all {
				if f.Verdict != Right {
					wrong = append(wrong, f.What)
				}
			}
			slices.Sort(wrong)
			want := slices.Sorted(slices.Values(ownWays[as]))
			if !slices.Equal(wrong, want) {
				t.Errorf("found %v, want %v: %+v", wrong, want, all)
			}
			for _, what := range []string{"server", "login", "clock", "realtime API", "departments", "edition", "routing", "transcripts", "closing comments", "permission transfer-livechat-guest"} {
				d.mustFind(all, what, Right)
			}
		})
	}
}

// fault is something that is wrong in a workspace, and what is said of it.
type fault struct {
	roles   []string       // the account's; nil means those that it should have
	set     map[string]any // settings
	demand  []string       // departments that want a tag and have none
	ahead   time.Duration  // of the server's clock
	wrong   func(d *desk, admin *caller)
	what    string
	verdict Verdict
	says    string   // somewhere in what is there, what stops and what to do
	who     string   // needs it; "" means that nobody is named
	on      []string // versions; nil means all
}

func tagRule(tags ...string) func(d *desk, admin *caller) {
	return func(d *desk, admin *caller) {
		admin.call("PUT", "livechat/department/"+d.department("Billing"), map[string]any{"department": map[string]any{
			"name": "Billing", "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "b@example.org",
			"requestTagBeforeClosingChat": true, "chatClosingTags": tags,
		}})
	}
}

func withdrawn(permission string) func(*desk, *caller) {
	return func(_ *desk, admin *caller) {
		admin.post("permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": []string{"admin"}}}})
	}
}

// notAvailable makes the account an agent who is not available.
func notAvailable(d *desk, _ *caller) {
	bot := d.as("bot")
	if d.opt.As == "3.11" {
		bot.method("livechat:changeLivechatStatus", map[string]any{"status": "not-available"})
		return
	}
	bot.post("livechat/agent.status", map[string]any{"status": "not-available"})
}

var after3 = []string{"7.7.3", "7.13", "8.3"}

var faults = map[string]fault{
	"no manager":                    {roles: []string{"bot", "user"}, what: "role livechat-manager", verdict: Missing, says: "Omnichannel, Managers", who: "Bellhop itself"},
	"no manager, whose chats":       {roles: []string{"bot", "user"}, what: "permission view-livechat-rooms", verdict: Missing, says: "livechat-manager", who: "Bellhop itself"},
	"no manager, whose list on 3.x": {roles: []string{"bot", "user"}, what: "permission view-livechat-manager", verdict: Missing, says: "list chats", who: "Bellhop itself", on: []string{"3.11"}},
	"no manager, whose queue":       {roles: []string{"bot", "user"}, what: "permission view-livechat-manager", verdict: Doubtful, says: "the queue", who: "Bellhop itself", on: after3},
	"no bot":                        {roles: []string{"user", "livechat-manager"}, what: "role bot", verdict: Doubtful, says: "10 calls of a kind a minute", who: "Bellhop itself"},
	"no bot, whose limit":           {roles: []string{"user", "livechat-manager"}, what: "permission api-bypass-rate-limit", verdict: Doubtful, says: "give the account the role bot", who: "Bellhop itself"},
	"no user":                       {roles: []string{"bot", "livechat-manager"}, what: "role user", verdict: Doubtful, says: "call", who: "instances with the grant call, of which none is on", on: after3},
	"an administrator":              {roles: []string{"admin", "bot"}, what: "role admin", verdict: Doubtful, says: "take the role away"},
	"an agent who is not there":     {roles: []string{"bot", "user", "livechat-manager", "livechat-agent"}, wrong: notAvailable, what: "availability", verdict: Right, says: "Assign new conversations"},
	"an agent who is there":         {roles: []string{"bot", "user", "livechat-manager", "livechat-agent"}, what: "availability", verdict: Doubtful, says: "Not available"},
	"no right to forward":           {wrong: withdrawn("transfer-livechat-guest"), what: "permission transfer-livechat-guest", verdict: Doubtful, says: "forward chats", who: "instances with the grant forward, agents, of which none is on"},
	"no right to tag":               {wrong: withdrawn("save-others-livechat-room-info"), what: "permission save-others-livechat-room-info", verdict: Doubtful, says: "tag chats", who: "instances with the grant tag, untag, field, priority, of which none is on"},
	"no right to close":             {wrong: withdrawn("close-others-livechat-room"), what: "permission close-others-livechat-room", verdict: Doubtful, says: "close chats that others serve", who: "instances with the grant close, of which none is on"},
	"no right to write":             {wrong: withdrawn("create-d"), what: "permission create-d", verdict: Doubtful, says: "write to agents", who: "instances with the grant answer, call, direct, tell, transcript, of which none is on"},
	"no right to see contacts":      {wrong: withdrawn("view-livechat-contact"), what: "permission view-livechat-contact", verdict: Doubtful, says: "contacts", who: "instances with the grant contact, of which none is on", on: after3},
	"ends are hidden":               {set: map[string]any{"Hide_System_Messages": []any{"livechat-close"}}, what: "setting Hide_System_Messages", verdict: Doubtful, says: "Conversation closed", who: "Bellhop itself"},
	"forwards are hidden":           {set: map[string]any{"Hide_System_Messages": []any{"livechat_transfer_history"}}, what: "setting Hide_System_Messages", verdict: Doubtful, says: "Chat transferred", who: "Bellhop itself"},
	"holds are hidden":              {set: map[string]any{"Hide_System_Messages": []any{"omnichannel_placed_chat_on_hold"}}, what: "setting Hide_System_Messages", verdict: Doubtful, says: "on hold", who: "Bellhop itself"},
	"files for members only":        {set: map[string]any{"FileUpload_Restrict_to_room_members": true, "FileUpload_Restrict_to_users_who_can_access_room": false}, what: "setting FileUpload_Restrict_to_room_members", verdict: Doubtful, says: "File Upload", who: "instances with the grant transcript, of which none is on"},
	"files for everybody":           {set: map[string]any{"FileUpload_ProtectFiles": false}, what: "setting FileUpload_ProtectFiles", verdict: Doubtful, says: "open to anybody", who: "Bellhop itself"},
	"no files":                      {set: map[string]any{"FileUpload_Enabled": false}, what: "setting FileUpload_Enabled", verdict: Doubtful, says: "PDFs", who: "instances with the grant file, transcript, of which none is on"},
	"omnichannel is off":            {set: map[string]any{"Livechat_enabled": false}, what: "setting Livechat_enabled", verdict: Missing, says: "Administration, Omnichannel", who: "Bellhop itself"},
	"a comment is demanded":         {set: map[string]any{setComment: true}, what: "setting " + setComment, verdict: Doubtful, says: "comment", who: "instances with the grant close, of which none is on"},
	"two transcripts":               {set: map[string]any{"Livechat_transcript_send_always": true}, what: "setting Livechat_transcript_send_always", verdict: Doubtful, says: "the server mails guests its own", who: "instances with the grant transcript, of which none is on"},
	"a tag is demanded":             {wrong: tagRule("billing"), what: "department Billing", verdict: Doubtful, says: "before it closes", who: "instances with the grant close, of which none is on"},
	"a tag without default":         {demand: []string{"Billing"}, what: "department Billing", verdict: Doubtful, says: "by anybody", who: "instances with the grant close, of which none is on"},
	"the server is behind":          {ahead: -5 * time.Minute, what: "clock", verdict: Doubtful, says: "this machine is about 5m0s ahead"},
	"the server is ahead":           {ahead: 5 * time.Minute, what: "clock", verdict: Doubtful, says: "this machine is about 5m0s behind"},
	"bots count":                    {set: map[string]any{ignoreAutomatic: false}, what: "figures", verdict: Doubtful, says: "active in that month", who: "instances with the grant reply, file, call, of which none is on", on: after3},
	"bots count always":             {what: "figures", verdict: Doubtful, says: "7.3", who: "instances with the grant reply, file, call, of which none is on", on: []string{"3.11"}},
	"bots do not count, we do":      {roles: []string{"user", "livechat-manager"}, what: "figures", verdict: Doubtful, says: "the role bot", who: "instances with the grant reply, file, call, of which none is on", on: after3},
	"the queue is silent":           {what: "version", verdict: Doubtful, says: "7.7.6", on: []string{"7.7.3"}},
}

// TestExaminationNamesWhatIsWrong on every version: the fault, what stops, where
// to change it, and who needs it.
func TestExaminationNamesWhatIsWrong(t *testing.T) {
	for _, as := range lobby.Releases() {
		for name, c := range faults {
			if c.on != nil && !slices.Contains(c.on, as) {
				continue
			}
			t.Run(as+" "+name, func(t *testing.T) {
				o := quiet(as)
				if c.roles != nil {
					o.Roles["bot"] = c.roles
				}
				maps.Copy(o.Settings, c.set)
				o.DemandTags = c.demand
				if c.ahead != 0 {
					o.Now = func() time.Time { return time.Now().Add(c.ahead) }
				}
				d := openDesk(t, o)
				if c.wrong != nil {
					c.wrong(d, d.as("admin"))
				}
				all := d.bridge.Examine(t.Context(), nil)
				d.mustFind(all, c.what, c.verdict)
				f := find(all, c.what)
				if said := f.Is + "\n" + f.Stops + "\n" + f.Do; !strings.Contains(said, c.says) || (f.Stops == "") != (c.verdict == Right) {
					t.Errorf("it does not say %q: %+v", c.says, f)
				}
				if f.Who != c.who {
					t.Errorf("%q needs it, not %q", f.Who, c.who)
				}
			})
		}
	}
}

// TestWhatIsUsedIsMissing, and what nobody uses is doubtful; a limit that can be
// lived with stays so.
func TestWhatIsUsedIsMissing(t *testing.T) {
	o := quiet("8.3")
	o.Roles["bot"] = []string{"user"}
	d := openDesk(t, o)
	withdrawn("close-others-livechat-room")(d, d.as("admin"))
	all := d.bridge.Examine(t.Context(), Uses{"forward": {"sales", "leads"}, "reply": {"greeter"}, "agents": {"watch", "leads"}})
	d.mustFind(all, "permission transfer-livechat-guest", Missing)
	if who := find(all, "permission transfer-livechat-guest").Who; who != "leads, sales, watch" {
		t.Errorf("%q need it", who)
	}
	d.mustFind(all, "permission close-others-livechat-room", Doubtful)
	d.mustFind(all, "permission send-many-messages", Doubtful)
	d.mustFind(all, "role livechat-manager", Missing)
	d.mustFind(all, "role bot", Doubtful)
}

// TestExaminationEndsAtWhatHidesTheRest: a token that is no more, and a server
// that is away.
func TestExaminationEndsAtWhatHidesTheRest(t *testing.T) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, quiet(as))
			bot := d.as("bot")
			token := bot.post("users.generatePersonalAccessToken", map[string]any{"tokenName": "bellhop"})["token"].(string)
			b := d.bridgeWith(Options{UserID: bot.id, Token: token})
			d.mustFind(b.Examine(t.Context(), nil), "login", Right)
			bot.post("users.removePersonalAccessToken", map[string]any{"tokenName": "bellhop"})
			all := b.Examine(t.Context(), nil)
			d.mustFind(all, "server", Right)
			d.mustFind(all, "login", Missing)
			if f := find(all, "login"); len(all) != 2 || f.Stops != "everything" || !strings.Contains(f.Do, "make a new personal access token") {
				t.Errorf("found %+v", all)
			}
			d.wire.gone(true)
			all = d.bridge.Examine(t.Context(), nil)
			d.mustFind(all, "server", Missing)
			if len(all) != 1 {
				t.Errorf("found %+v", all)
			}
		})
	}
}

// TestExaminationTellsBothVersions: what the server tells anybody, and what it
// tells an account that may view statistics.
func TestExaminationTellsBothVersions(t *testing.T) {
	want := map[string][2]string{
		"3.11":  {"3.11.1, to anybody and to the account", "3.11.1, to anybody and to the account"},
		"7.7.3": {"7.7, to anybody and to the account: the patch is told to those alone who have the permission view-statistics", "7.7 to anybody, 7.7.3 to the account"},
		"7.13":  {"7.13, to anybody and to the account: the patch is told to those alone who have the permission view-statistics", "7.13 to anybody, 7.13.0 to the account"},
		"8.3":   {"8.3, to anybody and to the account: the patch is told to those alone who have the permission view-statistics", "8.3 to anybody, 8.3.0 to the account"},
	}
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			d := openDesk(t, quiet(as))
			for n, who := range []string{"bot", "admin"} {
				if is := find(d.bridgeAs(who).Examine(t.Context(), nil), "version").Is; is != want[as][n] {
					t.Errorf("%s hears %q, not %q", who, is, want[as][n])
				}
			}
		})
	}
}

// TestExaminationKnowsTheEdition, and the permissions that come with it.
func TestExaminationKnowsTheEdition(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, paid := range []bool{false, true} {
			t.Run(fmt.Sprint(as, paid), func(t *testing.T) {
				o := quiet(as)
				o.Licensed = paid
				d := openDesk(t, o)
				all := d.bridge.Examine(t.Context(), nil)
				hasPDF := map[bool]Verdict{true: Right}[paid && as != "3.11"]
				d.mustFind(all, "permission request-pdf-transcript", hasPDF)
				if is := find(all, "edition").Is; strings.HasPrefix(is, "with the paid") != (paid && as != "3.11") {
					t.Errorf("edition is %q", is)
				}
			})
		}
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

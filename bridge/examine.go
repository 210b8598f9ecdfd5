package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// Verdict says how something that was looked at is.
type Verdict string

// The verdicts.
const (
	Right    Verdict = "right"
	Missing  Verdict = "missing"  // Bellhop can't work without it
	Doubtful Verdict = "doubtful" // Bellhop works, and something may not
	Unknown  Verdict = "unknown"  // the server does not let the account see it
)

// Finding is one thing in the workspace that was looked at.
type Finding struct {
	What    string  `json:"what"` // such as "permission transfer-livechat-guest"
	Verdict Verdict `json:"verdict"`
	Is      string  `json:"is"`              // what is there
	Stops   string  `json:"stops,omitempty"` // what does not work without it
	Do      string  `json:"do,omitempty"`    // what to change, and where
}

// maxSkew is how far our clock may be from the server's before people should
// set it.
const maxSkew = time.Minute

// examination is one look at the workspace.
type examination struct {
	*Bridge
	who      rest.User // the account
	findings []Finding
}

// Examine looks at all that Bellhop needs of the workspace, and changes nothing.
// It stops at what hides everything else, such as a wrong token.
func (b *Bridge) Examine(ctx context.Context) []Finding {
	x := &examination{Bridge: b}
	for _, look := range []func(context.Context) (goOn bool){
		x.server, x.account, x.clockSkew, x.permissions, x.websocket, x.settings, x.departments, x.edition,
	} {
		if !look(ctx) {
			break
		}
	}
	return x.findings
}

// lost is for what nothing works without.
func (x *examination) lost(what string, err error) {
	is, do := rest.Advice(err)
	x.found(Finding{what, Missing, is, "everything", do})
}

func (x *examination) found(f Finding) { x.findings = append(x.findings, f) }

func (x *examination) server(ctx context.Context) bool {
	info, err := x.rest.Info(ctx)
	if err != nil {
		x.lost("server", err)
		return false
	}
	x.info.Store(&info)
	f := version(info)
	f.Is = "Rocket.Chat " + info.Version + " at " + x.rest.URL() + f.Is
	x.found(f)
	return f.Verdict != Missing
}

// version says what is known of the server's version: see the package comment.
func version(i rest.Info) Finding {
	f := Finding{What: "server", Verdict: Right}
	switch {
	case !i.AtLeast(3, 0):
		f.Verdict, f.Stops, f.Do = Missing, "everything: its calls are others", "upgrade the server to 3.11 or newer"
	case i.AtLeast(3, 11) && !i.AtLeast(3, 12):
	case i.AtLeast(7, 7) && !i.AtLeast(8, 4):
		f.Is = ", whose calls and rules Bellhop is tested with, but not yet with a server of that version"
	default:
		f.Verdict, f.Stops, f.Do = Doubtful, "what differs from 3.11 and from 7.7 to 8.3, with which Bellhop is tested", "let instances run in shadow first, and read what they would have done"
	}
	return f
}

func (x *examination) account(ctx context.Context) bool {
	err := x.login(ctx)
	if err == nil {
		x.who, err = x.rest.Me(ctx)
	}
	if err != nil {
		x.lost("login", err)
		return false
	}
	x.found(Finding{What: "login", Verdict: Right, Is: "as " + x.who.Username + ", with the roles " + strings.Join(x.who.Roles, ", ")})
	if x.who.Has("admin") {
		x.found(Finding{"role admin", Doubtful, "the account is an administrator", "", "take the role away: Bellhop needs bot, user and livechat-manager, and who steals its token gets no more than that"})
	}
	if x.who.Livechat == "available" {
		x.found(Finding{"availability", Doubtful, "the account is an available agent: the workspace gives it chats", "guests wait for an answer from nobody", "set the account to Not available in Omnichannel, Agents, or take the role livechat-agent away"})
	}
	return true
}

func (x *examination) clockSkew(context.Context) bool {
	skew := time.Since(x.clock.now()).Round(time.Second)
	if skew.Abs() <= maxSkew {
		x.found(Finding{What: "clock", Verdict: Right, Is: "this machine's and the server's agree"})
		return true
	}
	is := fmt.Sprintf("this machine is %s ahead of the server", skew)
	if skew < 0 {
		is = fmt.Sprintf("this machine is %s behind the server", -skew)
	}
	x.found(Finding{"clock", Doubtful, is, "timers and business hours come at other times than people expect", "set both clocks, for instance by NTP"})
	return true
}

func (x *examination) permissions(ctx context.Context) bool {
	all, err := x.rest.Permissions(ctx)
	if err != nil {
		x.unknown("permissions", err)
		return true
	}
	for _, r := range rightsOn(*x.info.Load()) {
		n := slices.IndexFunc(all, func(p rest.Permission) bool { return p.ID == r.id })
		if n < 0 {
			continue // this version has none by that name
		}
		f := Finding{What: "permission " + r.id, Verdict: Right, Is: "to " + r.to}
		if !all[n].Has(x.who.Roles) {
			f = Finding{f.What, r.without, "no role of the account has it", r.to, fmt.Sprintf("give the account the role %s, or give the permission to one of its roles in Administration, Permissions", r.role)}
		}
		x.found(f)
	}
	return true
}

func (x *examination) websocket(ctx context.Context) bool {
	config, proxy := x.way()
	conn, err := ddp.Dial(ctx, ddp.Options{URL: x.rest.URL(), TLS: config, Proxy: proxy, Log: x.log})
	if err == nil {
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn.Run(run)
		}()
		_, err = conn.LoginToken(ctx, x.me.Load().Token)
		stop()
		<-ended
	}
	if err != nil {
		x.found(Finding{"realtime API", Missing, err.Error(), "hearing of anything at once", "let websockets through to /websocket, also in the proxy before the server"})
		return true
	}
	x.found(Finding{What: "realtime API", Verdict: Right, Is: "a websocket connects and takes the login"})
	return true
}

func (x *examination) settings(ctx context.Context) bool {
	all, err := x.rest.Settings(ctx)
	if err != nil {
		x.unknown("settings", err)
		return true
	}
	value := map[string]any{}
	for _, s := range all {
		value[s.ID] = s.Value
	}
	for _, s := range preferences {
		if v, shown := value[s.id]; shown && s.harms(v) && !isOn(value[s.unless]) {
			x.found(Finding{"setting " + s.id, s.verdict, fmt.Sprintf("%v", v), s.stops, s.do})
		}
	}
	return true
}

func (x *examination) departments(ctx context.Context) bool {
	all, err := x.rest.Departments(ctx)
	if err != nil {
		x.unknown("departments", err)
		return true
	}
	if len(all) == 0 {
		x.found(Finding{"departments", Doubtful, "there are none", "forwarding", "make some in Omnichannel, Departments"})
		return true
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
		if d.NeedsTag {
			x.found(Finding{"department " + d.Name, Doubtful, "wants a tag before a chat ends: " + strings.Join(d.Tags, ", "), "ending of untagged chats by plugins", "have the plugin tag before it closes, or don't demand tags in Omnichannel, Departments"})
		}
	}
	x.found(Finding{What: "departments", Verdict: Right, Is: strings.Join(names, ", ")})
	return true
}

func (x *examination) edition(ctx context.Context) bool {
	paid, err := x.rest.Enterprise(ctx)
	switch {
	case err != nil:
		x.unknown("edition", err)
	case paid:
		x.found(Finding{What: "edition", Verdict: Right, Is: "with the paid omnichannel features"})
	default:
		x.found(Finding{What: "edition", Verdict: Right, Is: "without the paid omnichannel features, which Bellhop does not need"})
	}
	return true
}

func (x *examination) unknown(what string, err error) {
	is, do := rest.Advice(err)
	x.found(Finding{What: what, Verdict: Unknown, Is: is, Do: do})
}

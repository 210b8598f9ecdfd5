package bridge

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

func (x *examination) account(ctx context.Context) bool {
	err := x.login(ctx)
	if err == nil {
		x.who, err = x.rest.Me(ctx)
	}
	if err != nil {
		x.lost("login", err)
		return false
	}
	x.right("login", "as "+x.who.Username+", with the roles "+strings.Join(x.who.Roles, ", "))
	if x.who.Has("admin") {
		x.doubt("role admin", "the account is an administrator", "safety: who steals its token has the whole workspace",
			"take the role away in Administration, Users: Bellhop needs bot, user and livechat-manager, and nothing more")
	}
	if x.who.Has("livechat-agent") && x.who.Livechat == "available" {
		x.doubt("availability", "the account is an available agent: the workspace gives it chats, as a bot at once and whatever its presence",
			"service: guests wait for an answer from nobody", "set the account to Not available in Omnichannel, Agents, or take the role livechat-agent away")
	} else if x.who.Has("livechat-agent") {
		x.right("availability", "the account is an agent who is not available: the workspace gives it no chats, unless Assign new conversations to bot agent is on in Omnichannel, Routing")
	}
	return true
}

// fullVersion is a version with its patch.
var fullVersion = regexp.MustCompile(`^\d+\.\d+\.\d+`)

// release is what the server tells anybody of its version, and what it tells the
// account: newer ones tell the patch only to those who may view statistics.
func (x *examination) release(ctx context.Context) bool {
	anybody := x.is.Version
	own, err := x.rest.InfoForAccount(ctx)
	if err != nil {
		x.unknown("version", err)
		return true
	}
	is := fmt.Sprintf("%s, to anybody and to the account", own.Version)
	switch {
	case own.Version != anybody:
		is = fmt.Sprintf("%s to anybody, %s to the account", anybody, own.Version)
	case !fullVersion.MatchString(own.Version):
		is += ": the patch is told to those alone who have the permission view-statistics"
	}
	x.is = own
	if own.AtLeast(7, 7) && !own.AtLeast(7, 8) && !silentNoMore.MatchString(own.Version) {
		x.doubt("version", is, "hearing at once that a chat waits, on 7.7.0 to 7.7.5: that comes with the next comparison", "upgrade the server to 7.7.6 or newer")
		return true
	}
	x.right("version", is)
	return true
}

// silentNoMore are the versions 7.7 that tell again what happens to the queue.
var silentNoMore = regexp.MustCompile(`^7\.7\.([6-9]|\d\d)`)

func (x *examination) permissions(ctx context.Context) bool {
	all, err := x.rest.Permissions(ctx)
	if err != nil {
		x.unknown("permissions", err)
		return true
	}
	lacks := map[string][]rest.Right{}
	var each []Finding
	for _, r := range rest.Rights(x.is) {
		n := slices.IndexFunc(all, func(p rest.Permission) bool { return p.ID == r.ID })
		if n < 0 {
			continue // this version, or this edition, has none by that name
		}
		f := x.permission(r, all[n].Has(x.who.Roles))
		if f.Verdict != Right {
			lacks[r.Role] = append(lacks[r.Role], r)
		}
		each = append(each, f)
	}
	for _, role := range rolesOfAccount {
		if !x.who.Has(role.name) && len(lacks[role.name]) > 0 {
			x.found(x.role(role, lacks[role.name]))
		}
	}
	x.findings = append(x.findings, each...)
	return true
}

// accountRole is a role that the account should have.
type accountRole struct{ name, where string }

var rolesOfAccount = []accountRole{
	{"bot", "Administration, Users, the account, Edit, Roles"},
	{"user", "Administration, Users, the account, Edit, Roles"},
	{"livechat-manager", "Omnichannel, Managers"},
}

// role joins what the account lacks for want of a role.
func (x *examination) role(r accountRole, lacks []rest.Right) Finding {
	f := Finding{What: "role " + r.name, Verdict: Doubtful, Is: "the account does not have it", Do: "give it to the account in " + r.where}
	var stops []string
	var kinds []string
	itself := false
	for _, p := range lacks {
		stops = append(stops, p.To)
		kinds = append(kinds, p.Kinds...)
		itself = itself || len(p.Kinds) == 0
		if x.permission(p, false).Verdict == Missing {
			f.Verdict = Missing
		}
	}
	f.Stops = strings.Join(stops, "; ")
	who := x.uses.of(kinds)
	if itself {
		who = append([]string{"Bellhop itself"}, who...)
	}
	if f.Who = strings.Join(who, ", "); f.Who == "" {
		f.Who = x.needers(kinds)
	}
	return f
}

// permission is what is said of a permission.
func (x *examination) permission(r rest.Right, has bool) Finding {
	f := Finding{What: "permission " + r.ID, Verdict: Right, Is: "to " + r.To, Who: x.needers(r.Kinds)}
	if has {
		return f
	}
	f.Verdict, f.Is, f.Stops = Doubtful, "no role of the account has it", r.To
	f.Do = fmt.Sprintf("give the account the role %s, or give the permission to one of its roles in Administration, Permissions", r.Role)
	if r.Needs == rest.Vital || r.Needs == rest.Needed && len(x.uses.of(r.Kinds)) > 0 {
		f.Verdict = Missing
	}
	return f
}

// needers says who needs what these kinds need.
func (x *examination) needers(kinds []string) string {
	if len(kinds) == 0 {
		return "Bellhop itself"
	}
	if who := x.uses.of(kinds); len(who) > 0 {
		return strings.Join(who, ", ")
	}
	return "instances with the grant " + strings.Join(kinds, ", ") + ", of which none is on"
}

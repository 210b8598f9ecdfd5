package rule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// asking are the keys for which somebody is asked: the workspace, and at the end
// who tells topics. Each is tried only while the rule may still hold, so that
// nobody is asked in vain.
var asking = []func(attempt) []sdk.Part{
	attempt.contact,
	attempt.page,
	attempt.available,
	attempt.unavailable,
	attempt.load,
	attempt.earlier,
	attempt.askingWhen,
	attempt.topic,
}

// failed is a key of which nobody can say whether it holds.
func failed(key string, err error) []sdk.Part {
	return []sdk.Part{{Key: key, Failed: true, Says: clipTo(fmt.Sprintf("%s cannot be told: %v", key, err), 500)}}
}

func (a attempt) plugin() *sdk.Plugin { return sdk.PluginOf(a.chat) }

func (a attempt) available() []sdk.Part { return a.staffed("available", a.rule.Available, true) }

func (a attempt) unavailable() []sdk.Part { return a.staffed("unavailable", a.rule.Unavailable, false) }

func (a attempt) staffed(key string, who *sdk.Staff, want bool) []sdk.Part {
	switch {
	case who == nil:
		return nil
	case who.Agent == sdk.ItsOwn && a.chat.Agent.IsZero():
		return one(key, false, "%s: nobody serves the chat", key)
	}
	some, says, err := a.staff(who.Department, who.Agent)
	if err != nil {
		return failed(key, err)
	}
	return one(key, some == want, "%s", says)
}

// staff tells whether somebody of those that are named takes chats.
func (a attempt) staff(department, agent string) (some bool, says string, err error) {
	in := a.place(department)
	all, err := a.plugin().Agents(in)
	if err != nil {
		return false, "", err
	}
	if agent != "" {
		return a.oneOf(all, in, agent)
	}
	where := "in " + named(in)
	if in == "" {
		where = "in the workspace"
	}
	free := slices.DeleteFunc(slices.Clone(all), func(i sdk.AgentInfo) bool { return !i.Available })
	switch len(free) {
	case 0:
		return false, fmt.Sprintf("nobody is available %s (of %d)", where, len(all)), nil
	case 1:
		return true, fmt.Sprintf("%s is available %s", named(free[0].Username), where), nil
	}
	return true, fmt.Sprintf("%s and %d more are available %s", named(free[0].Username), len(free)-1, where), nil
}

// oneOf tells whether the agent, who must be one of those, takes chats. Who
// serves the chat and is none of them does not; anybody else is a mistake.
func (a attempt) oneOf(all []sdk.AgentInfo, in, agent string) (some bool, says string, err error) {
	name := a.person(agent)
	i, there := byUsername(all, name)
	switch {
	case !there && agent == sdk.ItsOwn:
		return false, named(name) + " is no agent any more", nil
	case !there && in != "":
		return false, "", fmt.Errorf("%s is no agent of %s: correct the username, or add them to the department", named(name), named(in))
	case !there:
		return false, "", fmt.Errorf("there is no agent %s: correct the username", named(name))
	case i.Available:
		return true, named(name) + " is available", nil
	case i.Status != "" && i.Status != "online":
		return false, fmt.Sprintf("%s is not available: %s", named(name), named(i.Status)), nil
	}
	return false, named(name) + " is not available", nil
}

func byUsername(all []sdk.AgentInfo, name string) (sdk.AgentInfo, bool) {
	n := slices.IndexFunc(all, func(i sdk.AgentInfo) bool { return strings.EqualFold(i.Username, name) })
	if n < 0 {
		return sdk.AgentInfo{}, false
	}
	return all[n], true
}

// place is the department that is meant; "" means none, or any.
func (a attempt) place(department string) string {
	switch {
	case department != sdk.ItsOwn:
		return department
	case a.chat.Department != "":
		return a.chat.Department
	}
	return a.chat.DepartmentID
}

func (a attempt) person(agent string) string {
	if agent == sdk.ItsOwn {
		return a.chat.Agent.Username
	}
	return strings.TrimPrefix(agent, "@")
}

// named is a name that a workspace or an admin gave, short enough for a reason.
func named(s string) string { return clip(s) }

func (a attempt) load() []sdk.Part {
	const key = "load"
	l := a.rule.Load
	switch {
	case l == nil:
		return nil
	case l.Agent == sdk.ItsOwn && a.chat.Agent.IsZero():
		return one(key, false, "load: nobody serves the chat")
	case l.Department == sdk.ItsOwn && a.place(l.Department) == "":
		return one(key, false, "load: the chat is in no department")
	}
	name, open, waiting, err := a.burden(*l)
	if err != nil {
		return failed(key, err)
	}
	n, what := open, "open"
	if l.Waiting {
		n, what = waiting, "waiting"
	}
	held, bound := within(n, l.Over, l.Under)
	return one(key, held, "%s has %s, %s", named(name), counted(n, what+" chat"), bound)
}

func (a attempt) burden(l sdk.Load) (name string, open, waiting int, err error) {
	if l.Agent != "" {
		i, err := a.agent(a.person(l.Agent))
		return i.Username, i.Open, i.Waiting, err
	}
	d, err := a.departmentInfo(a.place(l.Department))
	return d.Name, d.Open, d.Waiting, err
}

func (a attempt) agent(name string) (sdk.AgentInfo, error) {
	all, err := a.plugin().Agents("")
	if err != nil {
		return sdk.AgentInfo{}, err
	}
	i, there := byUsername(all, name)
	if !there {
		return i, fmt.Errorf("there is no agent %s: correct the username", named(name))
	}
	return i, nil
}

func (a attempt) departmentInfo(name string) (sdk.DepartmentInfo, error) {
	all, err := a.plugin().Departments()
	if err != nil {
		return sdk.DepartmentInfo{}, err
	}
	for _, d := range all {
		if text.Fold(d.Name) == text.Fold(name) || d.ID == name {
			return d, nil
		}
	}
	return sdk.DepartmentInfo{}, fmt.Errorf("there is no department %s: correct the name", named(name))
}

// within compares a number, and says with what.
func within(n int, over, under *int) (held bool, says string) {
	held = true
	var all []string
	if over != nil {
		yes := n > *over
		held = held && yes
		all = append(all, map[bool]string{true: "more than ", false: "not more than "}[yes]+fmt.Sprint(*over))
	}
	if under != nil {
		yes := n < *under
		held = held && yes
		all = append(all, map[bool]string{true: "fewer than ", false: "not fewer than "}[yes]+fmt.Sprint(*under))
	}
	return held, strings.Join(all, " and ")
}

// counted is "1 open chat" or "3 open chats".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (a attempt) earlier() []sdk.Part {
	const key = "earlier"
	e := a.rule.Earlier
	if e == nil {
		return nil
	}
	past, err := a.past(e.Within.Std())
	if err != nil {
		return failed(key, err)
	}
	var all []sdk.Part
	if e.Over != nil || e.Under != nil || len(e.Tags)+len(e.Agent) == 0 {
		all = append(all, often(key, len(past), *e)...)
	}
	if len(e.Tags) > 0 {
		all = append(all, taggedBefore(key, past, e.Tags)...)
	}
	if len(e.Agent) > 0 {
		all = append(all, lastServed(key, past, e.Agent)...)
	}
	return all
}

// past are the guest's earlier chats, the newest first, of the last so long.
func (a attempt) past(span time.Duration) ([]sdk.PastChat, error) {
	past, err := a.chat.PastChats()
	if err != nil || span == 0 {
		return past, err
	}
	from := a.chat.Now().Add(-span)
	return slices.DeleteFunc(slices.Clone(past), func(p sdk.PastChat) bool { return p.ClosedAt.Before(from) }), nil
}

func often(key string, n int, e sdk.Earlier) []sdk.Part {
	over := e.Over
	if over == nil && e.Under == nil {
		over = new(int) // the guest has written before
	}
	held, bound := within(n, over, e.Under)
	what := counted(n, "earlier chat")
	if n >= sdk.MaxPast {
		what = fmt.Sprintf("%d earlier chats or more", n)
	}
	if d := e.Within.Std(); d > 0 {
		what += " within " + short(d)
	}
	return one(key, held, "%s, %s", what, bound)
}

func taggedBefore(key string, past []sdk.PastChat, wanted sdk.Names) []sdk.Part {
	for _, p := range past {
		for _, tag := range p.Tags {
			if isOneOf(wanted, tag) {
				return one(key, true, "an earlier chat was tagged %s", quote(tag))
			}
		}
	}
	return one(key, false, "of %s none was tagged %s", counted(len(past), "earlier chat"), strings.Join(wanted, " or "))
}

func lastServed(key string, past []sdk.PastChat, wanted sdk.Names) []sdk.Part {
	last := lastAgent(past)
	switch {
	case last == "":
		return one(key, false, "nobody served an earlier chat, not %s either", strings.Join(wanted, " or "))
	case isOneOf(wanted, last):
		return one(key, true, "the last agent was %s", named(last))
	}
	return one(key, false, "the last agent was %s, not %s", named(last), strings.Join(wanted, " or "))
}

// lastAgent is who served the newest of the chats that anybody served.
func lastAgent(past []sdk.PastChat) string {
	for _, p := range past {
		if p.Agent.Username != "" {
			return p.Agent.Username
		}
	}
	return ""
}

func isOneOf(wanted []string, value string) bool {
	return slices.ContainsFunc(wanted, func(w string) bool { return text.Fold(w) == text.Fold(value) })
}

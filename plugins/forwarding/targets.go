//go:build go1.20

package forwarding

import (
	"strconv"
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// move asks for what the rule's chain of targets says from the given one on.
// Those that are passed over are named in the reason. When none is left it asks
// for nothing and says why.
func (m mover) move(c *sdk.Chat, r sdk.Rule, held string, from int, not []string) (nowhere string) {
	chain := append([]sdk.Target{r.To}, r.Fallback...)
	var to []sdk.Target
	n := from
	for ; n < len(chain); n++ {
		t, why := m.choose(c, chain[n])
		if why != "" {
			not = append(not, why)
			continue
		}
		if t.Queue {
			break
		}
		to = append(to, t)
	}
	if len(to) == 0 && n == len(chain) {
		return held + "; nowhere to go: " + oneLine(strings.Join(not, "; "))
	}
	because := held
	if len(not) > 0 {
		because += "; " + oneLine(strings.Join(not, "; "))
	}
	c.State().Set(asked(r.Name), held)
	c.State().Set(former, c.Agent.Username)
	m.ask(c, r, because, to, n)
	return ""
}

// ask forwards to the targets, or with none gives the chat back to the queue.
// It remembers where the chain goes on if that is refused: a forward cannot hold
// the queue among its targets.
func (m mover) ask(c *sdk.Chat, r sdk.Rule, because string, to []sdk.Target, next int) {
	reason := []sdk.Option{sdk.Match{Rule: r.Name}.Because(), sdk.Because("%s", because)}
	if len(to) == 0 {
		next++
	}
	c.State().Delete(rest(r.Name))
	if next <= len(r.Fallback) {
		c.State().Set(rest(r.Name), strconv.Itoa(next))
	}
	if len(to) == 0 {
		c.ReturnToQueue(reason...)
		return
	}
	c.Forward(to[0], append(reason, sdk.PublicText(r.Text), sdk.Otherwise(to[1:]...))...)
}

// rest is the name under which a chat remembers where the rule's chain goes on.
func rest(rule string) string { return "rest " + rule }

// goOn tries what is left of a rule's chain after a refusal. A limit is no
// refusal by a target: it would be wrong to move the chat elsewhere then.
func (m mover) goOn(c *sdk.Chat, r sdk.Result) bool {
	left := c.State().Int(rest(r.Effect.Rule))
	c.State().Delete(rest(r.Effect.Rule))
	if left == 0 || r.Outcome.State != sdk.Refused || strings.HasPrefix(r.Outcome.Reason, "limit: ") || m.s.over(c) != "" {
		return false
	}
	for _, rule := range m.s.Rules {
		if rule.Name == r.Effect.Rule && left <= len(rule.Fallback) {
			return m.move(c, rule, c.State().Get(asked(rule.Name)), left, []string{r.Outcome.Reason}) == ""
		}
	}
	return false
}

// choose makes a department or an agent of a target, or says why it is none now.
func (m mover) choose(c *sdk.Chat, t sdk.Target) (chosen sdk.Target, why string) {
	switch {
	case t.Queue:
		return t, noQueue(c)
	case t.LeastBusy != "":
		return m.leastBusy(c, t.LeastBusy)
	case t.LastAgent:
		return m.lastAgent(c, t.Department)
	}
	return t, hadIt(c, t)
}

func noQueue(c *sdk.Chat) string {
	switch {
	case c.Agent.IsZero():
		return "the chat waits in the queue already"
	case hasLeft(c, theQueue, ""):
		return "the chat was given back to the queue before"
	}
	return ""
}

// leastBusy is the available agent of the department with the fewest open chats;
// of several the first by username.
func (m mover) leastBusy(c *sdk.Chat, department string) (sdk.Target, string) {
	if why := hadIt(c, sdk.Department(department)); why != "" {
		return sdk.Target{}, why
	}
	all, err := m.p.Agents(department)
	if err != nil {
		m.p.Log("the agents of " + department + " cannot be told: " + err.Error())
		return sdk.Target{}, "the least busy of " + department + " cannot be told: " + err.Error()
	}
	best, others := sdk.AgentInfo{}, ""
	for _, a := range all {
		switch {
		case !a.Available:
		case strings.EqualFold(a.Username, c.Agent.Username) || hasLeft(c, anAgent, a.Username):
			others = " who has not had the chat"
		case best.Username == "" || a.Open < best.Open || a.Open == best.Open && a.Username < best.Username:
			best = a
		}
	}
	if best.Username == "" {
		return sdk.Target{}, department + " has nobody available" + others
	}
	return sdk.Target{Department: department, Agent: best.Username}, ""
}

// lastAgent is who served the guest's last chat that anybody served.
func (m mover) lastAgent(c *sdk.Chat, department string) (sdk.Target, string) {
	past, err := c.PastChats()
	if err != nil {
		m.p.Log("the guest's earlier chats cannot be told: " + err.Error())
		return sdk.Target{}, "the last agent cannot be told: " + err.Error()
	}
	for _, p := range past {
		if !p.Agent.IsZero() {
			return m.again(c, p, department)
		}
	}
	return sdk.Target{}, "nobody served the guest before"
}

// again is the agent of a past chat, who must be there now.
func (m mover) again(c *sdk.Chat, p sdk.PastChat, department string) (sdk.Target, string) {
	name := p.Agent.Username
	if strings.EqualFold(name, c.Agent.Username) {
		return sdk.Target{}, name + ", the last agent, serves the chat already"
	}
	where := ""
	if department != "" {
		where = " of " + department
	}
	a, there, why := m.agent(department, name)
	switch {
	case why != "":
		return sdk.Target{}, "the last agent, " + name + ", cannot be told: " + why
	case !there:
		return sdk.Target{}, name + ", the last agent, is no agent" + where + " now"
	case !a.Available:
		return sdk.Target{}, name + ", the last agent, is " + absent(a)
	}
	t := sdk.Target{Department: department, Agent: a.Username}
	if department == "" {
		t.Department = m.home(c, p, a.Username)
	}
	return t, hadIt(c, t)
}

// home is in which department the last agent gets the chat: the chat's own, or
// that of the past chat, if the agent belongs to it; "" means in none. Grants
// that name departments are held against it.
func (m mover) home(c *sdk.Chat, p sdk.PastChat, agent string) string {
	for _, d := range []string{c.Department, p.Department} {
		if d == "" || hadIt(c, sdk.Department(d)) != "" {
			continue
		}
		if _, there, _ := m.agent(d, agent); there {
			return d
		}
	}
	return ""
}

func (m mover) agent(department, username string) (found sdk.AgentInfo, there bool, why string) {
	all, err := m.p.Agents(department)
	if err != nil {
		m.p.Log("the agents cannot be told: " + err.Error())
		return found, false, err.Error()
	}
	for _, a := range all {
		if strings.EqualFold(a.Username, username) {
			return a, true, ""
		}
	}
	return found, false, ""
}

func absent(a sdk.AgentInfo) string {
	if a.Status != "" && a.Status != "online" {
		return a.Status
	}
	return "not available"
}

// oneLine is a reason without what a reason may not hold.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

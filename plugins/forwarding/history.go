//go:build go1.20

package forwarding

import (
	"strings"

	"github.com/bellhop-chat/bellhop/sdk"
)

// A rule moves a chat to where it has not been: two rules, or several in a
// circle, in one instance or in several, would never stop, and what a person has
// moved back is to stay there. So each chat remembers what it has left.

// Kinds of places.
const (
	aDepartment = "department"
	anAgent     = "agent"
	theQueue    = "queue"
)

const (
	place = "place" // the chat remembers under it where it was last seen: department, its id, agent
	gone  = "left"  // and under it what it has left, one a line
)

// mostPlaces bound what a chat remembers; of more the latest count.
const mostPlaces = 200

// follow notes what the chat has left since it was last seen, whoever moved it.
func follow(c *sdk.Chat) {
	now := []string{c.Department, c.DepartmentID, c.Agent.Username}
	seen := strings.Join(now, "\n")
	was := c.State().Get(place)
	if was == seen {
		return
	}
	c.State().Set(place, seen)
	if old := strings.Split(was, "\n"); len(old) == len(now) {
		if !isHere(c, old[0]) {
			leave(c, aDepartment, old[0])
			leave(c, aDepartment, old[1])
		}
		if !strings.EqualFold(old[2], now[2]) {
			leave(c, anAgent, old[2])
		}
	}
}

// forwarded notes moves that people, the server or other instances have made.
func (m mover) forwarded(c *sdk.Chat, f sdk.Forwarding) error {
	follow(c)
	if !isHere(c, f.FromDepartment) {
		leave(c, aDepartment, f.FromDepartment)
	}
	if f.ToQueue {
		leave(c, theQueue, "")
	}
	return m.tellOrSkip(c, "the chat was moved to another place")
}

// hadIt says whether the target is one that the chat has left; "" when not.
func hadIt(c *sdk.Chat, t sdk.Target) string {
	agent := strings.TrimPrefix(t.Agent, "@")
	switch {
	case t.Department != "" && !isHere(c, t.Department) && hasLeft(c, aDepartment, t.Department):
		return t.Department + " had the chat before"
	case agent != "" && !strings.EqualFold(agent, c.Agent.Username) && hasLeft(c, anAgent, agent):
		return agent + " had the chat before"
	}
	return ""
}

// isHere reports whether the chat is in the department, by its name or id.
func isHere(c *sdk.Chat, department string) bool {
	return strings.EqualFold(department, c.Department) || department == c.DepartmentID
}

// leave notes that the chat was there. "" is no place, but for the queue.
func leave(c *sdk.Chat, kind, name string) {
	if name == "" && kind != theQueue || hasLeft(c, kind, name) {
		return
	}
	all := append(left(c), entry(kind, name))
	if len(all) > mostPlaces {
		all = all[len(all)-mostPlaces:]
	}
	c.State().Set(gone, strings.Join(all, "\n"))
}

func hasLeft(c *sdk.Chat, kind, name string) bool {
	for _, e := range left(c) {
		if strings.EqualFold(e, entry(kind, name)) {
			return true
		}
	}
	return false
}

func left(c *sdk.Chat) []string {
	if !c.State().Has(gone) {
		return nil
	}
	return strings.Split(c.State().Get(gone), "\n")
}

func entry(kind, name string) string { return kind + " " + oneLine(name) }

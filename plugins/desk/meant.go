//go:build go1.20

package desk

import (
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Which chat is meant: the one that is named, by #NAME, #ID or its link; else the
// one in whose thread the command was written; else, of those that who orders
// serves, the one in which something happened last; else the one that was named last.

// meant finds the chat and takes its name out of the order. Bare means that nothing
// else stands behind the command, so that a name needs no #. When there is no such
// chat, who orders is told why, and ok is false.
func (d *desk) meant(o *order, bare bool) (ok bool, err error) {
	name := ""
	name, o.args = chatName(o.c.Args, bare)
	switch {
	case name != "":
		if ok, err = d.named(o, name); ok {
			d.keepLast(o.c.By.Username, o.chat)
		}
		return ok, err
	case o.c.Chat != "":
		return d.byID(o, o.c.Chat, string(o.c.Chat))
	}
	return d.latest(o)
}

// chatName takes the name of a chat off the beginning of a text.
func chatName(args string, bare bool) (name, rest string) {
	word, after := split(args)
	switch n := strings.Index(word, "/live/"); {
	case n >= 0 && strings.HasPrefix(word, "http"):
		id := strings.Trim(word[n+len("/live/"):], "/>)")
		if end := strings.IndexAny(id, "/?"); end >= 0 {
			id = id[:end]
		}
		return id, after
	case strings.HasPrefix(args, "#\""):
		quoted, err := strconv.QuotedPrefix(args[1:])
		if err == nil {
			name, _ = strconv.Unquote(quoted)
			return name, strings.TrimSpace(args[1+len(quoted):])
		}
		return strings.Trim(word[1:], "\""), after // which no chat is called: better than to write to another's guest
	case bare:
		return strings.Trim(strings.TrimPrefix(args, "#"), "\""), ""
	case strings.HasPrefix(word, "#") && len(word) > 1:
		return word[1:], after
	}
	return "", args
}

// split is the first word of a text, and what comes after it.
func split(says string) (word, after string) {
	n := strings.IndexAny(says, " \t\n")
	if n < 0 {
		return says, ""
	}
	return says[:n], strings.TrimSpace(says[n:])
}

// latest is the chat of who orders in which something happened last.
func (d *desk) latest(o *order) (ok bool, err error) {
	own, err := d.p.Chats(sdk.ChatFilter{Agent: o.c.By.Username})
	if err != nil {
		return false, err
	}
	for _, c := range own {
		if o.chat == nil || touched(c).After(touched(o.chat)) {
			o.chat = c
		}
	}
	if o.chat == nil && !d.lastNamed(o) {
		return false, d.say(o, o.text("no chat", "`"+o.c.Name+" #Maya`"))
	}
	return true, nil
}

// keepLast remembers which chat somebody named, or was told of.
func (d *desk) keepLast(username string, c *sdk.Chat) {
	is := d.person(username)
	if is.Last == string(c.ID) {
		return
	}
	is.Last = string(c.ID)
	if err := d.remember(username, is); err != nil {
		d.p.Log("remember @%s: %s", username, err.Error())
	}
}

// lastNamed takes the chat that was last named or told of, for who serves none:
// such as one that was taken a moment ago, of which the workspace has not told yet,
// or one that a rule has just moved away.
func (d *desk) lastNamed(o *order) bool {
	last := d.person(o.c.By.Username).Last
	if last == "" {
		return false
	}
	c, err := d.p.Chat(sdk.ChatID(last))
	if err != nil || !c.Open() || !d.mayOrder(o, c) {
		return false
	}
	o.chat = c
	return true
}

// touched is when something last happened in the chat, as far as its figures tell.
func touched(c *sdk.Chat) time.Time {
	last := c.OpenedAt
	for _, t := range []time.Time{c.TakenAt, c.HeldAt, c.WaitingSince, c.AnsweredAt, c.Figures.AskedAt, c.Figures.RepliedAt} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// byID is the chat by its id, which may have ended. Name is how it was called.
func (d *desk) byID(o *order, id sdk.ChatID, name string) (ok bool, err error) {
	c, err := d.p.Chat(id)
	if err != nil || !d.mayOrder(o, c) {
		return false, d.say(o, o.text("unknown chat", cut(name, 60)))
	}
	o.chat = c
	return true, nil
}

// mayOrder is mayUse, and lets who has lost the chat ask why, and have it back.
func (d *desk) mayOrder(o *order, c *sdk.Chat) bool {
	return d.mayUse(o, c) || o.former && wasWith(c, o.c.By.Username)
}

// wasWith reports whether we have taken the chat from the agent.
func wasWith(c *sdk.Chat, username string) bool {
	all, err := c.Deeds()
	if err != nil {
		return false
	}
	for _, deed := range all {
		if f := deed.Outcome.Former; f != nil && f.Target.Agent == username {
			return true
		}
	}
	return false
}

// named is the open chat of that guest, or with that id.
func (d *desk) named(o *order, name string) (ok bool, err error) {
	all, err := d.p.Chats(sdk.ChatFilter{Guest: name})
	if err != nil {
		return false, err
	}
	found := matching(all, name)
	var mine []*sdk.Chat
	for _, c := range found {
		if d.mayUse(o, c) {
			mine = append(mine, c)
		}
	}
	switch len(mine) {
	case 0:
		return d.byID(o, sdk.ChatID(name), name)
	case 1:
		o.chat = mine[0]
		return true, nil
	}
	return false, d.say(o, o.text("which chat", name)+"\n"+d.lines(o, mine))
}

// matching are those of the chats that a name means: those with exactly that id or
// name, else all, in whose guest's name it is.
func matching(all []*sdk.Chat, name string) []*sdk.Chat {
	var same, like []*sdk.Chat
	for _, c := range all {
		switch {
		case string(c.ID) == name:
			return []*sdk.Chat{c}
		case strings.EqualFold(c.Visitor.Name, name) || strings.EqualFold(c.Visitor.Username, name):
			same = append(same, c)
		default:
			like = append(like, c)
		}
	}
	if len(same) > 0 {
		return same
	}
	return like
}

const (
	mostLines       = 20
	mostDepartments = 20 // whose agents are looked up for one command
)

// lines are chats, one a line.
func (d *desk) lines(o *order, chats []*sdk.Chat) string {
	var lines []string
	for n, c := range chats {
		if n == mostLines {
			lines = append(lines, o.text("and more", strconv.Itoa(len(chats)-n)))
			break
		}
		lines = append(lines, "• "+d.about(o, c))
	}
	return strings.Join(lines, "\n")
}

// mayUse reports whether who orders may see and use the chat: one of theirs, one
// that waits where they could take it, or any.
func (d *desk) mayUse(o *order, c *sdk.Chat) bool {
	switch {
	case d.mayEverywhere(o.c.By.Username, o.c.Roles) || c.Agent.Username == o.c.By.Username:
		return true
	case c.Status != sdk.Queued:
		return false
	case c.Department == "":
		return true
	}
	in, known := o.among[c.Department]
	if !known && len(o.among) < mostDepartments {
		agents, err := d.p.Agents(c.Department)
		if err != nil {
			d.p.Log("who belongs to %s is not to be had: %s", c.Department, err.Error())
		}
		for _, a := range agents {
			in = in || a.Username == o.c.By.Username
		}
		o.among[c.Department] = in
	}
	return in
}

// open is meant of chats that have not ended.
func (d *desk) open(o *order, bare bool) (ok bool, err error) {
	if ok, err = d.meant(o, bare); !ok || o.chat.Open() {
		return ok, err
	}
	return false, d.tell(o, "has ended")
}

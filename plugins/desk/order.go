//go:build go1.20

package desk

import (
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// order is a command with what is known of it.
type order struct {
	c        *sdk.Command
	language string
	chat     *sdk.Chat       // that is meant; nil while that is not known
	args     string          // what stands behind the chat's name
	among    map[string]bool // whether who orders belongs to the department
	former   bool            // who has lost the chat by what we did may order it too
}

func (d *desk) order(c *sdk.Command) *order {
	return &order{c: c, language: d.languageOf(c.By.Username), args: c.Args, among: map[string]bool{}}
}

func (o *order) text(key string, args ...string) string { return text(o.language, key, args...) }

// because is why something is done that somebody has ordered. Who it was is read
// from it again when it is done.
func (o *order) because() sdk.Option { return sdk.Because("%s%s", ordered, o.c.By.Username) }

const ordered = "ordered by @"

// say answers, in the thread of the chat if one is meant.
func (d *desk) say(o *order, says string) error {
	says = d.hello(o.c.By.Username) + fit(says)
	if o.chat == nil {
		o.c.Answer(says)
		return nil
	}
	o.c.Answer(says, sdk.About(o.chat))
	return nil
}

// mostText is how long an answer may be: workspaces take 5000 characters by default.
const mostText = 4500

// fit cuts a text after a line, if it is too long.
func fit(says string) string {
	r := []rune(says)
	if len(r) <= mostText {
		return says
	}
	short := string(r[:mostText])
	if n := strings.LastIndex(short, "\n"); n > 0 {
		short = short[:n]
	}
	return short + "\n…"
}

// tell is say about the chat that is meant, with its link.
func (d *desk) tell(o *order, key string, args ...string) error {
	return d.say(o, link(o.chat)+": "+o.text(key, args...))
}

// misused says how a command is written.
func (d *desk) misused(o *order) error {
	return d.say(o, o.text("write", "`"+strings.TrimSpace(o.c.Name+" "+usage(o.c.Name))+"`", "`"+example(o.c.Name)+"`"))
}

// link is the guest's name, which leads to the chat.
func link(c *sdk.Chat) string { return "[" + plain(guest(c)) + "](" + c.Link() + ")" }

// plain is a name that is no part of a link.
func plain(name string) string {
	return strings.NewReplacer("[", "(", "]", ")", "\n", " ").Replace(name)
}

func guest(c *sdk.Chat) string {
	switch {
	case c.Visitor.Name != "":
		return c.Visitor.Name
	case c.Visitor.Username != "":
		return c.Visitor.Username
	}
	return string(c.ID)
}

// about is a chat in one line: who, where, with whom, and since when it waits.
func (d *desk) about(o *order, c *sdk.Chat) string {
	line := link(c) + " · " + o.text("is "+string(c.Status))
	if c.Department != "" {
		line += " · " + c.Department
	}
	if !c.Agent.IsZero() {
		line += " · @" + c.Agent.Username
	}
	if !c.WaitingSince.IsZero() && c.Open() {
		line += " · " + o.text("waits for", span(d.p.Now().Sub(c.WaitingSince)))
	}
	return line + " · `#" + string(c.ID) + "`"
}

// span is a length of time, to the minute where it is longer.
func span(t time.Duration) string {
	if t < time.Minute {
		return t.Round(time.Second).String()
	}
	return strings.TrimSuffix(t.Round(time.Minute).String(), "0s")
}

// at is a moment for people to read.
func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

// cut is the beginning of a text, in one line.
func cut(says string, most int) string {
	r := []rune(strings.Join(strings.Fields(says), " "))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most-1]) + "…"
}

package sdk

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Command is what somebody has ordered by a direct message to Bellhop's
// account: "forward Billing" is the command "forward" with the words
// "Billing".
type Command struct {
	Name    string    `json:"name"`            // as OnCommand was given it
	Args    string    `json:"args,omitempty"`  // what stands behind the name, without the spaces around it
	Words   []string  `json:"words,omitempty"` // Args, word by word; what stands in double quotes is one
	By      Person    `json:"by"`
	Roles   []string  `json:"roles,omitempty"` // of theirs that count here: "livechat-agent", "livechat-manager", "admin"
	Message MessageID `json:"message"`
	Room    string    `json:"room"`           // of the direct messages: no chat
	Chat    ChatID    `json:"chat,omitempty"` // in whose thread it was written, see About; "" means in none
	At      time.Time `json:"at"`             // when it was written, server time

	// May are the commands that who gives it may use, of all instances, by name:
	// of "help" only.
	May []CommandHelp `json:"may,omitempty"`

	run *run // set while a handler runs
}

// CommandHelp is a command that a plugin knows.
type CommandHelp struct {
	Name string `json:"name"`
	Help string `json:"help"` // one line
}

type command struct {
	help string
	fn   func(*Command) error
}

// isCommandName reports whether a name has 1 to 32 letters, digits, - and _, and
// begins with no sign.
func isCommandName(name string) bool {
	strange := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-' }
	n := utf8.RuneCountInString(name)
	return n > 0 && n <= 32 && !strings.ContainsFunc(name, strange) && !strings.ContainsAny(name[:1], "_-")
}

// OnCommand is called when somebody writes the name, and what else the command
// needs, to Bellhop's account. Who may is the admin's to say; guests can't.
// Help is one line that says what the command does and what stands behind it,
// such as "DEPARTMENT: moves your latest chat there". Names are of letters,
// digits, - and _; whether they are written in capitals does not matter.
//
// "stop" is Bellhop's own. So is "help", unless one plugin, and no other, offers
// it: then Command.May tells it what to list. A command that nobody knows comes to
// it as help on that command.
func (p *Plugin) OnCommand(name, help string, fn func(*Command) error) {
	p.wiring("OnCommand")
	name = strings.ToLower(name)
	switch _, twice := p.commands[name]; {
	case !isCommandName(name):
		p.fault("command %q: a name has 1 to 32 letters, digits, - and _, and begins with none of the last two", name)
	case name == "stop":
		p.fault("command %q is Bellhop's own: give it another name", name)
	case strings.TrimSpace(help) == "" || strings.ContainsAny(help, "\r\n") || len(help) > MaxHelp:
		p.fault("command %q needs one line of help, of at most %d bytes", name, MaxHelp)
	case twice:
		p.fault("command %q has two handlers: give one of them another name", name)
	default:
		p.commands[name] = command{help, fn}
	}
}

// MaxHelp is how long a command's help may be, in bytes.
const MaxHelp = 200

// Answer writes a direct message to who gave the command. Nobody else sees it.
func (c *Command) Answer(text string, opts ...Option) {
	if c.run == nil {
		panic("sdk: Command.Answer is called outside a handler")
	}
	c.run.ask(Effect{Kind: EffectAnswer, Text: text}, opts)
}

// ParseCommand takes a message apart into name, Args and Words.
func ParseCommand(text string) Command {
	name, args := strings.TrimSpace(text), ""
	if n := strings.IndexAny(name, " \t\r\n"); n >= 0 {
		name, args = name[:n], strings.TrimSpace(name[n:])
	}
	return Command{Name: strings.ToLower(name), Args: args, Words: words(args)}
}

// words splits at spaces, but not within quotes.
func words(s string) []string {
	var all []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if q, err := strconv.QuotedPrefix(s); err == nil && q[0] == '"' {
			word, _ := strconv.Unquote(q)
			all, s = append(all, word), s[len(q):]
			continue
		}
		n := strings.IndexAny(s, " \t\r\n")
		if n < 0 {
			n = len(s)
		}
		all, s = append(all, s[:n]), s[n:]
	}
	return all
}

func (r *run) commandHandler() handler {
	e := r.call.Event
	if e.Command == nil {
		return nil
	}
	known, ok := r.runner.plugin.commands[e.Command.Name]
	if !ok {
		return nil
	}
	return func(*Chat, *Event) error {
		c := *e.Command
		c.run = r
		return known.fn(&c)
	}
}

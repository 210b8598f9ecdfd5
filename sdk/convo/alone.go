package convo

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// alone are the kinds of steps that belong to no chat: they need no visitor, and
// the chat may have ended.
var alone = map[Kind]bool{Enable: true, Disable: true, Schedule: true, Webhook: true, Command: true, Staff: true}

func schedule(rest string) (Step, error) {
	if rest == "" {
		return Step{}, errors.New("!schedule says which one: write it as p.Every has it, like !schedule 0 8 * * mon-fri")
	}
	return Step{Kind: Schedule, Text: rest}, nil
}

// webhook reads a path and the body that may follow.
func webhook(rest string) (Step, error) {
	path, body := rest, ""
	if n := strings.IndexAny(rest, " \t"); n > 0 {
		path, body = rest[:n], trim(rest[n:])
	}
	if path == "" {
		return Step{}, errors.New(`!webhook says which one: write its path and the body, like !webhook orders {"id": 7}`)
	}
	return Step{Kind: Webhook, Who: path, Text: message(body, nil)}, nil
}

var commander = regexp.MustCompile(`^([^\s:"[:cntrl:]]+)([ \t]+in[ \t]+thread)?(?:[ \t]+as[ \t]+(\S+))?$`)

// command reads who orders something, as which role, and what.
func command(rest string) (Step, error) {
	who, text, ok := speaker(rest)
	by := commander.FindStringSubmatch(who)
	text = message(text, nil)
	if !ok || by == nil || text == "" {
		return Step{}, errors.New("!command says who orders what: write it like !command alice: forward Billing, or !command carol as livechat-manager: chats")
	}
	s := Step{Kind: Command, Who: by[1], Text: text}
	if by[2]+by[3] != "" {
		s.Fields = map[string]string{}
	}
	if by[2] != "" {
		s.Fields[keyThread] = "yes"
	}
	if by[3] != "" {
		s.Fields[keyAs] = by[3]
	}
	return s, nil
}

const keyDepartments = "departments"

// staff reads who takes chats now, or not, and of which departments.
func staff(rest string) (Step, error) {
	s, err := visitor(rest)
	who, state, _ := strings.Cut(s.Who, " ")
	for key := range s.Fields {
		if key != keyDepartments {
			err = errors.New("no agent has a " + key)
		}
	}
	if err != nil || state != "available" && state != "not-available" {
		return Step{}, errors.New(`!staff says which agent takes chats, or not: write it like !staff carol available, or !staff carol not-available departments="Sales,Key Accounts"`)
	}
	return Step{Kind: Staff, Who: who, Text: state, Fields: s.Fields}, nil
}

// Departments are those of an agent that a staff line names, in order.
func (s Step) Departments() (names []string) {
	for _, name := range strings.Split(s.Fields[keyDepartments], ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

const (
	keyAs     = "as"
	keyThread = "thread"
	agentRole = "livechat-agent"
)

// InThread reports whether somebody orders something in the thread of the chat.
func (s Step) InThread() bool { return s.Fields[keyThread] != "" }

// Roles are those that count of who orders something: an agent's, unless the
// line names others.
func (s Step) Roles() []string {
	if as := s.Fields[keyAs]; as != "" {
		return strings.Split(as, ",")
	}
	return []string{agentRole}
}

// formatAlone writes the lines of what belongs to no chat.
func formatAlone(s Step) string {
	line := "!" + string(s.Kind)
	switch s.Kind {
	case Schedule:
		line += " " + s.Text
	case Webhook:
		line += strings.TrimRight(" "+s.Who+" "+formatOne(s.Text), " ")
	case Staff:
		line += " " + s.Who + " " + s.Text + formatFields(s.Fields, nil)
	case Command:
		line += " " + s.Who
		if s.InThread() {
			line += " in thread"
		}
		if as := s.Fields[keyAs]; as != "" {
			line += " as " + as
		}
		line += ": " + formatOne(s.Text)
	}
	return line
}

// state reads what the instance remembers when the file begins.
func (p *parser) state(s section) {
	_, version, _ := strings.Cut(s.name, " ")
	if p.file.State != nil {
		p.fault(s.line, "-- %s -- is a second state: keep one", s.name)
	}
	p.file.StateOf, p.file.State = version, map[string]string{}
	for i, line := range s.lines {
		if line = trim(line); line == "" {
			continue
		}
		name, value, ok := speaker(line)
		if !ok {
			p.fault(s.at(i), "%s is no line of a state: write NAME: VALUE", quoteLong(line))
			continue
		}
		if _, twice := p.file.State[name]; twice {
			p.fault(s.at(i), "%s stands there twice: remove one", quoteLong(name))
		}
		p.file.State[name] = message(value, nil)
	}
}

// formatState writes the section of a state.
func formatState(f *File, keys []string) string {
	if f.State == nil {
		return ""
	}
	text := "-- " + strings.TrimSpace("state "+f.StateOf) + " --\n"
	for _, k := range keys {
		text += fmt.Sprintf("%s: %s\n", formatName(k), formatOne(f.State[k]))
	}
	return strings.ReplaceAll(text, ": \n", ":\n")
}

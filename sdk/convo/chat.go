package convo

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// chat reads the lines of a chat.
func (p *parser) chat(s section) {
	_, name, _ := strings.Cut(s.name, " ")
	c := Chat{Name: name, Line: s.line}
	ended := 0 // the line in which the chat was closed
	for i := 0; i < len(s.lines); {
		at, line := s.at(i), s.lines[i]
		n := messageLines(s.lines[i:])
		more := s.lines[i+1 : i+n]
		i += n
		if blank(line) {
			continue
		}
		step, err := c.step(strings.TrimRight(line, " \t"), more)
		if err == nil {
			err = c.allows(step, ended)
		}
		if err != nil {
			p.fault(at, "%v", err)
			continue
		}
		if step.Kind == Close || step.Kind == Leave {
			ended = at
		}
		step.Line = at
		c.add(step)
	}
	p.file.Chats = append(p.file.Chats, c)
}

// messageLines counts the first line and the indented ones that follow it,
// with the blank lines among them.
func messageLines(lines []string) int {
	n := 1
	if blank(lines[0]) {
		return n
	}
	for i := 1; i < len(lines); i++ {
		switch {
		case indented(lines[i]):
			n = i + 1
		case !blank(lines[i]):
			return n
		}
	}
	return n
}

const usage = "write NAME: text, +5m, !close, !take AGENT, !forward DEPARTMENT, @visitor NAME, # a comment"

// step reads one line with those that belong to it.
func (c *Chat) step(line string, more []string) (Step, error) {
	if strings.ContainsAny(line[:1], " \t") {
		return Step{}, errors.New("is indented, but no message stands above it: " + usage)
	}
	if len(more) > 0 && strings.ContainsAny(line[:1], "@!+#") {
		return Step{}, fmt.Errorf("indented lines follow %s: only a message has more than one line", quoteLong(line))
	}
	switch line[0] {
	case '#':
		return Step{Kind: Comment, Text: oneLine(line[1:])}, nil
	case '+':
		return wait(line[1:])
	case '@':
		return act(parties, line, "@visitor NAME or @agent NAME")
	case '!':
		s, err := act(actions, line, "!take AGENT, !forward DEPARTMENT, !forward @AGENT, !queue, !hold, !resume, !edit NAME: TEXT, !quote NAME: TEXT, !file NAME: FILE, !delete NAME, !typing NAME, !call AGENT, !offer, !join NAME, !missed, !failed WHY, !hangup, !contact KEY=VALUE, !tag TAG, !untag TAG, !page ADDRESS, !staff AGENT available, !command AGENT: TEXT, !webhook PATH BODY, !schedule CRON, !disable, !enable, !transcript ADDRESS, !close COMMENT or !leave")
		if err == nil && of[s.Kind] {
			err = c.side(&s)
		}
		return s, err
	}
	return c.say(line, more)
}

func (c *Chat) say(line string, more []string) (Step, error) {
	who, text, ok := speaker(line)
	if !ok {
		return Step{}, fmt.Errorf("%s is no line of a conversation: %s", quoteLong(line), usage)
	}
	s := Step{Kind: Say, Who: who, Text: message(text, more)}
	return s, c.side(&s)
}

// of are the kinds of steps, beside messages, that are a guest's or an agent's.
var of = map[Kind]bool{Edit: true, Quote: true, Attach: true, Delete: true, Typing: true, Join: true}

// side says whether the step is the guest's or an agent's.
func (c *Chat) side(s *Step) error {
	s.From = sdk.Human
	switch {
	case s.Who == c.Guest:
		s.From = sdk.Guest
	case strings.EqualFold(s.Who, c.Guest):
		return fmt.Errorf("%s is not the visitor %s: write the names alike", s.Who, c.Guest)
	}
	return nil
}

// speaker splits "Maya: text". A name may be quoted.
func speaker(line string) (who, text string, ok bool) {
	if q, err := strconv.QuotedPrefix(line); err == nil && q[0] == '"' {
		who, _ = strconv.Unquote(q)
		line = line[len(q):]
	} else {
		n := strings.Index(line, ":")
		if n <= 0 {
			return "", "", false
		}
		who, line = trim(line[:n]), line[n:]
	}
	text, ok = strings.CutPrefix(line, ":")
	if text != "" && text[0] != ' ' && text[0] != '\t' {
		return "", "", false // such as https://example.org
	}
	return who, trim(text), ok && who != ""
}

// message joins the lines of a message. The first indented line says how far
// all are indented.
func message(text string, more []string) string {
	if len(more) == 0 {
		if s, err := strconv.Unquote(text); err == nil && text[0] == '"' {
			return s
		}
		return text
	}
	indent := ""
	for _, line := range more {
		if !blank(line) {
			indent = line[:len(line)-len(strings.TrimLeft(line, " \t"))]
			break
		}
	}
	lines := []string{text}
	for _, line := range more {
		lines = append(lines, strings.TrimRight(cutIndent(line, indent), " \t"))
	}
	return strings.Join(lines, "\n")
}

// cutIndent takes away as much of indent as line has.
func cutIndent(line, indent string) string {
	n := 0
	for n < len(line) && n < len(indent) && line[n] == indent[n] {
		n++
	}
	return line[n:]
}

func wait(s string) (Step, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return Step{}, fmt.Errorf("+%s is no time: write it like +30s, +5m or +1h30m", s)
	}
	return Step{Kind: Wait, Wait: d}, nil
}

// A verb reads what stands behind its word.
type verb func(rest string) (Step, error)

var parties = map[string]verb{
	"@visitor": visitor,
	"@agent":   func(rest string) (Step, error) { return named(Agent, rest, "@agent alice") },
}

var actions = map[string]verb{
	"!take":       func(rest string) (Step, error) { return named(Take, rest, "!take alice") },
	"!forward":    forward,
	"!transcript": func(rest string) (Step, error) { return named(Transcript, rest, "!transcript maya@example.org") },
	"!close":      func(rest string) (Step, error) { return Step{Kind: Close, Text: message(rest, nil)}, nil },
	"!leave":      func(rest string) (Step, error) { return bare(Leave, rest) },
	"!queue":      func(rest string) (Step, error) { return bare(Queue, rest) },
	"!hold":       func(rest string) (Step, error) { return bare(Hold, rest) },
	"!resume":     func(rest string) (Step, error) { return bare(Resume, rest) },
	"!edit":       edit,
	"!quote":      quote,
	"!file":       file,
	"!delete":     func(rest string) (Step, error) { return whose(Delete, rest) },
	"!typing":     func(rest string) (Step, error) { return whose(Typing, rest) },
	"!call":       func(rest string) (Step, error) { return named(Call, rest, "!call alice") },
	"!offer":      func(rest string) (Step, error) { return bare(Offer, rest) },
	"!join":       func(rest string) (Step, error) { return whose(Join, rest) },
	"!missed":     func(rest string) (Step, error) { return bare(Missed, rest) },
	"!failed":     func(rest string) (Step, error) { return Step{Kind: Failed, Text: message(rest, nil)}, nil },
	"!hangup":     func(rest string) (Step, error) { return bare(Hangup, rest) },
	"!contact":    contact,
	"!deed":       deed,
	"!tag":        tagged,
	"!untag":      untagged,
	"!page":       page,
	"!enable":     func(rest string) (Step, error) { return bare(Enable, rest) },
	"!disable":    func(rest string) (Step, error) { return bare(Disable, rest) },
	"!schedule":   schedule,
	"!webhook":    webhook,
	"!command":    command,
	"!staff":      staff,
}

// bare is for verbs with nothing behind them.
func bare(kind Kind, rest string) (Step, error) {
	if rest != "" {
		return Step{}, fmt.Errorf("!%s has no words behind it: write !%s", kind, kind)
	}
	return Step{Kind: kind}, nil
}

// whose is for verbs with who said or says it behind them.
func whose(kind Kind, rest string) (Step, error) {
	if s, err := strconv.Unquote(rest); err == nil && rest[0] == '"' {
		rest = s
	}
	if rest == "" {
		return Step{}, fmt.Errorf("!%s names nobody: write it like !%s Maya", kind, kind)
	}
	return Step{Kind: kind, Who: rest}, nil
}

func edit(rest string) (Step, error) {
	who, text, ok := speaker(rest)
	if !ok {
		return Step{}, errors.New("!edit says whose last message is changed, and into what: write it like !edit Maya: hello again")
	}
	return Step{Kind: Edit, Who: who, Text: message(text, nil)}, nil
}

func page(rest string) (Step, error) {
	if rest == "" {
		return Step{}, errors.New("!page says no address: write it like !page https://shop.example.com/pricing")
	}
	return Step{Kind: Page, Text: message(rest, nil)}, nil
}

func tagged(rest string) (Step, error) { return tags(Tag, rest) }

func untagged(rest string) (Step, error) { return tags(Untag, rest) }

func tags(kind Kind, rest string) (Step, error) {
	tags := Step{Text: oneLine(rest)}.Tags()
	if len(tags) == 0 {
		return Step{}, fmt.Errorf("!%s names no tag: write it like !%s billing, big customer", kind, kind)
	}
	return Step{Kind: kind, Text: strings.Join(tags, ", ")}, nil
}

func contact(rest string) (Step, error) {
	s, err := visitor("X " + rest)
	switch {
	case err == nil && (s.Who != "X" || s.Fields == nil):
		err = errors.New("!contact says what of the guest is changed: write it like !contact tier=gold email=maya@example.org")
	case err == nil && s.Fields[keyDepartment] != "":
		err = errors.New("!contact changes no department: write !forward DEPARTMENT")
	}
	return Step{Kind: Contact, Fields: s.Fields}, err
}

func act(verbs map[string]verb, line, want string) (Step, error) {
	word, rest := line, ""
	if n := strings.IndexAny(line, " \t"); n > 0 {
		word, rest = line[:n], trim(line[n:])
	}
	do := verbs[word]
	if do == nil {
		return Step{}, fmt.Errorf("%s is not known: write %s", word, want)
	}
	return do(rest)
}

// named is for verbs with one word behind them.
func named(kind Kind, rest, example string) (Step, error) {
	if rest == "" || strings.ContainsAny(rest, " \t") {
		return Step{}, fmt.Errorf("%q is not one name: write it like %s", rest, example)
	}
	if kind == Transcript {
		return Step{Kind: kind, Text: rest}, nil
	}
	return Step{Kind: kind, Who: rest}, nil
}

func forward(rest string) (Step, error) {
	to := sdk.Target{Department: rest}
	if n := strings.LastIndex(" "+rest, " @"); n >= 0 {
		to = sdk.Target{Department: trim(rest[:n]), Agent: rest[n+1:]}
	}
	if to.IsZero() || strings.ContainsAny(to.Agent, " \t") {
		return Step{}, errors.New("!forward names no place: write !forward Billing, !forward @carol or !forward Billing @carol")
	}
	return Step{Kind: Forward, Target: to}, nil
}

var (
	fieldName = regexp.MustCompile(`^[\pL\pN_.-]+=`)
	plainWord = regexp.MustCompile(`^[^\s"=]+$`)
)

func visitor(rest string) (Step, error) {
	s := Step{Kind: Visitor}
	var name []string
	for rest = trim(rest); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		key := fieldName.FindString(rest)
		word, left, err := value(rest[len(key):])
		switch field := strings.TrimSuffix(key, "="); {
		case err != nil:
			return Step{}, err
		case key == "" && s.Fields != nil:
			return Step{}, fmt.Errorf("%q stands behind the fields: write @visitor NAME KEY=VALUE, and values with spaces in quotes", word)
		case key == "":
			name = append(name, word)
		default:
			if _, twice := s.Fields[field]; twice {
				return Step{}, fmt.Errorf("%s stands there twice: remove one", field)
			}
			if s.Fields == nil {
				s.Fields = map[string]string{}
			}
			s.Fields[field] = word
		}
		rest = left
	}
	s.Who = strings.Join(name, " ")
	if s.Who == "" {
		return Step{}, errors.New("@visitor has no name: write @visitor Maya department=Sales")
	}
	return s, nil
}

// value takes one word, or one text in quotes, from the beginning of s.
func value(s string) (word, rest string, err error) {
	if q, err := strconv.QuotedPrefix(s); err == nil && q[0] == '"' {
		word, err := strconv.Unquote(q)
		return word, s[len(q):], err
	}
	n := strings.IndexAny(s, " \t")
	if n < 0 {
		n = len(s)
	}
	if n > 0 && !plainWord.MatchString(s[:n]) {
		return "", "", fmt.Errorf("%s: write it in quotes, as in Go: KEY=\"two words\"", s[:n])
	}
	return s[:n], s[n:], nil
}

// allows reports what is wrong with a step in its place.
func (c *Chat) allows(s Step, ended int) error {
	switch {
	case s.Kind == Comment, s.Kind == Wait, alone[s.Kind]:
		return nil
	case ended > 0:
		return fmt.Errorf("the chat has ended in line %d: begin another with -- chat NAME --", ended)
	case s.Kind == Visitor && c.Guest != "":
		return fmt.Errorf("the chat has a visitor already, %s: a chat has one; begin another with -- chat NAME --", c.Guest)
	case s.Kind == Agent && s.Who == c.Guest:
		return fmt.Errorf("%s is the visitor: give the agent another name", s.Who)
	case s.Kind != Visitor && s.Kind != Agent && c.Guest == "":
		return errors.New("nobody is there yet: write @visitor NAME above it")
	}
	return nil
}

// quoteLong quotes the beginning of a line for an error.
func quoteLong(line string) string {
	const most = 60
	if r := []rune(line); len(r) > most {
		return strconv.Quote(string(r[:most])) + "..."
	}
	return strconv.Quote(line)
}

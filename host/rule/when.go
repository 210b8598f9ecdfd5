package rule

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

// situation is what an expression may name. The language is that of expr-lang.org:
// and, or, not, in, matches, and so on.
type situation struct {
	Text       string            `expr:"text"`
	Department string            `expr:"department"` // "" means none
	Channel    string            `expr:"channel"`    // "" means unknown
	Language   string            `expr:"language"`   // of the text, when it is sure; else ""
	Topic      string            `expr:"topic"`
	Status     string            `expr:"status"` // queued, taken, held or closed
	Agent      string            `expr:"agent"`  // username; "" means nobody
	Guest      string            `expr:"guest"`  // name
	Tags       []string          `expr:"tags"`
	Fields     map[string]string `expr:"fields"`  // custom fields of the chat
	Contact    map[string]string `expr:"contact"` // name, email, phone and custom fields
	Waiting    time.Duration     `expr:"waiting"` // for a person's answer
	Age        time.Duration     `expr:"age"`     // since the chat was opened
	Answered   bool              `expr:"answered"`
	Forwards   int               `expr:"forwards"`
	Now        time.Time         `expr:"now"`

	// These are asked for where an expression names them.
	Page        string   `expr:"page"`         // the address of the page that the guest is on; "" means unknown
	Earlier     int      `expr:"earlier"`      // how many earlier chats the guest has had
	EarlierTags []string `expr:"earlier_tags"` // of all of those
	LastAgent   string   `expr:"last_agent"`   // the username of who served the last of them; "" means nobody

	Has  func(field, value string) (bool, error) `expr:"has"`  // the contact's field holds the value, whatever the case
	Like func(text, words string) (bool, error)  `expr:"like"` // the text holds the words, as whole words, whatever case and accents
	Open func(schedule string) (bool, error)     `expr:"open"` // a schedule of config.yaml is open

	Available func(department string) (bool, error) `expr:"available"` // somebody there takes chats; "" means anywhere, "its own" the chat's
	Serving   func(agent string) (bool, error)      `expr:"serving"`   // the agent takes chats; "its own" means who serves the chat
	Chats     func(department string) (int, error)  `expr:"chats"`     // open ones in the department
	Queue     func(department string) (int, error)  `expr:"queue"`     // those of them that nobody serves
	Load      func(agent string) (int, error)       `expr:"load"`      // open chats of the agent

	// About tells whether the text is about the topic, and surely: by 80 %, or by what is said.
	About func(topic string, sure ...float64) (bool, error) `expr:"about"`
}

// names are what an expression may name.
var names = func() []string {
	var all []string
	t := reflect.TypeFor[situation]()
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get("expr"))
	}
	return all
}()

// when is an expression that was compiled.
type when struct {
	program *vm.Program
	used    []string // of names, in the order in which they stand there; no functions
	calls   []string // the functions
	topics  []string // which about is called with
}

func compileWhen(code string) (*when, error) {
	used := &usedNames{}
	program, err := expr.Compile(code, expr.Env(situation{}), expr.AsBool(), expr.DisableBuiltin("now"), expr.Patch(used))
	if err != nil {
		return nil, explained(err)
	}
	if used.odd {
		return nil, errors.New("about: its topic is not a text in quotes: write it like about(\"refund\")")
	}
	return &when{program, used.names, used.calls, used.topics}, nil
}

// usedNames gathers the names in an expression: those whose values explain it,
// and the functions, with the topics that are to be told.
type usedNames struct {
	names, calls, topics []string
	odd                  bool // a topic is none that can be offered
}

func (u *usedNames) Visit(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.CallNode:
		u.topic(n)
	case *ast.IdentifierNode:
		t := n.Type()
		list := &u.names
		if t != nil && t.Kind() == reflect.Func {
			list = &u.calls
		}
		if slices.Contains(names, n.Value) && !slices.Contains(*list, n.Value) {
			*list = append(*list, n.Value)
		}
	}
}

func (u *usedNames) topic(n *ast.CallNode) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || id.Value != "about" || len(n.Arguments) == 0 {
		return
	}
	topic, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		u.odd = true
		return
	}
	u.topics = append(u.topics, topic.Value)
}

var unknownName = regexp.MustCompile(`^unknown name (\w+)`)

// explained says where the expression is wrong and what may have been meant.
func explained(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return err
	}
	says := at.Message
	if m := unknownName.FindStringSubmatch(says); m != nil {
		says = "there is no " + m[1]
		if near := text.Closest(m[1], names); near != "" {
			says += ": did you mean " + near + "?"
		} else {
			says += ": there are " + strings.Join(names, ", ")
		}
	}
	return fmt.Errorf("column %d: %s", at.Column+1, says)
}

// plainWhen is an expression that asks for nothing, askingWhen one that does.
func (a attempt) plainWhen() []sdk.Part { return a.when(false) }

func (a attempt) askingWhen() []sdk.Part { return a.when(true) }

func (a attempt) when(asking bool) []sdk.Part {
	const key = "when"
	if a.rule.When == "" {
		return nil
	}
	w, err := a.engine.compileWhen(a.rule.When)
	switch {
	case err != nil && asking:
		return nil // it was said before
	case err != nil:
		return one(key, false, "when: %v", err)
	case len(w.asks()) > 0 != asking:
		return nil
	}
	s := a.situation(w.topics)
	if err := a.ask(w, &s); err != nil {
		return failed(key, err)
	}
	held, err := vm.Run(w.program, s)
	if err != nil {
		p := one(key, false, "when: %s cannot be told: %v", clip(a.rule.When), explained(err))
		p[0].Failed = asking
		return p
	}
	yes, _ := held.(bool)
	return one(key, yes, "when %s is %v%s", clip(a.rule.When), yes, w.values(s))
}

// values are those of the names that the expression uses.
func (w *when) values(s situation) string {
	var all []string
	v := reflect.ValueOf(s)
	for _, name := range w.used {
		field := v.Field(slices.Index(names, name))
		all = append(all, name+" is "+shown(field.Interface()))
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

func shown(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case time.Duration:
		return short(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case map[string]string:
		return clip(fmt.Sprint(v)) // fmt orders the keys
	}
	return clip(fmt.Sprint(v))
}

func (a attempt) situation(topics []string) situation {
	c := a.chat
	s := situation{
		Text: a.text, Department: c.Department, Channel: c.Channel, Topic: c.Topic, Status: string(c.Status),
		Agent: c.Agent.Username, Guest: c.Visitor.Name, Tags: c.Tags, Fields: c.Fields,
		Waiting: c.Waiting(), Answered: c.Answered(), Forwards: c.Forwards, Now: c.Now(),
	}
	if !c.OpenedAt.IsZero() {
		s.Age = s.Now.Sub(c.OpenedAt)
	}
	if tag, confidence := text.Language(a.text); confidence >= sure {
		s.Language = tag
	}
	s.Has = func(field, value string) (bool, error) { return c.Contact().Has(field, value), nil }
	s.Like = a.like
	s.Open = a.open
	a.offer(&s, topics)
	return s
}

// flat is a contact as a map, with the first of several.
func flat(k sdk.Contact) map[string]string {
	m := maps.Clone(k.Fields)
	if m == nil {
		m = map[string]string{}
	}
	m["name"] = k.Name
	for name, list := range map[string][]string{"email": k.Emails, "phone": k.Phones} {
		if len(list) > 0 {
			m[name] = list[0]
		}
	}
	return m
}

func (a attempt) like(in, words string) (bool, error) {
	w, err := a.engine.compileWords([]string{words})
	if err != nil {
		return false, err
	}
	_, found := w.Find(text.Cut(in, maxText))
	return found, nil
}

func (a attempt) open(schedule string) (bool, error) {
	h, there := a.hours[schedule]
	if !there {
		return false, fmt.Errorf("there is no schedule %q: add it under hours in config.yaml", schedule)
	}
	return h.Open, nil
}

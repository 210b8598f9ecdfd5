package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// answers are what the host and other systems answer while a conversation file
// is played: see package convo.
type answers struct {
	mu    sync.Mutex // guards what follows
	lines []scripted
}

// scripted is one line of them.
type scripted struct {
	key, value string
	used       bool
}

// answerable are lines of each form that there is.
var answerable = []string{
	"classify: refund, invoice 92 %",
	`ask: {"urgent": true}`,
	`fetch https://api.example.com/customers/7: 200 {"tier": "gold"}`,
	"request POST https://api.example.com/tickets: 201",
	"departments: Sales, Billing open=6 waiting=2, Old disabled",
	"agents: alice, carol away",
	"hours: closed",
	"agents Sales: alice open=4, dave not-available",
}

var answerLine = regexp.MustCompile(`^(.+?):(?:\s+(.*))?$`)

// newAnswers reads the section. The error says which line is wrong.
func newAnswers(t convo.Text) (*answers, error) {
	a := &answers{}
	for n, line := range strings.Split(t.Text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		parts := answerLine.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("line %d: answers: %q answers nothing: write it like `%s`", t.Line+n, line, answerable[0])
		}
		if !formed(parts[1]) {
			return nil, fmt.Errorf("line %d: answers: nobody asks %q: write it like %s", t.Line+n, parts[1], examples(parts[1]))
		}
		a.lines = append(a.lines, scripted{key: parts[1], value: strings.TrimSpace(parts[2])})
	}
	return a, nil
}

// formed reports whether there are questions of the form.
func formed(key string) bool {
	kind, _, more := strings.Cut(key, " ")
	return slices.ContainsFunc(answerable, func(like string) bool {
		k, _, m := strings.Cut(like[:strings.Index(like, ": ")], " ")
		return k == kind && m == more
	})
}

// examples are how lines look, of the key's kind if there is such a kind.
func examples(key string) string {
	kind, _, _ := strings.Cut(key, " ")
	var same, all []string
	for _, like := range answerable {
		all = append(all, "`"+like+"`")
		if strings.HasPrefix(like, kind+" ") || strings.HasPrefix(like, kind+":") {
			same = append(same, "`"+like+"`")
		}
	}
	if same != nil {
		all = same
	}
	return strings.Join(all, " or ")
}

// to is the answer to a question. Lines with the same key are used one after
// the other, and the last of them again and again. A key that ends in * answers
// all that begins so, where no other does.
func (a *answers) to(key string) (value string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.line(func(l scripted) bool { return l.key == key })
	if found == nil {
		found = a.line(func(l scripted) bool {
			head, wide := strings.CutSuffix(l.key, "*")
			return wide && strings.HasPrefix(key, head)
		})
	}
	if found == nil {
		return "", false
	}
	found.used = true
	return found.value, true
}

// line is the first that fits and is unused, or else the last that fits.
func (a *answers) line(fits func(scripted) bool) (found *scripted) {
	for n := range a.lines {
		if l := &a.lines[n]; fits(*l) {
			if found = l; !l.used {
				return l
			}
		}
	}
	return found
}

// reads are the reads that have answers.
func (a *answers) reads() map[string]host.Read {
	all := map[string]host.Read{}
	for kind, read := range map[string]host.Read{sdk.ReadClassify: a.classify, sdk.ReadAsk: a.ask} {
		if a.line(func(l scripted) bool { return l.key == kind }) != nil {
			all[kind] = read
		}
	}
	return all
}

func (a *answers) classify(context.Context, host.Inquiry) (any, error) {
	value, err := a.said(sdk.ReadClassify)
	c := sdk.Choice{Source: "the conversation"}
	if said := surely.FindStringSubmatch(value); said != nil {
		percent, _ := strconv.ParseFloat(said[2], 64)
		value, c.Confidence = said[1], percent/100
	} else {
		c.Source = ""
	}
	c.Labels = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	return c, err
}

// surely is an answer that says how sure it is.
var surely = regexp.MustCompile(`^(.*?)\s*\b(\d+(?:\.\d+)?)\s*%$`)

// ask takes the line for the words of a model, which must be what the plugin
// has asked for.
func (a *answers) ask(_ context.Context, q host.Inquiry) (any, error) {
	value, err := a.said(sdk.ReadAsk)
	switch {
	case err != nil:
		return nil, err
	case q.Prompt == nil:
		return nil, errors.New("ask without a prompt")
	case q.Prompt.Schema != "":
		found, err := task(*q.Prompt).Accept(value)
		return sdk.Finding{JSON: found, Source: "the conversation"}, err
	}
	said, err := question(*q.Prompt).Accept(value)
	return sdk.Finding{Labels: said.Labels, Confidence: said.Confidence, Source: "the conversation"}, err
}

// said is the answer, or what goes wrong: `error` and why.
func (a *answers) said(key string) (string, error) {
	value, ok := a.to(key)
	if !ok {
		return "", fmt.Errorf("the conversation has no answer: write `%s: ...` under -- answers --", key)
	}
	if why, failed := strings.CutPrefix(value, "error "); failed {
		return "", errors.New(why)
	}
	return value, nil
}

var statusFirst = regexp.MustCompile(`^([1-5]\d\d)(?:\s+(.*))?$`)

// web is what other systems answer: a status, which is 200 unless it stands
// there, and a body. What is not granted is asked of nobody.
func (a *answers) web(_ context.Context, r web.Request) (sdk.Response, error) {
	if err := r.Check(); err != nil {
		return sdk.Response{}, &web.Error{Err: err}
	}
	if r.Method != http.MethodGet {
		return a.changed(r)
	}
	value, err := a.said(sdk.ReadFetch + " " + r.URL)
	if err != nil {
		return sdk.Response{}, &web.Error{Err: err, Temporary: true, Unknown: true}
	}
	return responded(value), nil
}

// maxAttempts is how many answers of a conversation may ask for another attempt.
const maxAttempts = 10

// changed is what a system answers that is asked to change something: that it
// is done, unless the conversation says otherwise. Answers after which a host
// would wait and ask again are passed over here, since no clock moves meanwhile.
func (a *answers) changed(r web.Request) (sdk.Response, error) {
	lastly := ""
	for range maxAttempts {
		value, scripted := a.to(string(sdk.EffectRequest) + " " + r.Method + " " + r.URL)
		if !scripted {
			return sdk.Response{Status: http.StatusOK}, nil
		}
		got := responded(value)
		if !strings.HasPrefix(value, "error ") && got.Status < 500 && got.Status != http.StatusTooManyRequests {
			return got, nil
		}
		lastly = value
	}
	return sdk.Response{}, &web.Error{Err: fmt.Errorf("no attempt helps: %s", strings.TrimPrefix(lastly, "error "))}
}

func responded(value string) sdk.Response {
	got := sdk.Response{Status: http.StatusOK, Type: "text/plain"}
	if parts := statusFirst.FindStringSubmatch(value); parts != nil {
		got.Status, _ = strconv.Atoi(parts[1])
		value = parts[2]
	}
	if got.Body = []byte(value); json.Valid(got.Body) {
		got.Type = "application/json"
	}
	return got
}

// Departments are those of the answers: names, behind which `disabled` may stand.
func (a *answers) Departments(context.Context) ([]sdk.DepartmentInfo, error) {
	value, err := a.said(sdk.ReadDepartments)
	found := []sdk.DepartmentInfo{}
	for _, name := range parted(value) {
		name, open, waiting := burdened(name)
		name, disabled := strings.CutSuffix(name, " disabled")
		found = append(found, sdk.DepartmentInfo{ID: name, Name: name, Enabled: !disabled, Open: open, Waiting: waiting})
	}
	return found, err
}

// Agents are those of the answers: usernames, behind which a status may stand,
// or not-available.
func (a *answers) Agents(_ context.Context, department string) ([]sdk.AgentInfo, error) {
	value, err := a.said(strings.TrimSpace(sdk.ReadAgents + " " + department))
	found := []sdk.AgentInfo{}
	for _, one := range parted(value) {
		one, open, waiting := burdened(one)
		name, status, _ := strings.Cut(one, " ")
		who := agentPerson(name)
		i := sdk.AgentInfo{ID: who.ID, Username: who.Username, Name: who.Name, Open: open, Waiting: waiting, Status: status, Available: status != "offline" && status != "not-available"}
		if status == "" || status == "not-available" {
			i.Status = "online"
		}
		found = append(found, i)
	}
	return found, err
}

var burden = regexp.MustCompile(`\s+(open|waiting)=(\d+)`)

// burdened splits a name from the chats that stand behind it.
func burdened(s string) (name string, open, waiting int) {
	for _, m := range burden.FindAllStringSubmatch(s, -1) {
		n, _ := strconv.Atoi(m[2])
		if m[1] == "open" {
			open = n
		} else {
			waiting = n
		}
	}
	return burden.ReplaceAllString(s, ""), open, waiting
}

// parted are the parts between commas.
func parted(value string) []string {
	var all []string
	for _, part := range strings.Split(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// Hours are open or closed as the answers say.
func (a *answers) Hours(context.Context, time.Time) (sdk.Hours, error) {
	value, err := a.said(sdk.ReadHours)
	return sdk.Hours{Open: value == "open", Why: value}, err
}

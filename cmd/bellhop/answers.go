package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

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

// answerable are the questions that a line may answer: the first words of its
// key, with what must follow.
var answerable = map[string]string{
	sdk.ReadClassify: "classify: refund, invoice",
	sdk.ReadAsk:      `ask: {"urgent": true}`,
	sdk.ReadFetch:    `fetch https://api.example.com/customers/7: 200 {"tier": "gold"}`,
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
			return nil, fmt.Errorf("line %d: answers: %q answers nothing: write it like `%s`", t.Line+n, line, answerable[sdk.ReadClassify])
		}
		kind, what, _ := strings.Cut(parts[1], " ")
		like, known := answerable[kind]
		if !known || (what != "") != strings.Contains(like[:strings.Index(like, ": ")], " ") {
			return nil, fmt.Errorf("line %d: answers: nobody asks %q: write it like %s", t.Line+n, parts[1], examples(kind))
		}
		a.lines = append(a.lines, scripted{key: parts[1], value: strings.TrimSpace(parts[2])})
	}
	return a, nil
}

// examples are how lines look, of one kind if there is such a kind.
func examples(kind string) string {
	if like, known := answerable[kind]; known {
		return "`" + like + "`"
	}
	var all []string
	for _, k := range sdk.Keys(answerable) {
		all = append(all, "`"+answerable[k]+"`")
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
	return sdk.Choice{Labels: strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })}, err
}

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
	key := sdk.ReadFetch + " " + r.URL
	if r.Method != http.MethodGet {
		key = "request " + r.Method + " " + r.URL
	}
	value, err := a.said(key)
	if err != nil {
		return sdk.Response{}, &web.Error{Err: err, Temporary: true, Unknown: true}
	}
	got := sdk.Response{Status: http.StatusOK, Type: "text/plain"}
	if parts := statusFirst.FindStringSubmatch(value); parts != nil {
		got.Status, _ = strconv.Atoi(parts[1])
		value = parts[2]
	}
	if got.Body = []byte(value); json.Valid(got.Body) {
		got.Type = "application/json"
	}
	return got, nil
}

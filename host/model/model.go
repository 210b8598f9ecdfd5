package model

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"github.com/bellhop-chat/bellhop/host/text"
)

// Options configure a Model. BaseURL and Name are required.
type Options struct {
	BaseURL     string           // such as http://127.0.0.1:11434/v1
	Key         string           // "" means none
	Name        string           // of a model that the endpoint serves
	Timeout     time.Duration    // of one answer; 0 means 20s
	DailyTokens int              // spent in a day (UTC) at most; 0 means no bound
	Ledger      string           // file that keeps what was spent today; "" means that it is counted from the start
	MaxText     int              // bytes of a text that are sent; 0 means 8 KiB
	Now         func() time.Time // nil means time.Now
}

// A Model chooses labels for texts. It is safe for concurrent use.
type Model struct {
	o      Options
	client *openai.Client
	budget budget
	rest   *rest
	plain  atomic.Bool // the endpoint knows no JSON schema
}

// Question asks which labels fit a text.
type Question struct {
	Instruction string   // what the labels are about, by the admin: "the topic of this support chat"
	Text        string   // by a visitor: data, whatever it says
	Labels      []string // to choose from; at least one, at most 200
	Max         int      // how many labels at most; 0 means 1
}

// Answer says which labels fit.
type Answer struct {
	Labels     []string // as offered, best first; none if no label fits
	Confidence float64  // from 0 to 1, by the model's own account; 0.5 if it gave none
	Tokens     int      // what the question has cost
	Source     string   // who says so, such as "model qwen3:8b"
	Words      []string // of the text, which spoke most for the first label, folded; a model does not say
}

const (
	maxLabels = 200
	maxAnswer = 1 << 20 // bytes
	maxTokens = 2000    // of an answer, thoughts included
)

// New checks the options; it does not call the endpoint.
func New(o Options) (*Model, error) {
	u, err := url.Parse(o.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("model base_url %q is not a URL: write it like https://api.example.com/v1", text.Mask(o.BaseURL))
	case u.User != nil:
		return nil, fmt.Errorf("model base_url to %s holds a password: take it out, the key has a place of its own", u.Host)
	case o.Name == "":
		return nil, errors.New("model name is missing: write the name of a model that the endpoint serves")
	case o.Timeout < 0 || o.DailyTokens < 0 || o.MaxText < 0:
		return nil, errors.New("model timeout, daily tokens and text size cannot be negative")
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.MaxText == 0 {
		o.MaxText = 8 << 10
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &rest{now: o.Now}
	m := &Model{o: o, client: newClient(o, r), rest: r, budget: budget{perDay: o.DailyTokens, ledger: o.Ledger}}
	return m, m.budget.load()
}

func newClient(o Options, r *rest) *openai.Client {
	c := openai.DefaultConfig(o.Key)
	c.BaseURL = strings.TrimRight(o.BaseURL, "/")
	c.HTTPClient = &http.Client{Timeout: o.Timeout, Transport: limited{http.DefaultTransport, r}}
	return openai.NewClientWithConfig(c)
}

// Choose asks the endpoint once; twice only where it must find out that the
// endpoint knows no JSON schema. Errors are ErrUnreachable, ErrKey,
// ErrBusy, ErrRejected, ErrBudget, ErrNonsense, or the context's.
func (m *Model) Choose(ctx context.Context, q Question) (Answer, error) {
	q, err := m.prepare(q)
	if err != nil {
		return Answer{}, err
	}
	content, tokens, err := m.spend(ctx, estimate(q), m.request(q))
	if err != nil {
		return Answer{}, fmt.Errorf("ask model %s: %w", m.o.Name, err)
	}
	a, err := parse(content, q)
	if err != nil {
		return Answer{}, fmt.Errorf("ask model %s: %w", m.o.Name, err)
	}
	a.Tokens, a.Source = tokens, "model "+m.o.Name
	return a, nil
}

// spend asks within the day's budget. Cost is what that may take.
func (m *Model) spend(ctx context.Context, cost int, r openai.ChatCompletionRequest) (content string, tokens int, err error) {
	if err := m.rest.wanted(); err != nil {
		return "", 0, err
	}
	day := m.o.Now().UTC().Format(time.DateOnly)
	if err := m.budget.reserve(day, cost); err != nil {
		return "", 0, err
	}
	content, tokens, err = m.ask(ctx, r)
	if tokens == 0 && !free(err) {
		tokens = cost // nobody has counted, or the answer got lost
	}
	return content, tokens, errors.Join(err, m.budget.settle(day, cost, tokens))
}

// prepare hides personal data, cuts the text and drops labels given twice.
func (m *Model) prepare(q Question) (Question, error) {
	var labels []string
	seen := map[string]bool{}
	for _, l := range q.Labels {
		key := text.Fold(l)
		if strings.TrimSpace(key) == "" {
			return q, fmt.Errorf("label %q is empty: take it out", l)
		}
		if !seen[key] {
			seen[key] = true
			labels = append(labels, l)
		}
	}
	switch {
	case len(labels) == 0:
		return q, errors.New("no labels to choose from: give at least one")
	case len(labels) > maxLabels:
		return q, fmt.Errorf("%d labels are more than %d: give fewer", len(labels), maxLabels)
	}
	q.Labels = labels
	q.Max = min(max(q.Max, 1), len(labels))
	q.Instruction = text.Mask(text.Clean(q.Instruction))
	q.Text = m.data(q.Text)
	return q, nil
}

// data is the part of a text that is sent, without personal data. It is cut
// twice: masking a megabyte is of no use, and a number must not be cut before it
// is masked.
func (m *Model) data(s string) string {
	return text.Cut(text.Mask(text.Clean(text.Cut(s, 4*m.o.MaxText))), m.o.MaxText)
}

// ask returns what the model says, and how many tokens that took; 0 if the
// endpoint does not count.
func (m *Model) ask(ctx context.Context, r openai.ChatCompletionRequest) (content string, tokens int, err error) {
	if m.plain.Load() {
		r.ResponseFormat = nil
	}
	resp, err := m.client.CreateChatCompletion(ctx, r)
	if r.ResponseFormat != nil && rejected(err) {
		r.ResponseFormat = nil
		resp, err = m.client.CreateChatCompletion(ctx, r)
		m.plain.Store(err == nil)
	}
	switch {
	case err != nil:
		return "", 0, m.translate(ctx, err)
	case len(resp.Choices) == 0:
		return "", resp.Usage.TotalTokens, fmt.Errorf("%w: the answer has no choices", ErrNonsense)
	}
	content, err = m.said(resp.Choices[0])
	return content, max(resp.Usage.TotalTokens, 0), err
}

// said is what the model answers, if it does.
func (m *Model) said(c openai.ChatCompletionChoice) (string, error) {
	switch {
	case c.Message.Refusal != "":
		return "", fmt.Errorf("%w: the model refuses: %s", ErrNonsense, m.safe(c.Message.Refusal))
	case c.FinishReason == openai.FinishReasonContentFilter:
		return "", fmt.Errorf("%w: the endpoint's filter keeps it back", ErrNonsense)
	case c.FinishReason == openai.FinishReasonLength && strings.TrimSpace(c.Message.Content) == "":
		return "", fmt.Errorf("%w: the model has thought for %d tokens and said nothing: take another model", ErrNonsense, maxTokens)
	}
	return c.Message.Content, nil
}

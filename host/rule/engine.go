package rule

import (
	"regexp"
	"strings"
	"sync"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxText   = 16 << 10 // bytes of a text that are looked at
	maxCached = 1000     // word lists, patterns, and expressions
)

// Engine tries rules. It keeps what it compiled. It is safe for concurrent use.
type Engine struct {
	mu       sync.Mutex // guards what follows
	words    map[string]compiled[*text.Words]
	patterns map[string]compiled[*regexp.Regexp]
	whens    map[string]compiled[*when]
	pages    map[string]compiled[*regexp.Regexp]
}

// compiled is what came of compiling, once and for all.
type compiled[T any] struct {
	value T
	err   error
}

// New makes an Engine that has compiled nothing yet.
func New() *Engine {
	return &Engine{words: map[string]compiled[*text.Words]{}, patterns: map[string]compiled[*regexp.Regexp]{}, whens: map[string]compiled[*when]{}, pages: map[string]compiled[*regexp.Regexp]{}}
}

// attempt is one rule being tried on one chat.
type attempt struct {
	engine *Engine
	chat   *sdk.Chat
	rule   sdk.Rule
	text   string // cut
	cut    bool
	hours  map[string]sdk.Hours
}

// parts are the keys of a rule in the order in which a match names them. Each
// gives no part when the rule does not use the key.
var parts = []func(attempt) []sdk.Part{
	attempt.words,
	attempt.pattern,
	attempt.department,
	attempt.inHours,
	attempt.waiting,
	attempt.fields,
	attempt.tags,
	attempt.channel,
	attempt.language,
	attempt.plainWhen,
}

// Match tries the rule on the chat and the text. Hours are the schedules by
// name at the time of the event. It must be called from a handler when the
// rule has waiting or asks for something, because only there a chat has a time
// and can be read. A key for which somebody must be asked is tried only when all
// before it hold.
func (e *Engine) Match(c *sdk.Chat, r sdk.Rule, message string, hours map[string]sdk.Hours) sdk.Match {
	a := attempt{engine: e, chat: c, rule: r, text: text.Cut(message, maxText), hours: hours}
	a.cut = len(a.text) < len(message)
	m := sdk.Match{Rule: r.Name, Held: true}
	for _, try := range parts {
		m.Parts = append(m.Parts, try(a)...)
	}
	for _, p := range m.Parts {
		m.Held = m.Held && p.Held
	}
	for n := 0; m.Held && n < len(asking); n++ {
		for _, p := range asking[n](a) {
			m.Parts, m.Held = append(m.Parts, p), m.Held && p.Held
		}
	}
	return m
}

func (e *Engine) compileWords(words []string) (*text.Words, error) {
	return cached(e, e.words, strings.Join(words, "\x00"), func() (*text.Words, error) { return text.NewWords(words) })
}

func (e *Engine) compilePattern(pattern string) (*regexp.Regexp, error) {
	return cached(e, e.patterns, pattern, func() (*regexp.Regexp, error) { return regexp.Compile(pattern) })
}

func (e *Engine) compileWhen(code string) (*when, error) {
	return cached(e, e.whens, code, func() (*when, error) { return compileWhen(code) })
}

func cached[T any](e *Engine, kept map[string]compiled[T], key string, compile func() (T, error)) (T, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := kept[key]; ok {
		return c.value, c.err
	}
	if len(kept) >= maxCached {
		clear(kept) // a plugin makes rules up: nobody has so many
	}
	value, err := compile()
	kept[key] = compiled[T]{value, err}
	return value, err
}

package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxSearch  = 2 * time.Second // of comparing, over all messages
	maxAtOnce  = 4 << 10         // bytes that are compared without looking at the time
	lookAtTime = 512             // runes after which it is looked at
)

// pattern is what a search looks for: a text, or a regular expression.
type pattern struct {
	words      string // folded; used when expression is nil
	expression *regexp.Regexp
	asked      string // as it was asked for
}

// slashed is a regular expression between slashes, with flags behind them as
// the workspace's own search has them.
var slashed = regexp.MustCompile(`(?s)^/(.+)/([ims]*)$`)

func newPattern(asked string) (pattern, error) {
	p := pattern{asked: asked}
	parts := slashed.FindStringSubmatch(asked)
	switch {
	case len(asked) > sdk.MaxPattern:
		return p, fmt.Errorf("search for %d bytes: at most %d", len(asked), sdk.MaxPattern)
	case parts == nil:
		if p.words = strings.TrimSpace(text.Fold(asked)); p.words == "" {
			return p, errNothing
		}
		return p, nil
	}
	if parts[2] != "" {
		parts[1] = "(?" + parts[2] + ")" + parts[1]
	}
	var err error
	if p.expression, err = regexp.Compile(parts[1]); err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return p, fmt.Errorf("search %s: %s; the syntax is that of https://golang.org/s/re2syntax, and what is meant literally needs a \\ before it", asked, why)
	}
	return p, nil
}

// in reports whether the text holds the pattern. The error says that the time
// is over.
func (p pattern) in(ctx context.Context, where string) (bool, error) {
	if ctx.Err() != nil {
		return false, p.late(ctx)
	}
	switch {
	case p.expression == nil:
		return strings.Contains(text.Fold(where), p.words), nil
	case len(where) <= maxAtOnce:
		return p.expression.MatchString(where), nil
	}
	r := &timely{ctx: ctx, text: where}
	found := p.expression.MatchReader(r)
	if r.over {
		return false, p.late(ctx)
	}
	return found, nil
}

func (p pattern) late(ctx context.Context) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	return fmt.Errorf("search %s: not done within %s: look for something simpler", p.asked, maxSearch)
}

// timely is a text that ends when the time is over. Nothing else stops a
// regular expression before its end.
type timely struct {
	ctx  context.Context
	text string
	read int  // runes since the time was looked at
	over bool // it ended early
}

// ReadRune gives the next rune.
func (t *timely) ReadRune() (rune, int, error) {
	if t.read++; t.read >= lookAtTime {
		t.read, t.over = 0, t.ctx.Err() != nil
	}
	if t.over || t.text == "" {
		return 0, 0, io.EOF
	}
	r, n := utf8.DecodeRuneInString(t.text)
	t.text = t.text[n:]
	return r, n, nil
}

package host

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	gather     = time.Second      // what comes together is told together
	quietSpan  = 10 * time.Minute // one cause is told once in so long
	alarmRetry = time.Minute      // when nobody could be told
	maxCauses  = 100              // that are kept apart
	maxTold    = 500              // characters of one error
)

// Alarm tells people what somebody must act on: every error in the log. It is
// a handler of logs that passes all on. What it tells is bundled, each cause
// once in 10 minutes, with since when, how often, and the command that stops
// it. A cause is a message and the instance that it is about.
type Alarm struct {
	next     slog.Handler
	instance string // of this handler's records; "" means none
	board    *board // shared by all handlers that were made of one
}

// board is what there is to tell.
type board struct {
	clock Clock
	more  chan struct{} // something was added

	mu     sync.Mutex // guards what follows
	causes []*cause   // in the order in which they came
}

type cause struct {
	what, instance string
	lastly         string    // the newest error
	since          time.Time // the first that was not told
	count          int       // that were not told
	told           time.Time // zero means never
}

// NewAlarm makes an alarm over a log. A nil clock means the real time.
func NewAlarm(next slog.Handler, clock Clock) *Alarm {
	if clock == nil {
		clock = realClock{}
	}
	return &Alarm{next: next, board: &board{clock: clock, more: make(chan struct{}, 1)}}
}

// Enabled is that of the log below, and true for errors.
func (a *Alarm) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError || a.next.Enabled(ctx, l)
}

// Handle passes a record on, and notes it when it is an error.
func (a *Alarm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		a.note(r)
	}
	return a.next.Handle(ctx, r)
}

// WithAttrs is an alarm with the same board.
func (a *Alarm) WithAttrs(attrs []slog.Attr) slog.Handler {
	made := &Alarm{next: a.next.WithAttrs(attrs), instance: a.instance, board: a.board}
	for _, at := range attrs {
		if at.Key == "instance" {
			made.instance = at.Value.String()
		}
	}
	return made
}

// WithGroup is an alarm with the same board.
func (a *Alarm) WithGroup(name string) slog.Handler {
	return &Alarm{next: a.next.WithGroup(name), instance: a.instance, board: a.board}
}

func (a *Alarm) note(r slog.Record) {
	instance, lastly := a.instance, ""
	r.Attrs(func(at slog.Attr) bool {
		switch at.Key {
		case "instance":
			instance = at.Value.String()
		case "err":
			lastly = at.Value.String()
		}
		return true
	})
	a.board.add(r.Message, instance, clip(lastly, maxTold))
}

func (b *board) add(what, instance, lastly string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.IndexFunc(b.causes, func(c *cause) bool { return c.what == what && c.instance == instance })
	if at < 0 {
		if len(b.causes) >= maxCauses {
			b.causes = b.causes[1:]
		}
		at = len(b.causes)
		b.causes = append(b.causes, &cause{what: what, instance: instance})
	}
	c := b.causes[at]
	if c.count == 0 {
		c.since = b.clock.Now()
	}
	c.count++
	c.lastly = lastly
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Run calls tell with what there is to say, until ctx ends. What could not be
// told is told later.
func (a *Alarm) Run(ctx context.Context, tell func(ctx context.Context, text string) error) {
	log := slog.New(a.next)
	wait := time.Duration(0)
	for a.board.wait(ctx, wait) {
		text, told := a.board.due()
		wait = a.board.next()
		if text == "" {
			continue
		}
		if err := tell(ctx, text); err != nil {
			log.Warn("alert reaches nobody: it is tried again", "err", err)
			wait = alarmRetry
			continue
		}
		a.board.tick(told)
	}
}

// wait waits until there may be something to tell; d 0 means until something
// comes. False means that ctx has ended.
func (b *board) wait(ctx context.Context, d time.Duration) bool {
	var later <-chan time.Time
	if d > 0 {
		later = b.clock.After(d)
	}
	select {
	case <-ctx.Done():
		return false
	case <-later:
		return true
	case <-b.more:
	}
	select {
	case <-ctx.Done():
		return false
	case <-b.clock.After(gather):
		return true
	}
}

// due is what is to be told now, and which causes it tells of, as they are now.
func (b *board) due() (text string, told map[*cause]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	told = map[*cause]int{}
	var lines []string
	for _, c := range b.causes {
		if c.count > 0 && b.rested(c) {
			lines = append(lines, c.String())
			told[c] = c.count
		}
	}
	return strings.Join(lines, "\n"), told
}

func (b *board) rested(c *cause) bool {
	return c.told.IsZero() || b.clock.Now().Sub(c.told) >= quietSpan
}

// tick notes what was told.
func (b *board) tick(told map[*cause]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c, n := range told {
		c.count -= n
		c.told = b.clock.Now()
		c.since = c.told
	}
}

// next is how long until something that waits may be told; 0 when nothing does.
func (b *board) next() (d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.causes {
		if c.count == 0 || b.rested(c) {
			continue
		}
		if left := c.told.Add(quietSpan).Sub(b.clock.Now()); d == 0 || left < d {
			d = left
		}
	}
	return d
}

// String is a line for people: what, how often, since when, and what stops it.
func (c *cause) String() string {
	var s strings.Builder
	if c.instance != "" {
		fmt.Fprintf(&s, "%s: ", c.instance)
	}
	s.WriteString(c.what)
	if c.lastly != "" {
		fmt.Fprintf(&s, " (%s)", c.lastly)
	}
	fmt.Fprintf(&s, "; since %s", c.since.Local().Format("2 Jan 15:04:05"))
	if c.count > 1 {
		fmt.Fprintf(&s, ", %d times", c.count)
	}
	stop := "`bellhop status` says more, `bellhop pause --all` stops everything"
	if c.instance != "" {
		stop = fmt.Sprintf("`bellhop pause %s` stops it", c.instance)
	}
	fmt.Fprintf(&s, ". %s.", stop)
	return s.String()
}

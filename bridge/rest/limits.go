package rest

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// longestWait is how long a call waits for the rate limiter by itself; whoever
	// would have to wait longer is told.
	longestWait = 90 * time.Second
	// usualWindow is how long a server counts before it begins anew, unless an
	// admin has changed that.
	usualWindow = time.Minute
)

// limits keep to the server's rate limiter. It counts each route and verb by
// itself, and each answer tells what is left, so that many calls at a time can
// share it without one being refused. Where it tells nothing, as to the role
// bot, nothing is held back.
type limits struct {
	mu sync.Mutex // guards by and what is in it
	by map[string]*allowance
}

// allowance is what the rate limiter leaves of one route.
type allowance struct {
	most  int           // calls that a window takes; 0 means that we were only told to wait
	left  int           // of this one, without those that are under way
	busy  int           // under way
	until time.Time     // when it ends, by our clock
	reset int64         // when it ends, as the server tells it: windows are told apart by it
	span  time.Duration // how long a window is; 0 means that it is not known yet
}

// ident is a segment that names one document: routes are counted without it.
var ident = regexp.MustCompile(`^[A-Za-z0-9]{17,}$`)

func (k call) route() string {
	if k.file {
		return "files"
	}
	segments := strings.Split(k.path, "/")
	for i, s := range segments {
		if i > 0 && ident.MatchString(s) {
			segments[i] = ":id"
		}
	}
	return k.verb + " " + strings.Join(segments, "/")
}

func (l *limits) of(k call) *allowance {
	if l.by == nil {
		l.by = map[string]*allowance{}
	}
	a := l.by[k.route()]
	if a == nil {
		a = &allowance{}
		l.by[k.route()] = a
	}
	return a
}

// enter waits until there is room for the call, if that is soon. Who has entered
// must leave.
func (l *limits) enter(ctx context.Context, k call) error {
	for {
		until, ok := l.take(k)
		if ok {
			return nil
		}
		if err := l.wait(ctx, k, until); err != nil {
			return err
		}
	}
}

// take makes the call one of those under way, or says when to ask again.
func (l *limits) take(k call) (until time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	if now := time.Now(); a.most > 0 && !now.Before(a.until) { // a window begins with its first call
		a.left, a.until, a.reset = a.most-a.busy, now.Add(cmp.Or(a.span, usualWindow)), 0
	}
	if a.left <= 0 && time.Now().Before(a.until) {
		return a.until, false
	}
	a.left--
	a.busy++
	return time.Time{}, true
}

// spare is how many calls of most leave half of the window to others.
func (l *limits) spare(k call, most int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	switch {
	case time.Now().Before(a.until):
		return min(max(a.left-a.most/2, 0), most)
	case a.most > 0:
		return min(a.most/2, most)
	}
	return most
}

func (l *limits) leave(k call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(k).busy--
}

func (l *limits) wait(ctx context.Context, k call, until time.Time) error {
	wait := time.Until(until)
	end, limited := ctx.Deadline()
	if wait > longestWait || limited && until.After(end) {
		return &Error{Call: k.name(), Kind: ErrRateLimited, Reset: until}
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &Error{Call: k.name(), Kind: ErrRateLimited, Reset: until, Cause: context.Cause(ctx)}
	}
}

// note takes down what the answer says of the limit. The server tells the end
// of its window in milliseconds since 1970 by its own clock, which may differ
// from ours.
func (l *limits) note(k call, h http.Header) {
	reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	left, bad := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err == nil && bad == nil {
		l.learn(k, reset, left, number(h.Get("X-RateLimit-Limit")), time.UnixMilli(reset).Sub(serverNow(h)))
		return
	}
	if s := number(h.Get("Retry-After")); s > 0 {
		l.hold(k, time.Duration(s)*time.Second)
		return
	}
	l.lift(k)
}

// lift forgets the limit of a route whose answers tell of none: somebody gave the
// account the role bot, or turned the limiter off.
func (l *limits) lift(k call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	a.most, a.until, a.reset = 0, time.Time{}, 0
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (l *limits) learn(k call, reset int64, left, most int, wait time.Duration) {
	if wait <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	switch {
	case reset < a.reset: // an answer that comes late
		return
	case a.most == 0 || reset > a.reset && a.reset != 0: // not the window that we count
		others := a.busy - 1 // which the server may not have counted yet
		a.left = max(left-others, 0)
	default:
		a.left = min(a.left, left) // others may use it up, too
	}
	a.reset = reset
	if left == most-1 {
		a.span = wait
	}
	a.most, a.until = most, time.Now().Add(min(wait, time.Hour))
}

// seconds is how a refusal tells the wait where no header does.
var seconds = regexp.MustCompile(`must wait (\d{1,5}) seconds`)

// hear takes down what a refusal says.
func (l *limits) hear(k call, said string) {
	if m := seconds.FindStringSubmatch(said); m != nil && l.until(k).Before(time.Now()) {
		l.hold(k, time.Duration(number(m[1]))*time.Second)
	}
}

func (l *limits) hold(k call, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	a.left, a.until = 0, time.Now().Add(min(wait, time.Hour))
}

// serverNow is the time by the server's clock, as well as a header tells it:
// it is up to a second later than what it says.
func serverNow(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Now()
	}
	return at
}

// until is when there is room again; zero means that there is.
func (l *limits) until(k call) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(k)
	if a.left > 0 {
		return time.Time{}
	}
	return a.until
}

package rest

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// readAttempts is how often a read is made at most.
const readAttempts = 4

// longestWait is how long a call waits for the rate limiter by itself; whoever
// would have to wait longer is told.
const longestWait = 90 * time.Second

// retrying repeats reads that failed and may succeed. What the server's rate
// limiter refused is repeated too, and then waits for its turn; what we refused
// for it is not.
func retrying(pause time.Duration) failsafe.Executor[answer] {
	return failsafe.With(retrypolicy.NewBuilder[answer]().
		HandleIf(func(_ answer, err error) bool {
			return limited(err) || Temporary(err) && !errors.Is(err, ErrRateLimited)
		}).
		WithMaxAttempts(readAttempts).
		WithBackoff(pause, 8*pause).
		WithJitterFactor(0.25).
		ReturnLastFailure().
		Build())
}

// limits remembers which calls the server's rate limiter has no room for. It
// counts each route and verb by itself.
type limits struct {
	mu   sync.Mutex
	full map[string]time.Time // until when, by our clock
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

// note takes down what the answer says of the limit. The server tells the end
// of it in milliseconds since 1970 by its own clock, which may differ from ours.
func (l *limits) note(k call, h http.Header) {
	if h.Get("X-RateLimit-Remaining") != "0" && h.Get("Retry-After") == "" {
		return
	}
	wait := time.Duration(0)
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		wait = time.Duration(s) * time.Second
	}
	if ms, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		wait = time.UnixMilli(ms).Sub(serverNow(h))
	}
	l.hold(k, wait)
}

// seconds is how a refusal tells the wait where no header does.
var seconds = regexp.MustCompile(`must wait (\d{1,5}) seconds`)

// hear takes down what a refusal says.
func (l *limits) hear(k call, said string) {
	if m := seconds.FindStringSubmatch(said); m != nil && l.until(k).Before(time.Now()) {
		n, _ := strconv.Atoi(m[1])
		l.hold(k, time.Duration(n)*time.Second)
	}
}

func (l *limits) hold(k call, wait time.Duration) {
	if wait <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full == nil {
		l.full = map[string]time.Time{}
	}
	l.full[k.route()] = time.Now().Add(min(wait, time.Hour))
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

func (l *limits) until(k call) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.full[k.route()]
}

// wait lasts until there is room for the call, if that is soon.
func (l *limits) wait(ctx context.Context, k call) error {
	until := l.until(k)
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
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

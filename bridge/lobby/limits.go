package lobby

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// limits count calls by name in windows that begin with the first call. They go by
// the workspace's clock.
type limits struct {
	off bool // Options.NoLimits
	now func() time.Time

	mu      sync.Mutex // guards windows
	windows map[string]*window
}

type window struct {
	rate
	start time.Time
	calls int
}

// rate is how many calls a span of time may see.
type rate struct {
	most int
	span time.Duration
}

// take counts one call; wait is zero when the call may go on.
func (l *limits) take(name string, r rate) (w window, wait time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.windows) > 10000 { // callers that came once
		l.forget(now)
	}
	v := l.windows[name]
	if v == nil || now.Sub(v.start) >= r.span {
		v = &window{rate: r, start: now}
		l.windows[name] = v
	}
	if v.calls >= r.most {
		return *v, r.span - now.Sub(v.start)
	}
	v.calls++
	return *v, 0
}

// forget drops the windows that are over.
func (l *limits) forget(now time.Time) {
	for name, w := range l.windows {
		if now.Sub(w.start) > w.span {
			delete(l.windows, name)
		}
	}
}

// The limits of DDP, as the server has them by default. Streams may be subscribed
// and written to four times as often in four times the time.
var (
	perConnection     = rate{600, time.Minute}
	perConnectionName = rate{10, 10 * time.Second}
	perUserName       = rate{20, 10 * time.Second}
	loginRate         = rate{5, 10 * time.Second}
)

// userRates are further limits, by method, of users without a permission.
var userRates = map[string]struct {
	rate
	unless string
}{
	"sendMessage":             {rate{5, time.Second}, "send-many-messages"},
	"createDirectMessage":     {rate{10, time.Minute}, ""},
	"livechat:sendTranscript": {rate{1, 5 * time.Second}, ""},
}

func (r rate) of(name string) rate {
	if strings.HasPrefix(name, "stream-") {
		return rate{4 * r.most, 4 * r.span}
	}
	return r
}

// call counts a method or subscription (kind) of a connection and of its user,
// who may be nil.
func (l *limits) call(connection string, u *user, kind, name string) error {
	if l.off {
		return nil
	}
	rates := map[string]rate{connection: perConnection}
	own, all := connection+" "+kind+" "+name, "user "+kind+" "+name
	rates[own] = perConnectionName.of(name)
	if name == "login" {
		rates[own] = loginRate
	}
	if u != nil {
		rates[all+" "+u.ID] = perUserName.of(name)
		if more, ok := userRates[name]; ok && !u.may(more.unless) {
			rates["more "+name+" "+u.ID] = more.rate
		}
	}
	for _, name := range sortedKeys(rates) {
		if _, wait := l.take(name, rates[name]); wait > 0 {
			return tooMany(wait)
		}
	}
	return nil
}

// tooMany is the error of a call that has to wait, nil when it need not.
func tooMany(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	return &meteorError{
		code:    "too-many-requests",
		reason:  fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying again.", wholeSeconds(wait)),
		details: doc{"timeToReset": wait.Milliseconds()},
	}
}

func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

package lobby

import (
	"fmt"
	"sync"
	"time"
)

// limiter counts calls by name in windows that begin with the first call. A
// connection's is used by its reader only; the server's has a lock.
type limiter map[string]*window

type window struct {
	start time.Time
	calls int
}

// take counts one call. remaining is how many more may follow; wait is zero
// when the call may go on.
func (l limiter) take(name string, most int, span time.Duration, now time.Time) (w window, wait time.Duration) {
	v := l[name]
	if v == nil || now.Sub(v.start) >= span {
		v = &window{start: now}
		l[name] = v
	}
	if v.calls >= most {
		return *v, span - now.Sub(v.start)
	}
	v.calls++
	return *v, 0
}

func tooMany(text string, wait time.Duration) error {
	secs := int((wait + time.Second - 1) / time.Second)
	return &meteorError{code: "too-many-requests", reason: fmt.Sprintf(text, secs), details: doc{"timeToReset": wait.Milliseconds()}}
}

// restLimits count REST calls by route and address.
type restLimits struct {
	mu    sync.Mutex // guards calls
	calls limiter
}

func (r *restLimits) take(name string, most int, span time.Duration, now time.Time) (window, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calls) > 10000 { // addresses that came once
		for k, w := range r.calls {
			if now.Sub(w.start) > span {
				delete(r.calls, k)
			}
		}
	}
	return r.calls.take(name, most, span, now)
}

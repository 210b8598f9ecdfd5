package model

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// rest is until when an endpoint wants to be left alone (Retry-After, RFC 9110,
// section 10.2.3). Meanwhile others answer at once, and nobody makes it worse.
type rest struct {
	now   func() time.Time
	until atomic.Int64 // Unix, in nanoseconds
}

// mostRest is what is believed: a model that is away for longer is asked again.
const mostRest = 10 * time.Minute

// heed notes what an answer says of the next attempt.
func (r *rest) heed(resp *http.Response) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return
	}
	after, now := resp.Header.Get("Retry-After"), r.now()
	at, err := http.ParseTime(after)
	if seconds, bad := strconv.ParseUint(after, 10, 31); bad == nil {
		at, err = now.Add(time.Duration(seconds)*time.Second), nil
	}
	if err == nil && at.After(now) {
		r.until.Store(now.Add(min(at.Sub(now), mostRest)).UnixNano())
	}
}

// wanted is an error while the endpoint rests.
func (r *rest) wanted() error {
	if left := time.Unix(0, r.until.Load()).Sub(r.now()); left > 0 {
		return fmt.Errorf("%w: it wants to be asked again in %s", ErrBusy, left.Round(time.Second))
	}
	return nil
}

package bridge

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// clock tells the server's time by the Date of its answers. What it tells is
// never later than the server's own clock, and less than two seconds earlier
// when an answer has just come.
type clock struct {
	mu    sync.Mutex    // guards what follows
	date  time.Time     // of the last answer; zero before the first
	heard time.Time     // when it came, by our clock
	ahead time.Duration // how far the server's clock is ahead of ours; 0 when the two agree
}

// agree is how far two clocks may be apart and still agree. Dates of answers are
// cut to the second, and answers take their time.
const agree = 2 * time.Second

// Now is the time by the workspace's clock, and ours while the two agree or no
// answer has come. It is for what is compared with times of events: it is rather
// a second early than late, so that no event seems older than it is.
func (b *Bridge) Now() time.Time {
	b.clock.mu.Lock()
	defer b.clock.mu.Unlock()
	return time.Now().Add(b.clock.ahead)
}

// Meet asks the workspace what it is, once, so that Now is its time from the
// first event on. A workspace that is away is met by Run.
func (b *Bridge) Meet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := b.rest.Info(ctx); err != nil {
		b.log.Debug("workspace is not there yet", "err", err)
	}
}

// over notes the Date of every answer that comes by the transport.
func (c *clock) over(t http.RoundTripper) http.RoundTripper {
	if t == nil {
		t = http.DefaultTransport
	}
	return timed{t, c}
}

type timed struct {
	next  http.RoundTripper
	clock *clock
}

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		t.clock.note(resp.Header.Get("Date"), time.Now())
	}
	return resp, err
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach through.
func (t timed) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (c *clock) note(date string, heard time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.date, c.heard = at.UTC(), heard
	ahead := at.Sub(heard.Round(0))
	switch {
	case ahead.Abs() <= agree:
		c.ahead = 0
	case (ahead - c.ahead).Abs() > agree: // less is how exactly it can be known
		c.ahead = ahead
	}
}

// now is the server's time. A server that gives no dates is believed to have
// our time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return time.Now().UTC().Truncate(time.Millisecond)
	}
	return c.date.Add(time.Since(c.heard)).Truncate(time.Millisecond)
}

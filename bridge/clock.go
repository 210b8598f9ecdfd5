package bridge

import (
	"net/http"
	"sync"
	"time"
)

// clock tells the server's time by the Date of its answers. What it tells is
// never later than the server's own clock, and less than two seconds earlier
// when an answer has just come.
type clock struct {
	mu    sync.Mutex // guards what follows
	date  time.Time  // of the last answer; zero before the first
	heard time.Time  // when it came, by our clock
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

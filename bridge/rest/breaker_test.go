package rest

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// broken is a server that fails one route while it is told to.
type broken struct {
	fails atomic.Bool
	calls atomic.Int64 // of that route
}

func (b *broken) answer(r *http.Request) *http.Response {
	w := recorder{header: http.Header{"Content-Type": {"application/json"}}, code: 200, body: `{"_id":"u","version":"3.11.1","success":true}`}
	if r.URL.Path == "/api/v1/x" {
		b.calls.Add(1)
		if b.fails.Load() {
			w.code, w.body = 500, `{"success":false,"error":"Internal server error"}`
		}
	}
	return w.response(r)
}

func brokenClient(t *testing.T) (*Client, *broken) {
	t.Helper()
	b := &broken{}
	b.fails.Store(true)
	c, err := New(Options{URL: "http://chat.example", UserID: "u", Token: "t", HTTP: &http.Client{Transport: trip(b.answer)}})
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		c.Post(ctx, "x", nil, nil)
	}
	return c, b
}

// TestRouteThatFailsIsLeftAlone for a while, and no other is.
func TestRouteThatFailsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := brokenClient(t)
		if n := b.calls.Load(); n > tripsOf {
			t.Errorf("%d calls of 30 were made", n)
		}
		err := c.Post(ctx, "x", nil, nil)
		if !errors.Is(err, ErrTripped) || !Temporary(err) {
			t.Errorf("error is %v", err)
		}
		if err := c.Post(ctx, "y", nil, nil); err != nil {
			t.Errorf("another route: %v", err)
		}
	})
}

// TestRouteThatIsWellAgainIsAskedAgain after a pause, or at once after a login,
// since the server may have been away.
func TestRouteThatIsWellAgainIsAskedAgain(t *testing.T) {
	for name, mend := range map[string]func(*Client) error{
		"a pause": func(*Client) error { return nil },
		"a login": func(c *Client) error { _, err := c.Login(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, b := brokenClient(t)
				b.fails.Store(false)
				if err := mend(c); err != nil {
					t.Fatal(err)
				}
				if name == "a pause" {
					time.Sleep(tripPause) // of the made-up clock
				}
				for range 3 {
					if err := c.Post(ctx, "x", nil, nil); err != nil {
						t.Errorf("error is %v", err)
					}
				}
			})
		})
	}
}

// TestFailuresAmongSuccessesTripNothing: one chat's messages that the server
// can't read hold up no other chat.
func TestFailuresAmongSuccessesTripNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broken{}
		c, err := New(Options{URL: "http://chat.example", UserID: "u", Token: "t", HTTP: &http.Client{Transport: trip(b.answer)}})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 60 {
			b.fails.Store(n%3 > 0)
			if err := c.Post(ctx, "x", nil, nil); errors.Is(err, ErrTripped) {
				t.Fatalf("call %d: %v", n, err)
			}
		}
	})
}

package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestReadIsRepeatedWhenTheServerStumbles(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{
		"500": status(500, `{"success":false,"error":"boom"}`), "502 page": page(502), "hung up": hangUp,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t).on("GET rooms.info", bad, bad, recorded("room-served"))
			room, err := s.client().Room(ctx, "hfMBPGqZEsNnZEZBu")
			if err != nil || room.ID != "hfMBPGqZEsNnZEZBu" {
				t.Errorf("room %q, error %v", room.ID, err)
			}
		})
	}
}

func TestReadIsNotRepeatedForEver(t *testing.T) {
	s := newServer(t).on("GET rooms.info", page(503))
	_, err := s.client().Room(ctx, "x")
	if n := len(s.seen("rooms.info")); n != readAttempts || !errors.Is(err, ErrUnreachable) {
		t.Errorf("%d attempts ended with %v", n, err)
	}
}

func TestRefusedReadIsNotRepeated(t *testing.T) {
	s := newServer(t).on("GET rooms.info", recorded("room-deleted"))
	s.client().Room(ctx, "x")
	if n := len(s.seen("rooms.info")); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

func TestWriteIsMadeOnce(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{
		"500": status(500, `{"success":false,"error":"boom"}`), "502 page": page(502), "hung up": hangUp, "429 without an end": status(429, `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t).on("POST livechat/room.forward", bad)
			err := s.client().Forward(ctx, "r", "d", "", "")
			if n := len(s.seen("room.forward")); n != 1 || !Temporary(err) {
				t.Errorf("it was sent %d times and ended with %v", n, err)
			}
		})
	}
}

// trip is a server without a network, so that time can be made up.
type trip func(*http.Request) *http.Response

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// limiter answers as the recorded server does with one call in ten seconds, or
// with most. Its clock is an hour ahead of ours.
type limiter struct {
	most int           // 0 means 1
	took time.Duration // by an answer
	off  bool

	mu    sync.Mutex
	until time.Time
	left  int
	calls int // that came
	done  int // that were let through
}

func (l *limiter) answer(r *http.Request) *http.Response {
	defer time.Sleep(l.took)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	ahead := time.Hour
	w := recorder{header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().Add(ahead).UTC().Format(http.TimeFormat)}}}
	w.code, w.body = 200, `{"success":true}`
	if l.off {
		l.done++
		return w.response(r)
	}
	if !time.Now().Before(l.until) {
		l.until, l.left = time.Now().Add(10*time.Second), max(l.most, 1)
	} else if l.left == 0 {
		w.code, w.body = 429, `{"success":false,"error":"Error, too many requests. [error-too-many-requests]"}`
	}
	if w.code == 200 {
		l.left--
		l.done++
	}
	w.header.Set("X-RateLimit-Limit", fmt.Sprint(max(l.most, 1)))
	w.header.Set("X-RateLimit-Reset", fmt.Sprint(l.until.Add(ahead).UnixMilli()))
	w.header.Set("X-RateLimit-Remaining", fmt.Sprint(l.left))
	return w.response(r)
}

type recorder struct {
	header http.Header
	code   int
	body   string
}

func (w recorder) response(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode: w.code, Header: w.header, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(w.body)), ContentLength: int64(len(w.body)),
	}
}

func TestLimitedCallWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{until: time.Now().Add(3500 * time.Millisecond)}
		c := limitedClient(t, l)
		for range 3 { // the first meets a limit that others have used up
			if err := c.Forward(ctx, "r", "d", "", ""); err != nil {
				t.Fatal(err)
			}
		}
		if l.done != 3 || l.calls != 4 {
			t.Errorf("%d calls for 3 forwards, %d let through: only the first may meet the limit", l.calls, l.done)
		}
	})
}

func TestLimitOfOneRouteHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		c := limitedClient(t, l)
		began := time.Now()
		c.Forward(ctx, "r", "d", "", "")
		l.until = time.Time{}
		if err := c.Post(ctx, "chat.sendMessage", nil, nil); err != nil || time.Since(began) > time.Second {
			t.Errorf("another route ended after %s with %v", time.Since(began), err)
		}
	})
}

// TestLimitCountsRoutesAndNotRooms: the server counts all rooms of a route
// together.
func TestLimitCountsRoutesAndNotRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{}
		c := limitedClient(t, l)
		for _, room := range []string{"hfMBPGqZEsNnZEZBu", "hBZi7SNKvL2vzsaLc"} {
			if err := c.Post(ctx, "rooms.mediaConfirm/"+room+"/"+room, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if l.calls != 2 {
			t.Errorf("%d calls for 2: the second met the limit", l.calls)
		}
	})
}

// TestCallsAtATimeShareTheLimit: of many none is refused, and hardly more time
// goes by than the limit wants: how many are left is not known at first.
func TestCallsAtATimeShareTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{most: 10, took: 50 * time.Millisecond}
		c := limitedClient(t, l)
		began := time.Now()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					if err := c.Post(ctx, "x", nil, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if l.calls != 80 || l.done != 80 {
			t.Errorf("%d calls for 80, %d let through", l.calls, l.done)
		}
		if took := time.Since(began); took > 90*time.Second { // 8 windows, and Dates are cut to the second
			t.Errorf("it took %s", took)
		}
	})
}

// TestLimitThatIsLiftedIsForgotten: the account got the role bot.
func TestLimitThatIsLiftedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{most: 2}
		c := limitedClient(t, l)
		c.Post(ctx, "x", nil, nil)
		l.off = true
		c.Post(ctx, "x", nil, nil)
		began := time.Now()
		for range 20 {
			c.Post(ctx, "x", nil, nil)
		}
		if took := time.Since(began); took != 0 || l.done != 22 {
			t.Errorf("%d of 22 calls took %s", l.done, took)
		}
	})
}

func TestLimitBeyondPatienceIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{until: time.Now().Add(time.Hour)}
		c := limitedClient(t, l)
		err := c.Forward(ctx, "r", "d", "", "")
		var e *Error
		if !errors.As(err, &e) || e.Kind != ErrRateLimited || time.Until(e.Reset) < 50*time.Minute || !strings.Contains(err.Error(), "role bot lifts the limit") {
			t.Errorf("error is %v", err)
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		l.until = time.Now().Add(5 * time.Second)
		if err := c.Forward(short, "r2", "d", "", ""); !errors.Is(err, ErrRateLimited) || l.calls != 1 {
			t.Errorf("error is %v after %d calls: there is no use in asking before the limit ends", err, l.calls)
		}
	})
}

func limitedClient(t *testing.T, l *limiter) *Client {
	t.Helper()
	c, err := New(Options{URL: "http://chat.example", UserID: "u", Token: "t", HTTP: &http.Client{Transport: trip(l.answer)}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRecordedLimitIsUnderstood(t *testing.T) {
	s := newServer(t)
	old := recordings()["limited"]
	s.on("POST x", func(w http.ResponseWriter, _ *http.Request) {
		old.Headers["x-ratelimit-reset"] = fmt.Sprint(time.Now().Add(time.Hour).UnixMilli())
		old.serve(w)
	})
	err := s.client().Post(ctx, "x", nil, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrRateLimited || time.Until(e.Reset) < 55*time.Minute {
		t.Errorf("error is %v, reset %v", err, e.Reset)
	}
}

func TestWaitInWordsIsUnderstood(t *testing.T) {
	s := newServer(t).on("POST x", status(429, `{"success":false,"error":"Error, too many requests. Please slow down. You must wait 1000 seconds before trying this endpoint again. [error-too-many-requests]"}`))
	err := s.client().Post(ctx, "x", nil, nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrRateLimited || time.Until(e.Reset) < 900*time.Second {
		t.Errorf("error is %v, reset %v", err, e.Reset)
	}
}

func TestEndOfTheContextEndsTheCall(t *testing.T) {
	asked := make(chan struct{})
	s := newServer(t)
	s.on("GET rooms.info", func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	short, cancel := context.WithCancel(ctx)
	go func() { <-asked; cancel() }()
	if _, err := s.client().Room(short, "x"); !errors.Is(err, context.Canceled) || Temporary(err) {
		t.Errorf("error is %v", err)
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	s := newServer(t).on("POST x", func(http.ResponseWriter, *http.Request) { <-over })
	c := s.clientWith(Options{UserID: "u", Token: "secret-token", Timeout: 20 * time.Millisecond})
	if err := c.Post(ctx, "x", nil, nil); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "no answer within 20ms") {
		t.Errorf("error is %v", err)
	}
}

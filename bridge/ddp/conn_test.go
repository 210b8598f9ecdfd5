package ddp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// event is a frame with an event.
func event(n int) string {
	return fmt.Sprintf(`{"msg":"changed","collection":"stream-x","id":"id","fields":{"eventName":"public","args":[%d]}}`, n)
}

// TestEventsComeInTheOrderOfTheWire, one at a time.
func TestEventsComeInTheOrderOfTheWire(t *testing.T) {
	const events = 500
	got := make(mailbox, events)
	o := serve(t, func(p *peer) {
		for n := range events {
			p.say(event(n))
		}
		p.rest()
	})
	busy := make(chan struct{}, 1)
	o.OnEvent = func(ctx context.Context, e Event) error {
		busy <- struct{}{}
		defer func() { <-busy }()
		if len(busy) > 1 {
			t.Error("two events at a time")
		}
		return got.put(ctx, e)
	}
	run(t, o)
	for n := range events {
		if e := got.next(t); e != fmt.Sprintf("stream-x public [%d]", n) {
			t.Fatalf("event %d is %s", n, e)
		}
	}
}

// TestHandlerMayCall the connection that it hears from.
func TestHandlerMayCall(t *testing.T) {
	o := serve(t, func(p *peer) {
		p.say(event(1))
		p.play(`
			> {"msg":"method","id":"m1","method":"x","params":[]}
			< {"msg":"result","id":"m1","result":7}
		`)
		p.rest()
	})
	conn := make(chan *Conn, 1)
	answer := make(chan string, 1)
	o.OnEvent = func(ctx context.Context, _ Event) error {
		got, err := (<-conn).Call(ctx, "x")
		answer <- fmt.Sprint(string(got), err)
		return nil
	}
	conn <- run(t, o).Conn
	if got := <-answer; got != "7<nil>" {
		t.Errorf("the answer is %s", got)
	}
}

// TestConnectionSaysHowItEnded.
func TestConnectionSaysHowItEnded(t *testing.T) {
	bye := func(code int, text string) func(*peer) {
		return func(p *peer) {
			p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(time.Minute))
			p.rest()
		}
	}
	for name, c := range map[string]struct {
		play func(*peer)
		code int
		say  string
	}{
		"logged out elsewhere": {bye(1000, ""), 1000, "server closed the connection with code 1000"},
		"idle":                 {bye(4000, "timeout"), 4000, "server closed the connection with code 4000 timeout"},
		"cut":                  {func(p *peer) { p.ws.NetConn().Close() }, 1006, "1006"},
	} {
		t.Run(name, func(t *testing.T) {
			err := endsAs[*ClosedError](run(t, serve(t, c.play)))
			if err.Code != c.code || !strings.Contains(err.Error(), c.say) {
				t.Errorf("it ended with %v, code %d", err, err.Code)
			}
		})
	}
}

func TestConnectionEndsWithItsContext(t *testing.T) {
	polite := make(chan error, 1)
	c := run(t, serve(t, func(p *peer) {
		_, _, err := p.ws.ReadMessage()
		polite <- err
	}))
	c.stop()
	if err := c.ended(); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if err := <-polite; !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("the server saw %v", err)
	}
}

func TestConnectionEndsWhenItsHandlerFails(t *testing.T) {
	full := errors.New("disk is full")
	o := serve(t, func(p *peer) { p.say(event(1)); p.say(event(2)); p.rest() })
	o.OnEvent = func(context.Context, Event) error { return full }
	if err := run(t, o).ended(); !errors.Is(err, full) {
		t.Errorf("it ended with %v", err)
	}
}

// TestServerPingIsAnswered with the id that it had, or with none.
func TestServerPingIsAnswered(t *testing.T) {
	answered := make(chan struct{})
	c := run(t, serve(t, func(p *peer) {
		p.play(`
			< {"msg":"ping","id":"p7"}
			> {"msg":"pong","id":"p7"}
			< {"msg":"ping"}
			> {"msg":"pong"}
		`)
		close(answered)
		p.rest()
	}))
	select {
	case <-answered:
	case <-c.over:
		t.Errorf("it ended with %v", c.err)
	}
}

// TestQuietServerIsPinged, by default every 15 seconds, and lives as long as
// it answers.
func TestQuietServerIsPinged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		const pings = 240
		c := run(t, piped(t, func(p *peer) {
			for n := range pings {
				p.play(`> {"msg":"ping"}`)
				if got, want := time.Since(began), time.Duration(n+1)*15*time.Second; got != want {
					t.Errorf("ping %d came after %s, want %s", n+1, got, want)
				}
				p.say(`{"msg":"pong"}`)
			}
			p.ws.Close()
		}))
		<-c.over
		endsAs[*ClosedError](c)
		if got := time.Since(began); got != pings*15*time.Second {
			t.Errorf("it lasted %s", got)
		}
	})
}

// TestSilentServerIsFoundOut within 45 seconds, and who waits for it is told.
func TestSilentServerIsFoundOut(t *testing.T) {
	for beat, most := range map[time.Duration]time.Duration{0: 45 * time.Second, 2 * time.Second: 6 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			o := piped(t, func(p *peer) {
				for { // it reads, and says nothing
					if _, _, err := p.ws.ReadMessage(); err != nil {
						return
					}
				}
			})
			o.Heartbeat = beat
			c := run(t, o)
			began := time.Now()
			_, err := c.Call(t.Context(), "x")
			var lost *LostError
			if took := time.Since(began); !errors.Is(err, ErrSilent) || !errors.As(err, &lost) || took > most || took < most/2 {
				t.Errorf("the call ended after %s with %v", took, err)
			}
			if err := c.ended(); !errors.Is(err, ErrSilent) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// TestStuckServerIsFoundOut: it does not even read, so that nothing can be
// sent.
func TestStuckServerIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c := run(t, piped(t, func(*peer) { <-over }))
		began := time.Now()
		<-c.over
		if took := time.Since(began); took > 45*time.Second {
			t.Errorf("it ended after %s with %v", took, c.err)
		}
		close(over)
	})
}

// TestSlowHandlerDelaysOnlyItself: pings and answers go on.
func TestSlowHandlerDelaysOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := piped(t, func(p *peer) {
			p.say(event(1))
			for {
				var f struct{ Msg, ID string }
				if p.ws.ReadJSON(&f) != nil {
					return
				}
				switch f.Msg {
				case "ping":
					p.say(`{"msg":"pong"}`)
				case "method":
					p.say(`{"msg":"result","id":"` + f.ID + `","result":7}`)
				}
			}
		})
		slow := make(chan struct{})
		o.OnEvent = func(context.Context, Event) error { <-slow; return nil }
		c := run(t, o)
		time.Sleep(time.Hour) // of the bubble's clock
		if got, err := c.Call(t.Context(), "x"); string(got) != "7" || err != nil {
			t.Errorf("the answer is %s, %v", got, err)
		}
		close(slow)
	})
}

// TestEventsBeyondTheQueueEndTheConnection, by number or by size, rather than
// get lost.
func TestEventsBeyondTheQueueEndTheConnection(t *testing.T) {
	for name, bound := range map[string]Options{"number": {Queue: 10}, "size": {room: 10 * int64(len(event(0)))}} {
		t.Run(name, func(t *testing.T) {
			o := serve(t, func(p *peer) {
				for range 20 {
					p.say(event(0))
				}
				p.rest()
			})
			o.Queue, o.room, o.wait = bound.Queue, bound.room, time.Millisecond
			handled := 0
			o.OnEvent = func(ctx context.Context, _ Event) error { handled++; <-ctx.Done(); return nil }
			if err := run(t, o).ended(); !errors.Is(err, ErrSlow) || handled > 1 {
				t.Errorf("it ended with %v, after %d events", err, handled)
			}
		})
	}
}

// TestFullQueueIsWaitedFor while the handler goes on: a server may tell more
// at once than the queue holds.
func TestFullQueueIsWaitedFor(t *testing.T) {
	const events = 500
	got := make(mailbox)
	for name, bound := range map[string]Options{"number": {Queue: 2}, "size": {room: 2 * int64(len(event(events)))}} {
		t.Run(name, func(t *testing.T) {
			o := serve(t, func(p *peer) {
				for n := range events {
					p.say(event(n))
				}
				p.rest()
			})
			o.OnEvent, o.Queue, o.room = got.put, bound.Queue, bound.room
			run(t, o)
			for n := range events {
				if e := got.next(t); e != fmt.Sprintf("stream-x public [%d]", n) {
					t.Fatalf("event %d is %s", n, e)
				}
			}
		})
	}
}

// TestQueueHasRoomAgain for what comes when the handler has caught up.
func TestQueueHasRoomAgain(t *testing.T) {
	const events = 100
	got := make(mailbox)
	next := make(chan struct{})
	o := serve(t, func(p *peer) {
		for n := range events { // together more than may wait
			p.say(event(n))
			<-next
		}
		p.rest()
	})
	o.OnEvent, o.Queue, o.room = got.put, 2, 2*int64(len(event(events)))
	run(t, o)
	for n := range events {
		if e := got.next(t); e != fmt.Sprintf("stream-x public [%d]", n) {
			t.Fatalf("event %d is %s", n, e)
		}
		next <- struct{}{}
	}
}

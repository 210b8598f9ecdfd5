package bridge

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// BenchmarkGuestMessageToEvent is how long the bridge takes to tell of a
// guest's message, from when the guest sends it, among 1000 open chats, with 8
// guests writing at a time; and how many calls that costs. A chat that was
// part of the baseline is read when something first happens in it ("first");
// later the frame tells all ("later").
func BenchmarkGuestMessageToEvent(b *testing.B) {
	const chats = 1000
	b.Run("first", func(b *testing.B) {
		e := openHearer(b, chats)
		for done := 0; done < b.N; done += chats {
			b.StopTimer()
			e.anew()
			b.StartTimer()
			e.speak(min(b.N-done, chats))
		}
		e.report()
	})
	b.Run("later", func(b *testing.B) {
		e := openHearer(b, chats)
		e.anew()
		e.speak(chats)
		e.took = nil
		e.calls.Store(0)
		b.ResetTimer()
		e.speak(b.N)
		e.report()
	})
}

// hearer is a bridge of which only the events matter, in a workspace whose
// guests wait to write.
type hearer struct {
	b      *testing.B
	floor  *floor
	guests []*caller
	calls  atomic.Int64
	stop   func()

	mu   sync.Mutex // guards what follows
	told map[sdk.ChatID]chan struct{}
	took []time.Duration
}

func openHearer(b *testing.B, chats int) *hearer {
	b.Helper()
	e := &hearer{b: b, floor: openFloor(b, lobby.Options{Online: []string{"alice"}}), told: map[sdk.ChatID]chan struct{}{}, stop: func() {}}
	e.floor.http.Transport.(*http.Transport).MaxIdleConnsPerHost = Connections
	for n := range chats {
		e.guests = append(e.guests, e.floor.guest(fmt.Sprint("guest", n), "Sales"))
	}
	b.Cleanup(func() { e.stop() })
	return e
}

// anew starts another bridge, for which all chats are part of the baseline.
func (e *hearer) anew() {
	e.stop()
	o := e.floor.options()
	o.Log = nil
	bridge, err := New(o.over(seen{e.floor.http.Transport, func(*http.Request) { e.calls.Add(1) }}))
	if err != nil {
		e.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over, ready := make(chan struct{}), make(chan struct{})
	compared := sync.OnceFunc(func() { close(ready) })
	go func() {
		defer close(over)
		bridge.Run(ctx, Picture{}, func(event Event) error {
			if !event.Seen.IsZero() {
				compared()
			}
			e.hear(event)
			return nil
		})
	}()
	<-ready
	e.stop = func() { cancel(); <-over }
}

func (e *hearer) hear(event Event) {
	if event.Kind != sdk.EventMessage || event.Baseline {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.told[event.Chat])
}

// speak has the guests write, in turn, and waits until all is told.
func (e *hearer) speak(times int) {
	turns := make(chan int)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for n := range turns {
				e.turn(e.guests[n%len(e.guests)])
			}
		})
	}
	for n := range times {
		turns <- n
	}
	close(turns)
	writers.Wait()
}

func (e *hearer) turn(g *caller) {
	told := make(chan struct{})
	e.mu.Lock()
	e.told[g.chat()] = told
	e.mu.Unlock()
	began := time.Now()
	g.say("hello")
	<-told
	took := time.Since(began)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.took = append(e.took, took)
}

func (e *hearer) report() {
	e.b.StopTimer()
	e.b.ReportMetric(float64(e.calls.Load())/float64(len(e.took)), "calls/op")
	report(e.b, "", e.took)
}

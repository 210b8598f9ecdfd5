package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// BenchmarkApply says how many calls an effect of each kind costs in the
// ordinary case: a bridge that runs, and has met the agent and the department
// before.
func BenchmarkApply(b *testing.B) {
	for _, c := range table {
		b.Run(c.name, func(b *testing.B) {
			d := openDesk(b, lobby.Options{})
			calls := &counter{next: d.wire.next}
			d.wire.next = calls
			d.listening()
			d.must(c.make(d, d.served("Sales")), sdk.Done, "")
			b.ReportAllocs()
			for n := range b.N {
				b.StopTimer()
				g := d.guest(fmt.Sprint("guest", n), "Sales")
				g.say("hello")
				d.alice.take(g.rid)
				e := c.make(d, g.chat())
				e.Key += sdk.EffectKey(fmt.Sprint("/", n))
				if e.Attachment != nil {
					e.Attachment.Name = string(MessageID(e.Key, 0)) + ".pdf"
				}
				b.StartTimer()
				if o := d.bridge.Apply(context.WithValue(b.Context(), counted{}, true), e); o.State != sdk.Done {
					b.Fatalf("outcome is %+v", o)
				}
			}
			b.ReportMetric(float64(calls.n.Load())/float64(b.N), "calls/op")
		})
	}
}

// counted marks the contexts whose calls a counter counts.
type counted struct{}

// counter counts calls, but not those of the bridge that runs beside.
type counter struct {
	next http.RoundTripper
	n    atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context().Value(counted{}) != nil {
		c.n.Add(1)
	}
	return c.next.RoundTrip(r)
}

// BenchmarkMessageToForward is what a guest feels: from when the server has the
// message until the chat is forwarded there, among 1000 open chats, with 8
// guests writing at a time, to a server beside us and to one whose every answer
// takes 50 ms. It reports the medians of the two halves, too: until the bridge
// tells of the message, and from then on. Nothing decides between.
func BenchmarkMessageToForward(b *testing.B) {
	for name, away := range map[string]time.Duration{"near": 0, "far": 50 * time.Millisecond} {
		b.Run(name, func(b *testing.B) { messageToForward(b, away) })
	}
}

func messageToForward(b *testing.B, away time.Duration) {
	const chats, writers = 1000, 8
	seen := &forwards{moved: map[string]chan time.Time{}}
	f := openFloor(b, lobby.Options{Log: seen, Online: []string{"alice", "carol"}})
	f.http.Transport.(*http.Transport).MaxIdleConnsPerHost = writers
	guests := make([]*caller, chats)
	for n := range guests {
		guests[n] = f.guest(fmt.Sprint("guest", n), "Sales")
	}
	m := &mover{Bridge: f.bridge(away), told: map[sdk.ChatID]chan time.Time{}}
	stop := m.run(b)
	defer stop()
	b.ResetTimer()
	var wg sync.WaitGroup
	turns := make(chan int)
	for range writers {
		wg.Go(func() {
			for n := range turns {
				m.turn(guests[n%chats], seen, []string{"Support", "Billing"}[n/chats%2])
			}
		})
	}
	for n := range b.N {
		turns <- n
	}
	close(turns)
	wg.Wait()
	b.StopTimer()
	report(b, "", m.whole)
	report(b, "event-", m.event)
	report(b, "apply-", m.apply)
}

// bridge is one that runs as it does in production, without a log.
func (f *floor) bridge(away time.Duration) *Bridge {
	f.t.Helper()
	o := f.options()
	way := &http.Transport{MaxIdleConnsPerHost: Connections}
	o.HTTP, o.Log = &http.Client{Transport: far{way, away}}, nil
	b, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(way.CloseIdleConnections)
	return b
}

// far is a way to a server that is so far away.
type far struct {
	next http.RoundTripper
	away time.Duration
}

func (f far) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := sleep(r.Context(), f.away/2); err != nil {
		return nil, err
	}
	resp, err := f.next.RoundTrip(r)
	if err == nil {
		err = sleep(r.Context(), f.away/2)
	}
	return resp, err
}

// mover forwards each chat in which a guest writes to the department that the
// message names.
type mover struct {
	*Bridge
	wg sync.WaitGroup

	mu                  sync.Mutex // guards what follows
	told                map[sdk.ChatID]chan time.Time
	faults              []sdk.Outcome
	whole, event, apply []time.Duration
}

func (m *mover) run(b *testing.B) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	over, ready := make(chan struct{}), make(chan struct{})
	done := sync.OnceFunc(func() { close(ready) })
	go func() {
		defer close(over)
		m.Run(ctx, Picture{Knows: func(sdk.EventID) bool { return false }}, func(e Event) error {
			if !e.Seen.IsZero() {
				done()
			}
			if e.Kind == sdk.EventMessage && !e.Baseline {
				m.wg.Go(func() { m.forward(ctx, e) })
			}
			return nil
		})
	}()
	<-ready
	return func() {
		m.wg.Wait()
		cancel()
		<-over
		if len(m.faults) > 0 {
			b.Errorf("%d forwards were not done, such as %+v", len(m.faults), m.faults[0])
		}
	}
}

func (m *mover) forward(ctx context.Context, e Event) {
	m.mu.Lock()
	if told := m.told[e.Chat]; told != nil {
		told <- time.Now()
	}
	m.mu.Unlock()
	o := m.Apply(ctx, Effect{
		Effect: sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department(e.Message.Text)},
		Key:    sdk.EffectKey("mover/" + e.ID), Event: e.ID, EventAt: e.At, Chat: e.Chat, Until: time.Now().Add(time.Minute),
		Assume: Assumption{Open: true, DepartmentID: e.Picture.DepartmentID, AgentID: e.Picture.Agent.ID, Moves: true},
	})
	if o.State != sdk.Done || o.Unchanged {
		m.mu.Lock()
		m.faults = append(m.faults, o)
		m.mu.Unlock()
	}
}

// turn has a guest write, and waits until the chat is forwarded.
func (m *mover) turn(g *caller, seen *forwards, to string) {
	told, moved := make(chan time.Time, 1), seen.expect(g.rid)
	m.mu.Lock()
	m.told[g.chat()] = told
	m.mu.Unlock()
	g.say(to)
	began := time.Now()
	heard, arrived := <-told, <-moved
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole = append(m.whole, arrived.Sub(began))
	m.event = append(m.event, heard.Sub(began))
	m.apply = append(m.apply, arrived.Sub(heard))
}

// forwards are a lobby's log, of which only the forwards are kept.
type forwards struct {
	mu    sync.Mutex // guards what follows
	moved map[string]chan time.Time
}

func (f *forwards) expect(room string) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved[room] = make(chan time.Time, 1)
	return f.moved[room]
}

func (f *forwards) Write(p []byte) (int, error) {
	now := time.Now()
	for line := range bytes.Lines(p) {
		var fact lobby.Fact
		if !bytes.Contains(line, []byte(`"forwarded"`)) || json.Unmarshal(line, &fact) != nil || fact.Fact != "forwarded" {
			continue
		}
		f.mu.Lock()
		if moved := f.moved[fact.RID]; moved != nil {
			moved <- now
			delete(f.moved, fact.RID)
		}
		f.mu.Unlock()
	}
	return len(p), nil
}

// report gives the median, and of the whole the 95th of a hundred.
func report(b *testing.B, what string, took []time.Duration) {
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), strings.TrimSpace(what+"p50-ms"))
	if what == "" {
		b.ReportMetric(at(0.95), "p95-ms")
	}
}

package bridge

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestCatchUpUnderTheLimitIsSteadyAndNewestFirst: without the role bot a server
// takes ten calls of a kind a minute, which here are 300 milliseconds.
func TestCatchUpUnderTheLimitIsSteadyAndNewestFirst(t *testing.T) {
	const chats = 40
	m := newMissed(t, chats, 2, 300*time.Millisecond)
	m.catchUp()
	if len(m.order) != chats {
		t.Fatalf("%d chats were told of", len(m.order))
	}
	// A call that was refused all the same comes again later, so single chats may.
	if newer, older := m.places(chats/2, chats), m.places(0, chats/2); older-newer < chats/5 {
		t.Errorf("the newer half comes in place %d and the older one in place %d, on the average", newer, older)
	}
	if most := m.calls.Load() / 10; m.refused.Load() > most {
		t.Errorf("of %d calls %d were refused", m.calls.Load(), m.refused.Load())
	}
	m.must()
}

// places is the average place in which the guests from one to the other were told
// of.
func (m *missed) places(from, to int) (average int) {
	for place, chat := range m.order {
		if n := m.index[chat]; n >= from && n < to {
			average += place
		}
	}
	return average / (to - from)
}

// BenchmarkCatchUp is how long it takes, after an absence in which guests wrote,
// until all is told: with the role bot 2000 chats of 10 messages each; and without
// it 100 chats under the default limit of ten calls of a kind a minute, of which a
// minute is a second here.
func BenchmarkCatchUp(b *testing.B) {
	b.Run("bot", func(b *testing.B) { catchUp(b, 2000, 10, 0) })
	b.Run("limit", func(b *testing.B) { catchUp(b, 100, 10, time.Second) })
}

func catchUp(b *testing.B, chats, messages int, minute time.Duration) {
	for range b.N {
		b.StopTimer()
		m := newMissed(b, chats, messages, minute)
		b.StartTimer()
		m.catchUp()
		b.StopTimer()
		m.must()
		b.ReportMetric(m.first.Seconds(), "s-to-first")
		b.ReportMetric(m.last.Seconds(), "s-to-last")
		b.ReportMetric(float64(m.calls.Load())/float64(chats), "calls/chat")
		b.ReportMetric(float64(m.refused.Load()), "refused")
		if minute > 0 {
			b.ReportMetric(float64(chats)*minute.Seconds()/m.last.Seconds(), "chats/minute")
		}
	}
}

// missed is what guests wrote while a bridge was away.
type missed struct {
	*floor
	t        testing.TB
	journal  *journal
	options  Options
	guests   []*caller
	messages int
	now      ticking
	index    map[sdk.ChatID]int // of the guests, in the order in which they wrote

	calls, refused atomic.Int64
	order          []sdk.ChatID // in which chats were told of
	first, last    time.Duration
}

// newMissed has guests write, one after another, so many messages each. A
// minute of the server's limiter is as long; 0 means that there is no limit.
func newMissed(t testing.TB, chats, messages int, minute time.Duration) *missed {
	t.Helper()
	o := lobby.Options{Online: []string{"alice"}, Settings: map[string]any{}}
	if minute > 0 {
		o.Settings[setLimitTime] = float64(minute.Milliseconds())
		o.Roles = map[string][]string{"bot": {"user", "livechat-manager"}}
	}
	m := &missed{t: t, journal: newJournal(t), messages: messages, index: map[sdk.ChatID]int{}}
	o.Now = m.now.time
	m.floor = openFloor(t, o)
	m.http.Transport.(*http.Transport).MaxIdleConnsPerHost = Connections
	m.options = m.floor.options().over(m)
	m.options.Log = nil
	limiter := func(on bool) {
		m.as("admin").post("settings/API_Enable_Rate_Limiter", map[string]any{"value": on})
	}
	limiter(false) // guests come from many places
	for n := range chats {
		g := m.guest(fmt.Sprint("guest", n), "Sales")
		m.guests = append(m.guests, g)
		m.index[g.chat()] = n
	}
	stop := m.journal.run(m.options)
	m.journal.compared()
	stop()
	m.write()
	limiter(true)
	m.calls.Store(0)
	return m
}

// RoundTrip counts calls, and those that are refused.
func (m *missed) RoundTrip(r *http.Request) (*http.Response, error) {
	m.calls.Add(1)
	resp, err := m.http.Transport.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		m.refused.Add(1)
	}
	return resp, err
}

func (m *missed) write() {
	var writers sync.WaitGroup
	turns := make(chan *caller)
	for range 4 {
		writers.Go(func() {
			for g := range turns {
				for n := range m.messages {
					g.say(fmt.Sprint(n))
				}
			}
		})
	}
	for _, g := range m.guests {
		turns <- g
	}
	close(turns)
	writers.Wait()
}

// catchUp runs the bridge again until all is told.
func (m *missed) catchUp() {
	began := time.Now()
	stop := m.journal.run(m.options)
	m.journal.waitFor(10*time.Minute, "all that was missed", func() bool {
		if m.first == 0 && len(m.journal.all) > 0 {
			m.first = time.Since(began)
		}
		return len(m.journal.all) >= len(m.guests)*m.messages
	})
	m.last = time.Since(began)
	stop()
	for _, e := range m.journal.events("") {
		if !slices.Contains(m.order, e.Chat) {
			m.order = append(m.order, e.Chat)
		}
	}
}

// must makes sure that in each chat all was told, in order.
func (m *missed) must() {
	var want []string
	for n := range m.messages {
		want = append(want, fmt.Sprint("guest: ", n))
	}
	for _, g := range m.guests {
		m.journal.must(g.chat(), want...)
	}
}

// BenchmarkReturn is how long it takes until the first missed event is told, from
// when the server can be reached again after an outage of a second.
func BenchmarkReturn(b *testing.B) {
	f := openFloor(b, lobby.Options{Online: []string{"alice"}})
	g := f.guest("dora", "Sales")
	d := openDoor(b, f.addr)
	j := newJournal(b)
	o := f.options()
	o.Log = nil
	o.URL = "http://" + d.listener.Addr().String()
	j.run(o)
	j.compared()
	j.until(g.say("hello"))
	var took []time.Duration
	for range b.N {
		d.shut()
		missed := g.say("are you there?")
		time.Sleep(time.Second)
		began := time.Now()
		d.open()
		j.until(missed)
		took = append(took, time.Since(began))
	}
	b.ReportMetric(0, "ns/op")
	report(b, "", took)
}

// door is before a server. While it is shut nobody comes in, and nobody stays.
type door struct {
	listener net.Listener
	to       string

	mu    sync.Mutex // guards what follows
	shuts bool
	conns []net.Conn
}

func openDoor(t testing.TB, to string) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{listener: l, to: to}
	var guards sync.WaitGroup
	guards.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			guards.Go(func() { d.enter(in) })
		}
	})
	t.Cleanup(func() { l.Close(); d.shut(); guards.Wait() })
	return d
}

func (d *door) enter(in net.Conn) {
	out, err := net.Dial("tcp", d.to)
	if err != nil || !d.keep(in, out) {
		in.Close()
		return
	}
	var ways sync.WaitGroup
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		ways.Go(func() {
			way[0].(*net.TCPConn).ReadFrom(way[1]) // until one of them is closed
			in.Close()
			out.Close()
		})
	}
	ways.Wait()
}

func (d *door) keep(in, out net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shuts {
		out.Close()
		return false
	}
	d.conns = append(d.conns, in, out)
	return true
}

func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shuts = true
	for _, c := range d.conns {
		c.Close()
	}
	d.conns = nil
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shuts = false
}

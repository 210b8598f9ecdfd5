package desk_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

const (
	manyChats = 500
	perSecond = 50
)

// crowd opens chats that alice serves, and returns their guests: token and room.
func (w *world) crowd(n int) [][2]string {
	w.t.Helper()
	all := make([][2]string, n)
	for i := range all {
		token := fmt.Sprintf("crowd-%d", i)
		guest := map[string]any{"token": token, "name": fmt.Sprintf("Guest %d", i), "department": w.accounts.Departments["Billing"]}
		w.call([2]string{}, http.MethodPost, "livechat/visitor", map[string]any{"visitor": guest}, nil)
		var opened struct {
			Room struct {
				ID string `json:"_id"`
			}
		}
		w.call([2]string{}, http.MethodGet, "livechat/room?token="+token, nil, &opened)
		all[i] = [2]string{token, opened.Room.ID}
	}
	return all
}

// arrivals are when messages were seen, by their number.
type arrivals struct {
	mu    sync.Mutex // guards what follows
	sent  map[int]time.Time
	took  []time.Duration
	bytes int
	more  chan struct{}
}

var numbered = regexp.MustCompile(`message number (\d+)\.`)

// heard notes what a line of the page's events brings.
func (a *arrivals) heard(line string) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bytes += len(line) + 1
	for _, hit := range numbered.FindAllStringSubmatch(line, -1) {
		n, err := strconv.Atoi(hit[1])
		if at, waits := a.sent[n]; err == nil && waits {
			delete(a.sent, n)
			a.took = append(a.took, now.Sub(at))
		}
	}
	select {
	case a.more <- struct{}{}:
	default:
	}
}

// left is how many messages have not been seen.
func (a *arrivals) left() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sent)
}

// follow reads a page's events until ctx ends.
func (v *visitor) follow(ctx context.Context, path string, heard func(string)) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	res, err := v.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		heard(lines.Text())
	}
	return nil
}

// BenchmarkMessageToPage measures, with 500 open chats and 50 messages a second, how
// long a guest's message takes to an agent's page, how many bytes go there for it, and
// how much memory a page and its share of the workspace take.
func BenchmarkMessageToPage(b *testing.B) {
	w := newWorld(b, lobby.Options{Routing: "auto", Online: []string{"alice"}, NoLimits: true})
	guests := w.crowd(manyChats)
	v := newVisitor(b, w)
	v.do("POST", "/desk/login", url.Values{"name": {"alice"}, "password": {w.accounts.Alice.Password}})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	started := time.Now()
	_, page := v.do("GET", "/desk/", nil)
	made := time.Since(started)
	tab := regexp.MustCompile(`"X-Tab":"([^"]+)"`).FindStringSubmatch(page)
	if tab == nil || strings.Count(page, `id="c-`) != manyChats {
		b.Fatalf("the page shows %d chats", strings.Count(page, `id="c-`))
	}
	seen := &arrivals{sent: map[int]time.Time{}, more: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- v.follow(ctx, "/desk/events?tab="+url.QueryEscape(tab[1]), seen.heard) }()
	<-seen.more
	seen.bytes = 0
	beat := time.NewTicker(time.Second / perSecond)
	defer beat.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-beat.C
		g := guests[n%len(guests)]
		seen.mu.Lock()
		seen.sent[n] = time.Now()
		seen.mu.Unlock()
		w.call([2]string{}, http.MethodPost, "livechat/message", map[string]any{"token": g[0], "rid": g[1], "msg": fmt.Sprintf("this is message number %d.", n)}, nil)
	}
	for seen.left() > 0 {
		<-seen.more
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	cancel()
	<-done
	slices.Sort(seen.took)
	b.ReportMetric(float64(seen.took[len(seen.took)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(seen.took[len(seen.took)*99/100].Microseconds())/1000, "ms/p99")
	b.ReportMetric(float64(seen.bytes)/float64(b.N), "B/message")
	b.ReportMetric(float64(made.Milliseconds()), "ms/page")
	b.ReportMetric(float64(len(page)), "B/page")
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1e6, "MB/tab")
}

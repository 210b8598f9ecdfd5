package desk_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	jsruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

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

// counted counts the bytes that a server writes.
type counted struct {
	net.Listener
	sent *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countedConn{c, l.sent}, err
}

type countedConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

// beside serves the same workspace and pages at another address, where nobody but a
// browser comes, and counts what it gets.
func (w *world) beside() (*world, *atomic.Int64) {
	w.t.Helper()
	sent := &atomic.Int64{}
	srv := httptest.NewUnstartedServer(w.lobby.Handler())
	srv.Listener = counted{srv.Listener, sent}
	srv.Start()
	w.t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	other := &world{t: w.t, lobby: w.lobby, desk: w.desk, base: srv.URL, accounts: w.accounts, deeds: w.deeds, tokens: map[string][2]string{}}
	return other, sent
}

// watchFor notes when the page has drawn each message: milliseconds by its number.
const watchFor = `(() => {
	window.drawn = {};
	let fresh = [];
	new MutationObserver(list => {
		for (const m of list) for (const n of m.addedNodes) for (const hit of n.textContent.matchAll(/message number (\d+)\./g)) if (!(hit[1] in window.drawn)) { window.drawn[hit[1]] = 0; fresh.push(hit[1]); }
		if (fresh.length) requestAnimationFrame(() => { for (const n of fresh) window.drawn[n] = performance.timeOrigin + performance.now(); fresh = []; });
	}).observe(document.querySelector("#side"), {childList: true, subtree: true});
	return true;
})()`

// clickOn opens a chat of the list, and says after how many milliseconds it is drawn.
const clickOn = `(async rid => {
	const began = performance.now();
	document.getElementById("go-" + rid).click();
	while (!document.querySelector('.log[data-rid="' + rid + '"]')) await new Promise(requestAnimationFrame);
	await new Promise(requestAnimationFrame);
	return performance.now() - began;
})`

// heap is how much memory the page's scripts hold, in bytes, without what is rubbish.
func (b *browser) heap() float64 {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
	use, err := chromedp.Call(b.ctx, jsruntime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	return use.UsedSize
}

// heldBytes is how much memory this process holds, without what is rubbish.
func heldBytes() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// part is the value below which a share of the values lie.
func part(all []float64, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}

// BenchmarkLoadInChromium measures in a real page, with 500 open chats of one agent and
// 50 guests' messages a second, b.N in all: how long a message takes until it is drawn,
// and a click on another chat until that is; how long the page takes to open, and how
// many bytes it has; what the page's scripts and this process
// hold more than before; and how many bytes the page gets for a message.
func BenchmarkLoadInChromium(b *testing.B) {
	w := newWorld(b, lobby.Options{Routing: "auto", Online: []string{"alice"}, NoLimits: true})
	guests := w.crowd(manyChats)
	page, sent := w.beside()
	alice := page.signIn(w.accounts.Alice)
	alice.sees("all chats", fmt.Sprintf(`document.querySelectorAll("#side .group .row").length === %d`, manyChats))
	value[float64](alice, clickOn+`("`+guests[0][1]+`")`)
	alice.sees("the messages as they come", watchFor)
	opened := value[[]float64](alice, `(e => [e.loadEventEnd, e.transferSize])(performance.getEntriesByType("navigation")[0])`)
	heap, held, bytes := alice.heap(), heldBytes(), sent.Load()
	at := make([]float64, b.N)
	var clicks []float64
	pause, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			select {
			case <-pause:
				return
			case <-time.After(500 * time.Millisecond):
			}
			took, err := chromedp.Run(alice.ctx, chromedp.Evaluate[float64](clickOn+`("`+guests[n*37%len(guests)][1]+`")`, chromedp.EvalAwaitPromise))
			if err != nil {
				b.Errorf("a click: %v", err)
				return
			}
			clicks = append(clicks, took)
		}
	}()
	beat := time.NewTicker(time.Second / perSecond)
	defer beat.Stop()
	b.ResetTimer()
	for n := range b.N {
		<-beat.C
		g := guests[n%len(guests)]
		at[n] = float64(time.Now().UnixMicro()) / 1000
		w.call([2]string{}, http.MethodPost, "livechat/message", map[string]any{"token": g[0], "rid": g[1], "msg": fmt.Sprintf("this is message number %d.", n)}, nil)
	}
	alice.sees("all messages", fmt.Sprintf(`Object.values(drawn).filter(at => at).length === %d`, b.N))
	b.StopTimer()
	close(pause)
	<-done
	got := sent.Load() - bytes
	var took []float64
	for n, drawn := range value[map[int]float64](alice, "drawn") {
		took = append(took, drawn-at[n])
	}
	b.ReportMetric(part(took, 0.5), "ms/median")
	b.ReportMetric(part(took, 0.95), "ms/p95")
	b.ReportMetric(part(clicks, 0.5), "ms/click")
	b.ReportMetric(part(clicks, 0.95), "ms/click-p95")
	b.ReportMetric(float64(got)/float64(b.N), "B/message")
	b.ReportMetric(opened[0], "ms/open")
	b.ReportMetric(opened[1], "B/open")
	b.ReportMetric(heap/1e6, "MB/page")
	b.ReportMetric((alice.heap()-heap)/1e6, "MB/page-more")
	b.ReportMetric((heldBytes()-held)/1e6, "MB/server-more")
	b.ReportMetric(value[float64](alice, `document.querySelectorAll("*").length`), "elements")
	b.ReportMetric(value[float64](alice, `document.querySelectorAll(".toast").length`), "toasts")
	b.ReportMetric(0, "ns/op")
}

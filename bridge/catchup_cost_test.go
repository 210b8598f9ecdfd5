package bridge

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestCatchUpReadsOnlyWhatChanged: of many open chats those in which nothing
// happened cost one call, by which edits are found, and no look: neither after a
// restart nor when the connection was cut.
func TestCatchUpReadsOnlyWhatChanged(t *testing.T) {
	const chats, busy = 40, 3
	var ahead atomic.Int64 // of our clock is the server's
	f := openFloor(t, lobby.Options{Online: []string{"alice"}, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	j := newJournal(t)
	stop := j.run(f.options())
	j.compared()
	var guests []*caller
	for n := range chats {
		g := f.guest(fmt.Sprint("g", n), "Sales")
		j.until(g.say("hello"))
		guests = append(guests, g)
	}
	ahead.Add(int64(time.Minute))
	j.comparedAnew(f)
	stop()

	ahead.Add(int64(time.Minute))
	w := &wire{next: &http.Transport{}}
	t.Cleanup(w.next.(*http.Transport).CloseIdleConnections)
	for _, g := range guests[:busy] {
		g.say("are you there?")
	}
	j.run(f.options().over(w))
	j.compared()
	costs(t, w, busy, chats, "after a restart")

	ahead.Add(int64(time.Minute))
	for _, g := range guests[:busy] {
		j.until(g.say("still?"))
	}
	j.comparedAnew(f)
	costs(t, w, 2*busy, 2*chats, "after a cut")
	for n, g := range guests {
		want := []string{"opened", "guest: hello"}
		if n < busy {
			want = append(want, "guest: are you there?", "guest: still?")
		}
		j.must(g.chat(), want...)
	}
}

func costs(t *testing.T, w *wire, looks, syncs int, when string) {
	t.Helper()
	for path, most := range map[string]int{"chat.syncMessages": syncs, "rooms.info": looks, "visitors.info": 0} {
		if got := w.sent(path); got > most {
			t.Errorf("%s there were %d calls of %s, want %d", when, got, path, most)
		}
	}
}

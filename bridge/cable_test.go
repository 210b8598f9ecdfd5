package bridge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// cable is a TCP proxy before a workspace, on which things go wrong. REST and the
// websocket go over it alike.
type cable struct {
	net.Listener
	to   string
	over sync.WaitGroup

	mu     sync.Mutex // guards what follows
	links  map[*link]bool
	wrong  trouble // what goes wrong next; nil when nothing does
	pieces int     // that pass before
	times  int     // it goes wrong, one after another
	calls  bool    // it goes wrong with REST calls too, and not with websockets alone
	struck int     // how often something went wrong
}

// link is one connection over the cable.
type link struct {
	*cable
	client, server net.Conn
	socket         atomic.Bool   // a websocket
	ends           chan struct{} // closed when the link is
	end            func()
}

// trouble is what happens to a piece of what passes, and to its link. False means
// that nothing more passes in that direction.
type trouble func(k *link, to net.Conn, piece []byte) bool

// troubles are all that a network does to a connection.
var troubles = map[string]trouble{
	"cut": func(k *link, _ net.Conn, _ []byte) bool {
		k.end()
		return false
	},
	"reset": func(k *link, _ net.Conn, _ []byte) bool {
		for _, c := range []net.Conn{k.client, k.server} {
			c.(*net.TCPConn).SetLinger(0) // it may be closed already
		}
		k.end()
		return false
	},
	"halved": func(k *link, to net.Conn, piece []byte) bool {
		to.Write(piece[:len(piece)/2])
		k.end()
		return false
	},
	"stalled": func(k *link, _ net.Conn, _ []byte) bool { // one way: the other goes on until it waits for an answer
		<-k.ends
		return false
	},
	"delayed": func(k *link, to net.Conn, piece []byte) bool {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-k.ends:
		}
		_, err := to.Write(piece)
		return err == nil
	},
	"in crumbs": func(_ *link, to net.Conn, piece []byte) bool {
		for i := range piece {
			if _, err := to.Write(piece[i : i+1]); err != nil {
				return false
			}
		}
		return true
	},
}

// strung is a cable to the floor's workspace.
func (f *floor) strung() *cable {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	n := &cable{Listener: l, to: f.addr, links: map[*link]bool{}}
	n.over.Go(n.accept)
	f.t.Cleanup(func() {
		n.Close()
		n.fell()
		n.over.Wait()
	})
	return n
}

func (n *cable) url() string { return "http://" + n.Addr().String() }

func (n *cable) accept() {
	for {
		client, err := n.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.to)
		if err != nil {
			client.Close()
			continue
		}
		k := &link{cable: n, client: client, server: server, ends: make(chan struct{})}
		k.end = sync.OnceFunc(func() {
			close(k.ends)
			client.Close()
			server.Close()
			n.mu.Lock()
			defer n.mu.Unlock()
			delete(n.links, k)
		})
		n.mu.Lock()
		n.links[k] = true
		n.mu.Unlock()
		n.over.Go(func() { k.pass(client, server) })
		n.over.Go(func() { k.pass(server, client) })
	}
}

// pass passes on what comes, until something goes wrong.
func (k *link) pass(from, to net.Conn) {
	piece := make([]byte, 4<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			if bytes.Contains(piece[:n], []byte("Upgrade: websocket")) {
				k.socket.Store(true)
			}
			do := k.next()
			if do == nil {
				_, err = to.Write(piece[:n])
			} else if !do(k, to, piece[:n]) {
				return
			}
		}
		if err != nil {
			k.end()
			return
		}
	}
}

// next is what happens to the next piece; nil means that it passes.
func (k *link) next() trouble {
	n := k.cable
	n.mu.Lock()
	defer n.mu.Unlock()
	do := n.wrong
	switch {
	case do == nil, !n.calls && !k.socket.Load():
		return nil
	case n.pieces > 0:
		n.pieces--
		return nil
	}
	n.struck++
	if n.times--; n.times <= 0 {
		n.wrong = nil
	}
	return do
}

// goes has something go wrong after so many pieces more, so many times.
func (n *cable) goes(wrong trouble, pieces, times int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wrong, n.pieces, n.times, n.calls = wrong, pieces, times, true
}

// goesDeaf has a websocket go wrong with the next piece.
func (n *cable) goesDeaf(wrong trouble) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wrong, n.pieces, n.times, n.calls = wrong, 0, 1, false
}

// fell cuts all links.
func (n *cable) fell() {
	n.mu.Lock()
	var all []*link
	for k := range n.links {
		all = append(all, k)
	}
	n.mu.Unlock()
	for _, k := range all {
		k.end()
	}
}

// along are the options of a bridge that goes over the cable, and soon finds out
// that nothing comes any more.
func (o Options) along(n *cable) Options {
	o.URL, o.HTTP = n.url(), &http.Client{Transport: &http.Transport{}}
	o.Heartbeat, o.Timeout = 400*time.Millisecond, 2*time.Second
	return o
}

// TestBadCableLosesAndDoublesNothing: whatever happens to whichever piece of what
// passes while people talk.
func TestBadCableLosesAndDoublesNothing(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		for name, wrong := range troubles {
			t.Run(as+" "+name, func(t *testing.T) {
				t.Parallel()
				f := openFloor(t, lobby.Options{As: as, Online: []string{"alice", "carol"}})
				alice, carol := f.as("alice"), f.as("carol")
				n := f.strung()
				j := newJournal(t)
				j.run(f.options().along(n))
				j.compared()
				chats := 5
				if name == "stalled" {
					chats = 3 // it is waited for
				}
				var told []*caller
				var want []string
				for i := range chats {
					n.goes(wrong, 2*i, 1+i%3)
					var g *caller
					g, want = talk(f, fmt.Sprint("g", i), alice, carol)
					j.until(ClosedID(g.chat()))
					told = append(told, g)
				}
				j.comparedAnew(f)
				for _, g := range told {
					j.must(g.chat(), want...)
				}
				if n.struck < chats/2 {
					t.Errorf("the cable was bad only %d times", n.struck)
				}
			})
		}
	}
}

// TestEffectHappensOnceOverABadCable: attempts go on until one says how it ended,
// as a host makes them.
func TestEffectHappensOnceOverABadCable(t *testing.T) {
	var names []string
	for name := range troubles {
		names = append(names, name)
	}
	seed := uint64(0)
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		seed++
		chance := rand.New(rand.NewPCG(seed, 3))
		n := d.strung()
		bot := d.account("bot")
		d.bridge = d.bridgeWith(Options{URL: n.url(), User: bot.User, Password: bot.Password, Timeout: 2 * time.Second})
		var story []string
		var ended sdk.Outcome
		for ; ended.State == "" && e.Attempt < 20; e.Attempt++ {
			name, pieces, times := names[chance.IntN(len(names))], chance.IntN(16), 1+chance.IntN(8)
			if name == "stalled" {
				times = 1 // it is waited for
			}
			if e.Attempt < 10 {
				story = append(story, fmt.Sprintf("%s %d times after %d", name, times, pieces))
				n.goes(troubles[name], pieces, times)
			}
			ended = d.apply(e)
		}
		if ended.State != sdk.Done {
			d.t.Errorf("after %s: outcome is %+v", strings.Join(story, ", "), ended)
		}
		happened(1)
	})
}

// TestHalfOpenCableIsFoundOut: nothing comes from the workspace any more, and
// nobody says so. Another connection takes its place, with the token of the
// first login.
func TestHalfOpenCableIsFoundOut(t *testing.T) {
	f := openFloor(t, lobby.Options{Online: []string{"alice"}})
	n := f.strung()
	log := &logbook{}
	o := f.options().along(n)
	o.Log = log.logger()
	j := newJournal(t)
	j.run(o)
	j.compared()
	g := f.guest("dora", "Sales")
	j.until(g.say("one"))
	for i, word := range []string{"two", "three", "four"} {
		n.goesDeaf(troubles["stalled"])
		j.until(g.say(word))
		log.waitTimes(t, "connection lost", i+1)
	}
	j.comparedAnew(f)
	j.must(g.chat(), "opened", "guest: one", "guest: two", "guest: three", "guest: four")
	if logins := strings.Count(log.said(), `msg="logged in"`); logins != 1 {
		t.Errorf("it logged in %d times by password", logins)
	}
}

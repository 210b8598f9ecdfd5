package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy stands between Bellhop and the workspace, and does what networks do.
type proxy struct {
	listener net.Listener
	to       string
	busy     sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[net.Conn]bool
	open  chan struct{} // closed while bytes go through
	over  bool
}

// newProxy forwards connections to the address until the test ends.
func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, conns: map[net.Conn]bool{}, open: make(chan struct{})}
	close(p.open)
	p.busy.Go(p.accept)
	t.Cleanup(func() {
		p.mu.Lock()
		p.over = true
		p.mu.Unlock()
		l.Close()
		p.cut()
		p.busy.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		theirs, err := p.listener.Accept()
		if err != nil {
			return
		}
		ours, err := net.Dial("tcp", p.to)
		if err != nil {
			theirs.Close() // the workspace is away
			continue
		}
		if p.keep(theirs, ours) {
			p.busy.Go(func() { p.carry(ours, theirs) })
			p.busy.Go(func() { p.carry(theirs, ours) })
		}
	}
}

// keep remembers both ends, so that they can be cut.
func (p *proxy) keep(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		if p.over {
			c.Close()
			continue
		}
		p.conns[c] = true
	}
	return !p.over
}

// carry copies one direction, and ends both.
func (p *proxy) carry(to, from net.Conn) {
	defer p.drop(to, from)
	data := make([]byte, 32<<10)
	for {
		n, err := from.Read(data)
		p.mu.Lock()
		open := p.open
		p.mu.Unlock()
		<-open
		if n > 0 {
			if _, err := to.Write(data[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) drop(ends ...io.Closer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		c.Close()
		delete(p.conns, c.(net.Conn))
	}
}

// cut ends all connections, in the middle of whatever they carry.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// stall lets nothing through for some time.
func (p *proxy) stall(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := make(chan struct{})
	p.open = open
	time.AfterFunc(d, func() { close(open) })
}

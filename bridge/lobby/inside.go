package lobby

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Page has the workspace serve h at the pattern of net/http.ServeMux, beside its
// API. It is called before Handler and Run.
func (s *Server) Page(pattern string, h http.Handler) { s.pages.Handle(pattern, h) }

// Dial connects to the workspace from inside this process, for pages that it
// serves itself. Whoever dials meets the API as over a network, with all its
// checks; only the rate limits do not count, since they go by address and all
// readers of the pages would have one.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("dial workspace: it is closed")
	}
	if s.inside == nil {
		s.inside = s.serveInside()
	}
	return s.inside.dial(ctx)
}

// insideKey marks, in a request's context, what came by Dial.
type insideKey struct{}

func fromInside(r *http.Request) bool { return r.Context().Value(insideKey{}) != nil }

// pipes is a listener whose connections are made in memory.
type pipes struct {
	server *http.Server
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
	served chan struct{} // closed when the server has ended
}

func (s *Server) serveInside() *pipes {
	p := &pipes{conns: make(chan net.Conn, 64), done: make(chan struct{}), served: make(chan struct{})}
	p.server = &http.Server{
		Handler:     s.Handler(),
		BaseContext: func(net.Listener) context.Context { return context.WithValue(context.Background(), insideKey{}, true) },
	}
	go func() {
		defer close(p.served)
		p.server.Serve(p) // ends when end is called
	}()
	return p
}

// dial does not wait for the server: what it has no room for is refused.
func (p *pipes) dial(context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	default:
		return nil, errors.New("dial workspace: too many at once: try again")
	}
}

// end closes all connections and waits for the server.
func (p *pipes) end() {
	if p == nil {
		return
	}
	p.server.Close()
	<-p.served
}

// Accept is net.Listener's.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close is net.Listener's.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr is net.Listener's.
func (p *pipes) Addr() net.Addr { return here{} }

// here is the address of what is in this process.
type here struct{}

func (here) Network() string { return "inside" }
func (here) String() string  { return "inside" }

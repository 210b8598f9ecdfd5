package lobby

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options configure a Server. The zero value is a workspace in memory with
// random passwords, manual routing, nobody online but the bot, and the real
// server's limits.
type Options struct {
	As          string                       // the version as which it poses, one of Releases; "" means 3.11
	PDF         func(io.Writer, Paper) error // writes a chat down; nil means an empty page
	Licensed    bool                         // it has the paid omnichannel features, of which the lobby knows holding, priorities and PDFs
	StateFile   string                       // keeps everything, across kill -9 too; "" means memory only
	Log         io.Writer                    // gets JSON lines: requests, events, facts (see Fact); nil means none
	Now         func() time.Time             // the server's clock; nil means time.Now
	Routing     string                       // Manual ("manual" for short) or Auto ("auto"); "" means Manual, or what the state file says
	Online      []string                     // usernames that are online without being connected, and stay so
	Departments map[string][]string          // more departments: name and the usernames of their agents
	Roles       map[string][]string          // of accounts by username, instead of those that the world gives them
	Settings    map[string]any               // by id, with values as JSON has them: an admin would set them so, at each start
	DemandTags  []string                     // departments, by name, that want a tag before a chat ends and have none of their own, as older servers let them be
	Passwords   map[string]string            // by username; others are random, and kept in the state file
	NoLimits    bool                         // no rate limits at all, neither REST nor DDP
	MaxFrame    int64                        // longest frame and JSON body in bytes; 0 means 8 MiB
	SlowReader  int                          // bytes that may wait for one websocket before it is closed; 0 means 16 MiB
	HookPause   time.Duration                // after which a webhook that failed is sent again; 0 means the version's own
	Heartbeat   time.Duration                // silence after which the server pings, and again after which it closes; 0 means 15s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PDF == nil {
		o.PDF = plainPaper
	}
	if o.MaxFrame == 0 {
		o.MaxFrame = 8 << 20
	}
	if o.SlowReader == 0 {
		o.SlowReader = 16 << 20
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	return o
}

// Server is a workspace. It is made by New and served by Run or Handler.
type Server struct {
	opt      Options
	log      *journal
	state    *stateFile
	limits   *limits
	instance string // X-Instance-Id of this start
	hooksOut *http.Client
	ending   context.Context // ends with the workspace
	end      context.CancelFunc
	pages    *http.ServeMux

	mu        sync.Mutex // guards everything below, and every connection's user
	world     *world
	listeners listeners
	watches   map[string][]watch // by user
	conns     map[*conn]bool
	seq       int
	closed    bool
	inside    *pipes         // nil until somebody dials
	wait      sync.WaitGroup // websockets
}

// New makes a workspace, with what its state file holds, or else with the
// people and departments of the package's world: agents alice and carol, dave
// who is never online, bot (bot, user, livechat-manager, livechat-agent) and
// admin; departments Sales (bot, alice), Support and Billing (alice, carol)
// and Empty.
func New(opt Options) (*Server, error) {
	opt = opt.withDefaults()
	as, err := releaseOf(opt.As)
	if err != nil {
		return nil, fmt.Errorf("make lobby: %w", err)
	}
	s := &Server{
		opt: opt, log: &journal{w: opt.Log, now: opt.Now}, limits: &limits{off: opt.NoLimits, now: opt.Now, windows: map[string]*window{}},
		instance: newID(), pages: http.NewServeMux(), world: newWorld(as, opt.Licensed), listeners: listeners{}, watches: map[string][]watch{}, conns: map[*conn]bool{},
	}
	s.hooksOut = &http.Client{Transport: &http.Transport{}}
	s.ending, s.end = context.WithCancel(context.Background())
	state, err := openState(opt.StateFile, s.world)
	if err != nil {
		return nil, err
	}
	s.state = state
	if err := s.log.start(s.world.lastFacts); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.do(s.populate); err != nil {
		return nil, errors.Join(fmt.Errorf("make world: %w", err), s.Close())
	}
	return s, nil
}

// Run serves until ctx ends, then closes every connection and waits for them.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve lobby: %w", err), s.Close())
	case <-ctx.Done():
	}
	s.hangUp()
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) { // such as a client that connected and never asked
		err = srv.Close()
	}
	<-served
	return errors.Join(err, s.Close())
}

// Close closes every websocket, lets no new one in, waits, and closes the state
// file: requests that come later fail. It is for those who use Handler; Run does
// it by itself.
func (s *Server) Close() error {
	s.hangUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.close()
}

func (s *Server) hangUp() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.CutConnections()
	s.wait.Wait()
	s.hooksOut.CloseIdleConnections()
	s.mu.Lock()
	inside := s.inside
	s.mu.Unlock()
	inside.end()
}

// CutConnections drops all websockets, as a restart of the server would. Agents
// that were connected are offline then.
func (s *Server) CutConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.stop()
		c.ws.Close()
	}
}

// enter registers a connection.
func (s *Server) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.seq++
	c.seq = s.seq
	s.conns[c] = true
	s.wait.Add(1)
	return true
}

// left forgets a connection. Its user is offline when it was the last; but not
// when the workspace itself stops, since those who come back then were never
// away.
func (s *Server) left(c *conn) {
	defer s.wait.Done()
	s.do(func(t *tx) error {
		delete(s.conns, c)
		for _, sub := range c.subs {
			s.listeners.drop(sub.name, sub.event, c)
		}
		if u := c.user; u != nil {
			s.forgetWatches(c, "")
			c.user = nil
			if u.conns--; u.conns == 0 && !s.closed {
				t.setConnection(u, "offline")
			}
		}
		return nil
	})
}

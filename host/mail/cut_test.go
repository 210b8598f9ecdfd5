package mail

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// cable is a connection to a server that breaks after so many bytes.
type cable struct {
	listener net.Listener
	server   string
	ends     sync.WaitGroup
	first    chan [2]int64 // what the first connection carried to the server and from it, in bytes

	mu       sync.Mutex // guards what follows
	up, down int64      // bytes that the next connection carries to the server and from it
}

func newCable(t *testing.T, port int) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{listener: l, server: fmt.Sprintf("127.0.0.1:%d", port), first: make(chan [2]int64, 1)}
	c.ends.Go(c.run)
	t.Cleanup(func() {
		l.Close()
		c.ends.Wait()
	})
	return c
}

func (c *cable) port() int { return c.listener.Addr().(*net.TCPAddr).Port }

func (c *cable) breakAfter(up, down int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up, c.down = up, down
}

func (c *cable) run() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.server)
		if err != nil {
			client.Close()
			continue
		}
		c.mu.Lock()
		up, down := c.up, c.down
		c.mu.Unlock()
		var both sync.WaitGroup
		var carried [2]int64
		both.Go(func() { carried[0] = carry(server, client, up) })
		both.Go(func() { carried[1] = carry(client, server, down) })
		both.Wait()
		select {
		case c.first <- carried:
		default:
		}
	}
}

// carry breaks the connection when it has carried all that it may. What was
// carried arrives.
func carry(to, from net.Conn, most int64) int64 {
	n, _ := io.Copy(to, io.LimitReader(from, most))
	to.Close()
	from.Close()
	return n
}

// Wherever the connection breaks: a mail that the sender takes for accepted is
// there once, one that may be there is said to be unknown, and a repeat helps.
func TestAConnectionMayBreakAnywhere(t *testing.T) {
	config, roots := certificate(t)
	for _, way := range []struct {
		name string
		opts Options
		step int64 // bytes
	}{
		{"plain", Options{TLS: "none"}, 3},
		{"STARTTLS and login", Options{TLS: "starttls", Username: "bell", Password: "secret", Roots: roots}, 31},
	} {
		t.Run(way.name, func(t *testing.T) {
			sink, _ := newSink(t)
			sink.Username, sink.Password = way.opts.Username, way.opts.Password
			if way.opts.Roots != nil {
				sink.TLS = config
			}
			c := newCable(t, serve(t, sink, false))
			way.opts.Port = c.port()
			s := sender(t, way.opts)
			const whole = 1 << 20
			c.breakAfter(whole, whole)
			if e := send(t, s, letter()); e != nil {
				t.Fatal(e)
			}
			lengths := <-c.first
			unknown := 0
			for at := int64(0); at < max(lengths[0], lengths[1]); at += way.step {
				for side, cut := range [][2]int64{{at, whole}, {whole, at}} {
					if at >= lengths[side] {
						continue
					}
					m := letter()
					m.MessageID = fmt.Sprintf("cut-%d-%d@bellhop.example", side, at)
					c.breakAfter(cut[0], cut[1])
					e := send(t, s, m)
					n := sink.Count(m.MessageID)
					switch {
					case e == nil && n != 1:
						t.Fatalf("broken after %d bytes %d: taken for accepted, and is there %d times", cut[0], cut[1], n)
					case e != nil && !e.Temporary:
						t.Fatalf("broken after %d and %d bytes: a repeat helps, but the error is %v", cut[0], cut[1], e)
					case e != nil && n > 0 && !e.Unknown:
						t.Fatalf("broken after %d and %d bytes: it is there, but the error is %v", cut[0], cut[1], e)
					case e == nil:
						continue // broken after the yes
					case e.Unknown:
						unknown++
					}
					c.breakAfter(whole, whole)
					if e := send(t, s, m); e != nil {
						t.Fatalf("broken after %d and %d bytes, repeated: %v", cut[0], cut[1], e)
					}
				}
			}
			if unknown == 0 {
				t.Error("no answer was lost after the mail was there")
			}
		})
	}
}

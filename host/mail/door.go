package mail

import (
	"net"
	"sync"
)

// door is a listener that can send everyone away: go-smtp either closes its
// connections or waits for them, and a sink must do both.
type door struct {
	net.Listener

	mu     sync.Mutex // guards what follows
	inside map[net.Conn]bool
	closed bool
}

func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	d.inside[c] = true
	return &caller{c, d}, nil
}

func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.Listener.Close()
	for c := range d.inside {
		c.Close()
	}
}

// caller is a connection that is forgotten when it ends.
type caller struct {
	net.Conn
	door *door
}

func (c *caller) Close() error {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	delete(c.door.inside, c.Conn)
	return c.Conn.Close()
}

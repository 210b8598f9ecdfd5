package mail

import (
	"net"
	"sync"
	"time"
)

// line is a connection that fails when the other side is silent for too long,
// and that can be closed before it is open. go-mail leaves a connection open
// when the greeting or the login on it fails; whoever holds the line ends it.
type line struct {
	net.Conn
	timeout time.Duration

	mu     sync.Mutex // guards opening against closing
	closed bool
}

func (l *line) open(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Conn = c
	if l.closed {
		c.Close()
	}
}

func (l *line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.Conn == nil {
		return nil
	}
	return l.Conn.Close()
}

func (l *line) Read(p []byte) (int, error) {
	if err := l.Conn.SetReadDeadline(time.Now().Add(l.timeout)); err != nil {
		return 0, err
	}
	return l.Conn.Read(p)
}

func (l *line) Write(p []byte) (int, error) {
	if err := l.Conn.SetWriteDeadline(time.Now().Add(l.timeout)); err != nil {
		return 0, err
	}
	return l.Conn.Write(p)
}

// SetDeadline does nothing: Read and Write set their own.
func (l *line) SetDeadline(time.Time) error { return nil }

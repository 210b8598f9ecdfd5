package mail

import (
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// line is a connection that fails when the other side is silent for too long,
// and that can be closed before it is open. go-mail leaves a connection open
// when the greeting or the login on it fails; whoever holds the line ends it.
type line struct {
	net.Conn
	timeout time.Duration
	no      *textproto.Error // what the server last refused before the line was secret, if anything; of who reads

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
	n, err := l.Conn.Read(p)
	l.hear(p[:n])
	return n, err
}

// hear notes a refusal. Go-mail hides that of EHLO: it says HELO then, to which
// servers do not name what they can do.
func (l *line) hear(answer []byte) {
	if said := refusal.FindSubmatch(answer); said != nil {
		code, _ := strconv.Atoi(string(said[1]))
		l.no = &textproto.Error{Code: code, Msg: string(said[2])}
	}
}

// judge gives an error in which the server has no words those that it had on
// the line.
func (l *line) judge(e *Error) *Error {
	if e.Code == 0 && l.no != nil {
		e.Code, e.Says, e.Temporary = l.no.Code, oneLine(l.no.Msg), l.no.Code/100 == 4
	}
	return e
}

var refusal = regexp.MustCompile(`^([45]\d\d)[ -]([^\r\n]*)\r?\n`)

func (l *line) Write(p []byte) (int, error) {
	if err := l.Conn.SetWriteDeadline(time.Now().Add(l.timeout)); err != nil {
		return 0, err
	}
	return l.Conn.Write(p)
}

// SetDeadline does nothing: Read and Write set their own.
func (l *line) SetDeadline(time.Time) error { return nil }

package mail

import (
	"io"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Trouble makes a sink fail, so that a test can see what the sender makes of it.
type Trouble struct {
	At      Stage  // StageConnect, StageSender, StageAddress or StageContent
	Address string // at StageAddress: only this one; "" means each
	Code    int    // the answer, such as 451 or 550; 0 cuts the connection
	Says    string // the answer's words
	After   bool   // at StageContent, the mail is kept first: the sender does not learn that it was
	Times   int    // then it is over; 0 means for ever
}

// Make adds a trouble. Of several, the first that fits is had.
func (s *Sink) Make(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = append(s.troubles, &t)
}

// trouble returns what goes wrong here, and counts it.
func (s *Sink) trouble(at Stage, address string, after bool) *Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range s.troubles {
		if t.At != at || t.After != after || t.Address != "" && !strings.EqualFold(t.Address, address) {
			continue
		}
		if t.Times--; t.Times == 0 {
			s.troubles = append(s.troubles[:i:i], s.troubles[i+1:]...)
		}
		return t
	}
	return nil
}

// session is one connection to a sink.
type session struct {
	sink   *Sink
	conn   *smtp.Conn
	logged bool
	from   string
	to     []string
}

func (s *Sink) session(c *smtp.Conn) (smtp.Session, error) {
	n := &session{sink: s, conn: c}
	return n, n.meet(StageConnect, "", false)
}

// meet has the trouble of this place, if there is one.
func (n *session) meet(at Stage, address string, after bool) error {
	t := n.sink.trouble(at, address, after)
	if t == nil {
		return nil
	}
	if t.Code == 0 {
		n.conn.Conn().Close()
		return io.ErrClosedPipe
	}
	return &smtp.SMTPError{Code: t.Code, EnhancedCode: smtp.EnhancedCode{t.Code / 100, 0, 0}, Message: t.Says}
}

// AuthMechanisms offers a login where one is demanded and the line is secret.
func (n *session) AuthMechanisms() []string {
	if _, secret := n.conn.TLSConnectionState(); n.sink.Username == "" || !secret {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks a login.
func (n *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != n.sink.Username || password != n.sink.Password {
			return smtp.ErrAuthFailed
		}
		n.logged = true
		return nil
	}), nil
}

// Mail begins a mail.
func (n *session) Mail(from string, _ *smtp.MailOptions) error {
	if n.sink.Username != "" && !n.logged {
		return smtp.ErrAuthRequired
	}
	n.from, n.to = from, nil
	return n.meet(StageSender, "", false)
}

// Rcpt adds an address.
func (n *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := n.meet(StageAddress, to, false); err != nil {
		return err
	}
	n.to = append(n.to, to)
	return nil
}

// Data takes the mail.
func (n *session) Data(r io.Reader) error {
	// before the first byte, so that a cut is a cut in the middle
	if err := n.meet(StageContent, "", false); err != nil {
		_, _ = io.Copy(io.Discard, r)
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := n.sink.keep(n.from, n.to, raw); err != nil {
		return err
	}
	return n.meet(StageContent, "", true)
}

// Reset forgets the mail that was begun.
func (n *session) Reset() { n.from, n.to = "", nil }

// Logout ends the session.
func (n *session) Logout() error { return nil }

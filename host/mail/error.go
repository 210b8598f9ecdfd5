package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
)

// Stage is how far a mail came.
type Stage string

// The stages of handing a mail over, in order.
const (
	StageMessage Stage = "message" // the message itself is wrong; no connection was made
	StageConnect Stage = "connect" // connection, TLS and login
	StageSender  Stage = "sender"  // our address
	StageAddress Stage = "address" // one or more of the addresses
	StageContent Stage = "content" // the mail's text and files
)

// Error says why a mail was not accepted.
type Error struct {
	Stage     Stage
	Temporary bool      // the same mail may be accepted later
	Unknown   bool      // the server may have accepted it: the connection ended before its answer
	Code      int       // the server's answer, such as 451 or 550; 0 means that it gave none
	Says      string    // the server's words; "" means that it gave none
	Refused   []Refusal // at StageAddress, the addresses and what was said of each
	Err       error     // the cause
}

// Refusal is an address that the server does not take. A mail to several
// addresses may be sent again without those that are not Temporary.
type Refusal struct {
	Address   string
	Temporary bool
	Code      int
	Says      string
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "send mail: %s", e.Stage)
	switch {
	case len(e.Refused) > 0:
		for i, r := range e.Refused {
			fmt.Fprintf(&b, "%s %s refused: %d %s", []string{":", ";"}[min(i, 1)], r.Address, r.Code, r.Says)
		}
	case e.Says != "":
		fmt.Fprintf(&b, ": the server says %d %s", e.Code, e.Says)
	default:
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	switch {
	case e.Unknown:
		b.WriteString(" (it may have been accepted; a repeat carries the same Message-ID)")
	case e.Temporary:
		b.WriteString(" (a later try may do)")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether err is an [*Error] that a repeat may heal.
func Temporary(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Temporary
}

// newError sorts a failure by what the server said or, if it said nothing, by
// whether it can heal by itself.
func newError(stage Stage, err error) *Error {
	e := &Error{Stage: stage, Err: err}
	var said *textproto.Error
	if errors.As(err, &said) {
		e.Code, e.Says = said.Code, oneLine(said.Msg)
		e.Temporary = said.Code/100 == 4
		return e
	}
	e.Temporary = heals(err)
	return e
}

// heals is about networks: a name that cannot be looked up, a closed or silent
// connection, one that broke within an answer, a caller that gave up. A
// certificate or a missing login does not heal.
func heals(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return !dns.IsNotFound
	}
	var op *net.OpError
	var silent net.Error
	var broken textproto.ProtocolError
	return errors.As(err, &broken) || errors.As(err, &op) && op.Op != "remote error" || errors.As(err, &silent) && silent.Timeout() ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func oneLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ") }

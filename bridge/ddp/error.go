package ddp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// How a connection ends. After each of these a new one may be dialled.
var (
	// ErrClosed: the connection had ended before; nothing was sent.
	ErrClosed = errors.New("connection is closed")
	// ErrSilent: the peer answers no ping. The network broke without a word.
	ErrSilent = errors.New("server is silent: the connection is dead")
	// ErrSlow: more events came than OnEvent could take. They are to be caught up with.
	ErrSlow = errors.New("events come faster than they are handled: connection given up, to catch up instead")
	// ErrTooLarge: a frame exceeded Options.ReadLimit.
	ErrTooLarge = errors.New("server sent a frame larger than the read limit")
)

// ClosedError says that the peer or the network closed the connection. A
// logout elsewhere, or a revoked token, closes with Code 1000.
type ClosedError struct {
	Code int    // of the websocket; 0 if it broke without one
	Text string // from the server, often empty
	Err  error  // what the network said, if Code is 0
}

func (e *ClosedError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("connection broke: %v", e.Err)
	}
	return strings.TrimSpace(fmt.Sprintf("server closed the connection with code %d %s", e.Code, e.Text))
}

func (e *ClosedError) Unwrap() error { return e.Err }

// LostError says that the connection ended while an answer was awaited: the
// server may have acted.
type LostError struct {
	Cause error // how the connection ended
}

func (e *LostError) Error() string { return fmt.Sprintf("no answer: %v", e.Cause) }
func (e *LostError) Unwrap() error { return e.Cause }

// UnreachableError says that there is no connection to be had.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("connect to %s: %v (check workspace.url, the network and the proxy)", e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// NotDDPError says that something answers, but not a DDP server.
type NotDDPError struct {
	URL      string
	Status   int    // of HTTP; 0 if the websocket opened and then spoke something else
	Type     string // the answer's content type
	Location string // where the answer points to instead
	Err      error  // what was wrong, if Status is 0
}

// Away reports whether a proxy answered that the server is not up, so that
// trying again later may help.
func (e *NotDDPError) Away() bool {
	return e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests
}

func (e *NotDDPError) Error() string {
	switch {
	case e.Status == 0:
		return fmt.Sprintf("connect to %s: the answer is not DDP: %v (is this a Rocket.Chat server?)", e.URL, e.Err)
	case e.Location != "":
		return fmt.Sprintf("connect to %s: status %d: it redirects to %s (set workspace.url to where the server really is)", e.URL, e.Status, e.Location)
	case e.Away():
		return fmt.Sprintf("connect to %s: status %d: the server is not up, or its proxy does not reach it", e.URL, e.Status)
	}
	return fmt.Sprintf("connect to %s: status %d, %s: no websocket there (check workspace.url, and that the proxy passes websockets)", e.URL, e.Status, e.Type)
}

func (e *NotDDPError) Unwrap() error { return e.Err }

// VersionError says that the server refused DDP version 1.
type VersionError struct {
	URL     string
	Offered string // the version it would speak
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("connect to %s: server refuses DDP version 1 and offers %q", e.URL, e.Offered)
}

// RefusedError says that a subscription was refused, or ended by the server,
// with no reason given. Rocket.Chat does so when a permission is missing.
type RefusedError struct {
	Name string // of the subscription
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("subscribe to %s: refused without a reason (does the account have the role that may see it?)", e.Name)
}

// Error is how the server refuses a method or a subscription.
type Error struct {
	Code        string          // such as "403", "error-not-allowed", "too-many-requests"
	Reason      string          // for people; may be empty
	Message     string          // reason and code together; may be empty
	Details     json.RawMessage // may be nil
	TimeToReset time.Duration   // of too-many-requests: how long to wait
}

func (e *Error) Error() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Reason != "" && e.Code != "":
		return e.Reason + " [" + e.Code + "]"
	case e.Reason+e.Code != "":
		return e.Reason + e.Code
	}
	return "refused without a reason"
}

// parseError reads an error in whichever shape it comes. Details of an unknown
// shape stay unread.
func parseError(data []byte) *Error {
	var raw struct {
		Error   json.RawMessage
		Reason  json.RawMessage
		Message json.RawMessage
		Details json.RawMessage
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return &Error{Reason: text(data)}
	}
	var details struct {
		TimeToReset float64 `json:"timeToReset"` // ms
	}
	json.Unmarshal(raw.Details, &details)
	return &Error{
		Code:        text(raw.Error),
		Reason:      text(raw.Reason),
		Message:     text(raw.Message),
		Details:     raw.Details,
		TimeToReset: time.Duration(min(max(details.TimeToReset, 0), 1e9) * float64(time.Millisecond)),
	}
}

// text is a JSON string's content, and any other value as it is written: a
// code may be "error-x" or 403.
func text(data []byte) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	return string(bytes.TrimSpace(data))
}

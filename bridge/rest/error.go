package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// What a call can fail with. An *Error wraps one of them.
var (
	ErrUnauthorized  = errors.New("not logged in")             // token or password is wrong, expired or revoked
	ErrForbidden     = errors.New("not permitted")             // the account lacks a permission, or does not see the room
	ErrNotFound      = errors.New("not found")                 // what was named does not exist
	ErrNoCall        = errors.New("no such call")              // the server is of another version, or a page stands before it
	ErrRefused       = errors.New("refused")                   // by a rule of the workspace: see Error.Code
	ErrRateLimited   = errors.New("too many calls")            // nothing was done; there is room again at Error.Reset
	ErrUnreachable   = errors.New("server cannot be reached")  // no connection, no answer in time, or a proxy says so
	ErrServer        = errors.New("server failed")             // it stumbled, and may have acted
	ErrTripped       = errors.New("not asked")                 // calls of this kind have failed too often just now; nothing was done
	ErrNotRocketChat = errors.New("not a Rocket.Chat server")  // something else answers
	ErrTooLarge      = errors.New("answer exceeds the limit")  // of Options.MaxBody, or of the download
	ErrUnclear       = errors.New("answer lacks what it must") // JSON, but not what the call answers
)

// Error is a call that failed.
type Error struct {
	Call   string    // such as "POST livechat/room.forward"
	Status int       // of HTTP; 0 if there was no answer
	Code   string    // the server's code, such as "error-user-is-offline"; may be empty
	Text   string    // the server's words; may be empty
	Reset  time.Time // of ErrRateLimited: when there is room again, by our clock
	Kind   error     // one of the Err values
	Cause  error     // what the network said; may be nil
	Hint   string    // what to do about it, when this call knows better than its kind
}

func (e *Error) Error() string {
	if do := e.advice(); do != "" {
		return e.what() + " (" + do + ")"
	}
	return e.what()
}

// what is what happened.
func (e *Error) what() string {
	parts := []string{e.Call, e.Kind.Error()}
	if said := e.said(); said != "" {
		parts = append(parts, said)
	}
	return strings.Join(parts, ": ")
}

// advice is what to do about it.
func (e *Error) advice() string {
	hint := e.Hint
	if hint == "" {
		hint = hints[e.Kind]
	}
	if e.Kind == ErrRateLimited && !e.Reset.IsZero() {
		hint = "there is room again at " + e.Reset.UTC().Format(time.RFC3339) + "; " + hint
	}
	return hint
}

// said is what came back, in one line of bearable length.
func (e *Error) said() string {
	switch {
	case e.Text != "" && e.Status != 0:
		return fmt.Sprintf("%s, status %d", brief(e.Text), e.Status)
	case e.Status != 0:
		return fmt.Sprintf("status %d", e.Status)
	case e.Cause != nil:
		return e.Cause.Error()
	}
	return brief(e.Text)
}

// brief is a text without what would harm a terminal or a log.
func brief(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "..."
	}
	return s
}

func (e *Error) Unwrap() []error { return []error{e.Kind, e.Cause} }

// hints say what to do, in the words of the configuration.
var hints = map[error]string{
	ErrUnauthorized:  "make a new personal access token for the bot account and put it where the old one is, in workspace.token_file or workspace.token, and its id into workspace.user_id; or correct workspace.user and workspace.password",
	ErrForbidden:     "give the bot account the roles bot, user and livechat-manager",
	ErrNotFound:      "it was deleted, or the account may not see it",
	ErrRefused:       "a rule or a setting of the workspace is against it",
	ErrRateLimited:   "the role bot lifts the limit",
	ErrUnreachable:   "check workspace.url, the network and the proxy, and that the server is up",
	ErrServer:        "the server's log says why",
	ErrTripped:       "the server fails this kind of call again and again, so it is left alone for some seconds: its log says why",
	ErrNotRocketChat: "check workspace.url",
	ErrNoCall:        "this version of the server may not have it",
	ErrTooLarge:      "nothing of it was read; report it with the version of the server",
	ErrUnclear:       "this version of the server, or a proxy before it, answers in another way: report it with the version of the server",
}

// Advice parts an error of this package into what happened and what to do about
// it. Of other errors all is what happened.
func Advice(err error) (what, do string) {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error(), ""
	}
	return e.what(), e.advice()
}

// Temporary reports whether the same call may succeed later without anybody
// doing anything.
func Temporary(err error) bool {
	for _, kind := range []error{ErrRateLimited, ErrUnreachable, ErrServer, ErrTripped} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// CodeOf is the server's code in err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// failure is an unsuccessful answer's body, in whichever of its shapes.
type failure struct {
	Success   *bool           `json:"success"`
	Status    string          `json:"status"` // "error" beside 401
	Error     json.RawMessage `json:"error"`  // a text, a code or a number
	ErrorType string          `json:"errorType"`
	Message   string          `json:"message"`
	Reason    string          `json:"reason"`
	Details   struct {
		TimeToReset float64 `json:"timeToReset"` // ms
	} `json:"details"`
}

// trailing is how a code stands at the end of a text: "Room closed [room-closed]".
var trailing = regexp.MustCompile(`\[([\w.-]+)\]$`)

// code is what programs may branch on.
func (f failure) code() string {
	if f.ErrorType != "" && f.ErrorType != "Meteor.Error" && f.ErrorType != "Match.Error" {
		return f.ErrorType
	}
	said := text(f.Error)
	if m := trailing.FindStringSubmatch(said); m != nil {
		return m[1]
	}
	if !strings.ContainsAny(said, " \n") {
		return said
	}
	return ""
}

func (f failure) text() string {
	for _, s := range []string{f.Message, f.Reason, text(f.Error)} {
		if s != "" {
			return s
		}
	}
	return ""
}

// text is a JSON text's content, and any other value as it is written.
func text(data json.RawMessage) string {
	var s string
	if json.Unmarshal(data, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(data))
}

// kinds are the kinds of the server's codes, whatever their status. Codes that
// are not here are rules of the workspace.
var kinds = map[string]error{
	"unauthorized":            ErrForbidden,
	"not-allowed":             ErrForbidden,
	"Not Allowed":             ErrForbidden,
	"error-not-allowed":       ErrForbidden,
	"error-not-authorized":    ErrForbidden,
	"error-unauthorized":      ErrForbidden,
	"error-room-not-found":    ErrNotFound,
	"error-invalid-room":      ErrNotFound,
	"invalid-room":            ErrNotFound,
	"error-invalid-user":      ErrNotFound,
	"visitor-not-found":       ErrNotFound,
	"error-too-many-requests": ErrRateLimited,
	"too-many-requests":       ErrRateLimited,
	"totp-required":           ErrUnauthorized,
	"totp-invalid":            ErrUnauthorized,
}

var statusKinds = map[int]error{
	http.StatusUnauthorized:     ErrUnauthorized,
	http.StatusForbidden:        ErrForbidden,
	http.StatusNotFound:         ErrNotFound,
	http.StatusMethodNotAllowed: ErrNoCall,
	http.StatusTooManyRequests:  ErrRateLimited,
}

// kind classifies an unsuccessful JSON answer.
func (f failure) kind(status int) error {
	if status >= http.StatusInternalServerError {
		return ErrServer
	}
	if k := statusKinds[status]; k != nil {
		return k
	}
	if k := kinds[f.code()]; k != nil {
		return k
	}
	return ErrRefused
}

// kindOf is the kind of an *Error, or nil.
func kindOf(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return nil
}

func withHint(err error, hint string) error {
	var e *Error
	if errors.As(err, &e) {
		e.Hint = hint
	}
	return err
}

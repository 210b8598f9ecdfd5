package lobby

import (
	"errors"
	"fmt"
	"strings"
)

// The server fails in four ways, and each looks different on each way out.
type (
	// meteorError is a Meteor.Error: a code for programs, a reason for people.
	meteorError struct {
		code    any // string or int
		reason  string
		details doc
	}
	// matchError is a failed check of arguments.
	matchError string
	// jsError is an exception that nobody expected, such as a TypeError.
	jsError string
	// textError is a failure that REST answers with as it stands.
	textError string
)

func (e *meteorError) Error() string {
	if e.reason == "" {
		return fmt.Sprintf("[%v]", e.code)
	}
	return fmt.Sprintf("%s [%v]", e.reason, e.code)
}

func (e matchError) Error() string { return "Match error: " + string(e) }
func (e jsError) Error() string    { return string(e) }
func (e textError) Error() string  { return string(e) }

var (
	//lint:ignore ST1005 the server's own words
	errLogin        = errors.New("You must be logged in to do this.")
	errUnauthorized = errors.New("unauthorized")
	errBare         = errors.New("no reason given") // REST: only {"success":false}
	errPaid         = &statusError{400, doc{"success": false, "error": "This is an enterprise feature [error-action-not-allowed]", "errorType": "error-action-not-allowed"}}
)

func meteor(code, reason string, details doc) error {
	return &meteorError{code: code, reason: reason, details: details}
}

// in names the method in which a Meteor.Error arose, as details do.
func in(method string) doc { return doc{"method": method} }

// ddpError is how a method's failure stands in a DDP result.
func ddpError(err error) doc {
	var m *meteorError
	switch {
	case errors.As(err, &m):
	case errors.As(err, new(matchError)):
		m = &meteorError{code: 400, reason: "Match failed"}
	default:
		m = &meteorError{code: 500, reason: "Internal server error"}
	}
	return m.doc()
}

func (e *meteorError) doc() doc {
	d := doc{"isClientSafe": true, "error": e.code, "message": e.Error(), "errorType": "Meteor.Error"}
	d.opt("reason", e.reason)
	if e.details != nil {
		d["details"] = e.details
	}
	return d
}

// restError is the status and body of a failed REST call. Routes that catch
// their errors themselves answer the whole error object.
func restError(err error, whole bool) (int, doc) {
	var (
		m    *meteorError
		mt   matchError
		text textError
	)
	switch {
	case errors.Is(err, errLogin):
		return 401, doc{"status": "error", "message": err.Error()}
	case errors.Is(err, errUnauthorized):
		return 403, doc{"success": false, "error": "unauthorized"}
	case errors.Is(err, errBare):
		return 400, doc{"success": false}
	case errors.Is(err, errCrashed):
		return 500, doc{"success": false, "error": err.Error()}
	case errors.As(err, &text):
		return 400, doc{"success": false, "error": string(text)}
	case errors.As(err, &m) && whole:
		d := m.doc()
		d["success"] = false
		return 400, d
	case errors.As(err, &m):
		d := doc{"success": false, "error": m.Error(), "errorType": m.code}
		if m.details != nil {
			d["details"] = m.details
		}
		return 400, d
	case errors.As(err, &mt) && whole:
		_, path, _ := strings.Cut(mt.Error(), " in field ")
		return 400, doc{"success": false, "message": mt.Error(), "path": path, "errorType": "Match.Error",
			"sanitizedError": (&meteorError{code: 400, reason: "Match failed"}).doc()}
	case whole && errors.As(err, new(jsError)):
		return 400, doc{"success": false}
	}
	return 400, doc{"success": false, "error": err.Error()}
}

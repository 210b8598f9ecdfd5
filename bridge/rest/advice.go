package rest

import (
	"errors"
	"strings"
)

// Advice parts an error of this package into what happened and what to do about
// it. Of other errors all is what happened.
func Advice(err error) (what, do string) {
	what = err.Error()
	var e *Error
	if !errors.As(err, &e) {
		return what, ""
	}
	before, after, found := strings.Cut(e.Error(), " (")
	if !found {
		return what, ""
	}
	return before, strings.TrimSuffix(after, ")")
}

package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/bellhop-chat/bellhop/host/text"
)

// What can go wrong with a question. The text around them says what to do.
var (
	ErrUnreachable = errors.New("the endpoint cannot be reached") // no connection, or no answer in time
	ErrKey         = errors.New("the endpoint refuses the key")
	ErrBusy        = errors.New("the endpoint has too much to do")   // later it may answer
	ErrRejected    = errors.New("the endpoint rejects the question") // such as a model that it does not serve
	ErrBudget      = errors.New("the model's tokens of the day are spent")
	ErrNonsense    = errors.New("the answer makes no sense")
)

// errLate is an ErrUnreachable that may have cost tokens.
var errLate = fmt.Errorf("%w: no answer in time", ErrUnreachable)

// translate gives the errors of the client one of ours.
func (m *Model) translate(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status := statusOf(err); status != 0 {
		return m.translateStatus(status, err)
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var network *url.Error
	switch {
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("%w (%s): raise model.timeout or take a smaller model", errLate, m.o.Timeout)
	case errors.As(err, &network):
		return fmt.Errorf("%w: %v: check model.base_url", ErrUnreachable, network.Err)
	case errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it is not JSON as OpenAI's: check model.base_url", ErrNonsense)
	}
	return fmt.Errorf("%w: %s", ErrUnreachable, m.safe(err.Error()))
}

func (m *Model) translateStatus(status int, err error) error {
	says := m.safe(err.Error())
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("%w (%d): check model.key", ErrKey, status)
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("%w (%d): %s", ErrBusy, status, says)
	case status == http.StatusNotFound:
		return fmt.Errorf("%w (404): check model.base_url, which often ends in /v1, and model.name: %s", ErrRejected, says)
	}
	return fmt.Errorf("%w (%d): %s", ErrRejected, status, says)
}

// statusOf returns the HTTP status that an error stands for, or 0.
func statusOf(err error) int {
	var api *openai.APIError
	var request *openai.RequestError
	switch {
	case errors.As(err, &api):
		return api.HTTPStatusCode
	case errors.As(err, &request):
		return request.HTTPStatusCode
	}
	return 0
}

// rejected reports the answers of endpoints that know no JSON schema.
func rejected(err error) bool {
	s := statusOf(err)
	return s == http.StatusBadRequest || s == http.StatusUnprocessableEntity || s == http.StatusNotImplemented
}

// free reports errors that cost no tokens, since the endpoint has not begun.
func free(err error) bool {
	unreachable := errors.Is(err, ErrUnreachable) && !errors.Is(err, errLate)
	return unreachable || errors.Is(err, ErrKey) || errors.Is(err, ErrBusy) || errors.Is(err, ErrRejected)
}

// safe shortens what a stranger's server says, and takes the key out of it.
func (m *Model) safe(s string) string {
	if m.o.Key != "" {
		s = strings.ReplaceAll(s, m.o.Key, "(secret)")
	}
	return text.Cut(text.Mask(text.Clean(s)), 300)
}

// limited follows nobody elsewhere, since the key is for this endpoint and no
// other, and refuses to read answers without end.
type limited struct {
	next http.RoundTripper
	rest *rest
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.rest.heed(resp)
	if resp.StatusCode/100 == 3 {
		resp.Body.Close()
		return nil, fmt.Errorf("it points to %q", resp.Header.Get("Location"))
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

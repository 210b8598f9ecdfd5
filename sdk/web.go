package sdk

import (
	"encoding/json"
	"fmt"
)

// MaxResponse is how large the answer of another system may be, in bytes.
const MaxResponse = 128 * 1024

// Header is a line that goes along with a request to another system.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// WithHeader is a header, such as WithHeader("Authorization", "Bearer "+key).
func WithHeader(name, value string) Header { return Header{Name: name, Value: value} }

// Response is what another system has answered, whether that pleases or not.
type Response struct {
	Status   int    `json:"status"`             // of HTTP, such as 200 or 404
	Type     string `json:"type,omitempty"`     // the body's, such as "application/json"; "" means unknown
	Location string `json:"location,omitempty"` // where it points to, such as to what was made; "" means nowhere
	Body     []byte `json:"body,omitempty"`     // at most MaxResponse bytes

	// RetryAfter is how long the other system asks to be left alone, with a status
	// such as 429 or 503; 0 means that it does not say. The host heeds it.
	RetryAfter Duration `json:"retry_after,omitempty"`
}

// OK reports whether the status says that all went well.
func (r Response) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Text is the body as text.
func (r Response) Text() string { return string(r.Body) }

// JSON reads the body into what v points to. It is an error when the status
// says that something went wrong.
func (r Response) JSON(v interface{}) error {
	if !r.OK() {
		return fmt.Errorf("read answer: its status is %d", r.Status)
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// Request is what another system is asked. URL is required.
type Request struct {
	Method  string   `json:"method,omitempty"` // POST, PUT, PATCH or DELETE; "" means POST
	URL     string   `json:"url"`
	Headers []Header `json:"headers,omitempty"`
	Type    string   `json:"type,omitempty"` // the body's; "" means application/json where it is JSON, else text/plain
	Body    string   `json:"body,omitempty"` // at most MaxText bytes
}

// Fetch reads a URL by GET. Its host must be one of grants.hosts, and so must
// those of all that it is redirected to, which get none of the headers; no host
// may have a private address. An answer of any status is an answer. The error
// says why there is none: no grant, no connection, nothing within 20 seconds, or
// more than MaxResponse bytes. Use Request for what changes something.
func (p *Plugin) Fetch(url string, headers ...Header) (Response, error) {
	var got Response
	err := p.read("Fetch", ReadFetch, Question{URL: url, Headers: headers}, &got)
	return got, err
}

// Request asks another system to change something, such as to make a ticket. Its
// host must be one of grants.hosts, and have no private address. It is repeated
// until it is answered, for 7 days at most, with the same Idempotency-Key each
// time, by which a system that heeds it acts once. A status from 200 to 299 ends
// it as done; 408, 425, 429 and those from 500 on ask for another attempt, and so
// does the 409 of a repeat, not before the answer's Retry-After, up to an hour; all
// others refuse it. Redirects are not followed.
// OnResult tells what was answered: Result.Outcome.Response.
func (p *Plugin) Request(r Request, opts ...Option) {
	p.ask("Request", Effect{Kind: EffectRequest, Request: &r}, opts)
}

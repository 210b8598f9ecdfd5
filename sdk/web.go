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

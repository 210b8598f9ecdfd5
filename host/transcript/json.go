package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Format names the shape of the JSON form. A new number means that something
// was renamed or removed; what is only added keeps the number.
const Format = "bellhop.transcript/1"

// JSON writes one line:
//
//	{"format":"bellhop.transcript/1","sha256":"...","conversation":{...}}
//
// The conversation has the fields of [Conversation] under the names of their
// json tags, empty ones left out, and "zone", the IANA name of the visitor's
// time zone. Times are RFC 3339 in UTC. "sha256" is that of the bytes of the
// conversation as they stand there.
func JSON(w io.Writer, c Conversation, _ Options) (r Report, err error) {
	defer guard("json", &err)
	body, sum, err := c.complete().encode()
	if err != nil {
		return r, err
	}
	_, err = fmt.Fprintf(w, "{\"format\":%q,\"sha256\":%q,\"conversation\":%s}\n", Format, sum, body)
	if err != nil {
		return r, fmt.Errorf("write transcript as json: %w", err)
	}
	return Report{SHA256: sum}, nil
}

// encode returns the conversation as JSON and its SHA-256 in hex.
func (c Conversation) encode() (body []byte, sum string, err error) {
	zone := c.Zone.String()
	c.Opened, c.Closed = c.Opened.UTC(), c.Closed.UTC()
	for i := range c.Entries {
		c.Entries[i].At = c.Entries[i].At.UTC()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(struct {
		Conversation
		Zone string `json:"zone"`
	}{c, zone})
	if err != nil {
		return nil, "", fmt.Errorf("encode conversation: %w", err)
	}
	body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	return body, digestOf(body), nil
}

package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// maxDepth is how deep parts in parts are followed.
const maxDepth = 8

var words = new(mime.WordDecoder)

// describe reads what the log says of a mail. Of one that is no proper mail it
// says nothing.
func describe(raw []byte) Accepted {
	a := Accepted{Attachments: []Attachment{}}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return a
	}
	a.MessageID = bareID(strings.TrimSpace(m.Header.Get("Message-Id")))
	a.Subject = decode(m.Header.Get("Subject"))
	a.Attachments = files(a.Attachments, textproto.MIMEHeader(m.Header), m.Body, 0)
	return a
}

// files appends the parts of body that have a file name.
func files(found []Attachment, h textproto.MIMEHeader, body io.Reader, depth int) []Attachment {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || depth > maxDepth {
		return found
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return found
			}
			found = files(found, p.Header, p, depth+1)
		}
	}
	how, names, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if names["filename"] == "" {
		return found
	}
	size, _ := io.Copy(io.Discard, plain(h.Get("Content-Transfer-Encoding"), body))
	return append(found, Attachment{Name: decode(names["filename"]), Type: kind, Size: int(size), Inline: how == "inline"})
}

func plain(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

func decode(s string) string {
	d, err := words.DecodeHeader(s)
	if err != nil {
		return s
	}
	return d
}

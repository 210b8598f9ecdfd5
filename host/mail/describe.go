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
	for _, p := range parts(nil, textproto.MIMEHeader(m.Header), m.Body, 0) {
		a.Attachments = append(a.Attachments, Attachment{Name: p.Name, Type: p.Type, Size: len(p.Data), Inline: p.inline})
	}
	return a
}

// Files are the parts of a mail that have a file name, also those that are
// shown inline. Of what is no proper mail there are none.
func Files(raw []byte) []File {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	var files []File
	for _, p := range parts(nil, textproto.MIMEHeader(m.Header), m.Body, 0) {
		files = append(files, p.File)
	}
	return files
}

// part is a part of a mail that has a file name.
type part struct {
	File
	inline bool
}

// parts appends the parts of body that have a file name.
func parts(found []part, h textproto.MIMEHeader, body io.Reader, depth int) []part {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || depth > maxDepth {
		return found
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err != nil {
				return found
			}
			found = parts(found, p.Header, p, depth+1)
		}
	}
	how, names, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if names["filename"] == "" {
		return found
	}
	data, _ := io.ReadAll(plain(h.Get("Content-Transfer-Encoding"), body)) // of a broken one, what there is
	f := File{Name: decode(names["filename"]), Type: kind, Data: data, ContentID: strings.Trim(h.Get("Content-Id"), "<>")}
	return append(found, part{f, how == "inline"})
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

package mail

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// maxSubject is in characters; RFC 5322 allows no line beyond 998 bytes, and
// no reader shows more.
const maxSubject = 200

// Message is one mail. To, and one of Text and HTML, are required.
type Message struct {
	To          []string  // "ana@example.org" or "Ana <ana@example.org>"; all see each other
	ReplyTo     string    // "" means that answers go to the sender's address
	Subject     string    // any language; cut after 200 characters
	Text        string    // the plain part
	HTML        string    // the same for readers that show HTML
	Attachments []File    // shown as files
	Inline      []File    // shown where HTML names their ContentID
	MessageID   string    // "left@right", with or without <>; the same on every repeat; "" means a random one
	Date        time.Time // zero means now
}

// File is a part of a mail.
type File struct {
	Name      string // in any language, without a path
	Type      string // media type; "" means by Name
	ContentID string // of an inline file, in plain letters: HTML refers to logo as "cid:logo"
	Data      []byte
}

// compose checks m and turns it into what goes over the wire.
func (m Message) compose(from string) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.address(msg, from); err != nil {
		return nil, err
	}
	msg.Subject(cut(m.Subject, maxSubject))
	if !m.Date.IsZero() {
		msg.SetDateWithValue(m.Date)
	}
	if m.MessageID != "" {
		msg.SetMessageIDWithValue(bareID(m.MessageID))
	}
	// holiday responders leave such mail alone (RFC 3834)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	m.write(msg)
	return msg, m.attach(msg)
}

func (m Message) check() error {
	switch {
	case len(m.To) == 0:
		return fmt.Errorf("no address to send to")
	case m.Text == "" && m.HTML == "":
		return fmt.Errorf("no text")
	case control(m.Subject):
		return fmt.Errorf("subject %q holds a control character", cut(m.Subject, 60))
	case m.MessageID != "" && !validID(bareID(m.MessageID)):
		return fmt.Errorf("message id %q is not of the form left@right in plain letters", cut(m.MessageID, 60))
	}
	return nil
}

func (m Message) address(msg *gomail.Msg, from string) error {
	if err := setAddress(msg, gomail.HeaderFrom, from); err != nil {
		return err
	}
	if err := setAddress(msg, gomail.HeaderTo, m.To...); err != nil {
		return err
	}
	if m.ReplyTo == "" {
		return nil
	}
	return setAddress(msg, gomail.HeaderReplyTo, m.ReplyTo)
}

func (m Message) write(msg *gomail.Msg) {
	text, html := strings.ToValidUTF8(m.Text, "\uFFFD"), strings.ToValidUTF8(m.HTML, "\uFFFD")
	switch {
	case html == "":
		msg.SetBodyString(gomail.TypeTextPlain, text)
	case text == "":
		msg.SetBodyString(gomail.TypeTextHTML, html)
	default:
		msg.SetBodyString(gomail.TypeTextPlain, text)
		msg.AddAlternativeString(gomail.TypeTextHTML, html)
	}
}

func (m Message) attach(msg *gomail.Msg) error {
	for _, f := range m.Attachments {
		opts, err := f.options()
		if err != nil {
			return err
		}
		msg.AttachReadSeeker(f.Name, bytes.NewReader(f.Data), opts...)
	}
	for _, f := range m.Inline {
		if f.ContentID == "" {
			return fmt.Errorf("file %q is inline but has no content id", cut(f.Name, 60))
		}
		opts, err := f.options()
		if err != nil {
			return err
		}
		msg.EmbedReadSeeker(f.Name, bytes.NewReader(f.Data), opts...)
	}
	return nil
}

func (f File) options() ([]gomail.FileOption, error) {
	if f.Name == "" || control(f.Name) {
		return nil, fmt.Errorf("file name %q is empty or holds a control character", cut(f.Name, 60))
	}
	var opts []gomail.FileOption
	if f.Type != "" {
		if _, _, err := mime.ParseMediaType(f.Type); err != nil || control(f.Type) {
			return nil, fmt.Errorf("file %q: %q is no media type", f.Name, cut(f.Type, 60))
		}
		opts = append(opts, gomail.WithFileContentType(gomail.ContentType(f.Type)))
	}
	if f.ContentID != "" {
		if strings.ContainsFunc(f.ContentID, notPlain) || strings.ContainsAny(f.ContentID, "<>") {
			return nil, fmt.Errorf("file %q: content id %q is not in plain letters", f.Name, cut(f.ContentID, 60))
		}
		opts = append(opts, gomail.WithFileContentID("<"+f.ContentID+">"))
	}
	return opts, nil
}

func bareID(id string) string {
	if bare, ok := strings.CutPrefix(id, "<"); ok {
		return strings.TrimSuffix(bare, ">")
	}
	return id
}

// validID is RFC 5322's msg-id without its quoted and folded forms.
func validID(id string) bool {
	left, right, ok := strings.Cut(id, "@")
	return ok && left != "" && right != "" && len(id) <= 250 &&
		!strings.ContainsFunc(id, notPlain) && !strings.ContainsAny(id, "<>()[]\\,;:\"") && !strings.Contains(right, "@")
}

func notPlain(r rune) bool { return r <= ' ' || r >= 0x7F }

// control finds what must not stand in a header.
func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 })
}

func cut(s string, runes int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes-1]) + "…"
}

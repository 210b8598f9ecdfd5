package mail

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// LogName is the file in a sink's folder with one JSON line, an [Accepted], a mail.
const LogName = "mails.jsonl"

// Sink is a mail server that accepts mails for anyone and keeps them as files.
// Set its fields before Run.
type Sink struct {
	TLS      *tls.Config // offers STARTTLS; nil offers none
	Username string      // demands a login, which is offered over TLS only; "" demands none
	Password string

	dir string

	mu       sync.Mutex // guards what follows
	log      *os.File
	accepted []Accepted
	troubles []*Trouble
}

// Accepted is one mail that the sink took.
type Accepted struct {
	Time        time.Time    `json:"time"`
	MessageID   string       `json:"message_id"` // without <>; "" if it had none
	From        string       `json:"from"`       // the envelope's, as To
	To          []string     `json:"to"`
	Subject     string       `json:"subject"`
	Size        int          `json:"size"` // bytes
	Attachments []Attachment `json:"attachments"`
	File        string       `json:"file"` // name in the folder
}

// Attachment is a part of a mail that has a file name.
type Attachment struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int    `json:"size"` // bytes, decoded
	Inline bool   `json:"inline,omitempty"`
}

// NewSink makes a sink that writes to the folder dir, which is made if it is
// not there. Mails and lines that are there already stay.
func NewSink(dir string) (*Sink, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make mail folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, LogName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open mail log: %w", err)
	}
	return &Sink{dir: dir, log: f}, nil
}

// Run serves l until ctx ends, then closes l and every connection and returns
// when no mail is in work any more. A sink runs once.
func (s *Sink) Run(ctx context.Context, l net.Listener) error {
	defer s.log.Close()
	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain = "sink.localhost"
	server.TLSConfig = s.TLS
	server.MaxMessageBytes = 64 << 20
	server.MaxRecipients = 100
	server.EnableSMTPUTF8 = true
	server.ReadTimeout = time.Minute
	server.WriteTimeout = time.Minute
	server.ErrorLog = log.New(io.Discard, "", 0)
	door := &door{Listener: l, inside: map[net.Conn]bool{}}
	defer context.AfterFunc(ctx, door.shut)()
	err := server.Serve(door)
	door.shut()
	_ = server.Shutdown(context.Background()) // waits; that the listener is closed is known
	if ctx.Err() == nil {
		return fmt.Errorf("serve mail sink: %w", err)
	}
	return nil
}

// Accepted lists the mails that this sink took, in order.
func (s *Sink) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Accepted(nil), s.accepted...)
}

// Count tells how often a mail with this Message-ID was taken.
func (s *Sink) Count(messageID string) int {
	n := 0
	for _, a := range s.Accepted() {
		if a.MessageID == bareID(messageID) {
			n++
		}
	}
	return n
}

// keep writes the mail, then its line: a mail without a line is one that the
// sender was not told of.
func (s *Sink) keep(from string, to []string, raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := describe(raw)
	a.Time, a.From, a.To, a.Size = time.Now().UTC(), from, to, len(raw)
	f, err := s.file(a.MessageID)
	if err != nil {
		return err
	}
	a.File = filepath.Base(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := s.log.Write(append(line, '\n')); err != nil {
		return err
	}
	s.accepted = append(s.accepted, a)
	return nil
}

// file opens a new file with a number and what is harmless of the Message-ID.
func (s *Sink) file(messageID string) (*os.File, error) {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '@' || r == '.' {
			return r
		}
		return '_'
	}, messageID)
	safe = strings.Trim(safe[:min(len(safe), 100)], ".")
	for n := len(s.accepted) + 1; ; n++ {
		name := filepath.Join(s.dir, fmt.Sprintf("%04d-%s.eml", n, safe))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

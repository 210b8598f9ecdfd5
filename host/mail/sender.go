package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Options say which server takes our mail. Host and From are required.
type Options struct {
	Host     string
	Port     int    // 0 means 587, with TLS "tls" 465, with "none" 25
	Username string // "" means no login
	Password string
	From     string         // "Support <support@example.org>"
	TLS      string         // "starttls" (also ""), "tls" from the first byte, "opportunistic", "none"
	Timeout  time.Duration  // how long the server may be silent; 0 means 1 minute
	Roots    *x509.CertPool // who may sign the server's certificate; nil means the system's
}

var (
	ports    = map[string]int{"starttls": 587, "opportunistic": 587, "tls": 465, "none": 25}
	policies = map[string]gomail.TLSPolicy{
		"starttls": gomail.TLSMandatory,
		"none":     gomail.NoTLS,
		// a connection that is TLS already is asked for no more
		"tls":           gomail.TLSOpportunistic,
		"opportunistic": gomail.TLSOpportunistic,
	}
)

// Sender hands mails to one server, each over a connection of its own. It may
// be used by several goroutines.
type Sender struct {
	opts Options
	from string // bare
}

// NewSender checks o. It connects to nothing.
func NewSender(o Options) (*Sender, error) {
	if o.TLS == "" {
		o.TLS = "starttls"
	}
	if o.Port == 0 {
		o.Port = ports[o.TLS]
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	_, known := policies[o.TLS]
	_, from, err := ParseAddress(o.From)
	switch {
	case o.Host == "":
		return nil, errors.New("mail: no host: name the mail server")
	case !known:
		return nil, fmt.Errorf("mail: tls %q: write starttls, tls, opportunistic or none", o.TLS)
	case o.Port < 1 || o.Port > 65535:
		return nil, fmt.Errorf("mail: port %d is not in 1-65535", o.Port)
	case err != nil:
		return nil, fmt.Errorf("mail: from: %w", err)
	}
	return &Sender{opts: o, from: from}, nil
}

// Send returns nil when the server has accepted m for every address, and an
// [*Error] otherwise. It ends when ctx does.
func (s *Sender) Send(ctx context.Context, m Message) error {
	msg, err := m.compose(s.opts.From)
	if err != nil {
		return &Error{Stage: StageMessage, Err: err}
	}
	var to []string
	for _, a := range msg.GetTo() {
		to = append(to, a.Address)
	}
	conn := &line{timeout: s.opts.Timeout}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if e := s.hand(ctx, conn, to, msg); e != nil {
		if ctx.Err() != nil {
			e.Temporary, e.Err = true, fmt.Errorf("%w: %w", ctx.Err(), e.Err)
		}
		return e
	}
	return nil
}

// Greet connects and logs in as Send does, and hands over nothing. The error is
// an [*Error].
func (s *Sender) Greet(ctx context.Context) error {
	conn := &line{timeout: s.opts.Timeout}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, err := s.connect(ctx, conn)
	if err != nil {
		return conn.judge(newError(StageConnect, err))
	}
	_ = client.Quit()
	return nil
}

// hand is one SMTP transaction (RFC 5321 section 3.3). go-mail's own is not
// used: it gives a failed RSET after the server's yes as a failure, and keeps
// what was said of each address to itself.
func (s *Sender) hand(ctx context.Context, conn *line, to []string, msg *gomail.Msg) *Error {
	client, err := s.connect(ctx, conn)
	if err != nil {
		return conn.judge(newError(StageConnect, err))
	}
	if e := s.unicode(client, to); e != nil {
		return e
	}
	if err := client.Mail("<" + s.from + ">"); err != nil {
		return newError(StageSender, err)
	}
	if e := recipients(client, to); e != nil {
		return e
	}
	if e := content(client, msg); e != nil {
		return e
	}
	_ = client.Quit() // the mail is accepted, whatever the server answers now
	return nil
}

func (s *Sender) connect(ctx context.Context, conn *line) (*smtp.Client, error) {
	opts := []gomail.Option{
		gomail.WithPort(s.opts.Port),
		gomail.WithTLSPolicy(policies[s.opts.TLS]),
		gomail.WithTimeout(s.opts.Timeout),
		gomail.WithTLSConfig(s.tls()),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.dial(ctx, conn, net.JoinHostPort(s.opts.Host, strconv.Itoa(s.opts.Port)))
		}),
	}
	if s.opts.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.opts.Username), gomail.WithPassword(s.opts.Password))
	}
	client, err := gomail.NewClient(s.opts.Host, opts...)
	if err != nil {
		return nil, err
	}
	return client.DialToSMTPClientWithContext(ctx)
}

func (s *Sender) tls() *tls.Config {
	return &tls.Config{ServerName: s.opts.Host, RootCAs: s.opts.Roots, MinVersion: tls.VersionTLS12}
}

func (s *Sender) dial(ctx context.Context, conn *line, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn.open(c)
	if s.opts.TLS != "tls" {
		return conn, nil
	}
	secure := tls.Client(conn, s.tls())
	return secure, secure.HandshakeContext(ctx)
}

// unicode asks for SMTPUTF8 only when an address needs it: a relay further on
// may not have it.
func (s *Sender) unicode(client *smtp.Client, to []string) *Error {
	var need []string
	for _, a := range append([]string{s.from}, to...) {
		if strings.ContainsFunc(a, func(r rune) bool { return r >= 0x80 }) {
			need = append(need, a)
		}
	}
	client.SkipSMTPUTF8(len(need) == 0)
	if able, _ := client.Extension("SMTPUTF8"); able || len(need) == 0 {
		return nil
	}
	return &Error{Stage: StageAddress, Err: fmt.Errorf("the server takes no address with letters such as those in %s", strings.Join(need, ", "))}
}

// recipients names all addresses before it gives up, so that the caller learns
// of every refused one at once.
func recipients(client *smtp.Client, to []string) *Error {
	var refused []Refusal
	var first *Error
	for _, a := range to {
		err := client.Rcpt("<" + a + ">")
		if err == nil {
			continue
		}
		e := newError(StageAddress, err)
		if e.Code == 0 {
			return e
		}
		if first == nil {
			first = e
		}
		refused = append(refused, Refusal{Address: a, Temporary: e.Temporary, Code: e.Code, Says: e.Says})
	}
	if first == nil {
		return nil
	}
	first.Refused = refused
	for _, r := range refused {
		first.Temporary = first.Temporary && r.Temporary // as long as one is refused for good, no repeat helps
	}
	_ = client.Quit()
	return first
}

func content(client *smtp.Client, msg *gomail.Msg) *Error {
	w, err := client.Data()
	if err != nil {
		return newError(StageContent, err)
	}
	if _, err := msg.WriteTo(w); err != nil {
		return newError(StageContent, err)
	}
	if err := w.Close(); err != nil {
		e := newError(StageContent, err)
		e.Unknown = e.Code == 0
		return e
	}
	return nil
}

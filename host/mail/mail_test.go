package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs sink until the test ends, and returns its port.
func serve(t *testing.T, sink *Sink, secure bool) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if secure {
		l = tls.NewListener(l, sink.TLS)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- sink.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return port
}

func newSink(t *testing.T) (*Sink, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := NewSink(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func sender(t *testing.T, o Options) *Sender {
	t.Helper()
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.From == "" {
		o.From = "Support <support@example.org>"
	}
	s, err := NewSender(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// certificate is for 127.0.0.1, signed by itself.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func letter() Message {
	return Message{To: []string{"Ana <ana@example.org>"}, Subject: "Your chat", Text: "hello", MessageID: "room-1.rev1@bellhop.example"}
}

func send(t *testing.T, s *Sender, m Message) *Error {
	t.Helper()
	err := s.Send(context.Background(), m)
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T %v, want *Error", err, err)
	}
	return e
}

func TestMailArrivesWholeOverTLSAndLogin(t *testing.T) {
	for _, mode := range []string{"starttls", "tls", "opportunistic"} {
		t.Run(mode, func(t *testing.T) {
			sink, dir := newSink(t)
			var roots *x509.CertPool
			sink.TLS, roots = certificate(t)
			sink.Username, sink.Password = "bell", "hop"
			port := serve(t, sink, mode == "tls")
			s := sender(t, Options{Port: port, TLS: mode, Roots: roots, Username: "bell", Password: "hop"})
			m := Message{
				To:          []string{"Ana Müller <ana@example.org>", "bo@bücher.example"},
				Subject:     "Gespräch № 4711 — مرحبا",
				Text:        "Grüße\n.\n..punkt\n",
				HTML:        `<p>Grüße <img src="cid:logo"></p>`,
				Attachments: []File{{Name: "Gespräch नमस्ते.pdf", Type: "application/pdf", Data: []byte("%PDF-1.7 not really")}},
				Inline:      []File{{Name: "logo.png", ContentID: "logo", Data: []byte{1, 2, 3}}},
				MessageID:   "<room-4711.rev3@bellhop.example>",
				Date:        time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			}
			if err := s.Greet(context.Background()); err != nil {
				t.Errorf("who only greets gets %v", err)
			}
			if e := send(t, s, m); e != nil {
				t.Fatal(e)
			}
			want := []Accepted{{
				MessageID: "room-4711.rev3@bellhop.example", From: "support@example.org", Subject: m.Subject,
				To: []string{"ana@example.org", "bo@xn--bcher-kva.example"}, File: "0001-room-4711.rev3@bellhop.example.eml",
				Attachments: []Attachment{
					{Name: "logo.png", Type: "image/png", Size: 3, Inline: true},
					{Name: "Gespräch नमस्ते.pdf", Type: "application/pdf", Size: 19},
				},
			}}
			got := sink.Accepted()
			if len(got) != 1 {
				t.Fatalf("accepted %d mails, want 1", len(got))
			}
			raw, err := os.ReadFile(filepath.Join(dir, got[0].File))
			if err != nil {
				t.Fatal(err)
			}
			want[0].Size, want[0].Time = len(raw), got[0].Time
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			log, err := os.ReadFile(filepath.Join(dir, LogName))
			if err != nil {
				t.Fatal(err)
			}
			var line Accepted
			if err := json.Unmarshal(log, &line); err != nil || cmp.Diff(got[0], line) != "" {
				t.Errorf("log line %s (%v) differs from %+v", log, err, got[0])
			}
			checkHeaders(t, raw)
			files := []File{{Name: "logo.png", Type: "image/png", ContentID: "logo", Data: []byte{1, 2, 3}}, m.Attachments[0]}
			if d := cmp.Diff(files, Files(raw)); d != "" {
				t.Errorf("files of the mail: %s", d)
			}
		})
	}
}

func checkHeaders(t *testing.T, raw []byte) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Message-Id":     "<room-4711.rev3@bellhop.example>",
		"Date":           "Sun, 01 Mar 2026 12:00:00 +0000",
		"From":           `"Support" <support@example.org>`,
		"Auto-Submitted": "auto-generated",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 || to[0].Name != "Ana Müller" {
		t.Errorf("To: %v %v", to, err)
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Gr=C3=BC=C3=9Fe\r\n.\r\n..punkt", "Content-Id: <logo>", "text/html", "multipart/alternative"} {
		if !bytes.Contains(body, []byte(part)) {
			t.Errorf("body lacks %q", part)
		}
	}
}

func TestServersAnswerDecidesWhetherARepeatHelps(t *testing.T) {
	for _, c := range []struct {
		name    string
		trouble Trouble
		want    Error
	}{
		{"busy at hello", Trouble{At: StageConnect, Code: 451, Says: "come back"}, Error{Stage: StageConnect, Temporary: true, Code: 451, Says: "come back"}},
		{"cut at hello", Trouble{At: StageConnect}, Error{Stage: StageConnect, Temporary: true}},
		{"sender refused", Trouble{At: StageSender, Code: 550, Says: "not you"}, Error{Stage: StageSender, Code: 550, Says: "not you"}},
		{"sender later", Trouble{At: StageSender, Code: 452, Says: "full"}, Error{Stage: StageSender, Temporary: true, Code: 452, Says: "full"}},
		{"cut at sender", Trouble{At: StageSender}, Error{Stage: StageSender, Temporary: true}},
		{"cut at address", Trouble{At: StageAddress}, Error{Stage: StageAddress, Temporary: true}},
		{"content refused", Trouble{At: StageContent, Code: 554, Says: "spam"}, Error{Stage: StageContent, Code: 554, Says: "spam"}},
		{"content later", Trouble{At: StageContent, Code: 451, Says: "greylisted"}, Error{Stage: StageContent, Temporary: true, Code: 451, Says: "greylisted"}},
		{"cut after content", Trouble{At: StageContent, After: true}, Error{Stage: StageContent, Temporary: true, Unknown: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink, _ := newSink(t)
			s := sender(t, Options{Port: serve(t, sink, false), TLS: "none"})
			c.trouble.Times = 2 // an EHLO that fails is followed by a HELO
			sink.Make(c.trouble)
			e := send(t, s, letter())
			if e == nil {
				t.Fatal("accepted")
			}
			if e.Stage != c.want.Stage || e.Temporary != c.want.Temporary || e.Unknown != c.want.Unknown || e.Code != c.want.Code || !strings.HasSuffix(e.Says, c.want.Says) {
				t.Errorf("got %#v, want %#v", *e, c.want)
			}
			if Temporary(e) != c.want.Temporary {
				t.Errorf("Temporary(%v) = %v", e, !c.want.Temporary)
			}
			if kept := sink.Count(letter().MessageID); kept != 0 && !c.want.Unknown {
				t.Errorf("sink kept %d mails although it refused", kept)
			}
		})
	}
}

func TestRepeatAfterALostAnswerHasTheSameMessageID(t *testing.T) {
	sink, _ := newSink(t)
	s := sender(t, Options{Port: serve(t, sink, false), TLS: "none"})
	sink.Make(Trouble{At: StageContent, After: true, Times: 1})
	if e := send(t, s, letter()); e == nil || !e.Unknown {
		t.Fatalf("got %v, want an error that says that the mail may be accepted", e)
	}
	if e := send(t, s, letter()); e != nil {
		t.Fatal(e)
	}
	if n := sink.Count("<" + letter().MessageID + ">"); n != 2 {
		t.Errorf("sink counts %d mails with this id, want 2", n)
	}
}

func TestRefusedAddressesAreNamedAndNobodyGetsTheMail(t *testing.T) {
	sink, _ := newSink(t)
	s := sender(t, Options{Port: serve(t, sink, false), TLS: "none"})
	sink.Make(Trouble{At: StageAddress, Address: "gone@example.org", Code: 550, Says: "no such user"})
	sink.Make(Trouble{At: StageAddress, Address: "full@example.org", Code: 452, Says: "mailbox full"})
	m := letter()
	m.To = []string{"ana@example.org", "gone@example.org", "full@example.org"}
	e := send(t, s, m)
	if e == nil {
		t.Fatal("accepted")
	}
	want := []Refusal{
		{Address: "gone@example.org", Code: 550, Says: "no such user"},
		{Address: "full@example.org", Temporary: true, Code: 452, Says: "mailbox full"},
	}
	for i := range e.Refused { // enhanced codes stand before the words
		_, e.Refused[i].Says, _ = strings.Cut(e.Refused[i].Says, " ")
	}
	if d := cmp.Diff(want, e.Refused); d != "" || e.Temporary {
		t.Errorf("temporary %v, refused %s", e.Temporary, d)
	}
	if n := len(sink.Accepted()); n != 0 {
		t.Errorf("sink took %d mails", n)
	}
	m.To = []string{"full@example.org"}
	if e := send(t, s, m); e == nil || !e.Temporary {
		t.Errorf("an address that is refused for now gave %v", e)
	}
}

func TestSecretsNeedASecretLine(t *testing.T) {
	config, roots := certificate(t)
	for _, c := range []struct {
		name  string
		offer *tls.Config
		opts  Options
		want  string
	}{
		{"wrong password", config, Options{Roots: roots, Username: "bell", Password: "wrong"}, "535"},
		{"no login given", config, Options{Roots: roots}, "Please authenticate first"},
		{"certificate by nobody", config, Options{Username: "bell", Password: "hop"}, "certificate"},
		{"no starttls", nil, Options{Username: "bell", Password: "hop"}, "STARTTLS"},
		{"no tls asked", config, Options{TLS: "none", Username: "bell", Password: "hop"}, "AUTH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink, _ := newSink(t)
			sink.TLS, sink.Username, sink.Password = c.offer, "bell", "hop"
			c.opts.Port = serve(t, sink, false)
			s := sender(t, c.opts)
			if err := s.Greet(context.Background()); (err == nil) != (c.opts.Username == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("who only greets gets %v", err)
			}
			e := send(t, s, letter())
			if e == nil || e.Temporary || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v, want a lasting error with %q", e, c.want)
			}
			if len(sink.Accepted()) != 0 {
				t.Error("the sink took the mail")
			}
		})
	}
}

func TestSilentOrAbsentServerIsTemporary(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	s := sender(t, Options{Port: port, TLS: "none", Timeout: 20 * time.Millisecond})
	if e := send(t, s, letter()); e == nil || !e.Temporary || e.Stage != StageConnect {
		t.Errorf("silent server: %v", e)
	}
	l.Close()
	if e := send(t, s, letter()); e == nil || !e.Temporary || e.Stage != StageConnect {
		t.Errorf("absent server: %v", e)
	}
}

func TestCutInTheMiddleOfTheContentIsNotUnknown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go script(l, "220 x", "EHLO", "250 x", "MAIL", "250 ok", "RCPT", "250 ok", "DATA", "354 go")
	m := letter()
	m.Attachments = []File{{Name: "big.bin", Data: bytes.Repeat([]byte("x"), 32<<20)}}
	e := send(t, sender(t, Options{Port: l.Addr().(*net.TCPAddr).Port, TLS: "none"}), m)
	if e == nil || e.Unknown || !e.Temporary || e.Stage != StageContent {
		t.Errorf("got %#v", e)
	}
}

func TestAnErrorAfterTheYesIsNoFailure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go script(l, "220 x", "EHLO", "250 x", "MAIL", "250 ok", "RCPT", "250 ok", "DATA", "354 go", ".\r\n", "250 queued as 1", "QUIT", "500 what")
	if e := send(t, sender(t, Options{Port: l.Addr().(*net.TCPAddr).Port, TLS: "none"}), letter()); e != nil {
		t.Error(e)
	}
}

// script plays a server: it says every other line, reads until a line begins
// with the one between, and hangs up at the end.
func script(l net.Listener, lines ...string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i, line := range lines {
		if i%2 == 0 {
			fmt.Fprintf(c, "%s\r\n", line)
			continue
		}
		for got := ""; !strings.HasPrefix(got, line); {
			if got, err = r.ReadString('\n'); err != nil {
				return
			}
		}
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		cancel()
		_, _ = io.Copy(io.Discard, c)
	}()
	err = sender(t, Options{Port: l.Addr().(*net.TCPAddr).Port, TLS: "none"}).Send(ctx, letter())
	if !errors.Is(err, context.Canceled) || !Temporary(err) {
		t.Errorf("got %v", err)
	}
}

func TestNothingCanAddAHeaderOrAnAddress(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"subject":       func(m *Message) { m.Subject = "hi\r\nBcc: eve@example.org" },
		"to":            func(m *Message) { m.To = []string{"ana@example.org\r\nRCPT TO:<eve@example.org>"} },
		"to name":       func(m *Message) { m.To = []string{"\"A\nB\" <ana@example.org>"} },
		"two in one":    func(m *Message) { m.To = []string{"ana@example.org, eve@example.org"} },
		"quoted":        func(m *Message) { m.To = []string{`"ana> eve"@example.org`} },
		"no domain":     func(m *Message) { m.To = []string{"ana"} },
		"bad domain":    func(m *Message) { m.To = []string{"ana@exa_mple..org"} },
		"long":          func(m *Message) { m.To = []string{strings.Repeat("a", 300) + "@example.org"} },
		"reply-to":      func(m *Message) { m.ReplyTo = "x@example.org\nBcc: eve@example.org" },
		"message id":    func(m *Message) { m.MessageID = "a@b>\r\nBcc: eve@example.org" },
		"message id 2":  func(m *Message) { m.MessageID = "no-at-sign" },
		"file name":     func(m *Message) { m.Attachments = []File{{Name: "a\r\nX: y.pdf"}} },
		"file type":     func(m *Message) { m.Attachments = []File{{Name: "a.pdf", Type: "text/plain\r\nX: y"}} },
		"content id":    func(m *Message) { m.Inline = []File{{Name: "a.png", ContentID: "a>\r\nX: y"}} },
		"no content id": func(m *Message) { m.Inline = []File{{Name: "a.png"}} },
		"nobody":        func(m *Message) { m.To = nil },
		"nothing":       func(m *Message) { m.Text = "" },
	} {
		t.Run(name, func(t *testing.T) {
			m := letter()
			change(&m)
			s := sender(t, Options{Port: 1, TLS: "none"}) // nothing listens there: it must not come so far
			if e := send(t, s, m); e == nil || e.Stage != StageMessage || e.Temporary {
				t.Errorf("got %v, want a lasting error about the message", e)
			}
		})
	}
}

func TestAnySubjectAndTextArriveUnchanged(t *testing.T) {
	sink, _ := newSink(t)
	s := sender(t, Options{Port: serve(t, sink, false), TLS: "none"})
	rapid.Check(t, func(r *rapid.T) {
		subject := rapid.StringOfN(rapid.RuneFrom([]rune("ab =?_\"<>;,.😀नم ا中é")), 0, 300, -1).Draw(r, "subject")
		m := letter()
		m.Subject, m.Text = subject, rapid.String().Draw(r, "text")+"."
		if err := s.Send(context.Background(), m); err != nil {
			r.Fatal(err)
		}
		all := sink.Accepted()
		got := all[len(all)-1].Subject
		if want := cut(subject, maxSubject); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			r.Fatalf("subject %q arrived as %q", want, got)
		}
	})
}

func TestSinkKeepsNamesSafeAndOldFiles(t *testing.T) {
	sink, dir := newSink(t)
	old := filepath.Join(dir, "0001-.._.._etc_passwd@x.eml")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	raw := "Message-ID: <../../etc/passwd@x>\r\nSubject: s\r\n\r\nbody"
	if err := sink.keep("a@x", []string{"b@x"}, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := sink.keep("a@x", []string{"b@x"}, []byte("no mail at all")); err != nil {
		t.Fatal(err)
	}
	sink.log.Close()
	for _, a := range sink.Accepted() {
		if filepath.Base(a.File) != a.File || strings.HasPrefix(a.File, ".") {
			t.Errorf("file name %q", a.File)
		}
		if _, err := os.Stat(filepath.Join(dir, a.File)); err != nil {
			t.Error(err)
		}
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "old" {
		t.Errorf("old file is now %q (%v)", b, err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]Options{
		"no host": {From: "a@example.org"},
		"from":    {Host: "x", From: "nobody"},
		"tls":     {Host: "x", From: "a@example.org", TLS: "yes"},
		"port":    {Host: "x", From: "a@example.org", Port: 70000},
	} {
		if _, err := NewSender(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gave %v, want an error about %s", o, err, want)
		}
	}
}

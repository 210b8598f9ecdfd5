package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxRedirects = 5
	maxHeaders   = 64 << 10 // bytes of an answer's
	userAgent    = "Bellhop"
)

// Options configure a Client. The zero value works.
type Options struct {
	Private []string      // hosts that may have addresses that are not public, by name; nil means none
	Timeout time.Duration // of one answer, with all redirects; 0 means 20s
}

// Client asks. It is safe for concurrent use.
type Client struct {
	o    Options
	http http.Client
}

// New makes a client. It calls nobody.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = 20 * time.Second
	}
	c := &Client{o: o}
	c.http = http.Client{Timeout: o.Timeout, CheckRedirect: redirect, Transport: &http.Transport{
		DialContext:            c.dial,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeaders,
	}}
	return c
}

// dial connects to a host, if its address may be reached. The address is looked
// at after the name is resolved and before anything is sent, so that no name can
// mean one address when it is checked and another when it is used.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 10 * time.Second}
	if !c.mayBePrivate(host) {
		d.Control = func(_, to string, _ syscall.RawConn) error { return checkAddress(host, to) }
	}
	return d.DialContext(ctx, network, address)
}

func (c *Client) mayBePrivate(host string) bool {
	host, err := plainHost(host)
	return err == nil && slices.ContainsFunc(c.o.Private, func(p string) bool {
		name, err := plainHost(p)
		return err == nil && name == host
	})
}

// Request is what is asked.
type Request struct {
	Method  string // such as GET
	URL     string
	Headers []sdk.Header
	Type    string // the body's; "" means by what it is
	Body    []byte
	Hosts   []string // that are granted, see CheckGrant
	Key     string   // the Idempotency-Key; "" means none
}

func (r Request) bodyType() string {
	switch {
	case r.Type != "":
		return r.Type
	case json.Valid(r.Body):
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// Check says what is wrong with the request, before anybody is asked: it is not
// granted, or can't be.
func (r Request) Check() error {
	u, err := parseURL(r.URL)
	if err != nil {
		return err
	}
	if !Granted(r.Hosts, u) {
		return notGranted(u)
	}
	for _, h := range append(slices.Clone(r.Headers), sdk.WithHeader("Content-Type", r.Type)) {
		if err := checkHeader(h); err != nil {
			return err
		}
	}
	return nil
}

// Error is why there is no answer.
type Error struct {
	Err       error
	Temporary bool // a repeat may help
	Unknown   bool // the other side may have acted
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// hostsKey carries the grants to where redirects are followed.
type hostsKey struct{}

// Do asks once and gives the answer, whatever its status is. Only a GET
// follows redirects. The error is an *Error and shows no more of the URL than
// its host.
func (c *Client) Do(ctx context.Context, r Request) (sdk.Response, error) {
	request, err := c.request(context.WithValue(ctx, hostsKey{}, r.Hosts), r)
	if err != nil {
		return sdk.Response{}, &Error{Err: err}
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return sdk.Response{}, c.fault(ctx, request.URL.Hostname(), err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, sdk.MaxResponse+1))
	switch {
	case err != nil:
		return sdk.Response{}, c.fault(ctx, request.URL.Hostname(), err)
	case len(body) > sdk.MaxResponse && r.Method == http.MethodGet:
		return sdk.Response{}, &Error{Err: fmt.Errorf("%s answered with more than %d bytes: ask for less", request.URL.Hostname(), sdk.MaxResponse)}
	}
	body = body[:min(len(body), sdk.MaxResponse)]
	return sdk.Response{Status: answer.StatusCode, Type: answer.Header.Get("Content-Type"), Location: answer.Header.Get("Location"), Body: body, RetryAfter: retryAfter(answer.Header)}, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("%.20q is no method by which a system is asked", r.Method)
	}
	request.Header.Set("User-Agent", userAgent)
	for _, h := range r.Headers {
		request.Header.Add(h.Name, h.Value)
	}
	if len(r.Body) > 0 && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", r.bodyType())
	}
	if r.Key != "" {
		request.Header.Set("Idempotency-Key", r.Key)
	}
	return request, nil
}

func notGranted(u *url.URL) error {
	host := u.Host
	if u.Scheme == "http" {
		host = "http://" + host
	}
	return fmt.Errorf("not granted: add %s to the hosts that the instance may reach", host)
}

// ours are the headers that say how a request travels.
var ours = []string{"Host", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Accept-Encoding", "Idempotency-Key"}

func checkHeader(h sdk.Header) error {
	switch {
	case !httpguts.ValidHeaderFieldName(h.Name):
		return fmt.Errorf("header %.40q has a name that no header can have", h.Name)
	case !httpguts.ValidHeaderFieldValue(h.Value):
		return fmt.Errorf("header %s has a value that no header can have, such as one of several lines", h.Name)
	case slices.Contains(ours, http.CanonicalHeaderKey(h.Name)):
		return fmt.Errorf("header %s is set by Bellhop: leave it out", h.Name)
	}
	return nil
}

// redirect follows a GET to where a grant leads. What the plugin sent along
// stays with the host that it was meant for.
func redirect(next *http.Request, via []*http.Request) error {
	hosts, _ := next.Context().Value(hostsKey{}).([]string)
	first := via[0]
	switch {
	case first.Method != http.MethodGet:
		return http.ErrUseLastResponse
	case len(via) > maxRedirects:
		return fmt.Errorf("it is redirected more than %d times", maxRedirects)
	}
	if _, err := parseURL(next.URL.String()); err != nil {
		return fmt.Errorf("it is redirected to where nobody can go: %w", err)
	}
	if !Granted(hosts, next.URL) {
		return fmt.Errorf("it is redirected to %s: %w", next.URL.Hostname(), notGranted(next.URL))
	}
	if next.URL.Scheme != first.URL.Scheme || !strings.EqualFold(next.URL.Host, first.URL.Host) {
		next.Header = http.Header{"User-Agent": {userAgent}}
	}
	return nil
}

// fault says what a failure means, without the URL.
func (c *Client) fault(ctx context.Context, host string, err error) error {
	var wrapped *url.Error
	timeout := errors.As(err, &wrapped) && wrapped.Timeout()
	if wrapped != nil {
		err = wrapped.Err
	}
	var private *privateError
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &private):
		return &Error{Err: private}
	case ctx.Err() != nil:
		return &Error{Err: fmt.Errorf("ask %s: %w", host, ctx.Err()), Temporary: true, Unknown: true}
	case errors.As(err, &certificate):
		return &Error{Err: fmt.Errorf("%s shows no certificate that it could be known by: %w", host, certificate.Err)}
	case errors.As(err, &name):
		return &Error{Err: fmt.Errorf("%s is not to be found: %s", host, name.Err), Temporary: true}
	case errors.As(err, &op) && op.Op == "dial":
		return &Error{Err: fmt.Errorf("%s cannot be reached: %w", host, op.Err), Temporary: true}
	case timeout:
		return &Error{Err: fmt.Errorf("%s did not answer within %s", host, c.o.Timeout), Temporary: true, Unknown: true}
	}
	return &Error{Err: fmt.Errorf("ask %s: %w", host, err), Temporary: true, Unknown: true}
}

package rest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request to come.
type call struct {
	verb    string
	path    string // escaped
	root    string // what path is below; "" means /api/v1/
	query   url.Values
	body    []byte
	kind    string        // the body's content type; "" means JSON
	timeout time.Duration // 0 means Options.Timeout
	public  bool          // needs no session
	file    bool          // a success is a file, of any type
	limit   int64         // longest answer; 0 means Options.MaxBody
}

// name is how errors and logs call it.
func (k call) name() string { return k.verb + " " + k.path }

// below is what path is below.
func (k call) below() string { return cmp.Or(k.root, "/api/v1/") }

// answer is what came back with a success.
type answer struct {
	body   []byte
	header http.Header
}

// Get reads path, such as "rooms.info", into what into points to. A read is
// repeated when the server is away or stumbles. Path segments that come from
// outside are the caller's to escape.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.json(ctx, call{verb: http.MethodGet, path: path, query: query}, into)
}

// Post sends body as JSON, once, and decodes the answer.
func (c *Client) Post(ctx context.Context, path string, body, into any) error {
	return c.send(ctx, call{verb: http.MethodPost, path: path}, body, into)
}

func (c *Client) send(ctx context.Context, k call, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write %s: %w", k.name(), err)
	}
	k.body = data
	return c.json(ctx, k, into)
}

func (c *Client) json(ctx context.Context, k call, into any) error {
	a, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	return c.decode(k, a.body, into)
}

// decode fills into as far as the answer fits: what has another type than
// expected stays zero.
func (c *Client) decode(k call, data []byte, into any) error {
	if into == nil {
		return nil
	}
	err := json.Unmarshal(data, into)
	var odd *json.UnmarshalTypeError
	switch {
	case errors.As(err, &odd):
		c.puzzled(k, odd)
	case err != nil:
		return &Error{Call: k.name(), Kind: ErrUnclear, Cause: err}
	}
	return nil
}

// puzzled says once of each field that it has another type than expected: a
// server that writes it so does so in each answer.
func (c *Client) puzzled(k call, odd *json.UnmarshalTypeError) {
	level := slog.LevelDebug
	path, _, _ := strings.Cut(strings.TrimPrefix(k.path, "livechat/"), "/") // what follows may be an id
	if _, said := c.puzzles.LoadOrStore(path+" "+odd.Field, true); !said {
		level = slog.LevelWarn
	}
	c.log.Log(context.Background(), level, "answer has a field of another type than expected: it counts as missing", "call", k.name(), "field", odd.Field, "type", odd.Value)
}

// attempt makes the call, a read as often as it takes and is sensible.
func (c *Client) attempt(ctx context.Context, k call) (answer, error) {
	if k.verb != http.MethodGet {
		a, err := c.authorised(ctx, k)
		if limited(err) {
			a, err = c.authorised(ctx, k) // which waits for its turn
		}
		return a, err
	}
	return c.reads.WithContext(ctx).Get(func() (answer, error) { return c.authorised(ctx, k) })
}

// authorised makes the call with the session's token. When that has expired, a
// new one is fetched by password, or read from where people put it, and the call
// made again: the server looks at the token before anything else.
func (c *Client) authorised(ctx context.Context, k call) (answer, error) {
	if k.public {
		return c.once(ctx, k, Session{})
	}
	s, err := c.current(ctx)
	if err != nil {
		return answer{}, err
	}
	a, err := c.once(ctx, k, s)
	if !errors.Is(err, ErrUnauthorized) {
		return a, err
	}
	if s, err = c.renew(ctx, s, err); err != nil {
		return answer{}, err
	}
	return c.once(ctx, k, s)
}

// limited reports whether the server refused the call for its limit, before
// it did anything, and told until when.
func limited(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == ErrRateLimited && e.Status != 0 && !e.Reset.IsZero()
}

// once makes one request and reads its answer.
func (c *Client) once(ctx context.Context, k call, s Session) (answer, error) {
	if err := c.limits.enter(ctx, k); err != nil {
		return answer{}, err
	}
	defer c.limits.leave(k)
	within, cancel := context.WithTimeout(ctx, c.patience(k))
	defer cancel()
	req, err := c.request(within, k, s)
	if err != nil {
		return answer{}, err
	}
	c.record.note(k, s)
	began := time.Now()
	resp, err := c.fetch(req, k)
	if err != nil {
		return answer{}, c.unreachable(ctx, k, err)
	}
	defer resp.Body.Close()
	c.limits.note(k, resp.Header)
	body, err := c.read(k, resp)
	if errors.Is(err, ErrTooLarge) {
		return answer{}, err
	}
	if err != nil {
		return answer{}, c.unreachable(ctx, k, err)
	}
	c.log.Debug("call", "call", k.name(), "status", resp.StatusCode, "took", time.Since(began), "bytes", len(body))
	if err := c.judge(k, resp, body); err != nil {
		return answer{}, err
	}
	return answer{body: body, header: resp.Header}, nil
}

// fetch makes the request. A download may be sent on to where the files lie,
// which must not get our token.
func (c *Client) fetch(req *http.Request, k call) (*http.Response, error) {
	resp, err := c.http.Do(req)
	for n := 0; err == nil && k.file && isRedirect(resp) && n < 5; n++ {
		resp.Body.Close()
		var to *url.URL
		if to, err = resp.Location(); err != nil {
			return nil, err
		}
		next, err := http.NewRequestWithContext(req.Context(), http.MethodGet, to.String(), nil)
		if err != nil {
			return nil, err
		}
		if to.Scheme == c.base.Scheme && to.Host == c.base.Host {
			next.Header = req.Header
		}
		if resp, err = c.http.Do(next); err != nil {
			return nil, err
		}
	}
	return resp, err
}

func isRedirect(resp *http.Response) bool {
	return resp.StatusCode/100 == 3 && resp.Header.Get("Location") != ""
}

func (c *Client) patience(k call) time.Duration {
	if k.timeout != 0 {
		return k.timeout
	}
	return c.opt.Timeout
}

func (c *Client) request(ctx context.Context, k call, s Session) (*http.Request, error) {
	address := c.base.String() + k.below() + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, k.verb, address, bytes.NewReader(k.body))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", k.name(), err)
	}
	if k.body != nil {
		req.Header.Set("Content-Type", k.kind)
		if k.kind == "" {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	req.Header.Set("User-Agent", "bellhop")
	if s.Token != "" {
		req.Header.Set("X-Auth-Token", s.Token)
		req.Header.Set("X-User-Id", s.UserID)
	}
	return req, nil
}

func (c *Client) read(k call, resp *http.Response) ([]byte, error) {
	limit := k.limit
	if limit == 0 {
		limit = c.opt.MaxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(body)) > limit {
		return nil, &Error{Call: k.name(), Status: resp.StatusCode, Kind: ErrTooLarge, Text: fmt.Sprintf("more than %d bytes", limit)}
	}
	return body, err
}

// unreachable says that there was no whole answer. When the caller's own time
// is over, that is the reason.
func (c *Client) unreachable(ctx context.Context, k call, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", k.name(), context.Cause(ctx))
	}
	var u *url.Error // it repeats the address, query included
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s: %w", c.patience(k), err)
	}
	e := &Error{Call: k.name(), Kind: ErrUnreachable, Cause: err}
	if errors.As(err, new(*tls.CertificateVerificationError)) {
		e.Hint = "name the authority that signed the server's certificate in workspace.ca_file"
	}
	return e
}

// judge says whether the answer is a success.
func (c *Client) judge(k call, resp *http.Response, body []byte) error {
	if k.file && resp.StatusCode == http.StatusOK {
		return nil
	}
	if !isJSON(resp.Header) {
		return c.foreign(k, resp)
	}
	var f failure
	if err := json.Unmarshal(body, &f); err != nil && errors.As(err, new(*json.SyntaxError)) {
		return c.foreign(k, resp)
	}
	if resp.StatusCode == http.StatusOK && (f.Success == nil || *f.Success) && f.Status != "error" {
		c.spoken.Store(true)
		return nil
	}
	e := &Error{Call: k.name(), Status: resp.StatusCode, Code: f.code(), Text: f.text(), Kind: f.kind(resp.StatusCode)}
	switch {
	case e.Code == "totp-required" || e.Code == "totp-invalid":
		e.Hint = "the account asks for a second factor: use a personal access token made with \"ignore two factor authentication\""
	case e.Kind == ErrForbidden:
		e.Hint = permit(k)
		c.noteForbidden(e)
	case e.Kind == ErrRateLimited:
		c.limits.hear(k, e.Text)
		e.Reset = c.limits.until(k)
	}
	return e
}

func (c *Client) noteForbidden(err error) {
	if c.opt.Forbidden != nil && errors.Is(err, ErrForbidden) {
		c.opt.Forbidden(err)
	}
}

func isJSON(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "application/json"
}

// foreign is an answer that is not JSON. Rocket.Chat gives one only to calls
// that it does not know, up to 3.x with status 200 and its web application.
func (c *Client) foreign(k call, resp *http.Response) error {
	e := &Error{Call: k.name(), Status: resp.StatusCode, Kind: foreignKind(resp.StatusCode)}
	switch {
	case e.Kind == ErrRateLimited:
		e.Reset = c.limits.until(k)
	case e.Kind == ErrUnreachable:
		e.Hint = "a proxy answers that the server is not up: look at the server"
	case e.Kind == ErrNotRocketChat:
		e.Hint = fmt.Sprintf("it redirects to %s: set workspace.url to where the server really is", resp.Header.Get("Location"))
	case !k.file && (e.Kind == ErrForbidden || e.Kind == ErrUnauthorized): // the server says so in JSON
		e.Kind, e.Hint = ErrUnreachable, "something before the server refuses it: let this machine through"
		if !c.spoken.Load() {
			e.Kind = ErrNotRocketChat
		}
	case e.Kind == ErrNoCall && k.file:
		e.Kind = ErrNotFound
	case e.Kind == ErrNoCall && !c.spoken.Load():
		e.Kind = ErrNotRocketChat
		e.Hint = fmt.Sprintf("the answer is %q instead of JSON: check workspace.url, and the path in it if the server runs below one", resp.Header.Get("Content-Type"))
	}
	return e
}

func foreignKind(status int) error {
	switch {
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status >= http.StatusInternalServerError:
		return ErrUnreachable
	case status == http.StatusOK, status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return ErrNoCall
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return ErrNotRocketChat
	}
	return ErrRefused
}

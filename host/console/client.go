package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// ErrNobody says that no host listens on the socket.
var ErrNobody = errors.New("no host runs")

// firstWord is how long a host may take to say that it is there, which costs
// it nothing. What it is asked afterwards may take longer.
const firstWord = 10 * time.Second

// Client asks a console.
type Client struct{ http http.Client }

// Dial is a client of the host that listens on the socket. The error is
// ErrNobody when none does, and another one when it says nothing for ten
// seconds: a process that was stopped keeps its socket.
func Dial(ctx context.Context, path string) (*Client, error) {
	c, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	return c, c.greet(ctx, path, firstWord)
}

func dial(ctx context.Context, path string) (*Client, error) {
	dial := func(ctx context.Context) (net.Conn, error) {
		short, done, err := shorten(path)
		if err != nil {
			return nil, err
		}
		defer done()
		return (&net.Dialer{}).DialContext(ctx, "unix", short)
	}
	conn, err := dial(ctx)
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNobody
	case err != nil:
		return nil, fmt.Errorf("reach the host: %w", err)
	}
	conn.Close()
	way := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }, DisableKeepAlives: true}
	return &Client{http.Client{Transport: way}}, nil
}

// greet waits for the host's first word, whatever it says.
func (c *Client) greet(ctx context.Context, path string, within time.Duration) error {
	short, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(short, http.MethodHead, "http://bellhop/", nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case short.Err() != nil:
		return fmt.Errorf("the host behind %s says nothing for %s: its process may be stopped or starved: wake it (kill -CONT) or end it (kill -9, which loses nothing) and start it again by `bellhop run`", path, within)
	case err != nil:
		return fmt.Errorf("reach the host: %w", err)
	}
	return resp.Body.Close()
}

// Beside is a client of a console in this process.
func Beside(h http.Handler) *Client { return &Client{http.Client{Transport: beside{h}}} }

type beside struct{ http.Handler }

func (b beside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &written{header: http.Header{}, status: http.StatusOK}
	b.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// written is what a handler wrote.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(p []byte) (int, error) { return w.body.Write(p) }

// Get asks for something.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, into)
}

// Post tells something.
func (c *Client) Post(ctx context.Context, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, bytes.NewReader(data), into)
}

func (c *Client) do(ctx context.Context, verb, path string, body io.Reader, into any) error {
	r, err := http.NewRequestWithContext(ctx, verb, "http://bellhop"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask the host: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	var f fault
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
		return fmt.Errorf("ask the host: it answers %s: it may be another version of Bellhop", resp.Status)
	}
	if f.Unknown != "" {
		return &UnknownError{f.Unknown}
	}
	return errors.New(f.Error)
}

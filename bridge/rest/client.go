package rest

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
)

// Options configure a Client. URL is required, and either UserID and Token or
// User and Password.
type Options struct {
	URL       string        // of the workspace, such as https://chat.example.com or https://example.com/chat
	UserID    string        // whose the token is
	Token     string        // a personal access token, or any login token
	User      string        // a username or an e-mail address
	Password  string        // with User, instead of a token
	Renew     Renew         // reads the token again when the server refuses it; nil means that it stays what it is
	HTTP      *http.Client  // carries authorities and proxy; nil means the system's. It follows redirects as we say
	Timeout   time.Duration // for one answer; 0 means 30s
	Pause     time.Duration // before a read is first repeated, then twice as long each time up to 8 of it; 0 means 250ms
	MaxBody   int64         // longest JSON answer in bytes; 0 means 32 MiB
	Log       *slog.Logger  // nil means no log
	Forbidden func(error)   // is told of each call that the server does not permit; it must not wait. Nil means nobody
	Record    io.Writer     // gets each request as a line of JSON {method, path, query, body}, secrets masked; nil means nobody
}

// Renew reads a token, and whose it is, from where people put a new one. Neither
// may be empty.
type Renew func() (userID, token string, err error)

// Client makes calls. Make it with New.
type Client struct {
	opt     Options
	base    *url.URL
	http    *http.Client
	log     *slog.Logger
	reads   failsafe.Executor[answer]
	limits  limits
	trips   breakers
	record  requests
	spoken  atomic.Bool          // this server has answered as Rocket.Chat does
	info    atomic.Pointer[Info] // what the server has told of itself; nil before it has
	lacks   sync.Map             // ways and filters that this server has not, by name
	puzzles sync.Map             // fields of odd types that were spoken of, by call

	login   chan struct{} // holds one while somebody logs in; guards what follows
	session Session
	refused time.Time // when the password was last refused
	refusal error
}

// New checks the options. It calls nobody.
func New(o Options) (*Client, error) {
	base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Token != "" && o.UserID == "":
		return nil, errors.New("make client: a token needs its user: set workspace.user_id")
	case o.Token == "" && (o.User == "" || o.Password == ""):
		return nil, errors.New("make client: nobody to log in as: set workspace.user_id and workspace.token, or workspace.user and workspace.password")
	}
	if o.Token != "" && (!isHeader(o.UserID) || !isHeader(o.Token)) {
		return nil, errors.New("make client: the token or its user has characters that no token has: copy it again, without blanks and line ends")
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Pause == 0 {
		o.Pause = 250 * time.Millisecond
	}
	if o.MaxBody == 0 {
		o.MaxBody = 32 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{opt: o, base: base, http: withoutRedirects(o.HTTP), log: o.Log, login: make(chan struct{}, 1), trips: breakers{log: o.Log}, record: requests{w: o.Record, secrets: []string{o.Token, o.Password}}}
	c.session = Session{UserID: o.UserID, Token: o.Token}
	c.reads = retrying(o.Pause)
	return c, nil
}

// isHeader reports whether a token or its user can be one.
func isHeader(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		return nil, fmt.Errorf("read workspace.url: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("read workspace.url %q: it must be like https://chat.example.com", text)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}, nil
}

// withoutRedirects is the client, but it hands redirects to us: our headers
// hold a token that Go would carry to other hosts.
func withoutRedirects(h *http.Client) *http.Client {
	ours := &http.Client{}
	if h != nil {
		*ours = *h
	}
	ours.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return ours
}

// URL is the workspace's address, without a slash at its end.
func (c *Client) URL() string { return c.base.String() }

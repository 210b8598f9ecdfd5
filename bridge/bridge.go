package bridge

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Options configure a Bridge. URL is required, and either UserID and Token or
// User and Password.
type Options struct {
	URL       string        // of the workspace, such as https://chat.example.com
	UserID    string        // whose the token is
	Token     string        // a personal access token, or any login token
	User      string        // a username or an e-mail address
	Password  string        // with User, instead of a token
	HTTP      *http.Client  // carries authorities and proxy, for the websocket too if its Transport is an *http.Transport; nil means the system's
	Reconcile time.Duration // how often the chats are compared with the server's; 0 means 1m
	Heartbeat time.Duration // how often the websocket is pinged; 0 means 15s
	Log       *slog.Logger  // nil means no log
}

// Bridge is a workspace. Make it with New.
type Bridge struct {
	opt   Options
	rest  *rest.Client
	clock *clock // the server's
	log   *slog.Logger
	me    atomic.Pointer[rest.Session] // who we are; nil before the first login
	names *names                       // of departments and agents
}

// New checks the options. It starts nothing and calls nobody.
func New(o Options) (*Bridge, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Reconcile <= 0 {
		o.Reconcile = time.Minute
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	c := &clock{}
	timed := *o.HTTP
	timed.Transport = c.over(o.HTTP.Transport)
	client, err := rest.New(rest.Options{
		URL: o.URL, UserID: o.UserID, Token: o.Token, User: o.User, Password: o.Password,
		HTTP: &timed, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	return &Bridge{opt: o, rest: client, clock: c, log: o.Log, names: newNames(client)}, nil
}

// self is Bellhop's own account. The server is asked once.
func (b *Bridge) self(ctx context.Context) (sdk.Person, error) {
	if s := b.me.Load(); s != nil {
		return sdk.Person{ID: s.UserID, Username: s.Username}, nil
	}
	s, err := b.rest.Login(ctx)
	if err != nil {
		return sdk.Person{}, err
	}
	b.me.Store(&s)
	return sdk.Person{ID: s.UserID, Username: s.Username}, nil
}

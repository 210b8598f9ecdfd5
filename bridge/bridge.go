package bridge

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Connections is how many idle connections to the workspace are worth keeping:
// as many as effects and looks are made at a time. Go keeps two; each further
// call would dial anew, and shake hands, which costs more than the call.
const Connections = 64

// Options configure a Bridge. URL is required, and either UserID and Token or
// User and Password.
type Options struct {
	URL       string        // of the workspace, such as https://chat.example.com
	UserID    string        // whose the token is
	Token     string        // a personal access token, or any login token
	User      string        // a username or an e-mail address
	Password  string        // with User, instead of a token
	Renew     rest.Renew    // reads the token again when the server refuses it; nil means that it stays what it is
	HTTP      *http.Client  // carries authorities and proxy, for the websocket too if its Transport is an *http.Transport, and should keep idle Connections; nil means the system's
	Reconcile time.Duration // how often the chats are compared with the server's; 0 means 1m
	Timeout   time.Duration // of one answer; 0 means 30s
	Heartbeat time.Duration // how often the websocket is pinged; 0 means 15s
	Log       *slog.Logger  // nil means no log
	Record    io.Writer     // gets each REST request as a line of JSON {method, path, query, body}, secrets masked; nil means nobody
}

// Bridge is a workspace. Make it with New.
type Bridge struct {
	opt       Options
	rest      *rest.Client
	clock     *clock // the server's
	log       *slog.Logger
	me        atomic.Pointer[rest.Session] // who we are; nil before the first login
	info      atomic.Pointer[rest.Info]    // what the server is; nil before Run has asked
	names     *names                       // of departments and agents
	routing   routing
	keys      guestKeys             // of files that guests sent
	rooms     directs               // in which people are written to
	typing    *typing               // that guests see
	writers   writers               // agents, at this moment
	prefs     *prefs                // settings of the workspace
	orders    map[string]Order      // that people can give
	slots     chan struct{}         // of orders under way
	watch     atomic.Pointer[watch] // that runs; nil while none does
	ears      ears                  // for rooms whose tags are written
	puzzles   puzzles               // of frames, that were spoken of
	mandate   mandate
	lease     atomic.Pointer[lease] // the right to act; nil while nobody asks for it
	directory directory             // that plugins read
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
		way := http.DefaultTransport.(*http.Transport).Clone()
		way.MaxIdleConnsPerHost = Connections
		o.HTTP = &http.Client{Transport: way}
	}
	c := &clock{}
	timed := *o.HTTP
	timed.Transport = c.over(o.HTTP.Transport)
	b := &Bridge{opt: o, clock: c, log: o.Log, typing: newTyping(), slots: make(chan struct{}, maxOrders)}
	b.mandate.refusals, b.mandate.told = make(chan error, 1), map[string]bool{}
	client, err := rest.New(rest.Options{
		URL: o.URL, UserID: o.UserID, Token: o.Token, User: o.User, Password: o.Password, Renew: o.Renew,
		HTTP: &timed, Timeout: o.Timeout, Log: o.Log, Record: o.Record, Forbidden: b.mandate.refused,
	})
	if err != nil {
		return nil, err
	}
	b.rest, b.names, b.prefs = client, newNames(client), &prefs{rest: client}
	return b, nil
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

// Run calls emit, from one goroutine, for every fact that picture does not
// hold yet, until ctx ends or emit fails. After each complete comparison with
// the server it emits an event that has only Seen.
//
// It does not end because the network or the server is away, nor because a
// session ends: it tries again, and says so in the log. It ends at the start,
// with advice, when the server is no Rocket.Chat, does not take the login, or
// does not let the account see its chats.
func (b *Bridge) Run(ctx context.Context, picture Picture, emit func(Event) error) error {
	if b.lease.Load() == nil { // else Hold has
		if err := b.enter(ctx); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	w := newWatch(ctx, g, b, picture, emit)
	b.watch.Store(w)
	defer b.watch.Store(nil)
	g.Go(w.run)
	g.Go(func() error { return b.listen(ctx, w) })
	g.Go(func() error { return b.guard(ctx) })
	return g.Wait()
}

// enter finds out where we are and whether we may be there. While nobody
// answers it waits.
func (b *Bridge) enter(ctx context.Context) error {
	for n := 1; ; n++ {
		err := b.knock(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			return nil
		case !rest.Temporary(err):
			return fmt.Errorf("start bridge: %w", err)
		}
		b.log.Warn("workspace does not answer: trying again", "attempt", n, "err", err)
		if err := sleep(ctx, pause(n, firstRetry, lastRetry)); err != nil {
			return err
		}
	}
}

func (b *Bridge) knock(ctx context.Context) error {
	if err := b.recognise(ctx); err != nil {
		return err
	}
	if err := b.login(ctx); err != nil {
		return err
	}
	if _, err := b.rest.Rooms(ctx, rest.RoomFilter{State: rest.RoomsOpen, Limit: 1}); err != nil {
		return fmt.Errorf("see chats: %w", err)
	}
	if err := b.names.learn(ctx, 0); err != nil && !rest.Temporary(err) {
		b.log.Warn("names of departments or agents are not to be had: their ids stand for them", "err", err)
	}
	b.learnRouting(ctx)
	b.log.Info("at the workspace", "url", b.rest.URL(), "version", b.info.Load().Version, "user", b.me.Load().Username)
	return nil
}

// recognise asks the server what it is: people upgrade it while we run, and from
// one version to the next the same question has other answers.
func (b *Bridge) recognise(ctx context.Context) error {
	info, err := b.rest.Info(ctx)
	if err != nil {
		return err
	}
	if before := b.info.Swap(&info); before != nil && before.Version != info.Version {
		b.log.Info("workspace has become another version: it is asked in the ways of that one", "version", info.Version, "before", before.Version)
	}
	return nil
}

// login makes sure that the server takes our token.
func (b *Bridge) login(ctx context.Context) error {
	s, err := b.rest.Login(ctx)
	if err == nil {
		b.me.Store(&s)
	}
	return err
}

// openStates are the questions whose answers together are all open chats.
func (b *Bridge) openStates() []rest.RoomState {
	if info := b.info.Load(); info != nil && info.AtLeast(6, 0) {
		return []rest.RoomState{rest.RoomsOpen, rest.RoomsQueued, rest.RoomsHeld}
	}
	return []rest.RoomState{rest.RoomsOpen}
}

// sleep waits, but not longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

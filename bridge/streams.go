package bridge

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
)

const (
	// Servers take 40 subscriptions of one stream in 40 seconds from one
	// connection. What is beyond burst is paced.
	burst = 30
	pace  = 1200 * time.Millisecond

	firstRedial = 100 * time.Millisecond
	lastRedial  = 10 * time.Second // longer, and what happened during a long outage is told so much later
	steady      = 10 * time.Second // a connection that lasted so long was a good one
	flapping    = 4                // the attempt after one that was lost sooner, but had listened: within a second
)

// listen keeps a connection up, one after another, until ctx ends.
func (b *Bridge) listen(ctx context.Context, w *watch) error {
	for n := 1; ; n++ {
		began := time.Now()
		err := b.session(ctx, w)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		listened, gone := w.part()
		if gone != nil {
			return gone
		}
		n = inARow(n, time.Since(began), listened)
		b.lament(err, n)
		if err := sleep(ctx, pause(n, firstRedial, lastRedial)); err != nil {
			return err
		}
	}
}

// inARow is which attempt in a row the n-th counts as, after its connection
// was lost. A server that took us is tried again soon, however often the line
// fails; not at once, since each connection costs it some calls.
func inARow(n int, lasted time.Duration, listened bool) int {
	switch {
	case lasted > steady:
		return 1
	case listened:
		return min(n, flapping)
	}
	return n
}

// lament says why there is no connection: loudly, if it is up to people.
func (b *Bridge) lament(err error, n int) {
	var refused *ddp.Error
	switch {
	case errors.Is(err, rest.ErrUnauthorized), errors.As(err, &refused) && refused.Code == "403":
		b.log.Error("workspace does not take our login any more: nothing is heard until it does", "attempt", n, "err", err)
	case errors.Is(err, rest.ErrForbidden):
		b.log.Error("account has lost a right: nothing is heard until it has it back", "attempt", n, "err", err)
	default:
		b.log.Warn("connection lost: trying again", "attempt", n, "err", err)
	}
}

// session is one connection: logged in, subscribed, and caught up with.
func (b *Bridge) session(ctx context.Context, w *watch) error {
	if err := b.recognise(ctx); err != nil {
		return err
	}
	if err := b.login(ctx); err != nil {
		return err
	}
	if err := b.names.learn(ctx, namesLast); err != nil {
		b.log.Debug("names are learned later", "err", err)
	}
	b.learnRouting(ctx)
	conn, err := ddp.Dial(ctx, b.dialing(w))
	if err != nil {
		return err
	}
	defer b.ears.part()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return conn.Run(ctx) })
	g.Go(func() error { return b.settleIn(ctx, conn, w) })
	return g.Wait()
}

func (b *Bridge) dialing(w *watch) ddp.Options {
	config, proxy := b.way()
	return ddp.Options{
		URL: b.rest.URL(), TLS: config, Proxy: proxy, Heartbeat: b.opt.Heartbeat, Log: b.log,
		OnEvent: func(_ context.Context, e ddp.Event) error {
			if b.ears.hear(e) {
				return nil
			}
			return w.frame(e)
		},
	}
}

// way is how calls reach the server; the websocket goes the same.
func (b *Bridge) way() (*tls.Config, func(*http.Request) (*url.URL, error)) {
	t, ok := b.opt.HTTP.Transport.(*http.Transport)
	if !ok {
		return nil, nil
	}
	config := t.TLSClientConfig
	if config != nil {
		config = config.Clone()
		config.NextProtos = nil // a websocket is HTTP/1.1
	}
	return config, t.Proxy
}

// settleIn logs in and subscribes. Then what happened before is caught up
// with, and not earlier, so that nothing falls between.
func (b *Bridge) settleIn(ctx context.Context, conn *ddp.Conn, w *watch) error {
	me := b.me.Load()
	if _, err := conn.LoginToken(ctx, me.Token); err != nil {
		return err
	}
	b.ears.join(conn)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return b.typing.serve(ctx, b, conn) })
	g.Go(func() error { return b.subscribeAll(ctx, conn, w) })
	return g.Wait()
}

func (b *Bridge) subscribeAll(ctx context.Context, conn *ddp.Conn, w *watch) error {
	me := b.me.Load()
	subs := b.subscriptions(me.UserID)
	for i, s := range subs {
		if i == burst || i == len(subs)-1 && i < burst {
			if err := w.do(w.joined); err != nil {
				return err
			}
		}
		if i >= burst {
			if err := sleep(ctx, pace); err != nil {
				return err
			}
		}
		if err := b.subscribe(ctx, conn, s); err != nil {
			return err
		}
	}
	return nil
}

// subscription is one event of one stream.
type subscription struct{ stream, event string }

// subscriptions are what a livechat manager listens to, the most important
// first.
func (b *Bridge) subscriptions(uid string) []subscription {
	subs := []subscription{
		{streamMessages, "__my_messages__"},
		{streamUser, uid + "/rooms-changed"},
		{streamUser, uid + "/subscriptions-changed"},
		{streamQueue, "public"},
	}
	for _, id := range b.names.all() {
		subs = append(subs, subscription{streamQueue, "department/" + id})
	}
	return subs
}

// subscribe subscribes, and waits if the server wants us to. Without the queue
// chats are still found, only later.
func (b *Bridge) subscribe(ctx context.Context, conn *ddp.Conn, s subscription) error {
	for {
		_, err := conn.Subscribe(ctx, s.stream, s.event, map[string]any{"useCollection": false, "args": []any{}})
		var refused *ddp.Error
		var denied *ddp.RefusedError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refused) && refused.Code == "too-many-requests":
			b.log.Debug("server wants us to subscribe more slowly", "wait", refused.TimeToReset)
			if err := sleep(ctx, max(refused.TimeToReset, time.Second)); err != nil {
				return err
			}
		case errors.As(err, &denied) || errors.As(err, &refused):
			if s.stream == streamMessages {
				return err
			}
			b.log.Warn("stream is refused: its news come by comparison, up to a minute late", "stream", s.stream, "event", s.event, "err", err)
			return nil
		default:
			return err
		}
	}
}

// pause is how long to wait before attempt n+1: twice as long each time, and
// never the same for everybody.
func pause(n int, first, last time.Duration) time.Duration {
	d := last
	if n < 16 {
		d = min(first<<max(n-1, 0), last)
	}
	return d/2 + rand.N(d/2+1)
}

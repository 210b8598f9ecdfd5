package call

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Reach asks whether the service would make a call, and changes nothing there.
// Of BigBlueButton that is all that is needed, of others that somebody answers.
func (l *Links) Reach(ctx context.Context) error { return l.service.reach(ctx) }

// Caution is what the people of a call will meet that no setting changes; "" if
// nothing is known.
func (l *Links) Caution() string {
	if u, err := url.Parse(l.o.Link); l.o.Provider == Jitsi && err == nil && u.Hostname() == "meet.jit.si" {
		return "meet.jit.si lets nobody begin a call who has not signed in there: agents need an account, or a Jitsi server of your own"
	}
	return ""
}

// reach asks for BigBlueButton's meetings: only who knows the secret gets them.
func (b *bigBlueButton) reach(ctx context.Context) error {
	_, err := b.ask(ctx, "getMeetings")
	return err
}

func (j jitsi) reach(ctx context.Context) error  { return answers(ctx, j.http, j.pattern) }
func (t linked) reach(ctx context.Context) error { return answers(ctx, t.http, t.pattern) }

// reach asks for a file of the page: a Rocket.Chat server answers any path with
// its own page.
func (w workspace) reach(ctx context.Context) error {
	got, err := get(ctx, w.http, w.base+"/pages/call.js")
	if err != nil {
		return err
	}
	if kind := got.Header.Get("Content-Type"); got.StatusCode != http.StatusOK || !strings.Contains(kind, "javascript") {
		return fmt.Errorf("%s is not the embedded workspace: it has no page for calls: name another calls.provider, such as rocketchat", w.base)
	}
	return nil
}

// answers reports whether somebody is at the host of a link. No room is entered.
func answers(ctx context.Context, c *http.Client, link string) error {
	u, err := url.Parse(strings.ReplaceAll(link, placeholder, "room"))
	if err != nil {
		return fmt.Errorf("call link: %w", err)
	}
	got, err := get(ctx, c, u.Scheme+"://"+u.Host+"/")
	if err != nil {
		return err
	}
	if got.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%s answers with status %d", u.Host, got.StatusCode)
	}
	return nil
}

// get is an answer whose body nobody reads.
func get(ctx context.Context, c *http.Client, at string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	got, err := c.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer: %w", r.URL.Host, cause(err))
	}
	got.Body.Close()
	return got, nil
}

// cause is without the address, which may hold a checksum.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// Probe answers for the page where no host runs that does, and knows no call.
// Whatever link is opened meanwhile leads nowhere.
func Probe(o Options) (http.Handler, error) {
	o.RoomSecret = make([]byte, leastSecret)
	rand.Read(o.RoomSecret) // another installation's: no link is one of its own, so nobody is asked of calls
	l, err := New(o)
	if err != nil {
		return nil, err
	}
	return l.Handler(nil, slog.New(slog.DiscardHandler)), nil
}

// ReachPage asks whether the page answers at its public address.
func (l *Links) ReachPage(ctx context.Context) error {
	word := make([]byte, 8)
	rand.Read(word)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.public+"/c/"+hex.EncodeToString(word), nil)
	if err != nil {
		return err
	}
	got, err := l.o.HTTP.Do(r)
	if err != nil {
		return fmt.Errorf("%s cannot be reached: %w", l.public, cause(err))
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, 64<<10))
	switch {
	case err != nil:
		return fmt.Errorf("%s breaks off: %w", l.public, err)
	case got.StatusCode != http.StatusGone || !strings.Contains(string(body), nowhere.Title):
		return &stranger{l.public, got.StatusCode}
	}
	return nil
}

// stranger is somebody else at the page's public address.
type stranger struct {
	url    string
	status int
}

func (s *stranger) Error() string {
	return fmt.Sprintf("%s/c/ is answered with status %d, and not by Bellhop's page", s.url, s.status)
}

// Strange reports whether another program answers where the page should.
func Strange(err error) bool {
	var s *stranger
	return errors.As(err, &s)
}

package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Session is what the server knows us by. The token serves REST, downloads and
// DDP's login by resume alike.
type Session struct {
	UserID   string
	Token    string
	Username string // known after Login
}

// refusalLasts is how long a refused password is not tried again: the server
// would make every further login wait, people's as well.
const refusalLasts = time.Minute

// Login returns a session that the server has just confirmed. Of an address
// that has not answered yet it first asks whether that is a Rocket.Chat.
func (c *Client) Login(ctx context.Context) (Session, error) {
	if !c.spoken.Load() {
		if _, err := c.Info(ctx); err != nil {
			return Session{}, err
		}
	}
	me, err := c.Me(ctx)
	if err != nil {
		return Session{}, err
	}
	s, err := c.current(ctx)
	if err != nil {
		return Session{}, err
	}
	if me.ID != s.UserID {
		return Session{}, fmt.Errorf("log in: the token is of %s, and workspace.user_id names %s", me.ID, s.UserID)
	}
	s.Username = me.Username
	c.trips.mend()
	return s, nil
}

// lock waits for another's login to end, but not longer than ctx lasts.
func (c *Client) lock(ctx context.Context) error {
	select {
	case c.login <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("log in: %w", context.Cause(ctx))
	}
}

func (c *Client) unlock() { <-c.login }

// current is the session, made by password if there is none.
func (c *Client) current(ctx context.Context) (Session, error) {
	if err := c.lock(ctx); err != nil {
		return Session{}, err
	}
	defer c.unlock()
	if c.session.Token != "" {
		return c.session, nil
	}
	return c.byPassword(ctx)
}

// renew replaces a session that the server no longer knows, unless somebody
// else just has. Where there is no other token, the refusal stands.
func (c *Client) renew(ctx context.Context, old Session, refusal error) (Session, error) {
	if err := c.lock(ctx); err != nil {
		return Session{}, err
	}
	defer c.unlock()
	switch {
	case c.session.Token != old.Token && c.session.Token != "":
		return c.session, nil
	case c.opt.Password != "":
		return c.byPassword(ctx)
	case c.opt.Renew != nil:
		return c.byToken(refusal)
	}
	return Session{}, refusal
}

// byToken reads the token again. The caller holds the lock.
func (c *Client) byToken(refusal error) (Session, error) {
	user, token, err := c.opt.Renew()
	switch {
	case err != nil:
		return Session{}, withHint(refusal, "the token cannot be read again: "+err.Error())
	case token == c.session.Token && user == c.session.UserID, !isHeader(user), !isHeader(token):
		return Session{}, withHint(refusal, renewHint)
	}
	c.session = Session{UserID: user, Token: token}
	c.log.Info("token was read again")
	return c.session, nil
}

const renewHint = "make a new personal access token for the bot account and put it where the old one is, in workspace.token_file or config.yaml: it is read again at each attempt, without a restart"

// byPassword logs in. The caller holds the lock.
func (c *Client) byPassword(ctx context.Context) (Session, error) {
	if time.Since(c.refused) < refusalLasts {
		return Session{}, c.refusal
	}
	var got struct {
		Data struct {
			UserID    string `json:"userId"`
			AuthToken string `json:"authToken"`
		} `json:"data"`
	}
	k := call{verb: http.MethodPost, path: "login", public: true}
	err := c.send(ctx, k, map[string]string{"user": c.opt.User, "password": c.opt.Password}, &got)
	if err == nil && (got.Data.AuthToken == "" || got.Data.UserID == "") {
		err = &Error{Call: k.name(), Kind: ErrUnclear, Text: "no token in it"}
	}
	if err != nil {
		return Session{}, c.noLogin(ctx, err)
	}
	c.session = Session{UserID: got.Data.UserID, Token: got.Data.AuthToken}
	c.log.Info("logged in", "user", c.opt.User)
	return c.session, nil
}

// noLogin says why a password was refused, as far as can be found out.
func (c *Client) noLogin(ctx context.Context, err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrUnauthorized && e.Kind != ErrForbidden {
		return err
	}
	e.Kind = ErrUnauthorized // some servers say it so: it is the login that is refused
	switch {
	case c.hidesForm(ctx):
		e.Hint = "the workspace has its login form off, since people log in by single sign-on: set workspace.user_id and workspace.token to a personal access token of the bot account, which needs no form"
	case !strings.HasPrefix(e.Code, "totp-"):
		e.Hint = "the workspace refuses this password: correct workspace.user and workspace.password"
	}
	c.refused, c.refusal = time.Now(), err
	return err
}

// hidesForm reports whether the workspace says that nobody logs in by password.
func (c *Client) hidesForm(ctx context.Context) bool {
	all, err := c.Settings(ctx)
	return err == nil && slices.ContainsFunc(all, func(s Setting) bool { return s.ID == "Accounts_ShowFormLogin" && s.Value == false })
}

// Info is what the server tells anybody of itself.
type Info struct {
	Version string // such as "3.11.1", or "8.3" when it tells no more
}

// Info asks who the server is. It needs no login, and so is the first thing to
// ask of an address. What an earlier version lacked is forgotten when the server
// is another now.
func (c *Client) Info(ctx context.Context) (Info, error) { return c.tells(ctx, true) }

// InfoForAccount asks the same in the account's name: newer servers tell the
// patch, such as the 3 of 7.7.3, only to those who may view statistics.
func (c *Client) InfoForAccount(ctx context.Context) (Info, error) { return c.tells(ctx, false) }

func (c *Client) tells(ctx context.Context, anybody bool) (Info, error) {
	var got struct {
		Version string `json:"version"`
		Info    struct {
			Version string `json:"version"`
		} `json:"info"`
	}
	k := call{verb: http.MethodGet, path: "info", root: "/api/", public: anybody}
	if err := c.json(ctx, k, &got); err != nil {
		if !anybody { // who has logged in is at a Rocket.Chat
			return Info{}, err
		}
		return Info{}, stranger(err)
	}
	version := got.Info.Version
	if version == "" {
		version = got.Version
	}
	if version == "" {
		return Info{}, &Error{Call: k.name(), Status: http.StatusOK, Kind: ErrNotRocketChat, Text: "no version in the answer"}
	}
	info := Info{Version: version}
	if !anybody { // more of it, and not another server
		return info, nil
	}
	if before := c.info.Swap(&info); before != nil && before.Version != version {
		c.lacks.Clear()
	}
	return info, nil
}

// stranger is err, but what no Rocket.Chat would answer to the simplest of
// calls comes from something else.
func stranger(err error) error {
	var e *Error
	if errors.As(err, &e) {
		switch e.Kind {
		case ErrNotFound, ErrNoCall, ErrRefused, ErrForbidden, ErrUnauthorized, ErrUnclear:
			e.Kind, e.Hint = ErrNotRocketChat, "check workspace.url, and the path in it if the server runs below one"
		}
	}
	return err
}

// AtLeast reports whether the version is the one or newer, such as AtLeast(3, 11).
// What can't be read is the oldest.
func (i Info) AtLeast(major, minor int) bool {
	var a, b int
	fmt.Sscanf(strings.TrimPrefix(i.Version, "v"), "%d.%d", &a, &b)
	return a > major || a == major && b >= minor
}

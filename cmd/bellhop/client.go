package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// client does what guests and agents do in a workspace, over REST as their
// own programs would. It repeats a call while the server is away, so that a
// player outlives a restart; every call that it repeats is safe to repeat.
type client struct {
	base    string
	http    *http.Client
	mu      sync.Mutex // guards logins
	logins  map[string]login
	account map[string]account
}

type login struct{ user, token string }

// account is one line of what `bellhop lobby --accounts` writes.
type account struct {
	User     string `json:"user"`
	Password string `json:"password"`
	ID       string `json:"id"`
}

// apiError is an answer that says no.
type apiError struct {
	status int
	text   string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.text) }

func newClient(base string, accounts map[string]account) *client {
	return &client{base: base, http: &http.Client{Timeout: 30 * time.Second}, logins: map[string]login{}, account: accounts}
}

// as calls the API with the rights of the user; "" means as a guest. It tries
// again while the server is unreachable, until ctx ends.
func (c *client) as(ctx context.Context, user, method, path string, body, into any) error {
	for {
		err := c.once(ctx, user, method, path, body, into)
		var no *apiError
		switch {
		case err == nil, ctx.Err() != nil:
			return err
		case errors.As(err, &no) && no.status == http.StatusUnauthorized && user != "":
			c.forget(user)
		case errors.As(err, &no) && no.status != http.StatusTooManyRequests:
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (c *client) once(ctx context.Context, user, method, path string, body, into any) error {
	var data io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		data = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1/"+path, data)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if user != "" {
		l, err := c.login(ctx, user)
		if err != nil {
			return err
		}
		req.Header.Set("X-User-Id", l.user)
		req.Header.Set("X-Auth-Token", l.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return &apiError{res.StatusCode, string(b)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(b, into)
}

func (c *client) login(ctx context.Context, user string) (login, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l, ok := c.logins[user]; ok {
		return l, nil
	}
	a, ok := c.account[user]
	if !ok {
		return login{}, fmt.Errorf("log in: no account %q", user)
	}
	var res struct {
		Data struct {
			UserID    string `json:"userId"`
			AuthToken string `json:"authToken"`
		} `json:"data"`
	}
	err := c.once(ctx, "", http.MethodPost, "login", map[string]string{"user": a.User, "password": a.Password}, &res)
	var no *apiError
	if errors.As(err, &no) && no.status == http.StatusUnauthorized {
		return login{}, &apiError{http.StatusForbidden, "log in as " + user + ": the workspace refuses the password"}
	}
	if err != nil {
		return login{}, err
	}
	l := login{res.Data.UserID, res.Data.AuthToken}
	c.logins[user] = l
	return l, nil
}

func (c *client) forget(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.logins, user)
}

// call is a realtime method, called over REST.
func (c *client) call(ctx context.Context, user, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	msg, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": method, "params": params})
	if err != nil {
		return err
	}
	var res struct{ Message string }
	if err := c.as(ctx, user, http.MethodPost, "method.call/"+url.PathEscape(method), map[string]string{"message": string(msg)}, &res); err != nil {
		return err
	}
	var result struct{ Error json.RawMessage }
	if err := json.Unmarshal([]byte(res.Message), &result); err != nil {
		return fmt.Errorf("read answer of %s: %w", method, err)
	}
	if len(result.Error) > 0 {
		return fmt.Errorf("%s: %w", method, &apiError{http.StatusBadRequest, string(result.Error)})
	}
	return nil
}

// pause waits, and gives up when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

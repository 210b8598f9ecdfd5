package ddp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Login is who this session belongs to.
type Login struct {
	ID      string `json:"id"`           // of the user
	Token   string `json:"token"`        // works for REST as well
	Expires Time   `json:"tokenExpires"` // zero for a personal access token, and where the server says nothing
}

// LoginToken logs in with a login token or a personal access token. A wrong,
// expired or revoked one is an *Error with code 403.
func (c *Conn) LoginToken(ctx context.Context, token string) (Login, error) {
	return c.login(ctx, "create a new personal access token", map[string]any{"resume": token})
}

// LoginPassword logs in with a username or e-mail address. The password itself
// is not sent, but its SHA-256. Server 3.11 answers 403 "User not found" for a
// wrong password too, and refuses the sixth attempt within ten seconds with
// "too-many-requests", right or wrong.
func (c *Conn) LoginPassword(ctx context.Context, user, password string) (Login, error) {
	who := map[string]any{"username": user}
	if strings.Contains(user, "@") {
		who = map[string]any{"email": user}
	}
	sum := sha256.Sum256([]byte(password))
	digest := map[string]any{"digest": hex.EncodeToString(sum[:]), "algorithm": "sha-256"}
	return c.login(ctx, "check user and password", map[string]any{"user": who, "password": digest})
}

func (c *Conn) login(ctx context.Context, advice string, credential map[string]any) (Login, error) {
	result, err := c.Call(ctx, "login", credential)
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Code == "totp-required":
		return Login{}, fmt.Errorf("log in: %w (the account has two-factor login: use a personal access token that bypasses it)", refused)
	case errors.As(err, &refused) && refused.Code == "403":
		return Login{}, fmt.Errorf("log in: %w (%s)", refused, advice)
	case refused != nil:
		return Login{}, fmt.Errorf("log in: %w", refused)
	case err != nil:
		return Login{}, fmt.Errorf("log in: %w", err)
	}
	var l Login
	if err := json.Unmarshal(result, &l); err != nil || l.ID == "" {
		return Login{}, errors.New("log in: the answer names no user (is this a Rocket.Chat server?)")
	}
	return l, nil
}

package lobby

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// token is a login token, or a personal access token when it has a name. Only
// its hash is kept.
type token struct {
	Hash   string    `json:"hash"`
	UserID string    `json:"userId"`
	When   time.Time `json:"when"`
	Name   string    `json:"name,omitempty"`
	Last   string    `json:"last,omitempty"` // a personal token's last letters
}

const tokenLife = 90 * 24 * time.Hour

// expires is zero for a personal access token, which never dies.
func (k *token) expires() time.Time {
	if k.Name != "" {
		return time.Time{}
	}
	return k.When.Add(tokenLife)
}

func (k *token) dead(now time.Time) bool { return k.Name == "" && now.After(k.expires()) }

func hashToken(t string) string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

func (w *world) addToken(k *token) { w.tokens[k.Hash] = k }

// newToken makes a login token, or a personal one when it has a name.
func (t *tx) newToken(u *user, name string) (secret string, k *token) {
	secret = randomText(43)
	k = &token{Hash: hashToken(secret), UserID: u.ID, When: t.now, Name: name}
	if name != "" {
		k.Last = secret[len(secret)-6:]
	}
	t.addToken(k)
	t.put(k)
	return secret, k
}

func (t *tx) dropToken(k *token) {
	delete(t.tokens, k.Hash)
	t.remove(k)
}

// byToken finds the user of a token that is still good.
func (t *tx) byToken(secret string) (*user, *token) {
	k := t.tokens[hashToken(secret)]
	if k == nil || k.dead(t.now) {
		return nil, nil
	}
	return t.users[k.UserID], k
}

// personal is the user's personal token with this name.
func (w *world) personal(u *user, name string) *token {
	for _, k := range w.personalTokens(u) {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// personalTokens of a user, in a fixed order.
func (w *world) personalTokens(u *user) []*token {
	var out []*token
	for _, h := range sortedKeys(w.tokens) {
		if k := w.tokens[h]; k.UserID == u.ID && k.Name != "" {
			out = append(out, k)
		}
	}
	return out
}

// dropDeadTokens forgets the tokens that nobody can use any more.
func (t *tx) dropDeadTokens() {
	for _, h := range sortedKeys(t.tokens) {
		if k := t.tokens[h]; k.dead(t.now) {
			t.dropToken(k)
		}
	}
}

// logIn makes the connection the user's.
func (t *tx) logIn(c *conn, u *user, secret string) {
	if c.user != u {
		if c.user != nil {
			c.user.conns--
		}
		u.conns++
	}
	c.user, c.who, c.token = u, u.Username, hashToken(secret)
	t.setConnection(u, "online")
}

// logOut kills a token and the connections that live on it.
func (t *tx) logOut(secret string) {
	k := t.tokens[hashToken(secret)]
	if k == nil {
		return
	}
	t.dropToken(k)
	for c := range t.s.conns {
		if c.token == k.Hash {
			c.stop() // its writer says goodbye and closes the socket
		}
	}
}

package ddp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTokenLogsIn(t *testing.T) {
	c := run(t, serve(t, func(p *peer) {
		p.play(`
			> {"msg":"method","id":"m1","method":"login","params":[{"resume":"T0k3n"}]}
			< {"msg":"added","collection":"users","id":"u1","fields":{"username":"bot"}}
			< {"msg":"result","id":"m1","result":{"id":"u1","token":"T0k3n","tokenExpires":{"$date":1795329023702},"type":"resume"}}
			< {"msg":"updated","methods":["m1"]}
		`)
		p.rest()
	}))
	l, err := c.LoginToken(t.Context(), "T0k3n")
	if err != nil || l.ID != "u1" || l.Token != "T0k3n" || !l.Expires.Equal(time.UnixMilli(1795329023702)) {
		t.Errorf("login is %+v, %v", l, err)
	}
}

// TestPersonalTokenNeverExpires: the server says so with a date that is none,
// or says nothing.
func TestPersonalTokenNeverExpires(t *testing.T) {
	for _, expires := range []string{`,"tokenExpires":{"$date":null}`, `,"tokenExpires":null`, ``} {
		c := run(t, serve(t, func(p *peer) {
			p.play(`
				> {"msg":"method","id":"m1","method":"login","params":[{"resume":"PAT"}]}
				< {"msg":"result","id":"m1","result":{"id":"u1","token":"PAT"` + expires + `}}
			`)
			p.rest()
		}))
		if l, err := c.LoginToken(t.Context(), "PAT"); err != nil || l.ID != "u1" || !l.Expires.IsZero() {
			t.Errorf("with %q login is %+v, %v", expires, l, err)
		}
	}
}

// TestPasswordIsSentAsDigest, of a user or of an address.
func TestPasswordIsSentAsDigest(t *testing.T) {
	for user, who := range map[string]string{"bot": `{"username":"bot"}`, "bot@example.com": `{"email":"bot@example.com"}`} {
		c := run(t, serve(t, func(p *peer) {
			p.play(`
				> {"msg":"method","id":"m1","method":"login","params":[{"user":` + who + `,"password":{"algorithm":"sha-256","digest":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}]}
				< {"msg":"result","id":"m1","result":{"id":"u1","token":"new","tokenExpires":{"$date":1795329023702},"type":"password"}}
			`)
			p.rest()
		}))
		if l, err := c.LoginPassword(t.Context(), user, "test"); err != nil || l.Token != "new" {
			t.Errorf("%s: login is %+v, %v", user, l, err)
		}
	}
}

// TestTokenOfPasswordResumes: what a login by password gave serves the next
// connection.
func TestTokenOfPasswordResumes(t *testing.T) {
	scripts := make(chan string, 2)
	scripts <- `
		> {"msg":"method","id":"m1","method":"login","params":[{"user":{"username":"bot"},"password":{"algorithm":"sha-256","digest":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}]}
		< {"msg":"result","id":"m1","result":{"id":"u1","token":"new"}}
	`
	scripts <- `
		> {"msg":"method","id":"m1","method":"login","params":[{"resume":"new"}]}
		< {"msg":"result","id":"m1","result":{"id":"u1","token":"new"}}
	`
	o := serve(t, func(p *peer) { p.play(<-scripts); p.rest() })
	first := run(t, o)
	l, err := first.LoginPassword(t.Context(), "bot", "test")
	if err != nil {
		t.Fatal(err)
	}
	first.stop()
	if err := first.ended(); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if l, err = run(t, o).LoginToken(t.Context(), l.Token); err != nil || l.ID != "u1" {
		t.Errorf("login is %+v, %v", l, err)
	}
}

// TestRefusedLoginSaysWhatToDo, by token and by password.
func TestRefusedLoginSaysWhatToDo(t *testing.T) {
	byToken := func(c *Conn) error { _, err := c.LoginToken(context.Background(), "old"); return err }
	byPassword := func(c *Conn) error { _, err := c.LoginPassword(context.Background(), "bot", "wrong"); return err }
	for name, c := range map[string]struct {
		login     func(*Conn) error
		answer    string
		code, say string
	}{
		"expired token": {byToken, `"error":{"isClientSafe":true,"error":403,"reason":"You've been logged out by the server. Please log in again.","message":"You've been logged out by the server. Please log in again. [403]","errorType":"Meteor.Error"}`,
			"403", "log in: You've been logged out by the server. Please log in again. [403] (create a new personal access token)"},
		"wrong password": {byPassword, `"error":{"error":403,"reason":"User not found","message":"User not found [403]"}`,
			"403", "log in: User not found [403] (check user and password)"},
		"second factor": {byPassword, `"error":{"error":"totp-required","reason":"TOTP Required","details":{"method":"totp"}}`,
			"totp-required", "use a personal access token that bypasses it"},
		"too many": {byPassword, `"error":{"error":"too-many-requests","reason":"Error, too many requests.","details":{"timeToReset":9000}}`,
			"too-many-requests", "log in: Error, too many requests."},
		"no user":        {byToken, `"result":{"token":"x"}`, "", "names no user"},
		"no answer":      {byToken, `"result":null`, "", "names no user"},
		"another answer": {byToken, `"result":["u1"]`, "", "names no user"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, serve(t, func(p *peer) {
				var ignored any
				p.ws.ReadJSON(&ignored)
				p.say(`{"msg":"result","id":"m1",` + c.answer + `}`)
				p.rest()
			}))
			err := c.login(r.Conn)
			if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "%!") {
				t.Errorf("it says %v, want %s", err, c.say)
			}
			var refused *Error
			if errors.As(err, &refused) != (c.code != "") || refused != nil && refused.Code != c.code {
				t.Errorf("the refusal is %+v, want code %q", refused, c.code)
			}
			if c.code == "too-many-requests" && refused.TimeToReset != 9*time.Second {
				t.Errorf("it says to wait for %s", refused.TimeToReset)
			}
		})
	}
}

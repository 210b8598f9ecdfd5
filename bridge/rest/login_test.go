package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// withLogins makes the server give out tokens t1, t2, ... of which only the
// newest counts.
func (s *server) withLogins() (expire func()) {
	var mu sync.Mutex
	n, valid := 0, ""
	s.on("POST login", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		valid = fmt.Sprintf("t%d", n)
		text200(fmt.Sprintf(`{"status":"success","data":{"userId":"u","authToken":%q}}`, valid))(w, r)
	})
	guarded := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if valid == "" || r.Header.Get("X-Auth-Token") != valid || r.Header.Get("X-User-Id") != "u" {
				recorded("me-refused")(w, r)
				return
			}
			text200(body)(w, r)
		}
	}
	s.on("GET me", guarded(`{"_id":"u","username":"bot","success":true}`))
	s.on("POST x", guarded(`{"success":true}`))
	return func() {
		mu.Lock()
		defer mu.Unlock()
		valid = ""
	}
}

func TestExpiredTokenIsRenewedByPassword(t *testing.T) {
	s := newServer(t)
	expire := s.withLogins()
	c := s.clientWith(Options{User: "bot", Password: "pw"})
	session, err := c.Login(ctx)
	if err != nil || session != (Session{UserID: "u", Token: "t1", Username: "bot"}) {
		t.Fatalf("session is %+v, %v", session, err)
	}
	expire()
	if err := c.Post(ctx, "x", nil, nil); err != nil {
		t.Errorf("a call after the token expired: %v", err)
	}
	if session, err = c.Login(ctx); err != nil || session.Token != "t2" {
		t.Errorf("session is %+v, %v", session, err)
	}
	if n := len(s.seen("POST /api/v1/x")); n != 2 {
		t.Errorf("the call was made %d times", n)
	}
}

// TestRefusedTokenIsReadAgain: while it is the old one the refusal stands, and
// says what to do; a new one serves the call that met the refusal.
func TestRefusedTokenIsReadAgain(t *testing.T) {
	s := newServer(t)
	now := Session{UserID: "u", Token: "old"}
	var fails error
	s.on("POST x", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Auth-Token") != "new" {
			recorded("me-refused")(w, r)
			return
		}
		text200(`{"success":true}`)(w, r)
	})
	c := s.clientWith(Options{UserID: "u", Token: "old", Renew: func() (string, string, error) { return now.UserID, now.Token, fails }})
	for name, want := range map[string]string{"old": "it is read again at each attempt", "a line\nend": "it is read again", "": "it is read again"} {
		now.Token = name
		if err := c.Post(ctx, "x", nil, nil); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), want) {
			t.Errorf("with the token %q the error is %v", name, err)
		}
	}
	fails = errors.New("no such file")
	if err := c.Post(ctx, "x", nil, nil); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("with no token to be read the error is %v", err)
	}
	now.Token, fails = "new", nil
	before := len(s.seen("POST /api/v1/x"))
	if err := c.Post(ctx, "x", nil, nil); err != nil {
		t.Errorf("with a new token: %v", err)
	}
	if n := len(s.seen("POST /api/v1/x")) - before; n != 2 {
		t.Errorf("the call was made %d times", n)
	}
}

func TestOneLoginServesAllCalls(t *testing.T) {
	s := newServer(t)
	expire := s.withLogins()
	c := s.clientWith(Options{User: "bot", Password: "pw"})
	for round := 1; round <= 2; round++ {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := c.Post(ctx, "x", nil, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(s.seen("login")); n != round {
			t.Errorf("%d logins in round %d", n, round)
		}
		expire()
	}
}

// TestPasswordWhereTheLoginFormIsOffIsAdvisedAgainst: people log in there by
// single sign-on, and a token is enough for Bellhop.
func TestPasswordWhereTheLoginFormIsOffIsAdvisedAgainst(t *testing.T) {
	settings := func(shown bool) http.HandlerFunc {
		return text200(fmt.Sprintf(`{"settings":[{"_id":"Site_Name","value":"x"},{"_id":"Accounts_ShowFormLogin","value":%t}],"count":2,"offset":0,"total":2,"success":true}`, shown))
	}
	refusals := map[string]http.HandlerFunc{
		"before 7": status(401, `{"status":"error","error":"Unauthorized","message":"User not found"}`),
		"since 7":  status(401, `{"status":"error","error":"Unauthorized","message":"Unauthorized"}`),
		"forbids":  status(403, `{"success":false,"error":"error-login-blocked"}`),
	}
	for name, refusal := range refusals {
		for shown, says := range map[bool]string{false: "single sign-on: set workspace.user_id and workspace.token to a personal access token", true: "correct workspace.user and workspace.password"} {
			s := newServer(t).on("POST login", refusal).on("GET settings.public", settings(shown))
			_, err := s.clientWith(Options{User: "bot", Password: "pw"}).Login(ctx)
			if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s, form shown %v: %v", name, shown, err)
			}
		}
		s := newServer(t).on("POST login", refusal).on("GET settings.public", settings(false)).on("GET me", text200(`{"_id":"u","username":"bot","success":true}`))
		if _, err := s.clientWith(Options{UserID: "u", Token: "t"}).Login(ctx); err != nil || len(s.seen("POST login")) > 0 {
			t.Errorf("%s: with a token: %v, %v", name, err, s.seen("POST login"))
		}
	}
}

func TestRefusedPasswordIsNotTriedAgainAtOnce(t *testing.T) {
	s := newServer(t).on("POST login", recorded("login-refused"))
	c := s.clientWith(Options{User: "bot", Password: "wrong"})
	for range 5 {
		_, err := c.Login(ctx)
		if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "correct workspace.user and workspace.password") || Temporary(err) {
			t.Errorf("error is %v", err)
		}
	}
	if n := len(s.seen("login")); n != 1 {
		t.Errorf("the password was tried %d times", n)
	}
}

func TestWrongTokenIsNamed(t *testing.T) {
	s := newServer(t).on("GET me", recorded("me-refused"))
	_, err := s.client().Login(ctx)
	if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "make a new personal access token") {
		t.Errorf("error is %v", err)
	}
}

func TestTokenOfAnotherUserIsNamed(t *testing.T) {
	s := newServer(t).on("GET me", text200(`{"_id":"somebody","username":"eve","success":true}`))
	_, err := s.client().Login(ctx)
	if err == nil || !strings.Contains(err.Error(), "workspace.user_id names Tsym488Hbth9kgQ6i") {
		t.Errorf("error is %v", err)
	}
}

func TestSecondFactorIsNamed(t *testing.T) {
	s := newServer(t).on("POST login", status(401, `{"status":"error","error":"totp-required","message":"TOTP Required","details":{"method":"email"}}`))
	_, err := s.clientWith(Options{User: "bot", Password: "pw"}).Login(ctx)
	if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "second factor") {
		t.Errorf("error is %v", err)
	}
}

func TestNobodyWaitsForAnothersLoginLongerThanHeWants(t *testing.T) {
	asked, over := make(chan struct{}), make(chan struct{})
	s := newServer(t).on("POST login", func(http.ResponseWriter, *http.Request) { close(asked); <-over })
	c := s.clientWith(Options{User: "bot", Password: "pw"})
	var slow sync.WaitGroup
	slow.Go(func() { c.Me(ctx) })
	<-asked
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, err := c.Me(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	close(over)
	slow.Wait()
}

func TestVersionIsReadFromServersOfAnyAge(t *testing.T) {
	for body, want := range map[string]string{
		`{"version":"3.11.1"}`:                                        "3.11.1",
		`{"info":{"version":"3.4.2"},"success":true}`:                 "3.4.2",
		`{"version":"8.3","minimumClientVersions":{},"success":true}`: "8.3",
	} {
		s := newServer(t).on("GET /api/info", text200(body))
		info, err := s.client().Info(ctx)
		if err != nil || info.Version != want {
			t.Errorf("%s is read as %q, %v", body, info.Version, err)
		}
	}
	if v := (Info{Version: "3.11.1"}); !v.AtLeast(3, 11) || v.AtLeast(3, 12) || v.AtLeast(4, 0) || !v.AtLeast(2, 20) {
		t.Error("3.11.1 is not where it should be")
	}
	if (Info{Version: "nonsense"}).AtLeast(1, 0) {
		t.Error("nonsense is new")
	}
}

func TestServerBelowAPathIsReached(t *testing.T) {
	s := newServer(t).on("GET /sub/dir/api/v1/me", text200(`{"_id":"Tsym488Hbth9kgQ6i","username":"bot","success":true}`)).
		on("GET /sub/dir/api/info", text200(`{"version":"3.11.1"}`))
	session, err := s.clientWith(Options{URL: s.http.URL + "/sub/dir/", UserID: "Tsym488Hbth9kgQ6i", Token: "secret-token"}).Login(ctx)
	if err != nil || session.Username != "bot" {
		t.Errorf("session is %+v, %v", session, err)
	}
}

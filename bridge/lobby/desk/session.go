package desk

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// sessionLife is how long somebody who does nothing stays signed in.
const sessionLife = 12 * time.Hour

// session is an agent who signed in with this browser.
type session struct {
	key  string // the cookie's value
	csrf string
	who  who
	user person

	mu   sync.Mutex // guards used
	used time.Time
}

// sessions are kept in memory.
type sessions struct {
	mu  sync.Mutex // guards all
	all map[string]*session
}

const sessionCookie = "bellhop_desk"

func (s *sessions) add(w who, u person) *session {
	n := &session{key: secret(), csrf: secret(), who: w, user: u, used: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.all {
		if old.idle() {
			delete(s.all, key)
		}
	}
	s.all[n.key] = n
	return n
}

func (s *session) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.used) > sessionLife
}

func (s *session) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = time.Now()
}

// of is the session of a request; nil means that nobody is signed in.
func (s *sessions) of(r *http.Request) *session {
	key := cookie(r, sessionCookie)
	s.mu.Lock()
	found := s.all[key]
	s.mu.Unlock()
	if found == nil || found.idle() {
		return nil
	}
	found.touch()
	return found
}

func (s *sessions) drop(x *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, x.key)
}

// signIn asks the workspace whether the password is right.
func (a *api) signIn(ctx context.Context, name, password string) (who, person, error) {
	var answer struct {
		Data struct {
			UserID string `json:"userId"`
			Token  string `json:"authToken"`
			Me     person `json:"me"`
		} `json:"data"`
	}
	if err := a.post(ctx, who{}, "login", map[string]any{"user": name, "password": password}, &answer); err != nil {
		return who{}, person{}, err
	}
	return who{id: answer.Data.UserID, token: answer.Data.Token}, answer.Data.Me, nil
}

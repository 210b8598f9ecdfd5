package call

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var discard = slog.New(slog.DiscardHandler)

func TestPassesSayWhatWasSealed(t *testing.T) {
	l := links(t, Options{Provider: Jitsi, PublicURL: "https://calls.example/"})
	other, err := New(Options{Provider: Jitsi, PublicURL: "https://calls.example", RoomSecret: []byte("another installation")})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := pass{chat: rapid.String().Draw(t, "chat"), room: "bellhop-x", role: Guest, until: time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "until"), 0)}
		word := l.seal(p)
		if got, err := l.unseal(word); err != nil || got != p {
			t.Fatalf("%+v, %v, want %+v", got, err, p)
		}
		if _, err := other.unseal(word); err == nil {
			t.Fatal("another installation takes it")
		}
		if got, err := l.unseal(rapid.String().Draw(t, "word")); err == nil {
			t.Fatalf("chance makes %+v", got)
		}
	})
}

// TestPartiesHaveDifferentLinks: a guest can't make the agent's of theirs.
func TestPartiesHaveDifferentLinks(t *testing.T) {
	l := links(t, Options{Provider: Jitsi, PublicURL: "https://calls.example/help/"})
	room := l.Room("chat", "key")
	guest, agent := l.Page(room, Guest, asked), l.Page(room, Agent, asked)
	if guest == agent || !strings.HasPrefix(guest, "https://calls.example/help/c/") {
		t.Errorf("guest %s, agent %s", guest, agent)
	}
	if l := links(t, Options{Provider: Jitsi}); l.Page(room, Guest, asked) != "" {
		t.Error("a page without an address")
	}
}

// TestClosedLinksAreAnsweredAlike: forged, over and of no call.
func TestClosedLinksAreAnsweredAlike(t *testing.T) {
	l := links(t, Options{Provider: Jitsi, PublicURL: "https://calls.example"})
	d := &callbacks{now: asked}
	h := l.Handler(d, discard)
	room := l.Room("chat", "key")
	var first string
	for _, link := range []string{"https://calls.example/c/x", l.Page(room, Guest, asked), l.Page(room, Guest, asked.Add(time.Hour))} {
		got := httptest.NewRecorder()
		h.ServeHTTP(got, httptest.NewRequest(http.MethodPost, link, nil))
		if first == "" {
			first = got.Body.String()
		}
		if got.Code != http.StatusGone || got.Body.String() != first || got.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %s", link, got.Code, got.Body)
		}
	}
}

// TestRoomsFollowTheServersPolicy: the ticket names the whole room.
func TestRoomsFollowTheServersPolicy(t *testing.T) {
	o := signed
	o.Link = "https://meet.example.com/team/support-{room}"
	got := link(t, links(t, o), "chat", "key", maya, asked)
	claims, err := parse(ticket(t, got), "shared", asked)
	if err != nil || claims["room"] != "support-"+got.Room || claims["sub"] != "team" {
		t.Errorf("%v, %v", claims, err)
	}
	o.Link, o.RoomSecret = "https://meet.example.com/Support-{room}", roomSecret
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "names of Jitsi rooms") {
		t.Errorf("upper case: %v", err)
	}
}

// TestWorkspacesPageKnowsTheChat: it asks for who has a part in it.
func TestWorkspacesPageKnowsTheChat(t *testing.T) {
	l := links(t, Options{Provider: Workspace, Link: "http://127.0.0.1:3000"})
	if got := link(t, l, "rid1", "key", maya, asked); got.URL != "http://127.0.0.1:3000/call/rid1?as=guest" {
		t.Error(got.URL)
	}
	if got := link(t, l, "rid1", "key", alice, asked); got.URL != "http://127.0.0.1:3000/call/rid1" {
		t.Error(got.URL)
	}
}

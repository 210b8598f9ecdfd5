package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

var callPage = regexp.MustCompile(`http://[0-9.:]+/talk/c/[\w-]+`)

// says waits until a fact of the workspace has such a text, and gives it.
func (s *stage) says(t *testing.T, fact, part string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(t.Context(), 20*time.Millisecond) {
		facts, err := s.readFacts()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if f.Fact == fact && strings.Contains(f.Text, part) {
				return f.Text
			}
		}
	}
	t.Fatalf("no %s says %q", fact, part)
	return ""
}

// press opens a page of a call, presses its button, and says where that leads.
func press(t *testing.T, link string) string {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer c.CloseIdleConnections()
	page, err := c.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(page.Body)
	page.Body.Close()
	if page.StatusCode != http.StatusOK || !strings.Contains(string(body), `<form method="post">`) {
		t.Fatalf("page is answered %d: %s", page.StatusCode, body)
	}
	res, err := c.Post(link, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.Header.Get("Location")
}

// TestCallIsFollowedAcrossAKill: the guest comes, the host is killed at once, and
// the agent comes after it has begun anew.
func TestCallIsFollowedAcrossAKill(t *testing.T) {
	s := stageWith(t, map[string]string{"instances/callapp.yaml": "plugin: callapp\nmode: on\nsettings: {guest_asks: [{name: asked, words: [call me]}]}\ngrants: {effects: [call, tell, reply, tag]}\n"})
	ctx := serving(t, s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	at, c := l.Addr().String(), s.config()
	text := fmt.Sprintf("workspace: {url: %q, user: %q, password: %q}\ndata: %q\ncalls: {provider: jitsi, link: \"https://meet.example/{room}\", app_id: bellhop, secret: shared, public_url: \"http://%s/talk\", address: %q}\n",
		c.Workspace.URL, c.Workspace.User, c.Workspace.Password.Reveal(), s.path("data"), at, at)
	file := s.path("calls.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() func() {
		cmd := bellhop(t, ctx, []string{"run", "--config", file})
		says := runProcess(t, s, ctx, cmd)
		says("instance runs instance=callapp")
		return func() { cmd.Process.Kill(); cmd.Wait() }
	}
	kill := start()
	s.player.leaveOpen = true
	if _, err := s.player.play(ctx, "call", convo.Chat{Agents: []string{"alice"}, Steps: []convo.Step{
		{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "hello"},
		{Kind: convo.Say, Who: "alice", From: sdk.Human, Text: "hello"},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "please call me"},
	}}); err != nil {
		t.Fatal(err)
	}
	guest, agent := callPage.FindString(s.says(t, "message", "/talk/c/")), callPage.FindString(s.says(t, "dm", "/talk/c/"))
	hers := press(t, guest)
	kill()
	start()
	s.says(t, "dm", "Maya has joined the call")
	his := press(t, agent)
	s.says(t, "dm", "You and Maya are in the call.")
	room, _, _ := strings.Cut(hers, "?")
	if !strings.HasPrefix(room, "https://meet.example/bellhop-") || !strings.HasPrefix(his, room+"?jwt=") || his == hers {
		t.Errorf("guest is led to %s, agent to %s", hers, his)
	}
	facts, err := s.readFacts()
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, f := range facts {
		if f.Fact == "dm" && strings.Contains(f.Text, "has joined the call") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the agent is told %d times that Maya has come", told)
	}
}

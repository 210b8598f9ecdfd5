package main

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// TestRevokedTokenIsReplacedWithoutRestart: nothing is done while the workspace
// takes no token, somebody is told, and a new one in the file of the old lets all
// go on that waited, without a login by password: the workspace may have none.
func TestRevokedTokenIsReplacedWithoutRestart(t *testing.T) {
	s := stageWith(t, map[string]string{
		"plugins/greeter/1.0.0/plugin.yaml": greeterManifest,
		"plugins/greeter/1.0.0/greeter.go":  greeterSource,
		"instances/greeter.yaml":            "plugin: greeter\nmode: on\ngrants: {effects: [reply]}\n",
	})
	ctx := serving(t, s)
	desk := s.player.client
	desk.account["bot"] = account(s.accounts.Bot)
	s.player.leaveOpen = true
	greeted := func(name string) func() {
		room, err := s.player.play(ctx, name, convo.Chat{Steps: []convo.Step{{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}}, {Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "hello"}}})
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := s.ledger.reach(ctx, room, 1); err != nil {
				t.Fatal(err)
			}
			if n := s.ledger.count(room); n != 1 {
				t.Errorf("%s: %d greetings", name, n)
			}
		}
	}
	l := putToken(t, s)
	file := s.path("token.yaml")
	text := fmt.Sprintf("workspace: {url: %q, user_id: %q, token_file: token}\ndata: %q\nlog: {level: info}\n", s.accounts.Base, l.user, s.path("data"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	says := runFile(t, s, ctx, file)
	says("instance runs instance=greeter")
	greeted("before")()

	if err := desk.as(ctx, "bot", http.MethodPost, "logout", nil, nil); err != nil {
		t.Fatal(err)
	}
	says("workspace does not take our login any more")
	says("it is read again at each attempt")
	wait := greeted("while")
	desk.forget("bot")
	putToken(t, s)
	says("token was read again")
	wait()
	greeted("after")()
}

// putToken writes a new token of Bellhop's account into the stage's file.
func putToken(t *testing.T, s *stage) login {
	t.Helper()
	l, err := s.player.client.login(t.Context(), "bot")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("token"), []byte(l.token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

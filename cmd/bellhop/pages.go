package main

import (
	"context"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	lobbydesk "github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// servePages adds the pages for agents and guests to a workspace. The deeds are what
// Bellhop does in it; nil means that nobody knows.
func servePages(s *lobby.Server, deeds lobbydesk.Deeds) *lobbydesk.Desk {
	pages := lobbydesk.New(lobbydesk.Options{Dial: s.Dial, Deeds: deeds})
	for _, pattern := range lobbydesk.Patterns {
		s.Page(pattern, pages)
	}
	return pages
}

// watchedPages are the pages of a workspace that the Bellhop of a data folder watches;
// "" means that none does.
func watchedPages(ctx context.Context, s *lobby.Server, data string) (pages *lobbydesk.Desk, stop func()) {
	if data == "" {
		return servePages(s, nil), func() {}
	}
	d := deedsIn(data)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.follow(ctx)
	}()
	return servePages(s, d), func() { cancel(); <-done }
}

// deskRoles are the agents' roles, with what they need on the desk beyond what a
// server gives agents by itself.
func deskRoles() map[string][]string {
	all := map[string][]string{}
	for _, name := range []string{"alice", "carol", "dave"} {
		all[name] = []string{"user", "livechat-agent", lobby.TranscriptSender}
	}
	return all
}

// deskPage is where agents sign in.
func deskPage(base string) string { return base + "/desk/" }

// guestPage is where guests begin a chat.
func guestPage(base string) string { return base + "/guest/" }

package main

import (
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	lobbydesk "github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// servePages adds the pages for agents and guests to a workspace.
func servePages(s *lobby.Server) *lobbydesk.Desk {
	pages := lobbydesk.New(lobbydesk.Options{Dial: s.Dial})
	for _, pattern := range lobbydesk.Patterns {
		s.Page(pattern, pages)
	}
	return pages
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

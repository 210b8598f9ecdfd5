// Package lobby is a workspace to play in: an HTTP server that answers DDP and
// REST as a Rocket.Chat does for omnichannel, with its queue, its two routing
// methods, its streams, its limits and its traps.
//
// It is what the demo, the tests and a newcomer talk to when no real workspace
// is at hand. It poses as 3.11.1, and shapes and order of its answers follow
// recorded traffic of a real server; testdata holds the part that the tests
// replay. With Options.As it poses as 7.7.3, 7.13 or 8.3: calls, streams and
// rules then differ from 3.11.1 as the table in versions.go says, by the public
// source of those versions. All else stays as in 3.11.1, and none of this has
// been compared with a server of these versions.
//
// What it promises: a request that was answered has happened, and with
// Options.StateFile it is in that file before the answer leaves, so that the
// process may be killed at any moment and started again. Everything that
// happened to a chat stands in the log, one Fact a line, so that somebody who
// trusts neither client nor server's answers can count.
//
// Package desk, below, has pages for agents and guests, which Server.Page adds. They
// are a client of it like any other.
//
// What it is not: a chat server for people. It holds everything in memory,
// knows no channels, no federation, no two-factor login, sends no mail, and
// protects passwords no better than its state file's permissions do.
//
// It shares no code with the client side (packages ddp and rest): it must not
// share its misreadings.
package lobby

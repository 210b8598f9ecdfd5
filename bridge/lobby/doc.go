// Package lobby is a workspace to play in: an HTTP server that answers DDP and
// REST as a Rocket.Chat 3.11.1 does for omnichannel, with its queue, its two
// routing methods, its streams, its limits and its traps.
//
// It is what the demo, the tests and a newcomer talk to when no real workspace
// is at hand. Shapes and order of answers follow recorded traffic of a real
// server; testdata holds the part that the tests replay.
//
// What it promises: a request that was answered has happened, and with
// Options.StateFile it is in that file before the answer leaves, so that the
// process may be killed at any moment and started again. Everything that
// happened to a chat stands in the log, one Fact a line, so that somebody who
// trusts neither client nor server's answers can count.
//
// What it is not: a chat server for people. It holds everything in memory,
// knows no channels, no federation, no two-factor login, sends no mail, and
// protects passwords no better than its state file's permissions do.
//
// It shares no code with the client side (packages ddp and rest): it must not
// share its misreadings.
package lobby

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
// # Traps
//
// What clients stumble over, each with a test on every version:
//
//	tags                whoever saves anything of a chat and says no tags has taken them away
//	a second send       of a message is not stored, and fails with a JavaScript error; over DDP it is a result without one
//	hold                a chat on hold is not forwarded, until its guest writes
//	demanded tags       let no untagged chat end, and none at all where the department has no tags of its own
//	demanded comment    from 6 on
//	nobody there        with manual routing a chat moves to a department without agents, and 3.11 fails after that; with automatic
//	                    routing it stays, and 3.11 says success
//	files               from 6 on, 403 for those who are no members of the chat, managers too
//	silent queue        on 7.7.0 to 7.7.5 the stream of the queue tells nothing; later ones tell of no new chat
//	failures            of eight shapes
//	permissions         may be taken from any role, and from then on calls fail: from 6 on with 403, before also with 400
//	limits              10 calls of a route a minute but for bots, 40 subscriptions of a stream in 40 seconds for all
//	pages               of 50 or 100, and some lists tell the count that was asked for
//
// An admin can bring each about as in a real workspace, by settings/:id,
// permissions.update, roles and departments; Options begin with it.
//
// # Webhooks
//
// The workspace tells one address of what happens in its chats, as a real one
// does, by the settings Livechat_webhookUrl, Livechat_secret_token and a switch
// for each kind. What fails is sent again as the version does it.
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

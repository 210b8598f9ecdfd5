// Package call knows the services that hold video calls, and the page by which
// Bellhop learns who comes to one.
//
// It promises that the same effect always has the same room, however often it
// is repeated, and that nobody can guess the room of another: its name is a
// keyed hash of the chat and the effect. With a secret shared with a Jitsi
// server, a link carries a ticket (JWT) that admits one party to one room for
// a while, agents as moderators and guests not. BigBlueButton's links are
// signed, and it alone tells who is in a room and when a meeting has ended.
//
// A link to the page is signed for one party and ends. Whoever opens it, also a
// program that looks for a preview, sees a button and is told nothing else; only
// who presses it comes to the call, and has joined it. The page shows no secret
// and answers what is forged, over or unknown alike.
//
// Package call keeps nothing: what has become of a call is the host's to know.
package call

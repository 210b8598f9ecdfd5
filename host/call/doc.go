// Package call makes links to video calls.
//
// It promises that the same effect always has the same room, however often it
// is repeated, and that nobody can guess the room of another: its name is a
// keyed hash of the chat and the effect. With a secret shared with a Jitsi
// server, a link carries a ticket (JWT) that admits one party to one room for
// a while, agents as moderators and guests not.
//
// Package call speaks to no server. It does not know who has joined, nor when
// a call has ended.
package call

// Package ddp speaks DDP, the wire of Rocket.Chat's realtime API, over one
// websocket.
//
// A Conn is one session. Dial makes it and starts nothing; Run reads it, and
// owns and waits for every goroutine; Call, Login and Subscribe need Run to be
// running. When the connection ends, Run returns why, every waiting call is
// told, and the Conn is spent: nothing is resumed or repeated. Whoever wants a
// new session dials again, logs in, subscribes and looks up what was missed.
//
// # What is promised
//
//   - Events reach Options.OnEvent one at a time, in the order of the wire.
//   - A slow OnEvent stops neither pings nor answers: its events wait in a
//     queue. When the queue is full nothing more is read, and if that lasts for
//     5 seconds the connection ends with ErrSlow rather than losing an event,
//     and catching up afterwards repairs it. What waits when the connection
//     ends, for whatever reason, is dropped.
//   - A peer that has gone without a word is found within 45 seconds
//     (ErrSilent), by our own pings.
//   - No frame makes it panic. What is not understood is logged and skipped,
//     and a field of an odd type costs no other; a frame that is too large ends
//     the connection (ErrTooLarge).
//   - A subscription that the server ends by itself ends the connection
//     (RefusedError), because silence would look like peace.
//
// # What it is not
//
// It knows no chats, no rooms and no streams by name, and it never connects
// again by itself (see package bridge).
//
// The protocol is https://github.com/meteor/meteor/blob/devel/packages/ddp/DDP.md;
// what Rocket.Chat 3.11 makes of it was taken from recorded traffic.
package ddp

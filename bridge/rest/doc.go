// Package rest calls the REST API of Rocket.Chat.
//
// A Client belongs to one account of one workspace and may be used by many
// goroutines. It starts nothing: every call works within its context.
//
// # What is promised
//
//   - A read is repeated, with growing pauses, when the server is away or
//     stumbles. A call that changes something is made once: whether it may be
//     repeated is for the caller to know (see package bridge). The two
//     exceptions did nothing on the server: one that was refused for its token
//     is made again after a new login, when there is a password, or with a new
//     token, where Options.Renew finds one; and one for which the rate limiter
//     has no room waits until there is.
//   - The rate limiter is kept to: calls at a time share what it leaves, so that
//     few are ever refused.
//   - A kind of call that fails again and again is left alone for some seconds
//     (ErrTripped), and tried at once after a new login.
//   - No answer makes the memory grow beyond Options.MaxBody, and none that is
//     not as expected makes it panic. A field of the wrong type is left zero:
//     one odd field must not cost the whole document.
//   - The token goes to the workspace's own host and nowhere else: redirects
//     of calls are not followed, and those of downloads lose it.
//   - Every failure of a call is an *Error, or wraps one of the Err values and
//     the context's error. Its text names the call, what the server said, and
//     what to do: which permission is missing and where it is given, which
//     setting of config.yaml is wrong, when there is room for more calls.
//
// # What it is not
//
// It knows no events and no effects, and remembers nothing of chats.
//
// The calls and their shapes are Rocket.Chat's, https://developer.rocket.chat;
// what 3.11 makes of them was taken from recorded traffic; what newer ones do
// comes from their public source. Where versions have different ways, the table
// in version.go has them: the newest that the server's version knows is tried
// first, then the others, so that a server that becomes another under us is
// served, too. What a server has not is remembered.
package rest

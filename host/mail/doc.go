// Package mail hands finished mails to a mail server.
//
// [Sender] takes a [Message] to the server and reports, by nil, that the server
// accepted it for every address. Accepted is not delivered: the server may
// still fail later, and tells that to the sender's address by mail, not to us.
// So nothing in Bellhop says "delivered" of a mail.
//
// A mail is accepted for all of its addresses or for none. What went wrong is
// an [*Error]: it says whether a repeat can help, what the server said, which
// addresses it refused, and whether it may have taken the mail all the same (the
// connection ended before the answer). A repeat must carry the same Message-ID,
// which is written as the caller gave it, so that what files mail can drop the
// second copy.
//
// Nothing that comes from a chat can add a header or an address: line ends and
// control characters in a header are refused before a connection is made.
//
// [Sink] is a mail server in this process that keeps what it gets as files. It
// is for the demo and for tests, relays nothing, and is not for a network.
//
// Package mail knows no queue and repeats nothing by itself: that is the
// host's outbox. It writes no templates either: text and HTML come finished.
package mail

// Package transcript writes a conversation down: as PDF, HTML, plain text or JSON.
//
// All four come from one [Conversation] and hold the same: who, when (in the
// visitor's time zone), every message with its quotes and files, and what
// happened between messages. Each names the same SHA-256, that of the
// conversation's JSON, so that two forms can be recognised as one record.
//
//	var pdf bytes.Buffer
//	report, err := transcript.PDF(&pdf, conversation, transcript.Options{})
//
// [Read] makes conversations of files, so that any can be written down without
// a server.
//
// It promises that every script of the embedded fonts (Latin, Cyrillic, Greek,
// Arabic, Hebrew, the scripts of India, Sri Lanka and South-East Asia, Ethiopic,
// Georgian, Armenian, Chinese, Japanese, Korean, symbols and emoji, in colour) is shaped
// and ordered right, that what is copied out of a PDF is what was put in, in its
// order and with its spaces, marks of direction aside, and that the same
// conversation gives the same bytes. No text makes it fail: what goes wrong in
// a library below comes back as an error, so that the caller can send another
// form. A character that no font has is shown as a box and named in the
// [Report]. Nothing that somebody writes can pass for another message or, in
// HTML, for a part of the page.
//
// It leaves nothing out: what a guest may not read must not be in the
// conversation that is given to it, nor personal data that nobody is to keep,
// see [Conversation.Redacted]. A PDF is not tagged for screen readers; the HTML
// form serves them.
//
// A conversation of 5,000 messages takes about 1 s and 20 MiB beyond itself as
// a PDF (400 pages a second), and 0.1 s as anything else; a browser that prints
// the same HTML takes 12 times as long for 3.6 times as much. The embedded fonts
// and drawings of emoji make a program 7.3 MB larger, and each is unpacked when a
// text first needs it: 60 ms for Latin.
package transcript

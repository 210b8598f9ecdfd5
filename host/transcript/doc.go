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
// It promises that every script of the embedded fonts (Latin, Cyrillic, Greek,
// Arabic, Hebrew, Devanagari, Thai, Chinese, Japanese, Korean, symbols and
// emoji) is shaped and ordered right, that text copied out of a PDF is the text
// that was put in, and that the same conversation gives the same bytes. No text
// makes it panic: what goes wrong in a library below comes back as an error,
// and the caller sends the plain text instead. A glyph that no font has is
// shown as a box and named in the [Report].
//
// It leaves nothing out: what a guest may not read must not be in the
// conversation that is given to it. It does not mask personal data either, see
// package text. A PDF is not tagged for screen readers (the HTML form serves
// them), and a photograph's EXIF rotation is not applied.
package transcript

package text

import (
	"bytes"
	"html"
	"slices"
	"strconv"
	"strings"
)

// hideEscaped hides what hide finds in texts, also where it is escaped as in links
// (%40) or in HTML (&#64;). A text is left with its escapes unless they keep
// something from hide: then it is written without them. hide must return as many
// texts as it is given.
func hideEscaped(texts []string, hide func([]string) []string) []string {
	written := hide(texts)
	if !slices.ContainsFunc(texts, func(s string) bool { return strings.ContainsAny(s, "%&") }) {
		return written
	}
	plain := make([]string, len(texts))
	for i, s := range texts {
		plain[i] = unescaped(s)
	}
	for i, s := range hide(plain) {
		if s != unescaped(written[i]) {
			written[i] = s
		}
	}
	return written
}

// unescaped returns s clean and without escapes, and without those that it would
// have then. It goes from the end, as an escape may be made of others.
func unescaped(s string) string {
	if !strings.ContainsAny(s, "%&") {
		return s
	}
	out := []byte(s)
	at := len(out)
	for i := len(s) - 1; i >= 0; i-- {
		at--
		out[at] = s[i]
		for at < len(out) {
			plain, n := escaped(out[at:])
			if n == 0 {
				break
			}
			at += n - len(plain)
			copy(out[at:], plain)
		}
	}
	return Clean(string(out[at:]))
}

// maxEntity is how long the longest name of a character is in HTML, in bytes.
const maxEntity = 33

// escaped is what the n bytes stand for with which b begins; n is 0 if they are no
// escape. It is never longer than these.
func escaped(b []byte) (plain string, n int) {
	switch {
	case b[0] == '%' && len(b) >= 3:
		c, err := strconv.ParseUint(string(b[1:3]), 16, 8)
		if err != nil {
			return "", 0
		}
		return string([]byte{byte(c)}), 3
	case b[0] == '&':
		n = 1 + bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
		plain = html.UnescapeString(string(b[:n]))
		if len(plain) == n {
			return "", 0
		}
		return plain, n
	}
	return "", 0
}

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut returns the longest beginning of s of at most n bytes that ends neither
// in a rune nor, unless one character has more than 128 bytes, in what readers
// see as one character (a letter with its marks, a flag, a family of emoji).
func Cut(s string, n int) string {
	switch {
	case n <= 0:
		return ""
	case len(s) <= n:
		return s
	}
	for back := 0; back < utf8.UTFMax-1 && !utf8.RuneStart(s[n]) && n > 0; back++ {
		n--
	}
	for i := n; n-i <= 128; {
		if i == 0 || !joined(s[:i], s[i:]) {
			return s[:i]
		}
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[:n]
}

// joined reports whether the last character of a goes on in b. It is a cheap
// form of https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules.
func joined(a, b string) bool {
	before, _ := utf8.DecodeLastRuneInString(a)
	after, _ := utf8.DecodeRuneInString(b)
	switch {
	case before == '\r' && after == '\n':
		return true
	case after == zeroWidthJoiner, before == zeroWidthJoiner:
		return true
	case 0x1f3fb <= after && after <= 0x1f3ff: // skin tones
		return true
	case 0xe0020 <= after && after <= 0xe007f: // tags of a flag
		return true
	case 0x1160 <= after && after <= 0x11ff: // Hangul vowels and finals
		return true
	case regional(after):
		return oddFlags(a)
	}
	return unicode.IsMark(after)
}

const zeroWidthJoiner = 0x200d

func regional(r rune) bool { return 0x1f1e6 <= r && r <= 0x1f1ff }

// oddFlags reports whether s ends in half a flag. It looks at 16 flags at most.
func oddFlags(s string) bool {
	n := 0
	for n < 32 {
		r, size := utf8.DecodeLastRuneInString(s)
		if !regional(r) {
			break
		}
		s = s[:len(s)-size]
		n++
	}
	return n%2 == 1
}

// Clean returns s as valid UTF-8 without control characters: each bad byte
// becomes U+FFFD, every kind of line end becomes \n, tabs stay, and so do
// direction marks, except the two overrides that show a text backwards.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			return '\n'
		case r == '\n', r == '\t':
			return r
		case unclean(r):
			return -1
		}
		return r
	}, s)
}

func clean(s string) bool {
	for i, r := range s {
		if unclean(r) && r != '\n' && r != '\t' {
			return false
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false
		}
	}
	return true
}

func unclean(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r == 0x202d || r == 0x202e || r == 0xfeff
}

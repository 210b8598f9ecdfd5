package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"
)

// shortcode is how chats write emoji in letters, at the beginning of a text.
var shortcode = pattern(`^:[a-z0-9_+-]*[a-z+][a-z0-9_+-]*:`)

// Emoji writes the emoji out that stand in s by their names, such as ":smile:",
// but not in addresses and times. A name that is not known stays, and so does
// what stands beside code.
func Emoji(s string) string {
	if strings.Count(s, ":") < 2 || strings.Contains(s, "`") {
		return s
	}
	var b strings.Builder
	for before := ' '; s != ""; {
		n := max(strings.IndexByte(s, ':'), 0)
		if n > 0 {
			before, _ = utf8.DecodeLastRuneInString(s[:n])
		} else if s[0] != ':' {
			n = len(s)
		}
		b.WriteString(s[:n])
		if s = s[n:]; s == "" {
			break
		}
		code := shortcode().FindString(s[:min(len(s), longest)])
		if sign := emojiOf(code); sign != "" && !holds(before) {
			b.WriteString(sign)
			s, before = s[len(code):], ' '
			continue
		}
		b.WriteByte(':')
		s, before = s[1:], ':'
	}
	return b.String()
}

const longest = 64 // bytes of a shortcode

// holds reports whether what follows r is a part of a word, address or time.
func holds(r rune) bool { return unicode.In(r, unicode.L, unicode.N) || r == ':' || r == '/' }

// emojiOf is what a shortcode stands for; "" if that is not known.
func emojiOf(code string) string {
	if country, ok := strings.CutPrefix(code, ":flag_"); ok && len(country) == 3 {
		first, second := rune(country[0]), rune(country[1])
		return string(0x1F1E6+first-'a') + string(0x1F1E6+second-'a')
	}
	return emoji.CodeMap()[code]
}

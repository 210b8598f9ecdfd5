package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a part of a text, in bytes.
type span struct{ start, end int }

// digits are some that stand together.
type digits struct {
	span
	plain string // as 0 to 9
	gap   gap    // before them
}

// gap is what parts groups of digits.
type gap int

const (
	apart  gap = iota // a letter, or too much: what comes is another number
	listed            // a comma, a full stop or the like: it may be a list, too
	spaced            // white space, a line end, dashes, what nobody sees
)

// maxGap is in characters that are seen: a line end, and a mark that quotes the next line.
const maxGap = 8

// cards are where payment cards stand, by the Luhn sum, however their digits are
// parted. Where several numbers could be cards, all of their digits are told.
func cards(s string) []span {
	var found []span
	groups := groupsOf(s)
	for i := range groups {
		end := cardAt(groups[i:])
		switch last := len(found) - 1; {
		case end == 0:
		case last >= 0 && groups[i].start < found[last].end:
			found[last].end = max(found[last].end, end)
		default:
			found = append(found, span{groups[i].start, end})
		}
	}
	return found
}

// groupsOf are the digits of a text.
func groupsOf(s string) []digits {
	var all []digits
	now, length := spaced, 0
	for at, r := range s {
		d, is := digit(r)
		switch {
		case !is && (unicode.IsLetter(r) || unicode.IsNumber(r)) && !isStroke(r):
			now = apart
		case !is:
			if !unicode.In(r, unicode.Cf, unicode.M) {
				length++
			}
			if !isSpacing(r) {
				now = min(now, listed)
			}
			if length > maxGap {
				now = apart
			}
		case len(all) > 0 && all[len(all)-1].end == at:
			g := &all[len(all)-1]
			g.plain += string('0' + d)
			g.end = at + utf8.RuneLen(r)
		default:
			all = append(all, digits{span{at, at + utf8.RuneLen(r)}, string('0' + d), now})
		}
		if is {
			now, length = spaced, 0
		}
	}
	return all
}

// isStroke is about letters that are written as dashes: tatweel, and the long
// vowel mark of Japanese.
func isStroke(r rune) bool { return r == 0x640 || r == 0x30fc || r == 0xff70 }

func isSpacing(r rune) bool {
	return isStroke(r) || unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf, unicode.M, unicode.Pc) || strings.ContainsRune("/()\u2212\u00b7\u2022\u2027\u2219\u22c5\u30fb\u2043|~*\u20e3", r)
}

// cardAt is where the longest card ends that begins with the first of the
// groups; 0 means that none does.
func cardAt(groups []digits) int {
	end, number := 0, ""
	close, least, most := true, maxCard, 0 // how the groups are parted, and their sizes
	for i, g := range groups {
		if i > 0 && (g.gap == apart || len(g.plain) >= minCard || len(groups[0].plain) >= minCard) {
			break // a number of that size is whole
		}
		number += g.plain
		close = close && (i == 0 || g.gap == spaced)
		least, most = min(least, len(g.plain)), max(most, len(g.plain))
		if len(number) > maxCard {
			break
		}
		whole := least >= 3 || most == 1 // not amounts in a list
		if isCard(number, whole) && (close || whole) {
			end = g.end
		}
	}
	return end
}

// How many digits a card has (ISO/IEC 7812-1).
const (
	minCard = 13
	maxCard = 19
)

// isCard applies the Luhn sum (ISO/IEC 7812-1) to a number that begins as the
// cards of the large networks do or, if it is written as cards are, has their
// length.
func isCard(number string, whole bool) bool {
	n := len(number)
	if n < minCard || n > maxCard {
		return false
	}
	return (strings.IndexByte("23456", number[0]) >= 0 || whole && n >= 15 && n != 17 && number[0] != '0') && luhn(number)
}

func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func maskCards(s string) string {
	found := cards(s)
	if len(found) == 0 {
		return s
	}
	return replaced(s, 0, found)
}

// replaced is a text that begins at from in a larger one, with the spans of that
// one masked.
func replaced(s string, from int, spans []span) string {
	var b strings.Builder
	at := from
	for _, c := range spans {
		start, end := max(c.start, from), min(c.end, from+len(s))
		if start >= end {
			continue
		}
		b.WriteString(s[at-from:start-from] + MaskedCard)
		at = end
	}
	return b.String() + s[at-from:]
}

// MaskCards returns the texts with the cards hidden whose digits are spread over
// them, as when somebody sends a card in several messages. Cards within one
// text are hidden too.
func MaskCards(texts []string) []string { return hideEscaped(texts, maskSpread) }

func maskSpread(texts []string) []string {
	whole := strings.Join(texts, "\n")
	found := cards(whole)
	if len(found) == 0 {
		return slices.Clone(texts)
	}
	out := make([]string, len(texts))
	from := 0
	for i, s := range texts {
		out[i] = replaced(s, from, found)
		from += len(s) + 1
	}
	return out
}

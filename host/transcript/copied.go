package transcript

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/text/unicode/bidi"
)

// leaf is a page in work: its drawing, and which parts of it are lines of text.
type leaf struct {
	bytes.Buffer
	lines []placed
}

// placed is a line of text in a page's drawing.
type placed struct {
	from, to int    // in the drawing
	text     []rune // as it was written
	turned   bool   // some of it stands from right to left
}

// Readers that copy a text out (Poppler, PDFium) know of a page only where its
// characters stand, and turn what is written from right to left round by a
// simple rule: sections of letters in one direction, each with the points and
// spaces beside it. So brackets, numbers and full stops next to Arabic or
// Hebrew end up on the wrong side. Where that would happen, a line says itself
// what it reads (/ActualText, ISO 32000-1, 14.9.4), in the order that the rule
// turns into the right one. Invisible marks of direction part the sections.

const (
	leftMark  = '\u200e'
	rightMark = '\u200f'
)

// class is what the readers' rule asks of a character: 'L' and 'R' for letters
// from left to right and from right to left, '#' for digits and what may stand in
// numbers, 0 for all else.
func class(r rune) byte {
	if r < 0x590 {
		switch {
		case r >= '0' && r <= '9':
			return '#'
		case unicode.IsLetter(r):
			return 'L'
		}
	}
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.L:
		return 'L'
	case bidi.R, bidi.AL:
		return 'R'
	case bidi.EN, bidi.AN, bidi.ES, bidi.ET, bidi.CS:
		return '#'
	}
	return 0
}

func isForward(r rune) bool  { c := class(r); return c == 'L' || c == '#' }
func isBackward(r rune) bool { return class(r) == 'R' }

// next is the first index from i on at which is holds, or the end.
func next(text []rune, i int, is func(rune) bool) int {
	if n := slices.IndexFunc(text[i:], is); n >= 0 {
		return i + n
	}
	return len(text)
}

// fromLeft orders a line's characters for a page that is read from left to
// right: sections stand in the order of reading, those from right to left turned round.
func fromLeft(text []rune) []rune {
	var out []rune
	for i := 0; i < len(text); {
		j := next(text, i, isBackward)
		if i > 0 && i < j && !isForward(text[i]) {
			out = append(out, leftMark) // else this would belong to the section before
		}
		if out = append(out, text[i:j]...); j == len(text) {
			return out
		}
		i = next(text, j, isForward)
		for i > j+1 && class(text[i-1]) == 0 && !unicode.Is(unicode.M, text[i-1]) {
			i--
		}
		if !isBackward(text[i-1]) {
			out = append(out, rightMark) // else a vowel point would belong to the section before
		}
		out = appendTurned(out, text[j:i])
	}
	return out
}

// fromRight is fromLeft for a page that is read from right to left: sections
// stand in the opposite order.
func fromRight(text []rune) []rune {
	var sections [][]rune
	for i := 0; i < len(text); {
		j := next(text, i, isForward)
		if i == 0 && next(text, 0, isBackward) > j {
			j = 0 // what stands before the first letter goes with it
		}
		sections = append(sections, appendTurned(nil, text[i:j]))
		i = next(text, j, isBackward)
		if j == i {
			continue
		}
		section := slices.Clone(text[j:i])
		if !isForward(text[i-1]) {
			section = append(section, leftMark)
		}
		sections = append(sections, section)
	}
	slices.Reverse(sections)
	return slices.Concat(sections...)
}

func appendTurned(out, section []rune) []rune {
	for i := range section {
		out = append(out, section[len(section)-1-i])
	}
	return out
}

// weigh is the number of letters from left to right, less that of the others:
// by it readers tell how a page is read.
func weigh(text []rune) int {
	n := 0
	for _, r := range text {
		switch class(r) {
		case 'L':
			n++
		case 'R':
			n--
		}
	}
	return n
}

// turned reports whether readers will take the page for one that is read from
// right to left. Beside is the weight of what else stands on it.
func (p *leaf) turned(beside int) bool {
	return weight(p.readings(false))+beside < 0 && weight(p.readings(true))+beside < 0
}

// speaking returns the drawing with /ActualText where it is needed.
func (p *leaf) speaking(turned bool, beside int) []byte {
	readings := p.readings(turned)
	if !turned {
		pad(readings, beside)
	}
	var out bytes.Buffer
	at := 0
	for i, l := range p.lines {
		if readings[i].plain {
			continue
		}
		out.Write(p.Bytes()[at:l.from])
		fmt.Fprintf(&out, "/Span<</ActualText%s>>BDC\n", utf16Text(string(readings[i].text)))
		out.Write(p.Bytes()[l.from:l.to])
		out.WriteString("EMC\n")
		at = l.to
	}
	out.Write(p.Bytes()[at:])
	return out.Bytes()
}

// reading is how a line says what it reads.
type reading struct {
	text  []rune
	plain bool // its characters say so by themselves
}

func (p *leaf) readings(turned bool) []reading {
	order := fromLeft
	if turned {
		order = fromRight
	}
	all := make([]reading, len(p.lines))
	for i, l := range p.lines {
		text := order(l.text)
		if text[len(text)-1] == '-' { // at the right of the page it would be taken for the hyphen of a divided word
			text = append(text, leftMark)
		}
		all[i] = reading{text, !l.turned && slices.Equal(text, l.text) && !isOdd(string(l.text))}
	}
	return all
}

// isOdd reports whether a text would not be copied as it is, for the place of
// its spaces alone: one that is not single and plain, and all where words have
// one letter each, which would be taken for a word in wide letters. What has no
// width is lost at the ends of words.
func isOdd(text string) bool {
	words := strings.Fields(text)
	return strings.Join(words, " ") != text || slices.ContainsFunc(words, hasLooseEnd) ||
		len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return utf8.RuneCountInString(w) > 1 })
}

func hasLooseEnd(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	return unicode.Is(unicode.Cf, first) || unicode.Is(unicode.Cf, last)
}

// pad has the marks of direction weigh so much that they do not change how the
// page is read.
func pad(all []reading, beside int) {
	lack := -weight(all) - beside
	for i := range all {
		if lack > 0 && !all[i].plain {
			all[i].text = append(all[i].text, slices.Repeat([]rune{leftMark}, lack)...)
			return
		}
	}
}

func weight(all []reading) int {
	n := 0
	for _, r := range all {
		n += weigh(r.text)
	}
	return n
}

// read is what l reads, without marks of direction, which have done their work.
func (l line) read() []rune {
	from, to := l.span()
	text := slices.DeleteFunc(slices.Clone(l.text[from:to]), func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) })
	return []rune(strings.TrimRightFunc(string(text), unicode.IsSpace))
}

// turned reports whether some of l stands from right to left.
func (l line) turned() bool {
	return slices.ContainsFunc(l.runs, func(r shaping.Output) bool { return r.Direction == di.DirectionRTL })
}

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in the form in which two texts are compared: compatibility
// characters replaced (NFKC), full case folding, the marks removed that a
// reader leaves out (accents, Hebrew and Arabic points, Devanagari nukta),
// invisible characters dropped, digits of all scripts as 0-9, and every run of
// white space as one space. Marks that make another letter stay: й, ї, が, the
// vowel signs of Indic scripts and the tone marks of Thai.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for w := (walker{rest: s}); w.more(); {
		b.Write(w.next())
	}
	return b.String()
}

// A walker folds a text piece by piece, so that a place in the folded text
// can be traced back to the text as written (see locate).
type walker struct {
	rest  string
	space bool // the piece before ended in white space
	out   []byte
	seg   []byte
	tmp   []byte
}

func (w *walker) more() bool { return w.rest != "" }

// next folds the next piece. The result is valid until the next call.
func (w *walker) next() []byte {
	w.out = w.out[:0]
	c := w.rest[0]
	if c < utf8.RuneSelf && (len(w.rest) == 1 || w.rest[1] < utf8.RuneSelf) {
		w.rest = w.rest[1:]
		w.emit(foldASCII(c))
		return w.out
	}
	if !w.takeInvisible() {
		w.take()
		w.foldSegment()
	}
	return w.out
}

// take moves the next letter with all its marks from rest to seg, without the
// invisible characters in and after it.
func (w *walker) take() {
	w.seg = w.seg[:0]
	for first := true; w.rest != ""; first = false {
		if !first && norm.NFKC.PropertiesString(w.rest).BoundaryBefore() {
			return
		}
		n := norm.NFKC.NextBoundaryInString(w.rest, true)
		w.seg = append(w.seg, w.rest[:n]...)
		w.rest = w.rest[n:]
		if !w.takeInvisible() {
			return
		}
	}
}

// takeInvisible drops the invisible characters at the start of rest, if any.
func (w *walker) takeInvisible() bool {
	before := len(w.rest)
	for w.rest != "" {
		r, n := utf8.DecodeRuneInString(w.rest)
		if !invisible(r) {
			break
		}
		w.rest = w.rest[n:]
	}
	return len(w.rest) < before
}

func (w *walker) foldSegment() {
	w.tmp = norm.NFKD.Append(w.tmp[:0], w.seg...)
	var base rune // the letter that a mark stands on
	for i := 0; i < len(w.tmp); {
		r, n := utf8.DecodeRune(w.tmp[i:])
		mark := unicode.Is(unicode.M, r)
		switch {
		case !mark:
			base = r
			w.emitFolded(r)
		case !removable(base, r):
			w.emitFolded(r)
		}
		i += n
	}
	if !norm.NFC.IsNormal(w.out) {
		w.tmp = norm.NFC.Append(w.tmp[:0], w.out...)
		w.out, w.tmp = w.tmp, w.out
	}
}

// emit adds one folded character; white space after white space is nothing.
func (w *walker) emit(r rune) {
	space := unicode.IsSpace(r)
	if space && w.space {
		return
	}
	w.space = space
	switch {
	case space:
		w.out = append(w.out, ' ')
	case r < utf8.RuneSelf:
		w.out = append(w.out, byte(r))
	default:
		w.out = utf8.AppendRune(w.out, r)
	}
}

func (w *walker) emitFolded(r rune) {
	if r < utf8.RuneSelf {
		w.emit(foldASCII(byte(r)))
		return
	}
	// NFKD leaves ß as the only letter whose full case folding is longer
	// than its simple one, and upper-then-lower joins what simple folding joins.
	r = unicode.ToLower(unicode.ToUpper(r))
	if s, ok := spelled[r]; ok {
		for _, r := range s {
			w.emit(r)
		}
		return
	}
	if d, ok := digit(r); ok {
		r = '0' + d
	}
	w.emit(r)
}

func foldASCII(c byte) rune {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return rune(c)
}

// spelled says how a reader without the right keyboard writes a character.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ħ': "h", 'ł': "l", 'ŧ': "t",
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ک': "ك", 'ة': "ه",
	'‘': "'", '’': "'", '‚': "'", '‛': "'", 'ʼ': "'", '′': "'",
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '″': `"`, '«': `"`, '»': `"`,
	'‐': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-",
}

const tatweel = 'ـ' // only stretches a word

// digit returns the value of a decimal digit of any script. The digits of a
// script are ten in a row (https://www.unicode.org/reports/tr44/#Numeric_Type).
func digit(r rune) (rune, bool) {
	if r < utf8.RuneSelf {
		return r - '0', '0' <= r && r <= '9'
	}
	if r < 0x660 || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10, true
		}
	}
	return 0, false
}

// removable reports whether readers leave out mark m on the letter base.
func removable(base, m rune) bool {
	if unicode.Is(accents, m) {
		return !letterOfItsOwn(base, m)
	}
	return unicode.Is(points, m)
}

// letterOfItsOwn knows the Cyrillic letters that only look accented; ё is not
// one of them, since most people write е.
func letterOfItsOwn(base, m rune) bool {
	switch base {
	case 'и', 'И', 'у', 'У':
		return m == 0x306 // й ў
	case 'і', 'І':
		return m == 0x308 // ї
	case 'г', 'Г', 'к', 'К':
		return m == 0x301 // ѓ ќ
	}
	return false
}

// accents stand on letters of the European scripts.
var accents = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x0344, Stride: 1}, // U+0345 is a small iota
	{Lo: 0x0346, Hi: 0x036f, Stride: 1},
	{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1},
	{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
	{Lo: 0x20d0, Hi: 0x20ff, Stride: 1},
	{Lo: 0xfe20, Hi: 0xfe2f, Stride: 1},
}}

// points are vowel and reading signs that everyday writing leaves out.
var points = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0591, Hi: 0x05bd, Stride: 1}, // Hebrew
	{Lo: 0x05bf, Hi: 0x05bf, Stride: 1},
	{Lo: 0x05c1, Hi: 0x05c2, Stride: 1},
	{Lo: 0x05c4, Hi: 0x05c5, Stride: 1},
	{Lo: 0x05c7, Hi: 0x05c7, Stride: 1},
	{Lo: 0x0610, Hi: 0x061a, Stride: 1}, // Arabic; 0653 to 0655 make the alef forms
	{Lo: 0x064b, Hi: 0x065f, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1},
	{Lo: 0x06d6, Hi: 0x06dc, Stride: 1},
	{Lo: 0x06df, Hi: 0x06e4, Stride: 1},
	{Lo: 0x06e7, Hi: 0x06e8, Stride: 1},
	{Lo: 0x06ea, Hi: 0x06ed, Stride: 1},
	{Lo: 0x0711, Hi: 0x0711, Stride: 1}, // Syriac
	{Lo: 0x0730, Hi: 0x074a, Stride: 1},
	{Lo: 0x08d3, Hi: 0x08e1, Stride: 1},
	{Lo: 0x08e3, Hi: 0x08ff, Stride: 1},
	{Lo: 0x093c, Hi: 0x093c, Stride: 1}, // Devanagari nukta
	{Lo: 0x0951, Hi: 0x0954, Stride: 1},
}}

// invisible reports characters that no reader sees as such: soft hyphen,
// joiners, direction marks, variation selectors, tags, and what only stretches
// an Arabic word, also with a vowel mark on it.
func invisible(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0xfeff, r == tatweel:
		return true
	case 0xfcf2 <= r && r <= 0xfcf4, r == 0xfe71, 0xfe77 <= r && r <= 0xfe7f && r%2 == 1:
		return true
	case 0x180b <= r && r <= 0x180f, 0x200b <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e:
		return true
	case 0x2060 <= r && r <= 0x206f, 0xfe00 <= r && r <= 0xfe0f, 0xe0000 <= r && r <= 0xe0fff:
		return true
	}
	return false
}

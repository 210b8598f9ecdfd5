package transcript

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	xbidi "golang.org/x/text/unicode/bidi"
)

// grain is how finely text is measured, in units per point.
const grain = 16

// style is how text looks.
type style struct {
	size float64 // points
	bold bool
	ink  colour
}

// What a line takes up, in type sizes. It leaves room for stacked marks of Thai
// and Devanagari and for the deep letters of Arabic.
const (
	rise = 1.05 // above its base line
	fall = 0.37 // below it
	most = 0.5  // what taller letters, as of Burmese, get beyond each; marks can be piled up without end
)

// line is one line of shaped text, from left to right.
type line struct {
	runs  []shaping.Output
	text  []rune // the paragraph that runs point into
	width float64
	above float64 // points that it needs over what its style gives it
	below float64
	rtl   bool // its paragraph begins at the right
	style style
}

// height is from this line to the next.
func (l line) height() float64 { return (rise+fall)*l.style.size + l.above + l.below }

// base is the base line in a strip whose upper edge is y.
func (l line) base(y float64) float64 { return y - l.above - rise*l.style.size }

// typesetter turns text into lines. It serves one transcript at a time.
type typesetter struct {
	fonts    *fontMap
	language language.Language
	missing  map[rune]bool // what no font has
	common   map[common][]line

	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
	levels    bidi.Paragraph
}

func newTypesetter(fonts *fontMap, lang string) *typesetter {
	if lang == "" {
		lang = "en"
	}
	return &typesetter{fonts: fonts, language: language.NewLanguage(lang), missing: map[rune]bool{}}
}

// paragraph yields the lines of a paragraph. A long one is broken piece by
// piece; the last line of a piece, which is not full, begins the next.
func (t *typesetter) paragraph(text []rune, s style, width float64) iter.Seq[line] {
	return func(yield func(line) bool) {
		dir := direction(text)
		for {
			n := cutAt(text)
			ls := t.lines(text[:n:n], s, width, dir)
			if n < len(text) && len(ls) > 1 {
				n = ls[len(ls)-1].start()
				ls = ls[:len(ls)-1]
			}
			for _, l := range ls {
				if !yield(l) {
					return
				}
			}
			if text = text[n:]; len(text) == 0 {
				return
			}
		}
	}
}

// lines breaks a piece of a paragraph to a width in points.
func (t *typesetter) lines(text []rune, s style, width float64, dir di.Direction) []line {
	if len(text) == 0 {
		return []line{{style: s}}
	}
	runs, levels := t.shape(text, s, dir)
	config := shaping.WrapConfig{Direction: dir, DisableTrailingWhitespaceTrim: true} // it trims what go-text's order has at the end
	wrapped, _ := t.wrapper.WrapParagraph(config, max(1, int(width*grain)), breakable(text), shaping.NewSliceIterator(runs))
	out := make([]line, 0, len(wrapped))
	for _, w := range wrapped {
		l := line{runs: slices.Clone(w), text: text, rtl: dir == di.DirectionRTL, style: s}
		trim(&l.runs[len(l.runs)-1], text)
		reorder(l.runs, levels)
		l.measure()
		out = append(out, l)
	}
	return out
}

func (l *line) measure() {
	var top, foot fixed.Int26_6
	for _, r := range l.runs {
		l.width += points(r.Advance)
		for _, g := range r.Glyphs {
			top = max(top, g.YOffset+g.YBearing)
			foot = min(foot, g.YOffset+g.YBearing+g.Height)
		}
	}
	limit := most * l.style.size
	l.above = min(max(0, points(top)-rise*l.style.size), limit)
	l.below = min(max(0, -points(foot)-fall*l.style.size), limit)
}

// single sets a text without line ends on one line, cut with an ellipsis if it is wider than width.
func (t *typesetter) single(text string, s style, width float64) line {
	rs := []rune(shorten(text, maxSingle))
	for {
		ls := t.lines(rs, s, width, direction(rs))
		if len(ls) == 1 || len(rs) < 2 {
			return ls[0]
		}
		first := ls[1].start()
		rs = append([]rune(strings.TrimRight(string(rs[:max(1, min(first, len(rs)-2))]), " …")), '…')
	}
}

// maxSingle is in bytes; no line of a page holds more.
const maxSingle = 600

// common is a text that stands in many places: a name, or a time of day.
type common struct {
	text  string
	style style
	width float64
}

const maxCommon = 512 // that are kept

// repeated is paragraph for what stands in many places. Nobody changes the lines.
func (t *typesetter) repeated(text string, s style, width float64) []line {
	key := common{text, s, width}
	if ls, ok := t.common[key]; ok {
		return ls
	}
	if t.common == nil || len(t.common) >= maxCommon {
		t.common = map[common][]line{}
	}
	ls := slices.Collect(t.paragraph([]rune(text), s, width))
	t.common[key] = ls
	return ls
}

// start is where in its piece the line begins.
func (l line) start() int {
	start, _ := l.span()
	return start
}

// span is from where to where in its piece the line goes.
func (l line) span() (from, to int) {
	from = len(l.text)
	for _, r := range l.runs {
		from, to = min(from, r.Runes.Offset), max(to, r.Runes.Offset+r.Runes.Count)
	}
	return min(from, to), to
}

// breakable is text as lines may be broken: not after a hyphen. Readers take
// one at the end of a line for a divided word and leave it out of what is
// copied, which makes links and order numbers wrong.
func breakable(text []rune) []rune {
	if !slices.Contains(text, '-') {
		return text
	}
	const hyphen, space = '\u2011', '\u00a0' // that lines are not broken at
	kept := slices.Clone(text)
	for i, r := range text {
		switch {
		case r == '-':
			kept[i] = hyphen
		case r == ' ' && i > 0 && text[i-1] == '-':
			kept[i] = space
		}
	}
	return kept
}

// trim takes the width from the spaces at the end of a line's last run.
func trim(last *shaping.Output, text []rune) {
	n := len(last.Glyphs)
	for i := range n {
		if last.Direction == di.DirectionLTR {
			i = n - 1 - i
		}
		if g := &last.Glyphs[i]; unicode.IsSpace(text[g.TextIndex()]) {
			g.Advance = 0
			continue
		}
		break
	}
	last.RecomputeAdvance()
}

// shape returns runs in logical order and the embedding level of each
// character; nil if all go in the paragraph's direction from left to right.
func (t *typesetter) shape(text []rune, s style, dir di.Direction) ([]shaping.Output, []bidi.Level) {
	t.fonts.bold = s.bold
	parts := t.segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: dir, Size: fixed.Int26_6(s.size * grain * 64), Language: t.language,
	}, t.fonts)
	levels := t.levelsOf(text, dir, parts)
	var out []shaping.Output
	for _, p := range t.withEmoji(split(parts, levels), emojiMask(text)) {
		run := t.shaper.Shape(p)
		t.note(run, text)
		out = append(out, run)
	}
	return out, levels
}

// split divides parts where the embedding level changes: the segmenter does so
// only where the direction changes.
func split(parts []shaping.Input, levels []bidi.Level) []shaping.Input {
	if levels == nil {
		return parts
	}
	var out []shaping.Input
	for _, p := range parts {
		for i := p.RunStart + 1; i < p.RunEnd; i++ {
			if levels[i] != levels[i-1] {
				piece := p
				piece.RunEnd = i
				out = append(out, piece)
				p.RunStart = i
			}
		}
		out = append(out, p)
	}
	return out
}

// note remembers what run shows as a box.
func (t *typesetter) note(run shaping.Output, text []rune) {
	for _, g := range run.Glyphs {
		if g.GlyphID != 0 {
			continue
		}
		for _, r := range text[g.TextIndex() : g.TextIndex()+g.RunesCount()] {
			if !has(run.Face, r) && !harfbuzz.IsDefaultIgnorable(r) {
				t.missing[r] = true
			}
		}
	}
}

// withEmoji gives emoji their font, glues what the segmenter took apart within
// one sequence, and takes the spaces that follow an emoji out of its font,
// where they are as wide as an emoji.
func (t *typesetter) withEmoji(parts []shaping.Input, mask []bool) []shaping.Input {
	var out []shaping.Input
	for _, p := range parts {
		strange := p.Face == t.fonts.colour || p.Face == t.fonts.face(emoji)
		space := func(i int) bool { return strange && p.Text[i] == ' ' }
		for from := p.RunStart; from < p.RunEnd; {
			to := from + 1
			for to < p.RunEnd && mask[to] == mask[from] && space(to) == space(from) {
				to++
			}
			piece := p
			piece.RunStart, piece.RunEnd = from, to
			if face := t.fonts.emojiFor(mask[from], p.Text[from]); face != nil {
				piece.Face = face
			} else if space(from) {
				piece.Face = t.fonts.face(sans)
			}
			if n := len(out) - 1; n >= 0 && mask[from] && mask[out[n].RunStart] && out[n].RunEnd == from && out[n].Direction == p.Direction {
				out[n].RunEnd = to
			} else {
				out = append(out, piece)
			}
			from = to
		}
	}
	return out
}

func (t *typesetter) levelsOf(text []rune, dir di.Direction, parts []shaping.Input) []bidi.Level {
	plain := dir == di.DirectionLTR
	for _, p := range parts {
		plain = plain && p.Direction == di.DirectionLTR
	}
	if plain {
		return nil
	}
	base := bidi.LeftToRight
	if dir == di.DirectionRTL {
		base = bidi.RightToLeft
	}
	found := t.levels.Segment(text, base)
	return everyLevel(found, len(text))
}

// everyLevel is the embedding level of each of n characters. Runs of go-text
// 0.3.5 end where the direction changes, and tell the level of their first
// character alone: a number behind a Hebrew word would take the English that
// follows with it. The levels of the others are in a field that has no method.
func everyLevel(found bidi.Runs, n int) []bidi.Level {
	all := reflect.ValueOf(found).FieldByName("levels")
	levels := make([]bidi.Level, n)
	for i := range levels {
		levels[i] = bidi.Level(all.Index(i).Int())
	}
	return levels
}

// reorder puts a line's runs from logical into visual order: rule L2 of the
// bidirectional algorithm (UAX #9). go-text's own order knows directions only,
// so that a number inside Arabic inside English lands on the wrong side.
func reorder(runs []shaping.Output, levels []bidi.Level) {
	if levels == nil {
		return
	}
	level := func(r shaping.Output) bidi.Level { return levels[r.Runes.Offset] }
	top := bidi.Level(0)
	for _, r := range runs {
		top = max(top, level(r))
	}
	order := make([]bidi.Level, len(runs)) // moves with the runs
	for i, r := range runs {
		order[i] = level(r)
	}
	for l := top; l > 0; l-- {
		for i := 0; i < len(runs); i++ {
			if order[i] < l {
				continue
			}
			j := i
			for j < len(runs) && order[j] >= l {
				j++
			}
			slices.Reverse(runs[i:j])
			slices.Reverse(order[i:j])
			i = j
		}
	}
}

// direction is that of the first letter that has one, as HTML's dir=auto.
func direction(text []rune) di.Direction {
	for _, r := range text {
		if r < 0x590 && unicode.IsLetter(r) {
			return di.DirectionLTR
		}
		p, _ := xbidi.LookupRune(r)
		switch p.Class() {
		case xbidi.L:
			return di.DirectionLTR
		case xbidi.R, xbidi.AL:
			return di.DirectionRTL
		}
	}
	return di.DirectionLTR
}

// startsRight reports whether the first line of a text begins at the right.
func startsRight(s string) bool {
	first, _, _ := strings.Cut(s, "\n")
	return direction([]rune(first)) == di.DirectionRTL
}

func points(f fixed.Int26_6) float64 { return float64(f) / 64 / grain }

// place draws l with its left end and base line at x, y.
func (d *document) place(l line, x, y float64) {
	if len(l.runs) == 0 {
		return
	}
	from := d.page.Len()
	d.draw("BT %s rg", l.style.ink)
	for i := range l.runs {
		d.run(&l.runs[i], l.text, x, y, l.style.size)
		x += points(l.runs[i].Advance)
	}
	d.draw("ET")
	if text := l.read(); len(text) > 0 {
		d.page.lines = append(d.page.lines, placed{from, d.page.Len(), text, l.turned()})
	}
}

// run shows one run; x, y is where its pen begins.
func (d *document) run(o *shaping.Output, text []rune, x, y, size float64) {
	d.draw("1 0 0 1 %s %s Tm", num(x), num(y))
	var font *type3
	var show strings.Builder
	flush := func() {
		if show.Len() > 0 {
			d.draw("[%s]TJ", show.String())
			show.Reset()
		}
	}
	drift := 0.0 // where the pen is, less where it should be, in points
	for i := 0; i < len(o.Glyphs); {
		cluster := o.Glyphs[i:min(i+max(o.Glyphs[i].GlyphsCount(), 1), len(o.Glyphs))]
		i += len(cluster)
		if len(cluster) == 1 && unicode.Is(unicode.Bidi_Control, text[cluster[0].TextIndex()]) {
			continue // it has done its work, and would part words that are copied out
		}
		c := d.glyphs.code(o, cluster, extracted(o, cluster[0], text))
		if c.font != font {
			flush()
			font = c.font
			d.draw("/%s %s Tf", font.name, num(size))
		}
		if by := drift * 1000 / size; by > 0.5 || by < -0.5 {
			show.WriteString(num(by))
			drift = 0
		}
		show.WriteString("<" + hex2(c.char) + ">")
		drift += float64(font.widths[c.char-1]) / float64(o.Face.Upem()) * size
		for _, g := range cluster {
			drift -= points(g.Advance)
		}
	}
	flush()
}

// extracted is what a reader copies for a cluster. Poppler, PDFium and pdf.js
// turn right-to-left runs round character by character, so it is stored turned.
func extracted(o *shaping.Output, g shaping.Glyph, text []rune) string {
	part := text[g.TextIndex() : g.TextIndex()+g.RunesCount()]
	if o.Direction == di.DirectionRTL {
		part = slices.Clone(part)
		slices.Reverse(part)
	}
	return string(part)
}

func hex2(b byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[b>>4], digits[b&15]})
}

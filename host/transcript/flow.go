package transcript

import (
	"fmt"
	"iter"
	"strings"
)

const (
	margin  = 46.0
	top     = pageHeight - 64 // where text begins on pages after the first
	bottom  = 58.0            // where it ends
	measure = pageWidth - 2*margin
	small   = 7.5 // type sizes
	body    = 10.0
)

var (
	ink    = colour{0.11, 0.12, 0.14}
	grey   = colour{0.42, 0.45, 0.50}
	pale   = colour{0.86, 0.88, 0.90}
	accent = colour{0x17 / 255.0, 0x5a / 255.0, 0xa8 / 255.0}

	textStyle  = style{size: body, ink: ink}
	quoteStyle = style{size: body - 1, ink: grey}
	smallStyle = style{size: small, ink: grey}
	quietStyle = style{size: 8, ink: grey}
)

// flow fills pages from top to bottom.
type flow struct {
	doc   *document
	set   *typesetter
	y     float64 // the upper end of what is free
	title line    // stands above every page but the first
	sum   string
	foot  string // stands below every page
	rtl   bool   // headings are read from right to left
}

// row is a strip that is not divided between pages.
type row struct {
	height float64
	width  float64                   // of what is drawn
	draw   func(x, y, width float64) // y is the upper edge
}

func (f *flow) newPage() {
	f.doc.newPage()
	if len(f.doc.pages) == 0 {
		f.y = pageHeight - margin
		return
	}
	x := margin
	if f.rtl {
		x = pageWidth - margin - f.title.width
	}
	f.doc.place(f.title, x, pageHeight-40)
	f.doc.rule(margin, pageHeight-47, measure, pale)
	f.y = top
}

// footer draws what stands below page n.
func (f *flow) footer(n, of int) {
	const y = 32
	f.doc.rule(margin, y+13, measure, pale)
	if f.foot != "" {
		note := f.set.single(f.foot, smallStyle, measure)
		f.doc.place(note, margin+(measure-note.width)/2, y-11)
	}
	f.doc.place(f.set.single(f.digest(), style{size: 6, ink: grey}, measure), margin, y)
	number := f.set.single(fmt.Sprintf("%d / %d", n, of), smallStyle, 100)
	f.doc.place(number, pageWidth-margin-number.width, y)
}

func (f *flow) digest() string { return "SHA-256 " + f.sum }

// space moves down, but not on a new page.
func (f *flow) space(h float64) {
	if f.y < pageHeight-margin && f.y != top {
		f.y -= h
	}
}

func (f *flow) room() float64 { return f.y - bottom }

// put draws rows without a background, each on the page where it fits.
func (f *flow) put(x, width float64, rows iter.Seq[row]) {
	for r := range rows {
		if f.room() < r.height {
			f.newPage()
		}
		f.doc.clip(x, f.y-r.height-overhang, width, r.height+2*overhang)
		r.draw(x, f.y, width)
		f.doc.unclip()
		f.y -= r.height
	}
}

// overhang is how far letters may reach out of their row. Marks piled up without
// end, as in "Zalgo" texts, would else write over what others said.
const overhang = 3.0

// bubble is a background with rows on it.
type bubble struct {
	fill  colour
	max   float64 // the widest that it may be, padding included
	right bool    // stands at the right
	fixed bool    // is as wide as max
}

const (
	padX   = 10.0
	padY   = 6.5
	radius = 7.0
)

// together is how many rows at the end of a page go to the next one, with the
// row that has no room: a message of a few lines is not divided, nor a name or
// a file's name left alone.
const together = 5

// bubble draws rows in a bubble, in several on as many pages if need be. Only
// the rows of one page are held.
func (f *flow) bubble(b bubble, rows iter.Seq[row]) {
	var held []row
	height, parts := 0.0, 0
	flush := func(last bool) {
		width := b.max
		if last && parts == 0 && !b.fixed {
			width = natural(held) + 2*padX
		}
		f.panel(b, held, height, width)
		held, height = held[:0], 0
		parts++
	}
	for r := range rows {
		if f.room() < height+r.height+2*padY {
			if parts == 0 && len(held) < together && height+r.height < top-bottom-2*padY {
				f.newPage()
			} else {
				flush(false)
				f.newPage()
			}
		}
		held = append(held, r)
		height += r.height
	}
	if len(held) > 0 {
		flush(true)
	}
}

func (f *flow) panel(b bubble, rows []row, height, width float64) {
	x := margin
	if b.right {
		x = pageWidth - margin - width
	}
	height += 2 * padY
	f.doc.box(x, f.y-height, width, height, radius, b.fill)
	f.doc.clip(x, f.y-height, width, height)
	y := f.y - padY
	for _, r := range rows {
		r.draw(x+padX, y, width-2*padX)
		y -= r.height
	}
	f.doc.unclip()
	f.y -= height
}

func natural(rows []row) float64 {
	w := 0.0
	for _, r := range rows {
		w = max(w, r.width)
	}
	return w
}

// lines yields the lines of a clean text.
func (f *flow) lines(s string, st style, width float64) iter.Seq[line] {
	return func(yield func(line) bool) {
		for p := range strings.SplitSeq(s, "\n") {
			for l := range f.set.paragraph([]rune(p), st, width) {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// text yields the lines of a clean text, each at the side where its paragraph begins.
func (f *flow) text(s string, st style, width float64) iter.Seq[row] {
	return func(yield func(row) bool) {
		for l := range f.lines(s, st, width) {
			if !yield(f.row(l, l.rtl)) {
				return
			}
		}
	}
}

// heading yields the lines of a clean text, all at the side where headings begin.
func (f *flow) heading(s string, st style, width float64) iter.Seq[row] {
	return func(yield func(row) bool) {
		for l := range f.lines(s, st, width) {
			if !yield(f.row(l, f.rtl)) {
				return
			}
		}
	}
}

// row is a line at the left or at the right.
func (f *flow) row(l line, right bool) row {
	return row{l.height(), l.width, func(x, y, width float64) {
		if right {
			x += width - l.width
		}
		f.doc.place(l, x, l.base(y))
	}}
}

// centred is a row in the middle.
func (f *flow) centred(l line) row {
	return row{l.height(), l.width, func(x, y, width float64) {
		f.doc.place(l, x+(width-l.width)/2, l.base(y))
	}}
}

// indent moves rows away from the side where they begin.
func indent(by float64, right bool, rows iter.Seq[row]) iter.Seq[row] {
	return func(yield func(row) bool) {
		for r := range rows {
			draw := r.draw
			r.width += by
			r.draw = func(x, y, width float64) {
				if !right {
					x += by
				}
				draw(x, y, width-by)
			}
			if !yield(r) {
				return
			}
		}
	}
}

package transcript

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
)

// PDF writes A4 pages: a head, then the conversation with the guest at the
// left and agents at the right. When it returns an error, what was written to w
// is no PDF; send the plain text instead.
func PDF(w io.Writer, c Conversation, o Options) (r Report, err error) {
	defer guard("pdf", &err)
	c = c.complete()
	_, sum, err := c.encode()
	if err != nil {
		return r, err
	}
	tint, err := o.accent()
	if err != nil {
		return r, err
	}
	fonts := newFontMap(o.SystemFonts)
	out := bufio.NewWriter(w)
	d := newDocument(out)
	d.Title, d.Author, d.Language, d.ID = oneLine(c.Title), oneLine(c.Workspace), oneLine(c.Language), sum[:32]
	s := &sheet{flow: &flow{doc: d, set: newTypesetter(fonts, c.Language), sum: sum, foot: oneLine(o.Footer), rtl: c.words().rtl}, c: c, words: c.words(), accent: tint}
	d.beside = weigh([]rune(s.digest() + s.foot))
	s.write(o.Logo)
	if err = d.close(s.footer); err == nil {
		err = out.Flush()
	}
	if err != nil {
		return r, fmt.Errorf("write transcript as pdf: %w", err)
	}
	return Report{SHA256: sum, Pages: len(d.pages), Missing: sortedRunes(s.set.missing)}, nil
}

// sheet lays a conversation out.
type sheet struct {
	*flow
	c      Conversation
	words  *words
	accent colour
	day    string
	last   Entry // the message above, if nothing stands between
}

func (s *sheet) write(logo []byte) {
	s.title = s.set.single(s.words.list(" · ", oneLine(s.c.Title), oneLine(s.c.Workspace)), smallStyle, measure)
	s.newPage()
	s.logo(logo)
	s.head()
	if len(s.c.Entries) == 0 {
		s.space(16)
		s.quiet(s.words.NoMessages)
	}
	for _, e := range s.c.Entries {
		s.entry(e)
	}
}

// logo stands above everything else. One that is no picture is left out, so
// that a broken file keeps nobody's transcript back.
func (s *sheet) logo(data []byte) {
	if data == nil {
		return
	}
	p, err := s.doc.picture(data)
	if err != nil {
		return
	}
	w, h := fit(p.size, maxLogoWidth, maxLogoHeight)
	x := margin
	if s.rtl {
		x = pageWidth - margin - w
	}
	s.doc.show(p, x, s.y-h, w, h)
	s.y -= h + 12
}

func (s *sheet) head() {
	if name := oneLine(s.c.Workspace); name != "" {
		s.put(margin, measure, s.heading(name, style{size: 9, bold: true, ink: s.accent}, measure))
		s.space(2)
	}
	s.put(margin, measure, s.heading(oneLine(s.c.Title), style{size: 19, bold: true, ink: ink}, measure))
	s.space(10)
	s.bubble(bubble{fill: colour{0.965, 0.970, 0.976}, max: measure, fixed: true}, s.facts())
	s.space(6)
}

// facts yields the head's facts, two beside each other where they are short.
func (s *sheet) facts() iter.Seq[row] {
	const gap = 18.0
	width := measure - 2*padX
	half := (width - gap) / 2
	return func(yield func(row) bool) {
		all := s.c.facts()
		for len(all) > 0 {
			cells := s.fact(all[0], width)
			if left, right := s.cell(all, half), s.cell(all[1:], half); left != nil && right != nil {
				if s.rtl {
					left, right = right, left
				}
				cells = beside(left, right, half, gap)
				all = all[1:]
			}
			if all = all[1:]; len(all) > 0 {
				cells[len(cells)-1].height += 5
			}
			if !each(cells, yield) {
				return
			}
		}
	}
}

// maxCell is how many rows a fact may have to stand beside another.
const maxCell = 6

// cell is the first of facts if it may stand beside another.
func (s *sheet) cell(facts []fact, width float64) []row {
	if len(facts) == 0 {
		return nil
	}
	if rows := s.fact(facts[0], width); len(rows) <= maxCell {
		return rows
	}
	return nil
}

func (s *sheet) fact(f fact, width float64) []row {
	label := s.row(s.set.single(f.Label, style{size: small, ink: grey}, width), s.rtl)
	return slices.AppendSeq([]row{label}, s.heading(f.Value, style{size: 9.5, ink: ink}, width))
}

// beside makes one row of each two.
func beside(left, right []row, half, gap float64) []row {
	var out []row
	for i := range max(len(left), len(right)) {
		var l, r row
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out = append(out, row{max(l.height, r.height), half*2 + gap, func(x, y, _ float64) {
			if l.draw != nil {
				l.draw(x, y, half)
			}
			if r.draw != nil {
				r.draw(x+half+gap, y, half)
			}
		}})
	}
	return out
}

func each(rows []row, yield func(row) bool) bool {
	for _, r := range rows {
		if !yield(r) {
			return false
		}
	}
	return true
}

func (s *sheet) entry(e Entry) {
	if d := s.c.dayOf(e); d != s.day {
		s.day = d
		s.last = Entry{}
		s.separator(d)
	}
	if e.quiet() {
		s.last = Entry{}
		s.space(5)
		s.quiet(join("  ", s.c.clock(e), e.happened(s.words)))
		if len(e.Files) > 0 {
			s.bubble(bubble{fill: looks[System].fill, max: widest, right: s.rtl}, s.files(e.Files, s.rtl))
		}
		return
	}
	s.message(e)
}

// separator names a day between two rules.
func (s *sheet) separator(day string) {
	s.space(12)
	if s.room() < 70 {
		s.newPage()
	}
	l := s.set.single(day, style{size: 8.5, bold: true, ink: grey}, measure-80)
	y := s.y - 7
	side := (measure-l.width)/2 - 10
	s.doc.rule(margin, y, side, pale)
	s.doc.rule(pageWidth-margin-side, y, side, pale)
	s.doc.place(l, margin+(measure-l.width)/2, y-2.5)
	s.y -= 16
}

func (s *sheet) quiet(text string) {
	const width = measure - 90
	s.put(margin+45, width, func(yield func(row) bool) {
		for l := range s.lines(text, quietStyle, width) {
			if !yield(s.centred(l)) {
				return
			}
		}
	})
	s.space(3)
}

// look is how a side's messages appear.
type look struct {
	fill, name colour
	right      bool
}

var looks = map[Side]look{
	Guest:  {fill: colour{0.945, 0.950, 0.957}, name: colour{0.24, 0.29, 0.36}},
	Agent:  {fill: colour{0.878, 0.933, 0.996}, name: accent, right: true},
	Bot:    {fill: colour{0.937, 0.918, 0.988}, name: colour{0.38, 0.24, 0.64}, right: true},
	System: {fill: colour{0.965, 0.970, 0.976}, name: grey},
}

// lookOf is how the side's messages appear where agents have the colour tint.
func lookOf(s Side, tint colour) look {
	k, known := looks[s]
	if !known {
		return looks[Guest]
	}
	if s == Agent {
		k.name = tint
	}
	return k
}

// widest is how wide a bubble may be.
const widest = measure * 0.78

func (s *sheet) message(e Entry) {
	k := lookOf(e.Side, s.accent)
	follows := s.last.Who == e.Who && s.last.Side == e.Side && !e.Edited && (s.c.timeless || sameMinute(s.last.At, e.At))
	if follows {
		s.space(2.5)
	} else {
		s.space(7)
	}
	s.last = e
	text := clean(e.Text)
	right := startsRight(text)
	s.bubble(bubble{fill: k.fill, max: widest, right: k.right != s.rtl}, func(yield func(row) bool) {
		width := widest - 2*padX
		parts := []iter.Seq[row]{s.quotes(e.Quotes, k, width, maxQuotes)}
		if !follows {
			parts = append([]iter.Seq[row]{s.byline(e, k, width, right)}, parts...)
		}
		if text != "" || len(e.Files) == 0 {
			parts = append(parts, s.text(text, textStyle, width))
		}
		for _, part := range append(parts, s.files(e.Files, right)) {
			for r := range part {
				if !yield(r) {
					return
				}
			}
		}
	})
}

func sameMinute(a, b time.Time) bool {
	return !a.IsZero() && a.Truncate(time.Minute).Equal(b.Truncate(time.Minute))
}

// maxName is how much of a name stands above a message, in bytes: nobody's is longer.
const maxName = 2048

// byline says who and when. It stands at the side where the text begins.
func (s *sheet) byline(e Entry, k look, width float64, right bool) iter.Seq[row] {
	clock := s.c.clock(e)
	if e.Edited {
		clock = join(" · ", clock, s.words.Edited)
	}
	when := s.set.repeated(clock, smallStyle, width)[0]
	name := s.set.repeated(shorten(oneLine(e.Who), maxName), style{size: 8.5, bold: true, ink: k.name}, width)
	if len(name) > 1 || name[0].width > width*0.7 {
		return s.longByline(name, when, right)
	}
	who := name[0]
	gap := 6.0
	if who.width == 0 {
		gap = 0
	}
	right = right || e.Text == "" && who.rtl
	return func(yield func(row) bool) {
		yield(row{who.height() + 1, who.width + gap + when.width, func(x, y, width float64) {
			base := who.base(y)
			if right {
				s.doc.place(who, x+width-who.width, base)
				s.doc.place(when, x+width-who.width-gap-when.width, base)
				return
			}
			s.doc.place(who, x, base)
			s.doc.place(when, x+who.width+gap, base)
		}})
	}
}

// longByline says when below a name that leaves no room beside it.
func (s *sheet) longByline(name []line, when line, right bool) iter.Seq[row] {
	if when.width > 0 {
		name = append(slices.Clip(name), when)
	}
	return func(yield func(row) bool) {
		for _, l := range name {
			if !yield(s.row(l, right)) {
				return
			}
		}
	}
}

// quotes yields quoted texts, what they quote themselves before them.
func (s *sheet) quotes(list []Quote, k look, width float64, deep int) iter.Seq[row] {
	return func(yield func(row) bool) {
		for _, q := range list {
			if deep == 0 {
				return
			}
			for r := range s.quote(q, k, width, deep) {
				if !yield(r) {
					return
				}
			}
			if !yield(row{height: 4, draw: func(_, _, _ float64) {}}) {
				return
			}
		}
	}
}

// quote yields the quoted text with a bar at the side where it begins.
func (s *sheet) quote(q Quote, k look, width float64, deep int) iter.Seq[row] {
	const in, bar = 9, 2
	text := clean(q.Text)
	right := startsRight(text)
	var who []row
	if name := oneLine(q.Who); name != "" {
		who = append(who, s.row(s.set.single(name, style{size: 8, bold: true, ink: grey}, width-in), right))
	}
	parts := []iter.Seq[row]{slices.Values(who), s.quotes(q.Quotes, k, width-in, deep-1), s.text(text, quoteStyle, width-in)}
	return func(yield func(row) bool) {
		for _, part := range parts {
			for r := range indent(in, right, part) {
				draw := r.draw
				r.draw = func(x, y, width float64) {
					draw(x, y, width)
					if right {
						x += width - bar
					}
					s.doc.draw("%s rg %s %s %d %s re f", k.name, num(x), num(y-r.height-0.2), bar, num(r.height+0.4))
				}
				if !yield(r) {
					return
				}
			}
		}
	}
}

// files yields each file as one row, so that a picture keeps its name.
func (s *sheet) files(list []File, right bool) iter.Seq[row] {
	return func(yield func(row) bool) {
		width := widest - 2*padX
		for _, f := range list {
			var rows []row
			if f.Image != nil {
				if p, err := s.doc.picture(f.Image); err == nil {
					rows = append(rows, s.image(p, width, right))
				}
			}
			if !yield(stack(append(rows, s.file(f, width, right)...), 4)) {
				return
			}
		}
	}
}

// stack makes one row of several, with space above.
func stack(rows []row, above float64) row {
	height := above
	for _, r := range rows {
		height += r.height
	}
	return row{height, natural(rows), func(x, y, width float64) {
		y -= above
		for _, r := range rows {
			r.draw(x, y, width)
			y -= r.height
		}
	}}
}

// image shows p at 96 pixels an inch, smaller if it must be.
func (s *sheet) image(p picture, width float64, right bool) row {
	const inch = 72.0 / 96
	w, h := fit(p.size, min(width/inch, maxPictureWidth), maxPictureHeight)
	w, h = w*inch, h*inch
	return row{h + 4, w, func(x, y, width float64) {
		if right {
			x += width - w
		}
		s.doc.show(p, x, y-h, w, h)
	}}
}

// file names f beside a sheet of paper.
func (s *sheet) file(f File, width float64, right bool) []row {
	const in, paper = 18, 12
	var rows []row
	for _, part := range []struct {
		text  string
		style style
	}{{f.label(s.words), style{size: 9, bold: true, ink: ink}}, {f.describe(), smallStyle}, {f.digest(), style{size: 5.8, ink: grey}}} {
		if part.text == "" {
			continue
		}
		for l := range s.lines(shorten(part.text, maxSingle), part.style, width-in) {
			rows = append(rows, s.row(l, right))
		}
	}
	rows = slices.Collect(indent(in, right, slices.Values(rows)))
	first := rows[0].draw
	rows[0].draw = func(x, y, width float64) {
		first(x, y, width)
		if right {
			x += width - paper
		}
		s.paper(x, y-2)
	}
	return rows
}

// paper draws a little sheet; y is its upper edge.
func (s *sheet) paper(x, y float64) {
	d := s.doc
	d.draw("%s RG 0.8 w %s %s m %s %s l %s %s l %s %s l %s %s l h S", grey,
		num(x+1), num(y-14), num(x+1), num(y), num(x+7.5), num(y), num(x+11), num(y-3.5), num(x+11), num(y-14))
	d.draw("%s %s m %s %s l %s %s l S", num(x+7.5), num(y), num(x+7.5), num(y-3.5), num(x+11), num(y-3.5))
	for i := range 3 {
		d.draw("%s %s m %s %s l S", num(x+3.3), num(y-6.5-2.4*float64(i)), num(x+8.7), num(y-6.5-2.4*float64(i)))
	}
}

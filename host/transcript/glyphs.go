package transcript

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
)

// glyphs turns shaped clusters into characters of Type 3 fonts, whose glyphs
// are little drawings (ISO 32000-1, 9.6.5). So TrueType, CFF, variable and
// bitmap fonts all work, and no font has to be cut down. A cluster with a
// given text has a code of its own, so what is copied out is what was put in,
// for ligatures and conjuncts too.
type glyphs struct {
	doc   *document
	fonts []*type3
	open  map[*font.Font]*type3 // the one that has free codes
	order map[*font.Font]uint32 // a number for keys
	codes map[string]code
	art   art
	key   []byte // scratch
	parts []part // scratch
}

// code is how a page shows a cluster.
type code struct {
	font *type3
	char byte
}

// part is one glyph of a cluster, moved by x, y font units.
type part struct {
	id   font.GID
	x, y int32
}

type type3 struct {
	id     object
	name   string
	face   *font.Face
	shapes [][]part
	texts  []string
	widths []float32 // font units
}

func newGlyphs(d *document) *glyphs {
	return &glyphs{doc: d, open: map[*font.Font]*type3{}, order: map[*font.Font]uint32{}, codes: map[string]code{}, art: art{}}
}

// code returns what shows the glyphs of one cluster and is read as text.
func (g *glyphs) code(run *shaping.Output, cluster []shaping.Glyph, text string) code {
	width := g.measure(run, cluster)
	key := g.keyOf(run.Face.Font, width, text)
	if c, ok := g.codes[string(key)]; ok {
		return c
	}
	f := g.open[run.Face.Font]
	if f == nil || len(f.shapes) == 255 {
		f = &type3{id: g.doc.number(), name: fmt.Sprintf("F%d", len(g.fonts)+1), face: run.Face}
		g.fonts = append(g.fonts, f)
		g.open[run.Face.Font] = f
	}
	f.shapes = append(f.shapes, append([]part(nil), g.parts...))
	f.texts = append(f.texts, text)
	f.widths = append(f.widths, width)
	c := code{f, byte(len(f.shapes))} // codes are 1..255
	g.codes[string(key)] = c
	return c
}

// measure sets g.parts and returns the cluster's width.
func (g *glyphs) measure(run *shaping.Output, cluster []shaping.Glyph) float32 {
	g.parts = g.parts[:0]
	pen := float32(0)
	for _, s := range cluster {
		g.parts = append(g.parts, part{s.GlyphID, int32(round(pen + run.ToFontUnit(s.XOffset))), int32(round(run.ToFontUnit(s.YOffset)))})
		pen += run.ToFontUnit(s.Advance)
	}
	if len(cluster) > 1 {
		return round(pen)
	}
	return run.Face.HorizontalAdvance(cluster[0].GlyphID) // without kerning, so that one code serves all
}

func (g *glyphs) keyOf(f *font.Font, width float32, text string) []byte {
	n, ok := g.order[f]
	if !ok {
		n = uint32(len(g.order))
		g.order[f] = n
	}
	k := binary.LittleEndian.AppendUint32(g.key[:0], n)
	k = binary.LittleEndian.AppendUint32(k, math.Float32bits(width))
	k = binary.LittleEndian.AppendUint32(k, uint32(len(g.parts)))
	for _, p := range g.parts {
		k = binary.LittleEndian.AppendUint32(k, uint32(p.id))
		k = binary.LittleEndian.AppendUint32(k, uint32(p.x))
		k = binary.LittleEndian.AppendUint32(k, uint32(p.y))
	}
	g.key = append(k, text...)
	return g.key
}

func round(f float32) float32 { return float32(math.Round(float64(f))) }

func (g *glyphs) close() {
	for _, f := range g.fonts {
		f.write(g.doc)
	}
}

// write writes the font and its drawings.
//
// Code 0 is a blank named m, 0.6 of the type size wide. Poppler takes from the
// m of a Type 3 font how large its letters are, and would otherwise guess from
// any glyph: then words in several fonts do not count as one line when a text
// is copied. For the same reason all fonts claim the same ascent and descent;
// that their box is empty means that each glyph tells its own.
func (f *type3) write(d *document) {
	em := float64(f.face.Upem())
	blank := d.number()
	d.stream(blank, "", fmt.Appendf(nil, "%s 0 0 0 0 0 d1", num(0.6*em)))
	procs, names, widths := fmt.Sprintf("/m %d 0 R", blank), "/m", num(0.6*em)
	for i, shape := range f.shapes {
		id := d.number()
		d.stream(id, "", f.drawing(d, shape, f.widths[i], f.texts[i]))
		procs += fmt.Sprintf("/g%d %d 0 R", i+1, id)
		names += fmt.Sprintf("/g%d", i+1)
		widths += " " + num(float64(f.widths[i]))
	}
	unicodes, about := d.number(), d.number()
	d.stream(unicodes, "", f.toUnicode())
	d.object(about, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/ItalicAngle 0/Ascent 800/Descent -200/FontBBox[0 0 0 0]>>", f.name))
	scale := strconv.FormatFloat(1/em, 'g', 8, 64)
	d.object(f.id, fmt.Sprintf("<</Type/Font/Subtype/Type3/Name/%s/FontBBox[0 0 0 0]/FontMatrix[%s 0 0 %s 0 0]"+
		"/FirstChar 0/LastChar %d/Widths[%s]/Encoding<</Type/Encoding/Differences[0%s]>>/CharProcs<<%s>>"+
		"/ToUnicode %d 0 R/FontDescriptor %d 0 R/Resources %d 0 R>>",
		f.name, scale, scale, len(f.shapes), widths, names, procs, unicodes, about, d.shared))
}

// drawing is the procedure of one cluster.
func (f *type3) drawing(d *document, shape []part, width float32, text string) []byte {
	var b bytes.Buffer
	if svg := f.art(d, text); svg != "" {
		d.glyphs.art.draw(&b, svg, width, float32(f.face.Upem()))
		return b.Bytes()
	}
	if f.bitmaps(d, &b, shape, width) {
		return b.Bytes()
	}
	var outline []font.Segment
	for _, p := range shape {
		o, _ := f.face.GlyphDataOutline(p.id)
		for _, s := range o.Segments {
			for i := range s.Args {
				s.Args[i].X += float32(p.x)
				s.Args[i].Y += float32(p.y)
			}
			outline = append(outline, s)
		}
	}
	var box bounds
	for _, s := range outline {
		for _, a := range s.ArgsSlice() {
			box.add(a.X, a.Y)
		}
	}
	fmt.Fprintf(&b, "%s 0 %s d1\n", tenth(width), box)
	trace(&b, outline)
	return b.Bytes()
}

// art is the drawing in colour of an emoji that has only an outline in its font.
func (f *type3) art(d *document, text string) string {
	if own, err := emoji[0].load(); err != nil || own != f.face.Font {
		return ""
	}
	return d.glyphs.art.of(text)
}

// bitmaps draws the pictures of a colour emoji font.
func (f *type3) bitmaps(d *document, b *bytes.Buffer, shape []part, width float32) bool {
	drawn := false
	for _, p := range shape {
		bitmap, ok := f.face.GlyphDataBitmap(p.id)
		if !ok {
			return drawn
		}
		pic, err := d.picture(bitmap.Data)
		e, known := f.face.GlyphExtents(p.id)
		if err != nil || !known {
			return drawn
		}
		if !drawn {
			fmt.Fprintf(b, "%s 0 d0\n", tenth(width))
		}
		drawn = true
		x, y := e.XBearing+float32(p.x), e.YBearing+e.Height+float32(p.y)
		fmt.Fprintf(b, "q %s 0 0 %s %s %s cm /%s Do Q\n", tenth(e.Width), tenth(-e.Height), tenth(x), tenth(y), pic.name)
	}
	return drawn
}

// trace writes outlines; PDF has no quadratic curves, so they become cubic ones.
func trace(b *bytes.Buffer, outline []font.Segment) {
	var at opentype.SegmentPoint
	for i, s := range outline {
		a := s.Args
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				b.WriteString("h ")
			}
			fmt.Fprintf(b, "%s %s m ", tenth(a[0].X), tenth(a[0].Y))
			at = a[0]
		case opentype.SegmentOpLineTo:
			fmt.Fprintf(b, "%s %s l ", tenth(a[0].X), tenth(a[0].Y))
			at = a[0]
		case opentype.SegmentOpQuadTo:
			fmt.Fprintf(b, "%s %s %s %s %s %s c ", tenth(at.X+(a[0].X-at.X)*2/3), tenth(at.Y+(a[0].Y-at.Y)*2/3),
				tenth(a[1].X+(a[0].X-a[1].X)*2/3), tenth(a[1].Y+(a[0].Y-a[1].Y)*2/3), tenth(a[1].X), tenth(a[1].Y))
			at = a[1]
		case opentype.SegmentOpCubeTo:
			fmt.Fprintf(b, "%s %s %s %s %s %s c ", tenth(a[0].X), tenth(a[0].Y), tenth(a[1].X), tenth(a[1].Y), tenth(a[2].X), tenth(a[2].Y))
			at = a[2]
		}
	}
	if len(outline) > 0 {
		b.WriteString("f\n")
	}
}

// toUnicode maps codes to texts (ISO 32000-1, 9.10.3).
func (f *type3) toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /C def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n")
	for i := 0; i < len(f.texts); i += 100 { // the most that a block may hold
		end := min(i+100, len(f.texts))
		fmt.Fprintf(&b, "%d beginbfchar\n", end-i)
		for j := i; j < end; j++ {
			fmt.Fprintf(&b, "<%02X> <", j+1)
			for _, u := range utf16.Encode([]rune(f.texts[j])) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

func tenth(f float32) string {
	return strconv.FormatFloat(math.Round(float64(f)*10)/10, 'f', -1, 64)
}

// bounds is a box around points.
type bounds struct {
	x0, y0, x1, y1 float32
	set            bool
}

func (b *bounds) add(x, y float32) {
	if !b.set {
		*b = bounds{x, y, x, y, true}
		return
	}
	b.x0, b.x1, b.y0, b.y1 = min(b.x0, x), max(b.x1, x), min(b.y0, y), max(b.y1, y)
}

func (b bounds) String() string {
	return tenth(b.x0) + " " + tenth(b.y0) + " " + tenth(b.x1) + " " + tenth(b.y1)
}

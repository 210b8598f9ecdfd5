package transcript

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// document writes a PDF 1.7 file (ISO 32000-1) from front to back: a page goes
// out when the next begins, so that only the page in work is in memory. Fonts
// follow the last page, because only then it is known which glyphs they hold.
type document struct {
	w       io.Writer
	err     error // the first
	written int64
	offsets []int64 // of objects 1, 2, ...
	pages   []object
	feet    []foot // what stands below each page
	page    *leaf  // the page in work; nil before the first
	beside  int    // what the foot of each page weighs, see weigh

	glyphs   *glyphs
	pictures map[string]picture // by SHA-256
	named    []named            // what pages refer to, in order
	shared   object             // resources of all pages
	root     object             // of the page tree
	zip      *zlib.Writer

	Title, Author, Language string
	ID                      string // in hex
}

// foot is what will stand below a page.
type foot struct {
	id     object
	turned bool // the page is read from right to left
}

// object is the number of a PDF object, from 1.
type object int

// named is an XObject and the name under which a page draws it.
type named struct {
	name string
	id   object
}

// colour is red, green, blue from 0 to 1.
type colour [3]float64

const (
	pageWidth  = 595.28 // A4, in points
	pageHeight = 841.89
)

func newDocument(w io.Writer) *document {
	d := &document{w: w, pictures: map[string]picture{}, zip: zlib.NewWriter(io.Discard)}
	d.glyphs = newGlyphs(d)
	d.write("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	d.shared, d.root = d.number(), d.number()
	return d
}

func (d *document) write(s string) {
	if d.err != nil {
		return
	}
	n, err := io.WriteString(d.w, s)
	d.written, d.err = d.written+int64(n), err
}

func (d *document) number() object {
	d.offsets = append(d.offsets, 0)
	return object(len(d.offsets))
}

func (d *document) begin(id object) {
	d.offsets[id-1] = d.written
	d.write(fmt.Sprintf("%d 0 obj\n", id))
}

func (d *document) object(id object, body string) {
	d.begin(id)
	d.write(body)
	d.write("\nendobj\n")
}

// stream writes data compressed; entries go into its dictionary.
func (d *document) stream(id object, entries string, data []byte) {
	var z bytes.Buffer
	d.zip.Reset(&z)
	_, err := d.zip.Write(data)
	if err == nil {
		err = d.zip.Close()
	}
	if err != nil && d.err == nil {
		d.err = err
	}
	d.raw(id, entries+"/Filter/FlateDecode", z.Bytes())
}

func (d *document) raw(id object, entries string, data []byte) {
	d.begin(id)
	d.write(fmt.Sprintf("<<%s/Length %d>>\nstream\n", entries, len(data)))
	d.write(string(data))
	d.write("\nendstream\nendobj\n")
}

// newPage ends the page in work and begins the next.
func (d *document) newPage() {
	d.endPage()
	d.page = &leaf{}
}

func (d *document) endPage() {
	if d.page == nil {
		return
	}
	content, below, page := d.number(), d.number(), d.number()
	turned := d.page.turned(d.beside)
	d.stream(content, "", d.page.speaking(turned, d.beside))
	d.object(page, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents[%d 0 R %d 0 R]>>",
		d.root, num(pageWidth), num(pageHeight), d.shared, content, below))
	d.pages, d.feet = append(d.pages, page), append(d.feet, foot{below, turned})
	d.page = nil
}

// draw adds an operator to the page in work.
func (d *document) draw(format string, args ...any) { fmt.Fprintf(d.page, format+"\n", args...) }

// box fills a rectangle with round corners; x, y is its lower left corner.
func (d *document) box(x, y, w, h, radius float64, c colour) {
	r := max(0, min(radius, w/2, h/2))
	k := r * (1 - 0.5523) // of a circle by Bézier curves
	d.draw("%s rg", c)
	d.draw("%s %s m %s %s l", num(x+r), num(y), num(x+w-r), num(y))
	d.draw("%s %s %s %s %s %s c", num(x+w-k), num(y), num(x+w), num(y+k), num(x+w), num(y+r))
	d.draw("%s %s l", num(x+w), num(y+h-r))
	d.draw("%s %s %s %s %s %s c", num(x+w), num(y+h-k), num(x+w-k), num(y+h), num(x+w-r), num(y+h))
	d.draw("%s %s l", num(x+r), num(y+h))
	d.draw("%s %s %s %s %s %s c", num(x+k), num(y+h), num(x), num(y+h-k), num(x), num(y+h-r))
	d.draw("%s %s l", num(x), num(y+r))
	d.draw("%s %s %s %s %s %s c h f", num(x), num(y+k), num(x+k), num(y), num(x+r), num(y))
}

// show draws p into a box whose lower left corner is x, y.
func (d *document) show(p picture, x, y, w, h float64) {
	d.draw("q %s 0 0 %s %s %s cm /%s Do Q", num(w), num(h), num(x), num(y), p.name)
}

// clip keeps what is drawn until unclip within a box.
func (d *document) clip(x, y, w, h float64) {
	d.draw("q %s %s %s %s re W n", num(x), num(y), num(w), num(h))
}

func (d *document) unclip() { d.draw("Q") }

// rule draws a hairline.
func (d *document) rule(x, y, w float64, c colour) {
	d.draw("%s rg %s %s %s 0.5 re f", c, num(x), num(y), num(w))
}

// close writes what pages refer to and the file's end. draw draws what stands
// below page n of so many.
func (d *document) close(draw func(n, of int)) error {
	d.endPage()
	for i, f := range d.feet {
		d.page = &leaf{}
		draw(i+1, len(d.feet))
		d.stream(f.id, "", d.page.speaking(f.turned, 0))
	}
	d.page = nil
	d.glyphs.close()
	d.resources()
	var kids strings.Builder
	for _, p := range d.pages {
		fmt.Fprintf(&kids, "%d 0 R ", p)
	}
	d.object(d.root, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), kids.String()))
	d.trailer()
	return d.err
}

func (d *document) resources() {
	var fonts, objects strings.Builder
	for _, f := range d.glyphs.fonts {
		fmt.Fprintf(&fonts, "/%s %d 0 R", f.name, f.id)
	}
	for _, n := range d.named {
		fmt.Fprintf(&objects, "/%s %d 0 R", n.name, n.id)
	}
	d.object(d.shared, fmt.Sprintf("<</Font<<%s>>/XObject<<%s>>>>", fonts.String(), objects.String()))
}

func (d *document) trailer() {
	catalog, info := d.number(), d.number()
	d.object(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang%s/ViewerPreferences<</DisplayDocTitle true>>>>", d.root, utf16Text(d.Language)))
	d.object(info, fmt.Sprintf("<</Title%s/Author%s/Producer%s>>", utf16Text(d.Title), utf16Text(d.Author), utf16Text("Bellhop")))
	start := d.written
	d.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1))
	for _, o := range d.offsets {
		d.write(fmt.Sprintf("%010d 00000 n \n", o))
	}
	d.write(fmt.Sprintf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(d.offsets)+1, catalog, info, d.ID, d.ID, start))
}

// String is c as operands.
func (c colour) String() string { return num(c[0]) + " " + num(c[1]) + " " + num(c[2]) }

func num(f float64) string {
	return strconv.FormatFloat(math.Round(f*1000)/1000+0, 'f', -1, 64)
}

// utf16Text is a text string as PDF has it outside of pages.
func utf16Text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

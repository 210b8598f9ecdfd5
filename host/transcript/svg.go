package transcript

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// painting writes the shapes of an SVG (1.1, chapters 8 and 9) as PDF has them:
// paths, circles and ellipses, filled, in groups. What else stands in it is
// left out.
func painting(b *bytes.Buffer, svg string) {
	p := &painter{b: b, defined: map[string]xml.StartElement{}}
	d := xml.NewDecoder(strings.NewReader("<g>" + svg + "</g>"))
	for {
		token, err := d.Token()
		if err != nil {
			return // the end, or a drawing of which the rest is broken
		}
		switch t := token.(type) {
		case xml.StartElement:
			p.begin(t)
		case xml.EndElement:
			p.end(t.Name.Local)
		}
	}
}

// painter goes through a drawing.
type painter struct {
	b       *bytes.Buffer
	fills   []string // of the groups around, the last is the innermost
	hidden  int      // definitions around
	defined map[string]xml.StartElement
}

func (p *painter) begin(e xml.StartElement) {
	switch name := e.Name.Local; name {
	case "g":
		fill := attr(e, "fill")
		if fill == "" && len(p.fills) > 0 {
			fill = p.fills[len(p.fills)-1]
		}
		p.fills = append(p.fills, fill)
		p.b.WriteString("q\n" + transform(attr(e, "transform")))
	case "defs", "clipPath":
		p.hidden++
	case "use":
		if shape, ok := p.defined[strings.TrimPrefix(attr(e, "href"), "#")]; ok {
			shape.Attr = append(e.Attr, shape.Attr...) // its own fill counts
			p.paint(shape)
		}
	default:
		if id := attr(e, "id"); id != "" {
			p.defined[id] = e.Copy()
		}
		p.paint(e)
	}
}

func (p *painter) end(name string) {
	switch name {
	case "g":
		p.fills = p.fills[:len(p.fills)-1]
		p.b.WriteString("Q\n")
	case "defs", "clipPath":
		p.hidden--
	}
}

// shapes trace what they are named after.
var shapes = map[string]func(*bytes.Buffer, xml.StartElement){
	"path": func(b *bytes.Buffer, e xml.StartElement) { tracePath(b, attr(e, "d")) },
	"circle": func(b *bytes.Buffer, e xml.StartElement) {
		ellipse(b, number(e, "cx"), number(e, "cy"), number(e, "r"), number(e, "r"))
	},
	"ellipse": func(b *bytes.Buffer, e xml.StartElement) {
		ellipse(b, number(e, "cx"), number(e, "cy"), number(e, "rx"), number(e, "ry"))
	},
}

func (p *painter) paint(e xml.StartElement) {
	shape := shapes[e.Name.Local]
	fill := attr(e, "fill")
	if fill == "" && len(p.fills) > 0 {
		fill = p.fills[len(p.fills)-1]
	}
	if shape == nil || p.hidden > 0 || fill == "none" {
		return
	}
	fmt.Fprintf(p.b, "q %s%s rg\n", transform(attr(e, "transform")), paint(fill, attr(e, "opacity")))
	shape(p.b, e)
	if attr(e, "fill-rule") == "evenodd" {
		p.b.WriteString("f* Q\n")
		return
	}
	p.b.WriteString("f Q\n")
}

// attr is the first attribute of the name.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(e xml.StartElement, name string) float64 {
	f, _ := strconv.ParseFloat(attr(e, name), 64)
	return f
}

var namedColours = map[string]string{"red": "#f00", "green": "#008000", "navy": "#000080", "azure": "#f0ffff", "": "#000"}

// paint is a colour; one through which something shines is mixed with white.
func paint(fill, opacity string) colour {
	if full, ok := namedColours[fill]; ok {
		fill = full
	}
	hex := strings.TrimPrefix(fill, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, _ := strconv.ParseUint(hex, 16, 32)
	shine, err := strconv.ParseFloat(opacity, 64)
	if err != nil {
		shine = 1
	}
	var c colour
	for i := range c {
		c[i] = 1 - shine*(1-float64(v>>(16-8*i)&255)/255)
	}
	return c
}

// transform is an SVG transform as an operator; of its functions those are known
// that are used.
func transform(s string) string {
	name, rest, ok := strings.Cut(s, "(")
	if !ok {
		return ""
	}
	n := (&numbers{s: rest}).all()
	switch {
	case name == "matrix" && len(n) == 6:
		return matrix(n[0], n[1], n[2], n[3], n[4], n[5])
	case name == "translate" && len(n) > 0:
		return matrix(1, 0, 0, 1, n[0], append(n, 0)[1])
	case name == "scale" && len(n) > 0:
		return matrix(n[0], 0, 0, n[len(n)-1], 0, 0)
	case name == "rotate" && len(n) > 0:
		n = append(n, 0, 0)
		sin, cos := math.Sincos(n[0] * math.Pi / 180)
		x, y := n[1], n[2]
		return matrix(cos, sin, -sin, cos, x-cos*x+sin*y, y-sin*x-cos*y)
	}
	return ""
}

func matrix(n ...float64) string {
	s := ""
	for _, f := range n {
		s += strconv.FormatFloat(f, 'f', 5, 64) + " "
	}
	return s + "cm "
}

// ellipse is four curves.
func ellipse(b *bytes.Buffer, x, y, rx, ry float64) {
	const k = 0.5523 // of a quarter of a circle
	fmt.Fprintf(b, "%s %s m\n", num(x+rx), num(y))
	for _, q := range [][4]float64{{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}} {
		ax, ay, bx, by := q[0], q[1], q[2], q[3]
		fmt.Fprintf(b, "%s %s %s %s %s %s c\n", num(x+rx*(ax+k*bx)), num(y+ry*(ay+k*by)), num(x+rx*(bx+k*ax)), num(y+ry*(by+k*ay)), num(x+rx*bx), num(y+ry*by))
	}
	b.WriteString("h\n")
}

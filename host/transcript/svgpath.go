package transcript

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// numbers reads the numbers of an SVG path, which may touch: "1-2.5.5".
type numbers struct {
	s string
	i int
}

func (n *numbers) skip() {
	for n.i < len(n.s) && (n.s[n.i] == ' ' || n.s[n.i] == ',' || n.s[n.i] == '\n' || n.s[n.i] == ')') {
		n.i++
	}
}

// next is the next number; false at a letter or the end.
func (n *numbers) next() (float64, bool) {
	n.skip()
	start, dot := n.i, false
	for ; n.i < len(n.s); n.i++ {
		c := n.s[n.i]
		switch {
		case c >= '0' && c <= '9':
		case (c == '-' || c == '+') && (n.i == start || n.s[n.i-1] == 'e'):
		case c == '.' && !dot:
			dot = true
		case c == 'e' && n.i > start:
		default:
			f, err := strconv.ParseFloat(n.s[start:n.i], 64)
			return f, err == nil
		}
	}
	f, err := strconv.ParseFloat(n.s[start:n.i], 64)
	return f, err == nil
}

// flag is a 0 or 1, behind which the next number may stand at once.
func (n *numbers) flag() (float64, bool) {
	n.skip()
	if n.i < len(n.s) && (n.s[n.i] == '0' || n.s[n.i] == '1') {
		n.i++
		return float64(n.s[n.i-1] - '0'), true
	}
	return 0, false
}

func (n *numbers) all() []float64 {
	var list []float64
	for {
		f, ok := n.next()
		if !ok {
			return list
		}
		list = append(list, f)
	}
}

// pen draws a path.
type pen struct {
	b              *bytes.Buffer
	x, y           float64 // where it is
	startX, startY float64 // where the part began
	lastX, lastY   float64 // the last control point
	before         byte    // the command before, as a small letter
}

// commands of SVG paths, as small letters: how many numbers each has, and what
// it does with them, x and y being from the pen or absolute.
var commands = map[byte]struct {
	n  int
	do func(p *pen, v []float64)
}{
	'm': {2, func(p *pen, v []float64) { p.move(v[0], v[1]) }},
	'l': {2, func(p *pen, v []float64) { p.line(v[0], v[1]) }},
	'c': {6, func(p *pen, v []float64) { p.curve(v[0], v[1], v[2], v[3], v[4], v[5]) }},
	's': {4, func(p *pen, v []float64) {
		x, y := p.mirrored('c', 's')
		p.curve(x, y, v[0], v[1], v[2], v[3])
	}},
	'q': {4, func(p *pen, v []float64) { p.quad(v[0], v[1], v[2], v[3]) }},
	't': {2, func(p *pen, v []float64) {
		x, y := p.mirrored('q', 't')
		p.quad(x, y, v[0], v[1])
	}},
	'a': {7, func(p *pen, v []float64) { p.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, v[5], v[6]) }},
	'h': {1, func(p *pen, v []float64) { p.line(v[0], p.y) }},
	'v': {1, func(p *pen, v []float64) { p.line(p.x, v[0]) }},
	'z': {0, func(p *pen, _ []float64) {
		p.b.WriteString("h\n")
		p.x, p.y = p.startX, p.startY
	}},
}

// tracePath writes an SVG path (SVG 1.1, 8.3). A broken one ends where it breaks.
func tracePath(b *bytes.Buffer, d string) {
	p, n := &pen{b: b}, &numbers{s: d}
	var c byte
	for n.skip(); n.i < len(d); n.skip() {
		if r := d[n.i] | 0x20; r >= 'a' && r <= 'z' {
			c = d[n.i]
			n.i++
		} else if c == 0 || c|0x20 == 'z' {
			return
		}
		if !p.step(c, n) {
			return
		}
		switch c { // more points after a move are lines
		case 'm':
			c = 'l'
		case 'M':
			c = 'L'
		}
	}
}

// step does one command with the numbers that follow.
func (p *pen) step(c byte, n *numbers) bool {
	small := c | 0x20
	command, known := commands[small]
	if !known {
		return false
	}
	v := make([]float64, command.n)
	for i := range v {
		read := n.next
		if small == 'a' && (i == 3 || i == 4) {
			read = n.flag
		}
		var ok bool
		if v[i], ok = read(); !ok {
			return false
		}
		if c == small {
			v[i] += p.base(small, i)
		}
	}
	command.do(p, v)
	p.before = small
	return true
}

// base is what is added to number i of a command whose points are told from
// where the pen is.
func (p *pen) base(c byte, i int) float64 {
	switch {
	case c == 'h', c == 'a' && i == 5:
		return p.x
	case c == 'v', c == 'a' && i == 6:
		return p.y
	case c == 'a':
		return 0
	case i%2 == 0:
		return p.x
	}
	return p.y
}

func (p *pen) move(x, y float64) {
	fmt.Fprintf(p.b, "%s %s m\n", num(x), num(y))
	p.x, p.y, p.startX, p.startY = x, y, x, y
}

func (p *pen) line(x, y float64) {
	fmt.Fprintf(p.b, "%s %s l\n", num(x), num(y))
	p.x, p.y = x, y
}

func (p *pen) curve(x1, y1, x2, y2, x, y float64) {
	fmt.Fprintf(p.b, "%s %s %s %s %s %s c\n", num(x1), num(y1), num(x2), num(y2), num(x), num(y))
	p.x, p.y, p.lastX, p.lastY = x, y, x2, y2
}

func (p *pen) quad(x1, y1, x, y float64) {
	p.curve(p.x+(x1-p.x)*2/3, p.y+(y1-p.y)*2/3, x+(x1-x)*2/3, y+(y1-y)*2/3, x, y)
	p.lastX, p.lastY = x1, y1
}

// mirrored is the last control point on the other side of the pen, if the
// command before was one of these.
func (p *pen) mirrored(a, b byte) (x, y float64) {
	if p.before != a && p.before != b {
		return p.x, p.y
	}
	return 2*p.x - p.lastX, 2*p.y - p.lastY
}

// arc is drawn by curves (SVG 1.1, appendix F.6).
func (p *pen) arc(rx, ry, turn float64, large, sweep bool, x, y float64) {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || p.x == x && p.y == y {
		p.line(x, y)
		return
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (p.x-x)/2, (p.y-y)/2
	ax, ay := cos*dx+sin*dy, cos*dy-sin*dx
	if over := ax*ax/(rx*rx) + ay*ay/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	f := math.Sqrt(max(0, (rx*rx*ry*ry-rx*rx*ay*ay-ry*ry*ax*ax)/(rx*rx*ay*ay+ry*ry*ax*ax)))
	if large == sweep {
		f = -f
	}
	cx, cy := f*rx*ay/ry, -f*ry*ax/rx
	from := math.Atan2((ay-cy)/ry, (ax-cx)/rx)
	by := math.Atan2((-ay-cy)/ry, (-ax-cx)/rx) - from
	switch {
	case sweep && by < 0:
		by += 2 * math.Pi
	case !sweep && by > 0:
		by -= 2 * math.Pi
	}
	mx, my := cos*cx-sin*cy+(p.x+x)/2, sin*cx+cos*cy+(p.y+y)/2
	at := func(u, v float64) (float64, float64) { return mx + cos*rx*u - sin*ry*v, my + sin*rx*u + cos*ry*v }
	parts := math.Ceil(math.Abs(by) / (math.Pi / 2))
	k := 4.0 / 3 * math.Tan(by/parts/4)
	for i := range int(parts) {
		s0, c0 := math.Sincos(from + by*float64(i)/parts)
		s1, c1 := math.Sincos(from + by*float64(i+1)/parts)
		x1, y1 := at(c0-k*s0, s0+k*c0)
		x2, y2 := at(c1+k*s1, s1-k*c1)
		ex, ey := at(c1, s1)
		p.curve(x1, y1, x2, y2, ex, ey)
	}
	p.x, p.y = x, y
}

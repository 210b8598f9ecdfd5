package transcript

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// emojiArt are drawings of emoji in colour: files named after the first
// characters without their last four bits, in hex, with lines of an emoji, a tab and
// its SVG in a box of 36 units. See fonts/README.md.
var emojiArt = sync.OnceValue(func() *zip.Reader {
	data, err := files.ReadFile("fonts/emoji.zip")
	if err != nil {
		panic(err) // a fault of the build; it ends in PDF's error
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	return z
})

// art finds drawings, for one transcript. It keeps the files that were read.
type art map[string]string

// of is the SVG of an emoji; "" if there is none, or if the text asks to be shown as text.
func (a art) of(text string) string {
	rs := []rune(text)
	if len(rs) == 0 || len(rs) > longestEmoji {
		return ""
	}
	for range 2 { // in runs from right to left it is turned round
		if isEmoji(rs) {
			key := string(slices.DeleteFunc(slices.Clone(rs), func(r rune) bool { return r == asEmoji }))
			if svg := a.find(key, fmt.Sprintf("%x", rs[0]>>4)); svg != "" {
				return svg
			}
		}
		slices.Reverse(rs)
	}
	return ""
}

const longestEmoji = 16 // characters

func (a art) find(key, file string) string {
	all, known := a[file]
	if !known {
		all = a.read(file)
		a[file] = all
	}
	at := strings.Index(all, "\n"+key+"\t")
	if at < 0 {
		return ""
	}
	svg, _, _ := strings.Cut(all[at+len(key)+2:], "\n")
	return svg
}

// read is a file of drawings after a line end; "" if there is none.
func (a art) read(name string) string {
	f, err := emojiArt().Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	return "\n" + string(data)
}

// artWidth is how much of an emoji's width its drawing takes.
const artWidth = 0.94

// draw writes an emoji of the width, in units of which em are the type's size.
func (a art) draw(b *bytes.Buffer, svg string, width, em float32) {
	const box, middle = 36, 0.36 // the middle is so far above the base line
	size := width * artWidth
	fmt.Fprintf(b, "%s 0 d0\nq %s 0 0 %s %s %s cm\n", tenth(width),
		num(float64(size/box)), num(float64(-size/box)), tenth((width-size)/2), tenth(middle*em+size/2))
	painting(b, svg)
	b.WriteString("Q\n")
}

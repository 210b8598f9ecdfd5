package transcript

import (
	"strings"

	"github.com/go-text/typesetting/segmenter"

	"github.com/bellhop-chat/bellhop/host/text"
)

// clean makes of s what can be shown: valid UTF-8 in which every line end that
// Unicode knows is "\n" and no other control character is left. go-text's line
// wrapper panics on a line end inside a paragraph.
func clean(s string) string {
	return strings.Trim(strings.ReplaceAll(text.Clean(s), "\t", " "), "\n")
}

// oneLine is clean without line ends, and without what would turn round the
// text that stands beside it.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, clean(s))), " ")
}

func oneLines(all ...string) []string {
	lines := make([]string, len(all))
	for i, s := range all {
		lines[i] = oneLine(s)
	}
	return lines
}

// shorten cuts s after so many bytes.
func shorten(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	return text.Cut(s, bytes) + "…"
}

// maxPiece is in characters. A longer paragraph is laid out in pieces, so that
// a message of a megabyte needs no more memory than others.
const maxPiece = 4000

// cutAt is how many characters of a paragraph are laid out at once: all, or so
// many that the cut is between words or, if need be, between characters as
// readers see them.
func cutAt(rs []rune) int {
	if len(rs) <= maxPiece {
		return len(rs)
	}
	for i := maxPiece; i > maxPiece/2; i-- {
		if rs[i-1] == ' ' {
			return i
		}
	}
	var s segmenter.Segmenter
	s.Init(rs[:maxPiece])
	last := 0
	for g := s.GraphemeIterator(); g.Next(); {
		last = g.Grapheme().Offset
	}
	if last == 0 { // one endless character
		return maxPiece
	}
	return last
}

package transcript

import (
	"unicode"

	"github.com/go-text/typesetting/segmenter"
)

// emojiPresentation are the characters that are shown as emoji without being
// asked to, Emoji_Presentation of UTS #51. It takes whole blocks from U+1F300
// on: what is text by default there is rare and looks well as emoji too.
var emojiPresentation = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x231A, 0x231B, 1}, {0x23E9, 0x23EC, 1}, {0x23F0, 0x23F0, 1}, {0x23F3, 0x23F3, 1}, {0x25FD, 0x25FE, 1},
		{0x2614, 0x2615, 1}, {0x2648, 0x2653, 1}, {0x267F, 0x267F, 1}, {0x2693, 0x2693, 1}, {0x26A1, 0x26A1, 1},
		{0x26AA, 0x26AB, 1}, {0x26BD, 0x26BE, 1}, {0x26C4, 0x26C5, 1}, {0x26CE, 0x26CE, 1}, {0x26D4, 0x26D4, 1},
		{0x26EA, 0x26EA, 1}, {0x26F2, 0x26F3, 1}, {0x26F5, 0x26F5, 1}, {0x26FA, 0x26FA, 1}, {0x26FD, 0x26FD, 1},
		{0x2705, 0x2705, 1}, {0x270A, 0x270B, 1}, {0x2728, 0x2728, 1}, {0x274C, 0x274C, 1}, {0x274E, 0x274E, 1},
		{0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1}, {0x27B0, 0x27B0, 1}, {0x27BF, 0x27BF, 1},
		{0x2B1B, 0x2B1C, 1}, {0x2B50, 0x2B50, 1}, {0x2B55, 0x2B55, 1},
	},
	R32: []unicode.Range32{
		{0x1F004, 0x1F004, 1}, {0x1F0CF, 0x1F0CF, 1}, {0x1F18E, 0x1F18E, 1}, {0x1F191, 0x1F19A, 1}, {0x1F1E6, 0x1F1FF, 1},
		{0x1F201, 0x1F202, 1}, {0x1F21A, 0x1F21A, 1}, {0x1F22F, 0x1F22F, 1}, {0x1F232, 0x1F23A, 1}, {0x1F250, 0x1F251, 1},
		{0x1F300, 0x1F64F, 1}, {0x1F680, 0x1F6FF, 1}, {0x1F7E0, 0x1F7EB, 1}, {0x1F7F0, 0x1F7F0, 1}, {0x1F90C, 0x1F9FF, 1},
		{0x1FA70, 0x1FAFF, 1},
	},
}

const (
	asText   = 0xFE0E // variation selectors
	asEmoji  = 0xFE0F
	keycap   = 0x20E3
	skinFrom = 0x1F3FB
	skinTo   = 0x1F3FF
)

// emojiMask marks the characters that belong to what is shown as an emoji.
func emojiMask(text []rune) []bool {
	mask := make([]bool, len(text))
	if !mayHoldEmoji(text) {
		return mask
	}
	var s segmenter.Segmenter
	s.Init(text)
	for it := s.GraphemeIterator(); it.Next(); {
		g := it.Grapheme()
		if isEmoji(g.Text) {
			for i := range g.Text {
				mask[g.Offset+i] = true
			}
		}
	}
	return mask
}

func mayHoldEmoji(text []rune) bool {
	for _, r := range text {
		if r >= 0xFE00 && r < 0xFE10 || r == keycap || unicode.Is(emojiPresentation, r) {
			return true
		}
	}
	return false
}

// isEmoji judges one grapheme.
func isEmoji(g []rune) bool {
	emoji := false
	for i, r := range g {
		switch {
		case r == asText:
			return false
		case r == asEmoji && i > 0, r == keycap && i > 0, r >= skinFrom && r <= skinTo && i > 0, unicode.Is(emojiPresentation, r):
			emoji = true
		}
	}
	return emoji
}

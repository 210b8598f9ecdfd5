package model

import (
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/host/text"
)

const (
	shortestPart = 2 // characters
	longestPart  = 5
	maxLearned   = 4 << 10 // bytes of a text that are looked at: what a guest says first tells the topic
	longestWord  = 64      // bytes of a word that are looked at
)

// wordMark begins the features that are whole words, and stands between the
// two of a pair. No folded word holds it. It sorts before all letters.
const wordMark = 0

// grams calls each with every feature of a text: its words, pairs of
// neighbours and the parts of its words, two to five characters long, with a
// space at a word's edge. The bytes are valid during the call only.
func grams(s string, each func(feature []byte)) {
	words := tokens(text.Fold(text.Cut(s, maxLearned)))
	before := -1 // where the word before begins
	for i := 0; i < len(words); {
		end := i + 1
		for end < len(words) && words[end] != wordMark {
			end++
		}
		each(words[i:end])
		if before >= 0 {
			each(words[before:end]) // the pair, after its second word
		}
		parts(words[i+1:end], each)
		before, i = i, end
	}
}

// tokens are the words of a folded text, each after a wordMark. Apostrophes
// are left out, since half of the guests leave them out.
func tokens(folded string) []byte {
	out := make([]byte, 0, len(folded)+1)
	start := len(out) // of the word
	inside := false
	for _, r := range folded {
		switch {
		case r == '\'' && inside:
			continue
		case !unicode.In(r, unicode.L, unicode.N, unicode.M):
			inside = false
			continue
		case !inside:
			start, inside = len(out), true
			out = append(out, wordMark)
		}
		if len(out)-start < longestWord {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

func parts(word []byte, each func([]byte)) {
	var room [longestWord + 2 + utf8.UTFMax]byte
	edged := append(append(append(room[:0], ' '), word...), ' ')
	for i := 0; i < len(edged); {
		end := i
		for n := 1; n <= longestPart && end < len(edged); n++ {
			_, size := utf8.DecodeRune(edged[end:])
			end += size
			if n >= shortestPart {
				each(edged[i:end])
			}
		}
		_, size := utf8.DecodeRune(edged[i:])
		i += size
	}
}

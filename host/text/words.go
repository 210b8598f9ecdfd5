package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxWord  = 1 << 10 // bytes of one folded word
	maxWords = 1 << 16 // bytes of all folded words together
)

// FindWord finds the first place where word stands in text as a whole word,
// both folded (see [Fold]). It returns the words as they were written and
// their byte offsets. A word may be a phrase; any white space equals any
// other. Words need not end at a space in scripts that use none (Chinese,
// Japanese, Thai, ...), nor before a Korean particle. An empty word, and one
// of more than 1 KiB, is never found.
func FindWord(text, word string) (matched string, start, end int, ok bool) {
	word = foldWord(word)
	if word == "" || len(word) > maxWord {
		return "", 0, 0, false
	}
	folded := Fold(text)
	for i := 0; ; i++ {
		n := strings.Index(folded[i:], word)
		if n < 0 {
			return "", 0, 0, false
		}
		i += n
		if whole(folded, i, i+len(word)) {
			start, end = locate(text, i, i+len(word))
			return text[start:end], start, end, true
		}
	}
}

// Words finds the first of many words in one pass over a text. It is safe for
// concurrent use.
type Words struct {
	words   []string // as given
	length  []int    // of the folded words, in bytes
	longest int

	// An automaton (Aho and Corasick, 1975) over the bytes that occur in words.
	class   [256]int32 // column of a byte; 0 for all bytes in no word
	classes int32
	next    []int32 // state*classes + class -> state
	word    []int32 // state -> the word that ends here, or -1
	shorter []int32 // state -> the next shorter state with a word, or 0
}

// A Match is where a word was found.
type Match struct {
	Word       string // as given to NewWords
	Index      int    // of Word among those given
	Text       string // as written
	Start, End int    // byte offsets of Text
}

// NewWords prepares words for [Words.Find]. It refuses a word without any
// letter, digit or sign, and more text than 1 KiB in one word or 64 KiB in all.
func NewWords(words []string) (*Words, error) {
	w := &Words{words: words, length: make([]int, len(words)), classes: 1}
	folded := make([]string, len(words))
	total := 0
	for i, word := range words {
		f := foldWord(word)
		switch {
		case f == "":
			return nil, fmt.Errorf("word %d, %q, is empty: remove it from the list", i+1, word)
		case len(f) > maxWord:
			return nil, fmt.Errorf("word %d, %q..., is longer than %d bytes: shorten it", i+1, Cut(word, 40), maxWord)
		}
		folded[i], w.length[i] = f, len(f)
		w.longest = max(w.longest, len(f))
		total += len(f)
	}
	if total > maxWords {
		return nil, fmt.Errorf("%d words have %d bytes, more than %d: split the list", len(words), total, maxWords)
	}
	w.classify(folded)
	w.grow(folded)
	w.link()
	return w, nil
}

func (w *Words) classify(folded []string) {
	for _, f := range folded {
		for i := range len(f) {
			if w.class[f[i]] == 0 {
				w.class[f[i]] = w.classes
				w.classes++
			}
		}
	}
}

// grow makes the trie of the words; state 0 is its root.
func (w *Words) grow(folded []string) {
	w.addState()
	for n, f := range folded {
		s := int32(0)
		for i := range len(f) {
			at := s*w.classes + w.class[f[i]]
			if w.next[at] == 0 {
				w.next[at] = w.addState()
			}
			s = w.next[at]
		}
		if w.word[s] < 0 {
			w.word[s] = int32(n)
		}
	}
}

func (w *Words) addState() int32 {
	w.next = append(w.next, make([]int32, w.classes)...)
	w.word = append(w.word, -1)
	w.shorter = append(w.shorter, 0)
	return int32(len(w.word) - 1)
}

// link turns the trie into an automaton, breadth first: where the trie ends,
// a state goes on as its longest proper suffix would.
func (w *Words) link() {
	suffix := make([]int32, len(w.word))
	var queue []int32
	for c := range w.classes {
		if s := w.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		f := suffix[s]
		w.shorter[s] = f
		if w.word[f] < 0 {
			w.shorter[s] = w.shorter[f]
		}
		for c := range w.classes {
			at := s*w.classes + c
			if t := w.next[at]; t != 0 {
				suffix[t] = w.next[f*w.classes+c]
				queue = append(queue, t)
			} else {
				w.next[at] = w.next[f*w.classes+c]
			}
		}
	}
}

// Find returns the earliest whole word in text by the rules of [FindWord]; of
// several that begin at one place the longest; of equal ones the first given.
func (w *Words) Find(text string) (Match, bool) {
	folded := Fold(text)
	best, from, to := -1, 0, 0
	state := int32(0)
	for i := range len(folded) {
		if best >= 0 && i-w.longest >= from {
			break // whatever ends here or later begins later
		}
		state = w.next[state*w.classes+w.class[folded[i]]]
		for s := state; s != 0; s = w.shorter[s] {
			n := w.word[s]
			if n < 0 {
				continue
			}
			start := i + 1 - w.length[n]
			if (best < 0 || start <= from) && whole(folded, start, i+1) {
				best, from, to = int(n), start, i+1
			}
		}
	}
	if best < 0 {
		return Match{}, false
	}
	start, end := locate(text, from, to)
	return Match{Word: w.words[best], Index: best, Text: text[start:end], Start: start, End: end}, true
}

func foldWord(s string) string { return strings.Trim(Fold(s), " ") }

// locate translates a range of Fold(text) into the range of text that it came
// from, widened to whole characters.
func locate(text string, from, to int) (start, end int) {
	start = -1
	folded := 0
	for w := (walker{rest: text}); w.more(); {
		at := len(text) - len(w.rest)
		folded += len(w.next())
		if start < 0 && folded > from {
			start = at
		}
		if folded >= to {
			return start, len(text) - len(w.rest)
		}
	}
	return start, len(text)
}

// whole reports whether folded[from:to] begins and ends where words do.
func whole(folded string, from, to int) bool {
	first, _ := utf8.DecodeRuneInString(folded[from:])
	last, _ := utf8.DecodeLastRuneInString(folded[:to])
	if from > 0 {
		before, _ := utf8.DecodeLastRuneInString(folded[:from])
		if !boundary(before, first) {
			return false
		}
	}
	if to == len(folded) {
		return true
	}
	after, _ := utf8.DecodeRuneInString(folded[to:])
	// Korean hangs its particles on the noun without a space
	return boundary(last, after) || unicode.Is(unicode.Hangul, last) && !unicode.IsMark(after)
}

// boundary reports whether a word can end after a and another begin with b.
func boundary(a, b rune) bool {
	switch {
	case unicode.IsMark(b):
		return !inWord(a)
	case !inWord(a), !inWord(b):
		return true
	case unspaced(a), unspaced(b):
		return true
	}
	return unicode.Is(unicode.Hangul, a) != unicode.Is(unicode.Hangul, b)
}

func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }

// unspaced reports characters of scripts that put no space between words.
func unspaced(r rune) bool {
	if r < 0xe00 {
		return false
	}
	return r == 'ー' || r == '〆' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Yi, unicode.Balinese,
		unicode.Javanese, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet)
}

package model

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
)

// An Explanation says why a text has a topic.
type Explanation struct {
	Label      string       `json:"label"`      // the likeliest topic
	Confidence float64      `json:"confidence"` // its probability
	Sure       bool         `json:"sure"`       // it is told
	Needed     float64      `json:"needed"`     // the probability from which on it is told
	Words      []SpokenWord `json:"words"`      // in the order of the text
	Next       string       `json:"next"`       // the second likeliest topic
	NextHas    float64      `json:"next_has"`   // its probability
}

// A SpokenWord is a word of a text, folded, with what it gave to the score of
// a topic beyond what it gave to the topics on average: by itself, with its
// neighbours and by its parts. Below 0 it spoke against the topic.
type SpokenWord struct {
	Word string  `json:"word"`
	For  float64 `json:"for"`
}

// Explain says which words of a text spoke for its likeliest topic.
func (t *Topics) Explain(s string) Explanation {
	v := t.lexicon.vector(s)
	p := t.probabilities(v)
	top, next := twoLargest(p)
	return Explanation{
		Label: t.labels[top], Confidence: float64(p[top]), Sure: p[top] >= t.sure, Needed: float64(t.sure),
		Next: t.labels[next], NextHas: float64(p[next]), Words: t.spoken(s, v, top),
	}
}

func twoLargest(p []float32) (first, second int) {
	first, second = 0, 1
	if p[1] > p[0] {
		first, second = 1, 0
	}
	for i := 2; i < len(p); i++ {
		switch {
		case p[i] > p[first]:
			first, second = i, first
		case p[i] > p[second]:
			second = i
		}
	}
	return first, second
}

// namedWords is how many words an answer names.
const namedWords = 3

// strongest are the words that spoke most for a topic, each once.
func strongest(spoken []SpokenWord) (words []string) {
	sum := map[string]float64{}
	for _, s := range spoken {
		sum[s.Word] += s.For
	}
	for w, gave := range sum {
		if gave > 0 {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(sum[b], sum[a]), strings.Compare(a, b)) })
	return words[:min(namedWords, len(words))]
}

// spoken shares what each feature gave among the places where it occurs.
func (t *Topics) spoken(s string, v vector, label int) []SpokenWord {
	gave := make([]float64, len(v.features)) // at one place
	times := make([]float64, len(v.features))
	grams(s, func(f []byte) {
		if k := t.lexicon.place(f, v); k >= 0 {
			times[k]++
		}
	})
	for k, f := range v.features {
		gave[k] = float64(v.weights[k]) * t.leaning(int(f), label) / float64(t.heat) / times[k]
	}
	words := []SpokenWord{}
	grams(s, func(f []byte) {
		by := 0.0
		if k := t.lexicon.place(f, v); k >= 0 {
			by = gave[k]
		}
		switch {
		case f[0] != wordMark:
			words[len(words)-1].For += by
		case bytes.IndexByte(f[1:], wordMark) < 0:
			words = append(words, SpokenWord{Word: string(f[1:]), For: by})
		default: // a pair comes after its second word
			words[len(words)-1].For += by / 2
			words[len(words)-2].For += by / 2
		}
	})
	return words
}

// leaning is a feature's weight for a label, beyond the average of all labels.
func (t *Topics) leaning(feature, label int) float64 {
	row := t.weights[feature*len(t.labels) : (feature+1)*len(t.labels)]
	sum := 0
	for _, w := range row {
		sum += int(w)
	}
	return float64(t.units[feature]) * (float64(row[label]) - float64(sum)/float64(len(row)))
}

// Speaking lists the words and pairs that speak most for a label, at most n,
// the strongest first; none if the label was not learned.
func (t *Topics) Speaking(label string, n int) []SpokenWord {
	at := slices.IndexFunc(t.labels, func(l string) bool { return text.Fold(l) == text.Fold(label) })
	if at < 0 {
		return nil
	}
	var all []SpokenWord
	for f, feature := range t.lexicon.features[:t.lexicon.words] {
		// a rare word weighs more in each text that has it
		leaning := t.leaning(f, at) * float64(t.lexicon.rarity[f])
		if leaning > 0 {
			all = append(all, SpokenWord{Word: strings.ReplaceAll(feature[1:], string(rune(wordMark)), " "), For: leaning})
		}
	}
	slices.SortStableFunc(all, func(a, b SpokenWord) int { return cmp.Compare(b.For, a.For) })
	return all[:min(n, len(all))]
}

package model

import (
	"math"
	"slices"
)

// partShare is how much the parts of words weigh beside the words.
const partShare = 1.5

// A lexicon knows the features that were kept, sorted, words first.
type lexicon struct {
	features []string
	rarity   []float32 // inverse document frequency, by feature
	unknown  float32   // rarity of a feature that was not kept
	words    int       // how many features are words or pairs
	index    map[string]int32
}

// A vector is a text as the model sees it: features with their weights, the
// features ascending. Its length is 1 if all of them are known, less the more are not,
// so that a text of unknown words makes nobody sure.
type vector struct {
	features []int32
	weights  []float32
}

// learnLexicon keeps the features that at least least of the texts hold, and
// of those not more than most, the commonest.
func learnLexicon(texts []string, least, most int) *lexicon {
	holds := map[string]int{}
	last := map[string]int{}
	for i, t := range texts {
		grams(t, func(f []byte) {
			if last[string(f)] != i+1 {
				last[string(f)] = i + 1
				holds[string(f)]++
			}
		})
	}
	kept := make([]string, 0, len(holds))
	for f, n := range holds {
		if n >= least {
			kept = append(kept, f)
		}
	}
	slices.Sort(kept)
	if len(kept) > most {
		slices.SortStableFunc(kept, func(a, b string) int { return holds[b] - holds[a] })
		kept = kept[:most]
		slices.Sort(kept)
	}
	rarity := make([]float32, len(kept))
	for i, f := range kept {
		rarity[i] = rarityOf(holds[f], len(texts))
	}
	return newLexicon(kept, rarity, len(texts))
}

func newLexicon(features []string, rarity []float32, texts int) *lexicon {
	l := &lexicon{features: features, rarity: rarity, unknown: rarityOf(1, texts), index: make(map[string]int32, len(features))}
	for i, f := range features {
		l.index[f] = int32(i)
		if isWord(f) {
			l.words = i + 1
		}
	}
	return l
}

// rarityOf is the inverse document frequency of what some of all texts hold.
func rarityOf(some, all int) float32 {
	return float32(math.Log(float64(1+all)/float64(1+some)) + 1)
}

func isWord(feature string) bool { return feature != "" && feature[0] == wordMark }

// vector weighs the features of a text: sublinear in how often the text holds
// them, by their rarity, words and parts each brought to their share.
func (l *lexicon) vector(s string) vector {
	found := make([]int32, 0, 512)
	var strange unknown
	grams(s, func(f []byte) {
		if i, known := l.index[string(f)]; known {
			found = append(found, i)
		} else {
			strange.count(f)
		}
	})
	slices.Sort(found)
	v := vector{features: found[:0], weights: make([]float32, 0, len(found))}
	for i := 0; i < len(found); {
		j := i + 1
		for j < len(found) && found[j] == found[i] {
			j++
		}
		w := l.rarity[found[i]]
		if j-i > 1 {
			w *= 1 + float32(math.Log(float64(j-i)))
		}
		v.features, v.weights = append(v.features, found[i]), append(v.weights, w)
		i = j
	}
	l.balance(v, strange)
	return v
}

// place is where in a text's vector the feature stands; below 0 it does not.
func (l *lexicon) place(feature []byte, v vector) int {
	i, known := l.index[string(feature)]
	if !known {
		return -1
	}
	k, found := slices.BinarySearch(v.features, i)
	if !found {
		return -1
	}
	return k
}

// unknown counts the features of a text that were not kept.
type unknown struct{ words, parts float64 }

func (u *unknown) count(f []byte) {
	if f[0] == wordMark {
		u.words++
	} else {
		u.parts++
	}
}

// balance scales words and parts apart, then both together.
func (l *lexicon) balance(v vector, u unknown) {
	border, _ := slices.BinarySearch(v.features, int32(l.words))
	words, parts := v.weights[:border], v.weights[border:]
	each := float64(l.unknown) * float64(l.unknown)
	w, p := math.Sqrt(squares(words)+u.words*each), math.Sqrt(squares(parts)+u.parts*each)
	both := math.Sqrt(1 + partShare*partShare)
	scale(words, 1/(w*both))
	scale(parts, partShare/(p*both))
}

func squares(a []float32) float64 {
	sum := 0.0
	for _, x := range a {
		sum += float64(x) * float64(x)
	}
	return sum
}

func scale(a []float32, by float64) {
	for i := range a {
		a[i] = float32(float64(a[i]) * by)
	}
}

package model

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
)

// ErrUnlearned says that none of the labels to choose from was learned.
var ErrUnlearned = errors.New("none of the labels was learned")

// Topics tell the topic of a text by what they have learned from texts whose
// topic is known (see [Learn]). They are safe for concurrent use.
type Topics struct {
	labels  []string // ascending
	lexicon *lexicon
	weights []int8    // feature*labels + label, in units of the feature
	units   []float32 // by feature
	base    []float32 // by label
	heat    float32   // what scores are divided by, so that probabilities come true
	sure    float32   // from this probability on; above 1 means never
	texts   int       // learned from
	took    time.Duration
	tried   Report  // in cross-validation, without Took
	each    []Tried // by label; empty in files of an older bellhop
}

// Labels are the topics that were learned, ascending.
func (t *Topics) Labels() []string { return slices.Clone(t.labels) }

// Sure is the probability from which on a topic is told. Above 1 there is
// none: too few texts, or too much alike.
func (t *Topics) Sure() float64 { return float64(t.sure) }

// Texts is how many texts were learned from.
func (t *Topics) Texts() int { return t.texts }

// Took is how long the learning took; 0 if they come from a file.
func (t *Topics) Took() time.Duration { return t.took }

// Choose tells the topic of q.Text if it is sure and the topic is among
// q.Labels; without labels, all that were learned are offered. It never tells
// more than one. The confidence is the probability of the topic that is told,
// or else of the likeliest that was offered. The error is ErrUnlearned.
func (t *Topics) Choose(q Question) (Answer, error) {
	offered, err := t.offered(q.Labels)
	if err != nil {
		return Answer{}, err
	}
	v := t.lexicon.vector(q.Text)
	p := t.probabilities(v)
	top := slices.Index(p, slices.Max(p))
	a := Answer{Source: fmt.Sprintf("topics learned from %d texts", t.texts)}
	for label, said := range offered {
		a.Confidence = max(a.Confidence, float64(p[label]))
		if label == top && p[top] >= t.sure {
			a.Labels = []string{said}
		}
	}
	if len(a.Labels) > 0 {
		a.Confidence, a.Words = float64(p[top]), strongest(t.spoken(q.Text, v, top))
	}
	return a, nil
}

// offered are the learned labels among those, each with how it was written.
func (t *Topics) offered(labels []string) (map[int]string, error) {
	offered := make(map[int]string, len(t.labels))
	if len(labels) == 0 {
		for i, l := range t.labels {
			offered[i] = l
		}
		return offered, nil
	}
	written := make(map[string]string, len(labels))
	for _, l := range labels {
		if _, twice := written[text.Fold(l)]; !twice {
			written[text.Fold(l)] = l
		}
	}
	for i, l := range t.labels {
		if w, ok := written[text.Fold(l)]; ok {
			offered[i] = w
		}
	}
	if len(offered) == 0 {
		return nil, fmt.Errorf("%w (%s): train on texts that have them", ErrUnlearned, text.Cut(fmt.Sprintf("%q", labels), 200))
	}
	return offered, nil
}

// probabilities are those of the labels. A text of which nothing is known
// tells nothing: all are equal.
func (t *Topics) probabilities(v vector) []float32 {
	s := make([]float32, len(t.labels))
	if len(v.features) > 0 {
		t.scores(v, s)
	}
	softmax(s)
	return s
}

func (t *Topics) scores(v vector, into []float32) {
	for c, b := range t.base {
		into[c] = b / t.heat
	}
	for k, f := range v.features {
		x := v.weights[k] * t.units[f] / t.heat
		row := t.weights[int(f)*len(into) : (int(f)+1)*len(into)]
		for c, w := range row {
			into[c] += float32(x * float32(w))
		}
	}
}

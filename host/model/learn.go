package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// An Example is a text whose topics are known.
type Example struct {
	Text   string
	Labels []string // at least one; several share the text
}

// LearnOptions say how topics are learned. The zero value is for a
// workspace's own chats.
type LearnOptions struct {
	// Least is how many texts must hold a word, or a part of one, for it to be
	// kept; 0 means 5, so that names and addresses are forgotten.
	Least int

	// Precision is how often a topic that is told must be right; 0 means 0.95.
	Precision float64
}

const (
	defaultLeast     = 5
	defaultPrecision = 0.95
	mostTopics       = 1000
	mostFeatures     = 200_000
	mostWeights      = 12_000_000 // a byte each in the file
)

// Learn fits topics to the examples. Equal examples in equal order give equal
// topics. It uses one core. The error is the context's when that ends.
func Learn(ctx context.Context, examples []Example, o LearnOptions) (*Topics, error) {
	start := time.Now()
	if o.Least == 0 {
		o.Least = defaultLeast
	}
	if o.Precision == 0 {
		o.Precision = defaultPrecision
	}
	labels, err := topicsOf(examples)
	if err != nil {
		return nil, fmt.Errorf("learn topics: %w", err)
	}
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Text
	}
	l := learnLexicon(texts, o.Least, min(mostFeatures, mostWeights/len(labels)))
	if len(l.features) == 0 {
		return nil, fmt.Errorf("learn topics: no word occurs in %d texts: give more texts, or a lower minimum", o.Least)
	}
	vectors := make([]vector, len(texts))
	for i, s := range texts {
		vectors[i] = l.vector(s)
	}
	goals := goalsOf(examples, labels)
	trials := crossValidate(ctx, vectors, goals, len(l.features), len(labels))
	r := learn(ctx, vectors, goals, len(l.features), len(labels))
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("learn topics: %w", err)
	}
	t := compress(r, l)
	t.labels, t.texts = labels, len(examples)
	t.heat = trials.heat()
	t.sure = trials.sure(t.heat, o.Precision)
	t.tried, t.each = trials.report(t.heat, t.sure), trials.each(t.heat, len(labels))
	t.took = time.Since(start)
	return t, nil
}

// topicsOf lists the labels, ascending.
func topicsOf(examples []Example) ([]string, error) {
	seen := map[string]bool{}
	for i, e := range examples {
		if len(e.Labels) == 0 {
			return nil, fmt.Errorf("text %d has no topic: give it one, or leave it out", i+1)
		}
		for _, l := range e.Labels {
			if strings.TrimSpace(l) == "" || !utf8.ValidString(l) {
				return nil, fmt.Errorf("text %d has the topic %q: give it a name", i+1, l)
			}
			seen[l] = true
		}
	}
	labels := make([]string, 0, len(seen))
	for l := range seen {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	switch {
	case len(labels) == 0:
		return nil, errors.New("there are no texts: give some for each topic")
	case len(labels) == 1:
		return nil, fmt.Errorf("all texts have the topic %q: give texts of another as well", labels[0])
	case len(labels) > mostTopics:
		return nil, fmt.Errorf("%d topics are more than %d: join some", len(labels), mostTopics)
	}
	return labels, nil
}

func goalsOf(examples []Example, labels []string) []goal {
	goals := make([]goal, len(examples))
	for i, e := range examples {
		goals[i] = goal{}
		for _, l := range e.Labels {
			n, _ := slices.BinarySearch(labels, l)
			goals[i][n] += 1 / float32(len(e.Labels))
		}
	}
	return goals
}

// compress keeps the weights of each feature as multiples of a unit of its own.
func compress(r *regression, l *lexicon) *Topics {
	t := &Topics{lexicon: l, weights: make([]int8, len(r.weights)), units: make([]float32, len(l.features)), base: r.base}
	for f := range l.features {
		row := r.weights[f*r.labels : (f+1)*r.labels]
		largest := max(slices.Max(row), -slices.Min(row))
		if largest == 0 {
			continue
		}
		t.units[f] = largest / math.MaxInt8
		for c, w := range row {
			t.weights[f*r.labels+c] = int8(math.Round(float64(w / t.units[f])))
		}
	}
	return t
}

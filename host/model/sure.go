package model

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// A trial is what a text scored in a regression that has not seen it.
type trial struct {
	scores []float32
	goal   goal
}

type trials []trial

// pieces is how many regressions a cross-validation learns.
const pieces = 5

// crossValidate tries each text on a regression learned from the others'.
func crossValidate(ctx context.Context, vectors []vector, goals []goal, features, labels int) trials {
	place := rand.New(rand.NewPCG(77, 2)).Perm(len(vectors))
	all := make(trials, 0, len(vectors))
	for part := range min(pieces, len(vectors)) {
		var v []vector
		var g []goal
		for i := range vectors {
			if place[i]%pieces != part {
				v, g = append(v, vectors[i]), append(g, goals[i])
			}
		}
		r := learn(ctx, v, g, features, labels)
		for i := range vectors {
			if place[i]%pieces == part {
				t := trial{scores: make([]float32, labels), goal: goals[i]}
				r.scores(vectors[i], 1, t.scores)
				all = append(all, t)
			}
		}
	}
	return all
}

// heat finds what to divide scores by, so that a topic told with 80 % is right
// in 80 of 100 cases: the likeliest of 31 values from a third to ten (Guo et
// al., On calibration of modern neural networks, 2017).
func (all trials) heat() float32 {
	best, least := 1.0, math.Inf(1)
	for step := -10; step <= 20; step++ {
		heat := math.Pow(10, float64(step)/20)
		if loss := all.loss(heat); loss < least {
			best, least = heat, loss
		}
	}
	return float32(best)
}

// loss is how much the truth surprises.
func (all trials) loss(heat float64) float64 {
	sum := 0.0
	for _, t := range all {
		p := t.probabilities(float32(heat))
		for label, share := range t.goal {
			sum -= float64(share) * math.Log(max(float64(p[label]), 1e-9))
		}
	}
	return sum
}

func (t trial) probabilities(heat float32) []float32 {
	p := make([]float32, len(t.scores))
	for c, s := range t.scores {
		p[c] = s / heat
	}
	softmax(p)
	return p
}

// top is the likeliest label, and its probability.
func (t trial) top(heat float32) (int, float32) {
	p := t.probabilities(heat)
	top := slices.Index(p, slices.Max(p))
	return top, p[top]
}

// never is a probability that no topic reaches.
const never = 2

// sure finds the lowest probability from which on the topics told are right
// as often as wanted and somewhat more: by a fifth of what lacks to always,
// since what has learned from all texts is bolder than what was tried, and by
// a standard error, since other texts will follow.
func (all trials) sure(heat float32, wanted float64) float32 {
	type told struct {
		p     float32
		right bool
	}
	tells := make([]told, len(all))
	for i, t := range all {
		top, p := t.top(heat)
		tells[i] = told{p, t.goal[top] > 0}
	}
	slices.SortStableFunc(tells, func(a, b told) int { return cmp.Compare(b.p, a.p) })
	from, right := float32(never), 0.0
	wanted += (1 - wanted) / 5
	for i, t := range tells {
		if t.right {
			right++
		}
		n := float64(i + 1)
		precision := right / (n + 1) // as if one more were wrong: a few hits prove nothing
		last := i+1 == len(tells) || tells[i+1].p < t.p
		if last && precision-math.Sqrt(precision*(1-precision)/n) >= wanted {
			from = t.p
		}
	}
	if from == tells[len(tells)-1].p {
		// all that was tried may be told: then nothing speaks against trusting the probability
		from = min(from, float32(wanted))
	}
	return from
}

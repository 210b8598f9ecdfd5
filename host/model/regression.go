package model

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
)

// How the regression learns. The figures in the package's documentation are
// with these.
const (
	firstStep   = 2.0
	stiffness   = 1.0 / 100 // of the weights, divided by the number of texts
	negligible  = 0.0005    // an error this small moves nothing
	fewRounds   = 20        // through the texts
	manyRounds  = 40        // when there are few texts
	manySteps   = 60_000    // are enough
	mostSteps   = 250_000   // when there are very many texts: a night is not endless
	leastRounds = 5         // even then
)

// A regression holds a weight for each feature and label, and one for each
// label alone.
type regression struct {
	labels  int
	weights []float32 // feature*labels + label
	base    []float32 // by label
}

// A goal is how the labels share a text, such as 1 for the one it has.
type goal map[int]float32

// learn fits a softmax regression by stochastic gradient descent with a step
// that falls, and returns the mean of the weights over the second half of the
// rounds, which errs less than where it stops (Polyak and Juditsky, 1992). Each
// time that a text is looked at, half of its features are left out by chance, so
// that no few of them do all the work (Srivastava et al., Dropout, 2014).
// The same vectors give the same weights; without any, all are 0.
// When the context ends it stops, and what it returns is of no use.
func learn(ctx context.Context, vectors []vector, goals []goal, features, labels int) *regression {
	d := &descent{
		r:     &regression{labels: labels, weights: make([]float32, features*labels), base: make([]float32, labels)},
		size:  1,
		decay: stiffness / float64(max(len(vectors), 1)),
		errs:  make([]float32, labels),
	}
	mean := &regression{labels: labels, weights: make([]float32, features*labels), base: make([]float32, labels)}
	chance := rand.New(rand.NewPCG(77, 1))
	order := chance.Perm(len(vectors))
	rounds := roundsFor(len(vectors))
	for round := range rounds {
		if ctx.Err() != nil {
			break
		}
		chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			d.step(d.thin(vectors[i], chance), goals[i])
			runtime.Gosched() // who answers guests goes first
		}
		if round >= rounds/2 {
			d.addTo(mean, 1/float64(rounds-rounds/2))
		}
	}
	mean.even(goals)
	return mean
}

// roundsFor is how often so many texts are gone through.
func roundsFor(texts int) int {
	texts = max(texts, 1)
	return min(max(manySteps/texts, fewRounds), manyRounds, max(mostSteps/texts, leastRounds))
}

// even has the bases forget how frequent the labels were: what the next guests
// ask about is not what the last ones did, and a rare topic is not to be told as
// its common neighbour (Menon et al., Long-tail learning via logit adjustment, 2021).
func (r *regression) even(goals []goal) {
	frequent := make([]float64, r.labels)
	for _, g := range goals {
		for label, share := range g {
			frequent[label] += float64(share)
		}
	}
	for c, n := range frequent {
		r.base[c] -= float32(math.Log((n + 1) / float64(len(goals)+r.labels)))
	}
}

// A descent is a regression while it learns. All weights are kept divided by
// size, so that they shrink together in one multiplication.
type descent struct {
	r       *regression
	size    float64
	decay   float64
	steps   int
	errs    []float32
	active  []int
	thinned vector
}

// thin is the vector without half of its features, and as long as it was, more
// or less. It is valid until the next call.
func (d *descent) thin(v vector, chance *rand.Rand) vector {
	d.thinned.features, d.thinned.weights = d.thinned.features[:0], d.thinned.weights[:0]
	coins := uint64(0)
	for k, f := range v.features {
		if k%64 == 0 {
			coins = chance.Uint64()
		}
		if coins&1 == 1 {
			d.thinned.features = append(d.thinned.features, f)
			d.thinned.weights = append(d.thinned.weights, v.weights[k]*math.Sqrt2)
		}
		coins >>= 1
	}
	return d.thinned
}

func (d *descent) step(v vector, g goal) {
	pace := firstStep / (1 + firstStep*d.decay*float64(d.steps))
	d.steps++
	d.r.scores(v, float32(d.size), d.errs)
	softmax(d.errs)
	for label, share := range g {
		d.errs[label] -= share
	}
	d.size *= 1 - pace*d.decay
	d.collect(float32(pace / d.size))
	n := d.r.labels
	for k, f := range v.features {
		row := d.r.weights[int(f)*n : int(f)*n+n]
		for _, c := range d.active {
			row[c] -= float32(v.weights[k] * d.errs[c])
		}
	}
	for _, c := range d.active {
		d.r.base[c] -= float32(0.1 * d.errs[c]) // slower, since every text moves it
	}
}

// collect lists the labels whose error counts, and multiplies it by pace.
func (d *descent) collect(pace float32) {
	d.active = d.active[:0]
	for c, e := range d.errs {
		if e > negligible || e < -negligible {
			d.active = append(d.active, c)
			d.errs[c] = e * pace
		}
	}
}

func (d *descent) addTo(mean *regression, share float64) {
	by := float32(share * d.size)
	for i, w := range d.r.weights {
		mean.weights[i] += float32(w * by)
	}
	for i, w := range d.r.base {
		mean.base[i] += float32(w * by)
	}
}

// scores fills in what each label scores, with all weights times size.
func (r *regression) scores(v vector, size float32, into []float32) {
	for c, b := range r.base {
		into[c] = b * size
	}
	for k, f := range v.features {
		x := v.weights[k] * size
		row := r.weights[int(f)*r.labels : (int(f)+1)*r.labels]
		into := into[:len(row)]
		for c, w := range row {
			into[c] += float32(x * w) // the conversion forbids fusing, which not every processor does
		}
	}
}

// softmax turns scores into probabilities.
func softmax(s []float32) {
	top := slices.Max(s)
	sum := float32(0)
	for c, x := range s {
		s[c] = float32(math.Exp(float64(x - top)))
		sum += s[c]
	}
	for c := range s {
		s[c] /= sum
	}
}

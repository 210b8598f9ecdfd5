package model

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// A Report says how topics fare with texts whose topics are known.
type Report struct {
	Texts    int
	Right    int           // texts whose likeliest topic is one of theirs
	Told     int           // texts whose topic was told
	ToldTrue int           // of these, those told right
	Took     time.Duration // all texts together
}

// Tried says how one topic fared in cross-validation.
type Tried struct {
	Texts int // that have it
	Right int // of these, those whose likeliest topic is one of theirs
}

// Tried says how the topics fared in cross-validation, with texts that were not
// learned from. It is zero in files of an older bellhop.
func (t *Topics) Tried() Report { return t.tried }

func (all trials) report(heat, sure float32) Report {
	r := Report{Texts: len(all)}
	for _, t := range all {
		top, p := t.top(heat)
		right := t.goal[top] > 0
		count(&r.Right, right)
		count(&r.Told, p >= sure)
		count(&r.ToldTrue, p >= sure && right)
	}
	return r
}

func (all trials) each(heat float32, labels int) []Tried {
	each := make([]Tried, labels)
	for _, t := range all {
		top, _ := t.top(heat)
		for label := range t.goal {
			each[label].Texts++
			count(&each[label].Right, t.goal[top] > 0)
		}
	}
	return each
}

// Worse says why topics that were learned anew should not take the place of
// former ones: they are right less often, in cross-validation, on the texts of the
// topics that both know, and by more than chance makes of equals; or they are never
// sure, and the former were. "" means that they may.
func (t *Topics) Worse(former *Topics) string {
	if t.tried.Told == 0 && former.tried.Told > 0 {
		return "they are never sure"
	}
	is, was := t.among(former), former.among(t)
	if is.Texts == 0 || was.Texts == 0 {
		return "" // another world
	}
	p, q := is.share(), was.share()
	chance := math.Sqrt(p*(1-p)/float64(is.Texts) + q*(1-q)/float64(was.Texts))
	if p >= q-chance {
		return ""
	}
	return fmt.Sprintf("in cross-validation they are right in %.1f %%, the former in %.1f %%", 100*p, 100*q)
}

// among adds up how the topics fared that others know too.
func (t *Topics) among(others *Topics) (sum Tried) {
	for i, each := range t.each {
		if _, both := slices.BinarySearch(others.labels, t.labels[i]); both {
			sum.Texts, sum.Right = sum.Texts+each.Texts, sum.Right+each.Right
		}
	}
	return sum
}

func (t Tried) share() float64 { return float64(t.Right) / float64(t.Texts) }

// Evaluate has the topics of all examples told.
func (t *Topics) Evaluate(examples []Example) Report {
	r := Report{Texts: len(examples)}
	tops := make([]Answer, len(examples))
	start := time.Now()
	for i, e := range examples {
		tops[i] = t.likeliest(e.Text)
	}
	r.Took = time.Since(start)
	for i, e := range examples {
		right := slices.Contains(e.Labels, tops[i].Labels[0])
		told := tops[i].Confidence >= t.Sure()
		count(&r.Right, right)
		count(&r.Told, told)
		count(&r.ToldTrue, told && right)
	}
	return r
}

// likeliest is the likeliest topic, whether sure or not.
func (t *Topics) likeliest(s string) Answer {
	p := t.probabilities(t.lexicon.vector(s))
	top := slices.Index(p, slices.Max(p))
	return Answer{Labels: []string{t.labels[top]}, Confidence: float64(p[top])}
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

package model

import (
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

package model

import (
	"math"
	"slices"
	"testing"
)

func TestExplanationNamesTheWordsThatSpoke(t *testing.T) {
	e := deskTopics(t).Explain("hello, my Invoice is wrong")
	if e.Label != "Billing" || !e.Sure || e.Confidence < e.Needed {
		t.Errorf("%+v", e)
	}
	var words []string
	most := e.Words[0]
	for _, w := range e.Words {
		words = append(words, w.Word)
		if w.For > most.For {
			most = w
		}
	}
	if !slices.Equal(words, []string{"hello", "my", "invoice", "is", "wrong"}) {
		t.Errorf("words %q", words)
	}
	a, err := deskTopics(t).Choose(Question{Text: "hello, my Invoice is wrong, my Invoice"})
	if err != nil || len(a.Words) != 3 || a.Words[0] != "invoice" {
		t.Errorf("an answer names %q, %v", a.Words, err)
	}
	if most.Word != "invoice" {
		t.Errorf("%q spoke most: %+v", most.Word, e.Words)
	}
}

// TestWordsAddUpToTheScore holds what the words gave against the distance of
// the topic's score from the others', which is what makes the probability.
func TestWordsAddUpToTheScore(t *testing.T) {
	topics := deskTopics(t)
	text := "refund refund my invoice, the parcel is late"
	e := topics.Explain(text)
	scores := make([]float32, len(topics.labels))
	topics.scores(topics.lexicon.vector(text), scores)
	at, _ := slices.BinarySearch(topics.labels, e.Label)
	want := 0.0
	for c := range scores {
		want += float64(scores[at]-topics.base[at]/topics.heat-scores[c]+topics.base[c]/topics.heat) / float64(len(scores))
	}
	got := 0.0
	for _, w := range e.Words {
		got += w.For
	}
	if math.Abs(got-want) > 1e-4 {
		t.Errorf("the words gave %.4f, the score is %.4f", got, want)
	}
}

func TestEachTopicHasWordsThatSpeakForIt(t *testing.T) {
	topics := deskTopics(t)
	for label, word := range map[string]string{"billing": "invoice", "Delivery": "parcel", "Password": "password"} {
		spoken := topics.Speaking(label, 8)
		if len(spoken) != 8 || !slices.ContainsFunc(spoken, func(s SpokenWord) bool { return s.Word == word }) {
			t.Errorf("%s: %+v lack %q", label, spoken, word)
		}
	}
	if s := topics.Speaking("weather", 8); s != nil {
		t.Errorf("an unknown topic has words: %+v", s)
	}
}

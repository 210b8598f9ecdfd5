package model

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// counters are what the invented guests of desk ask about.
var counters = map[string][]string{
	"Billing":  {"the invoice is wrong", "charged twice this month", "please refund my payment", "how do I pay the invoice", "my card was charged"},
	"Delivery": {"where is my parcel", "the courier never came", "track my delivery", "parcel arrived damaged", "change the delivery address"},
	"Password": {"cannot log in", "forgot my password", "reset my password please", "login does not work", "the password link expired"},
}

// desk has n texts, the topics in turn.
func desk(n int) []Example {
	topics := []string{"Billing", "Delivery", "Password"}
	greetings := []string{"hello", "hi there", "good morning", "excuse me", "one question"}
	closings := []string{"thanks", "please help", "what can I do", "it is urgent", "I wait"}
	chance := rand.New(rand.NewPCG(1, 1))
	all := make([]Example, n)
	for i := range all {
		topic := topics[i%len(topics)]
		asks := counters[topic]
		text := greetings[chance.IntN(5)] + ", " + asks[chance.IntN(len(asks))] + ", " + closings[chance.IntN(5)]
		all[i] = Example{Text: text, Labels: []string{topic}}
	}
	return all
}

func learned(t testing.TB, examples []Example) *Topics {
	t.Helper()
	topics, err := Learn(t.Context(), examples, LearnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return topics
}

// ofDesk are the topics of 200 texts; tests only read them.
var ofDesk = sync.OnceValues(func() (*Topics, error) { return Learn(context.Background(), desk(200), LearnOptions{}) })

func deskTopics(t testing.TB) *Topics {
	t.Helper()
	topics, err := ofDesk()
	if err != nil {
		t.Fatal(err)
	}
	return topics
}

func TestTopicIsToldOnlyWhenSure(t *testing.T) {
	topics := deskTopics(t)
	for text, want := range map[string]string{
		"Hello, my INVOICE is wrong":         "Billing",
		"wo ist mein Parcel, where is it":    "Delivery",
		"forgot my passwörd":                 "Password",
		"":                                   "",
		"?!":                                 "",
		"の天気はどうですか":                          "",
		"quel temps fait-il aujourd'hui":     "",
		"zebras graze beyond vast savannahs": "",
	} {
		a, err := topics.Choose(Question{Text: text})
		if got := strings.Join(a.Labels, " "); err != nil || got != want {
			t.Errorf("%q: %q with %.2f of %.2f, %v; want %q", text, got, a.Confidence, topics.Sure(), err, want)
		}
	}
}

func TestOnlyOfferedTopicsAreTold(t *testing.T) {
	topics := deskTopics(t)
	ask := func(labels ...string) Answer {
		a, err := topics.Choose(Question{Text: "my invoice is wrong", Labels: labels})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := ask("delivery", "BILLING", "other"); !slices.Equal(a.Labels, []string{"BILLING"}) {
		t.Errorf("told %q: the label is to be written as it was offered", a.Labels)
	}
	if a := ask("delivery", "password"); len(a.Labels) > 0 || a.Confidence > 0.5 {
		t.Errorf("told %q with %.2f, though the invoice's topic was not offered", a.Labels, a.Confidence)
	}
	if _, err := topics.Choose(Question{Text: "my invoice", Labels: []string{"weather"}}); !errors.Is(err, ErrUnlearned) {
		t.Errorf("%v, want ErrUnlearned", err)
	}
}

func TestWhatFewerThanFiveTextsHoldIsForgotten(t *testing.T) {
	for times, want := range map[int]bool{4: false, 5: true} {
		all := desk(200)
		for i := range times {
			all[7*i].Text += " zyqxwv"
		}
		topics := learned(t, all)
		kept := slices.ContainsFunc(topics.lexicon.features, func(f string) bool { return strings.Contains(f, "yqx") })
		if kept != want {
			t.Errorf("a name in %d texts: kept is %v", times, kept)
		}
	}
	once := desk(200)
	once[0].Text += strings.Repeat(" zyqxwv", 9)
	if f := learned(t, once).lexicon.features; slices.ContainsFunc(f, func(f string) bool { return strings.Contains(f, "yqx") }) {
		t.Error("a name that one text holds nine times is kept")
	}
}

func TestTextsAlikeMakeNobodySure(t *testing.T) {
	all := desk(300)
	chance := rand.New(rand.NewPCG(5, 5))
	for i := range all {
		all[i].Labels = []string{fmt.Sprint("topic ", chance.IntN(3))}
	}
	topics := learned(t, all)
	if r := topics.Evaluate(desk(100)); r.Told > 0 {
		t.Errorf("told %d topics that are chance, from %.2f", r.Told, topics.Sure())
	}
}

func TestNothingToLearnFromIsAnError(t *testing.T) {
	one := []string{"one"}
	for want, all := range map[string][]Example{
		"there are no texts":       nil,
		`all texts have the topic`: {{"hello you", one}, {"hello me", one}},
		"text 2 has no topic":      {{"hello", one}, {"hello", nil}},
		"text 1 has the topic":     {{"hello", []string{" "}}},
		"no word occurs in 5":      {{"hello", one}, {"bye", []string{"two"}}},
	} {
		if _, err := Learn(t.Context(), all, LearnOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestOneTextOfTwoTopicsCanBeLearnedFrom(t *testing.T) {
	topics, err := Learn(t.Context(), []Example{{"hello", []string{"one", "two"}}}, LearnOptions{Least: 1})
	if err != nil {
		t.Fatal(err)
	}
	if topics.Sure() <= 1 {
		t.Errorf("one text makes sure from %.2f", topics.Sure())
	}
}

func TestLearningStopsWhenNobodyWaits(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := Learn(ended, desk(200), LearnOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEveryTextHasATopicMoreOrLess(t *testing.T) {
	topics := deskTopics(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z']{1,90} ){0,9}`), rapid.Just("invoice")).Draw(t, "text")
		sum := float32(0)
		for _, p := range topics.probabilities(topics.lexicon.vector(text)) {
			sum += p
		}
		if !(sum > 0.999 && sum < 1.001) {
			t.Errorf("the probabilities sum up to %v", sum)
		}
		if e := topics.Explain(text); e.Label == e.Next || e.NextHas > e.Confidence {
			t.Errorf("odd explanation %+v", e)
		}
	})
}

// openings are what guests wrote first in 651 conversations.
func openings(t testing.TB) []Example {
	t.Helper()
	f, err := os.Open("testdata/openings.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadConversations(z)
	if err != nil {
		t.Fatal(err)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func TestTopicsOfConversationsAreToldFromTheirOpening(t *testing.T) {
	all := openings(t)
	r := learned(t, all[:500]).Evaluate(all[500:])
	t.Logf("%+v", r)
	if right := float64(r.Right) / float64(r.Texts); right < 0.9 {
		t.Errorf("%.1f %% are right, want 90", 100*right)
	}
	if sure := float64(r.ToldTrue) / float64(r.Told); sure < 0.95 || 3*r.Told < 2*r.Texts {
		t.Errorf("of %d topics told %.1f %% are right, want 95", r.Told, 100*sure)
	}
}

func TestTwoHundredChatsAreEnough(t *testing.T) {
	all, sum := openings(t), Report{}
	for seed := range uint64(5) {
		rand.New(rand.NewPCG(seed, 3)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		r := learned(t, all[:200]).Evaluate(all[200:])
		t.Logf("%+v", r)
		sum.Texts, sum.Told, sum.ToldTrue = sum.Texts+r.Texts, sum.Told+r.Told, sum.ToldTrue+r.ToldTrue
	}
	if sure := float64(sum.ToldTrue) / float64(sum.Told); sure < 0.95 || 3*sum.Told < sum.Texts {
		t.Errorf("of %d topics told of %d texts %.1f %% are right, want 95", sum.Told, sum.Texts, 100*sure)
	}
}

func TestManyTextsAreGoneThroughLessOften(t *testing.T) {
	for texts, want := range map[int]int{0: 40, 200: 40, 2000: 30, 10_000: 20, 100_000: 5, 1_000_000: 5} {
		if got := roundsFor(texts); got != want {
			t.Errorf("%d texts: %d rounds, want %d", texts, got, want)
		}
	}
}

func BenchmarkChoose(b *testing.B) {
	all := openings(b)
	topics := learned(b, all[:500])
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := topics.Choose(Question{Text: all[i%len(all)].Text}); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkLearn(b *testing.B) {
	all := openings(b)
	for b.Loop() {
		learned(b, all)
	}
}

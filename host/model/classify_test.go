package model

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// invoice is a question that the topics of desk can answer.
var invoice = Question{Text: "my invoice is wrong", Labels: []string{"Billing", "Delivery"}}

func askedFirst(t *testing.T, answer func(http.ResponseWriter, request)) Classifier {
	t.Helper()
	m, err := New(Options{BaseURL: serve(t, answer).URL, Name: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	return Classifier{Model: m, Topics: deskTopics(t)}
}

func TestModelIsAskedBeforeTheTopics(t *testing.T) {
	for content, want := range map[string][]string{
		`{"labels": ["Delivery"], "confidence": 0.9}`: {"Delivery"},
		`{"labels": [], "confidence": 0.9}`:           nil, // that nothing fits is an answer
	} {
		a, err := askedFirst(t, saying(content, 9)).Classify(t.Context(), invoice)
		if err != nil || !slices.Equal(a.Labels, want) || a.Source != "model tiny" {
			t.Errorf("%s: %+v, %v", content, a, err)
		}
	}
}

func TestTopicsAnswerForAModelThatCannot(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, request){
		"busy": failing(503, "overloaded"), "limit": failing(429, "slow down"), "key": failing(401, "bad key"), "nonsense": saying("moo", 9),
		"refusal": choosing(`{"message":{"content":"","refusal":"I will not"}}`), "outside": saying(`{"labels":["Parcels"]}`, 9),
	} {
		a, err := askedFirst(t, answer).Classify(t.Context(), invoice)
		if err != nil || !slices.Equal(a.Labels, []string{"Billing"}) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		if !strings.HasPrefix(a.Source, "topics learned from 200 texts, since the model could not answer (ask model tiny: ") {
			t.Errorf("%s: the source is %q", name, a.Source)
		}
	}
}

func TestTopicsAnswerForAModelThatIsSlowOrSpent(t *testing.T) {
	spent, err := New(Options{BaseURL: "http://127.0.0.1:1/v1", Name: "tiny", DailyTokens: 1})
	if err != nil {
		t.Fatal(err)
	}
	for want, m := range map[string]*Model{
		"no answer in time (30ms)": slow(t).model(t, func(o *Options) { o.Timeout = 30 * time.Millisecond }),
		"tokens are spent":         spent,
	} {
		a, err := Classifier{Model: m, Topics: deskTopics(t)}.Classify(t.Context(), invoice)
		if err != nil || !slices.Equal(a.Labels, []string{"Billing"}) || !strings.Contains(a.Source, want) {
			t.Errorf("%s: %+v, %v", want, a, err)
		}
	}
}

func TestTopicsAloneAnswer(t *testing.T) {
	a, err := Classifier{Topics: deskTopics(t)}.Classify(t.Context(), invoice)
	if err != nil || !slices.Equal(a.Labels, []string{"Billing"}) || a.Source != "topics learned from 200 texts" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestWhyNobodyChoseIsSaid(t *testing.T) {
	c := askedFirst(t, failing(503, "overloaded"))
	_, err := c.Classify(t.Context(), Question{Text: "rain", Labels: []string{"weather"}})
	if !errors.Is(err, ErrBusy) || !errors.Is(err, ErrUnlearned) {
		t.Errorf("%v, want both reasons", err)
	}
	if _, err := (Classifier{Model: c.Model}).Classify(t.Context(), invoice); !errors.Is(err, ErrBusy) {
		t.Errorf("without topics: %v", err)
	}
	if _, err := (Classifier{}).Classify(t.Context(), invoice); !errors.Is(err, ErrNobody) {
		t.Errorf("without anything: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := c.Classify(ended, invoice); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

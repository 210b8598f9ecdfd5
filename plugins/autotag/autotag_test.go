package autotag

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What the plugin asks for is shown by the conversations in testdata. Here is
// what they cannot show.

// match is a small engine: the first word stands in the text.
func match(_ *sdk.Chat, r sdk.Rule, text string, _ map[string]sdk.Hours) sdk.Match {
	return sdk.Match{Rule: r.Name, Held: len(r.Words) > 0 && strings.Contains(text, r.Words[0])}
}

func start(t *testing.T, settings string) *sdk.Runner {
	t.Helper()
	r, err := sdk.NewRunner(Register, []byte(settings), nil, match)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func handle(t *testing.T, r *sdk.Runner, call sdk.Call) sdk.Reply {
	t.Helper()
	reply := r.Handle(call)
	if reply.Error != "" {
		t.Fatal(reply.Error)
	}
	return reply
}

// says is a message of the guest in a chat that remembers so much.
func says(text string, state map[string]string) sdk.Call {
	return sdk.Call{Event: sdk.Event{Kind: sdk.EventMessage, Message: &sdk.Message{From: sdk.Guest, Text: text}}, State: state}
}

func tags(reply sdk.Reply) (all []string) {
	for _, e := range reply.Effects {
		all = append(all, e.Tags...)
	}
	return all
}

func TestTagsOfPeopleStay(t *testing.T) {
	r := start(t, `{"topics": [{"tag": "billing", "words": ["invoice"]}, {"tag": "order", "words": ["order"]}]}`)
	reply := handle(t, r, sdk.Call{
		Event: sdk.Event{Kind: sdk.EventClosed},
		Chat:  sdk.Chat{Status: sdk.Closed, Tags: []string{"Billing", "VIP"}},
		State: map[string]string{"topic billing": "why", "topic order": "why"},
	})
	if got := tags(reply); len(got) != 1 || got[0] != "order" || reply.Effects[0].Kind != sdk.EffectTag {
		t.Errorf("effects are %v, want the tag order alone", reply.Effects)
	}
}

// TestOnlyATagThatWasSetCanBeTakenAway: one that was refused is tried again.
func TestOnlyATagThatWasSetCanBeTakenAway(t *testing.T) {
	r := start(t, `{"required": [{"tag": "untagged", "early": true}]}`)
	for state, forgets := range map[sdk.OutcomeState]bool{sdk.Done: false, sdk.Unconfirmed: false, sdk.Undone: false, sdk.Refused: true, sdk.Overtaken: true, sdk.Skipped: true} {
		reply := handle(t, r, sdk.Call{
			Event: sdk.Event{Kind: sdk.EventResult, Result: &sdk.Result{Effect: sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"untagged"}}, Outcome: sdk.Outcome{State: state}}},
			State: map[string]string{early: "untagged"},
		})
		if forgot := len(reply.Writes) == 1 && reply.Writes[0].Delete; forgot != forgets {
			t.Errorf("after %s: writes %v, want the tag forgotten: %v", state, reply.Writes, forgets)
		}
	}
}

func TestEachTagSaysWhichRuleGaveIt(t *testing.T) {
	r := start(t, `{"topics": [{"tag": "billing", "words": ["invoice"]}], "outcomes": {"closed_by_guest": "left"},
		"fields": [{"tag": "unhappy", "field": "rating", "at_most": "2"}]}`)
	reply := handle(t, r, sdk.Call{
		Event: sdk.Event{Kind: sdk.EventClosed},
		Chat:  sdk.Chat{Status: sdk.Closed, Closing: sdk.Closing{ByVisitor: true}, Fields: map[string]string{"rating": "1"}},
		State: map[string]string{"topic billing": "words matched"},
	})
	var got []string
	for _, e := range reply.Effects {
		got = append(got, e.Tags[0]+": "+e.Rule+": "+e.Reason)
	}
	want := `left: closed_by_guest: the guest ended the chat|unhappy: field rating: the field rating is "1"|billing: billing: words matched`
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTagOfTheClassifierSaysWhoWasHowSureAndWhy(t *testing.T) {
	r := start(t, `{"classify": true, "allowed": ["billing", "order", "parcel"]}`)
	closed := sdk.Call{Event: sdk.Event{Kind: sdk.EventClosed}, Chat: sdk.Chat{Status: sdk.Closed}, State: map[string]string{said: "charged twice"}}
	read := handle(t, r, closed).Read
	for answer, want := range map[string]string{
		`{"labels": ["billing"], "confidence": 0.93, "source": "topics learned from 812 texts", "words": ["charged", "twice"]}`: `topics learned from 812 texts chose it among 3 tags, 93 % sure, by the words "charged, twice"`,
		`{"labels": ["billing", "order"], "confidence": 0.9, "source": "model qwen3:8b"}`:                                       `model qwen3:8b chose it among 3 tags, 90 % sure|model qwen3:8b chose it among 3 tags`,
		`{"labels": ["made up"], "confidence": 1}`:                                                                              "",
	} {
		closed.Answers = []sdk.Answer{{Read: *read, Value: []byte(answer)}}
		var got []string
		for _, e := range handle(t, r, closed).Effects {
			got = append(got, e.Reason)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: got %q, want %q", answer, got, want)
		}
	}
}

func TestUnknownCloserIsNotGuessed(t *testing.T) {
	r := start(t, `{"outcomes": {"closed_by_guest": "guest", "closed_by_agent": "agent"}}`)
	reply := handle(t, r, sdk.Call{Event: sdk.Event{Kind: sdk.EventClosed}, Chat: sdk.Chat{Status: sdk.Closed}})
	if len(reply.Effects) > 0 {
		t.Errorf("effects are %v, and nobody knows who closed the chat", reply.Effects)
	}
}

func TestWhatIsKeptForTheClassifierIsBounded(t *testing.T) {
	r := start(t, `{"classify": true, "topics": [{"tag": "billing", "words": ["invoice"]}]}`)
	state := map[string]string{}
	for range 100 {
		for _, w := range handle(t, r, says("I say: "+strings.Repeat("发票", 500), state)).Writes {
			state[w.Key] = w.Value
		}
	}
	if kept := state[said]; len(kept) < mostSaid-10 || len(kept) > mostSaid+1 || !utf8.ValidString(kept) || !strings.HasPrefix(kept, "I say: 发票") {
		t.Errorf("%d bytes are kept, valid UTF-8: %v", len(kept), utf8.ValidString(kept))
	}
}

func TestNothingIsKeptWithoutAClassifier(t *testing.T) {
	r := start(t, `{"topics": [{"tag": "billing", "words": ["invoice"]}]}`)
	if reply := handle(t, r, says("my password is hunter2", nil)); len(reply.Writes) > 0 {
		t.Errorf("%v is remembered", reply.Writes)
	}
}

func TestClassifierIsAskedOnlyWhenTheGuestHasSaidSomething(t *testing.T) {
	r := start(t, `{"classify": true, "topics": [{"tag": "billing", "words": ["invoice"]}]}`)
	closed := sdk.Call{Event: sdk.Event{Kind: sdk.EventClosed}, Chat: sdk.Chat{Status: sdk.Closed}}
	if reply := handle(t, r, closed); reply.Read != nil {
		t.Errorf("it is asked %s", reply.Read.Args)
	}
	closed.State = map[string]string{said: "hello\n"}
	if reply := handle(t, r, closed); reply.Read == nil || reply.Read.Kind != "classify" {
		t.Errorf("it is not asked: %+v", reply)
	}
}

func TestLeftOutTagsAreLogged(t *testing.T) {
	r := start(t, `{"allowed": ["order"], "topics": [{"tag": "billing", "words": ["invoice"]}]}`)
	reply := handle(t, r, sdk.Call{Event: sdk.Event{Kind: sdk.EventClosed}, Chat: sdk.Chat{Status: sdk.Closed}, State: map[string]string{"topic billing": "why"}})
	if len(reply.Effects) > 0 || len(reply.Log) != 1 || !strings.Contains(reply.Log[0], `tag "billing" is not allowed`) {
		t.Errorf("effects are %v, the log is %q", reply.Effects, reply.Log)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	topic := func(s string) string { return `{"topics": [` + s + `]}` }
	for settings, want := range map[string]string{
		``:                                      "no tag is named",
		`{"classify": true}`:                    "no tag is named",
		`{"topic": []}`:                         "unknown field",
		topic(`{"words": ["a"]}`):               `its tag "" is empty`,
		topic(`{"tag": " a", "words": ["a"]}`):  "spaces at its ends",
		topic(`{"tag": "a\n", "words": ["a"]}`): "spaces at its ends",
		topic(`{"tag": "a\u0007b", "words": ["a"]}`):                                                        "control characters",
		topic(`{"tag": "a"}`):                                                                               "has no words",
		topic(`{"tag": "a", "pattern": "("}`):                                                               "missing closing )",
		topic(`{"tag": "a", "words": ["a"]}, {"tag": "a", "words": ["b"]}`):                                 "stands there twice",
		topic(`{"tag": "` + strings.Repeat("a", 101) + `", "words": ["a"]}`):                                "more than 100 bytes",
		topic(strings.Repeat(`{},`, 200) + `{}`):                                                            "201 topics",
		`{"outcomes": {"unanswered": "a "}}`:                                                                "spaces at its ends",
		`{"outcomes": {"forwarded": "a", "forwarded_times": 0}}`:                                            "write 1 or more",
		`{"outcomes": {"unanswered": "a"}, "max_tags": 0}`:                                                  "write 1 to 20",
		`{"outcomes": {"long": "a", "long_after": "0s"}}`:                                                   "must be more than 0",
		`{"required": [{"tag": ""}]}`:                                                                       `tag "" is empty`,
		`{"fields": [{"tag": "a", "field": "b"}]}`:                                                          `write {tag: a, field: rating, at_most: "2"}`,
		`{"fields": [{"tag": "a", "field": "b", "at_most": "two"}]}`:                                        `"two" is no number`,
		`{"fields": [{"tag": "", "field": "b", "is": "c"}]}`:                                                `tag "" is empty`,
		`{"outcomes": {"long": "a"}, "allowed_in": [{"tags": ["a"]}]}`:                                      "lacks its department or its tags",
		`{"outcomes": {"long": "a"}, "synonyms": [{"tag": "a", "for": ["b"]}, {"tag": "c", "for": ["B"]}]}`: `"B" stands there twice`,
		`{"outcomes": {"long": "a"}, "synonyms": [{"tag": "a", "for": ["b"]}, {"tag": "B", "for": ["c"]}]}`: `"B" is a tag and a word for one`,
		`{"outcomes": {"unanswered": "a"}, "allowed": ["\u0000"]}`:                                          "control characters",
	} {
		if _, err := sdk.NewRunner(Register, []byte(settings), nil, match); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error is %v, want %q", settings, err, want)
		}
	}
}

package transcript

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What the plugin asks for is shown by the conversations in testdata. Here is
// what they cannot show.

// match is a small engine: the first word stands in the text.
func match(_ *sdk.Chat, r sdk.Rule, text string, _ map[string]sdk.Hours) sdk.Match {
	return sdk.Match{Rule: r.Name, Held: len(r.Words) > 0 && strings.Contains(text, r.Words[0])}
}

const asks = `{"guest_asks": [{"name": "asked", "words": ["transcript"]}]}`

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

var maya = sdk.Visitor{Name: "Maya", Emails: []string{"maya@example.org"}}

// ended is the outcome of an effect in a closed chat that alice had served.
func ended(kind sdk.EffectKind, o sdk.Outcome) sdk.Call {
	return sdk.Call{
		Event: sdk.Event{Kind: sdk.EventResult, Chat: "r1", Result: &sdk.Result{Effect: sdk.Effect{Kind: kind}, Outcome: o}},
		Chat:  sdk.Chat{ID: "r1", Status: sdk.Closed, Visitor: maya, Agent: sdk.Person{ID: "a", Username: "alice"}},
	}
}

func TestAgentIsToldWhatWasNotSent(t *testing.T) {
	r := start(t, asks)
	for _, state := range []sdk.OutcomeState{sdk.Refused, sdk.Overtaken, sdk.Skipped, sdk.Unconfirmed} {
		reply := handle(t, r, ended(sdk.EffectTranscript, sdk.Outcome{State: state, Reason: "mail to maya@example.org: mailbox unknown", Detail: "PDF to @alice"}))
		if len(reply.Effects) != 1 || reply.Effects[0].Kind != sdk.EffectTell {
			t.Fatalf("%s: effects are %v, want a message to the agent", state, reply.Effects)
		}
		text := reply.Effects[0].Text
		for _, want := range []string{"Maya", "mailbox unknown", "What was sent: PDF to @alice"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the agent reads %q without %q", state, text, want)
			}
		}
	}
}

func TestNobodyIsToldThatATranscriptWasDelivered(t *testing.T) {
	reply := handle(t, start(t, asks), ended(sdk.EffectTranscript, sdk.Outcome{State: sdk.Done, Detail: "mail to maya@example.org accepted"}))
	if len(reply.Effects) > 0 || len(reply.Skips) != 1 || !strings.HasPrefix(reply.Skips[0], "accepted") {
		t.Errorf("effects are %v, skips %q", reply.Effects, reply.Skips)
	}
}

func TestFailedMessageToTheAgentIsNotAnsweredByAnother(t *testing.T) {
	reply := handle(t, start(t, asks), ended(sdk.EffectTell, sdk.Outcome{State: sdk.Refused, Reason: "no"}))
	if len(reply.Effects) > 0 {
		t.Errorf("effects are %v: it would never stop", reply.Effects)
	}
}

func TestAddressOfTheEndCounts(t *testing.T) {
	call := sdk.Call{
		Event: sdk.Event{Kind: sdk.EventClosed},
		Chat:  sdk.Chat{Status: sdk.Closed, Visitor: maya, Last: []sdk.Message{{Text: "hello"}}},
		State: map[string]string{mailed: "asked", named: "eve@example.com"},
	}
	call.Chat.Visitor.Emails = []string{"entered@example.org", "old@example.org"}
	reply := handle(t, start(t, asks), call)
	if len(reply.Effects) != 1 || strings.Join(reply.Effects[0].Delivery.Mail, " ") != "entered@example.org" {
		t.Errorf("effects are %v, want a mail to the first address of the visitor's data alone", reply.Effects)
	}
}

func TestNextAgentIsToldOfTheMissingAddressToo(t *testing.T) {
	r := start(t, asks)
	call := sdk.Call{Event: sdk.Event{Kind: sdk.EventTaken}, Chat: sdk.Chat{Status: sdk.Taken, Agent: sdk.Person{ID: "a"}}, State: map[string]string{mailed: "asked"}}
	first := handle(t, r, call)
	if len(first.Effects) != 1 || len(first.Writes) != 1 {
		t.Fatalf("first agent: effects are %v", first.Effects)
	}
	call.State[told] = first.Writes[0].Value
	if again := handle(t, r, call); len(again.Effects) > 0 {
		t.Errorf("same agent: effects are %v", again.Effects)
	}
	call.Chat.Agent.ID = "c"
	if next := handle(t, r, call); len(next.Effects) != 1 {
		t.Errorf("next agent: effects are %v", next.Effects)
	}
}

func TestAddressesAreFoundInSentences(t *testing.T) {
	for text, want := range map[string]string{
		"to maya@example.org.":                    "maya@example.org",
		"(maya.jones+x@mail.example.co.uk)":       "maya.jones+x@mail.example.co.uk",
		"an meine Adresse: JÖRG@EXAMPLE.ORG":      "",
		"jo\u0308rg@example.org":                  "",
		strings.Repeat("a", 250) + "@example.org": "",
		"a@b, @alice, x@, @y.z, maya@localhost":   "",
		"发到maya@example.org，谢谢":                   "maya@example.org",
	} {
		if got := findAddress(text); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for settings, want := range map[string]string{
		`{"to_guest": false}`:                           "nobody gets a transcript",
		`{"allways": true}`:                             "unknown field",
		`{"copy_to": ["desk"]}`:                         `"desk" is no mail address`,
		`{"copy_to": ["a@example.org, b@example.org"]}`: "is no mail address",
		`{"copy_to": ["` + strings.Repeat(`a@example.org", "`, 20) + `a@example.org"]}`: "21 addresses",
		`{"subject": "a\nBcc: eve@example.com"}`:                                        "more than one line",
		`{"guest_asks": [{"words": ["a"]}]}`:                                            "guest_asks: rule 1 has no name",
		`{"agent_keeps": [{"name": "a", "stop": true}]}`:                                "agent_keeps: rule \"a\" would hold for every message",
		`{"agent_promises": [{"name": "a", "pattern": "("}]}`:                           "missing closing )",
		`{"guest_asks": [{"name": "a", "words": ["a"], "to": {"department": "A"}}]}`:    "nothing is forwarded here",
	} {
		if _, err := sdk.NewRunner(Register, []byte(settings), nil, match); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error is %v, want %q", settings, err, want)
		}
	}
}

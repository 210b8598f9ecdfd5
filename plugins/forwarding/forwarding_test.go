package forwarding

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What the plugin asks for is shown by the conversations in testdata. Here is
// what they cannot show.

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// match is a small engine: the first word stands in the text, and the guest
// has waited long enough.
func match(c *sdk.Chat, r sdk.Rule, text string, _ map[string]sdk.Hours) sdk.Match {
	held := len(r.Words) == 0 || strings.Contains(text, r.Words[0])
	return sdk.Match{Rule: r.Name, Held: held && (r.Waiting == 0 || c.Waiting() >= r.Waiting.Std())}
}

func start(t *testing.T, settings string) *sdk.Runner {
	t.Helper()
	r, err := sdk.NewRunner(Register, []byte(settings), nil, match)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is a message of the guest, after so long a waiting.
func says(text string, waited time.Duration) sdk.Call {
	return sdk.Call{
		Event: sdk.Event{Kind: sdk.EventMessage, Message: &sdk.Message{From: sdk.Guest, Text: text}},
		Chat:  sdk.Chat{Status: sdk.Queued, WaitingSince: noon}, Now: noon.Add(waited), State: map[string]string{},
	}
}

func handle(t *testing.T, r *sdk.Runner, call sdk.Call) sdk.Reply {
	t.Helper()
	reply := r.Handle(call)
	if reply.Error != "" {
		t.Fatal(reply.Error)
	}
	return reply
}

func TestRuleTriesAgainOnlyWhenNothingCameOfItsForward(t *testing.T) {
	r := start(t, `{"note": false, "rules": [{"name": "late", "waiting": "5m", "to": {"department": "Leads"}}]}`)
	for state, again := range map[sdk.OutcomeState]bool{
		sdk.Done: false, sdk.Unconfirmed: false, sdk.Undone: false,
		sdk.Refused: true, sdk.Overtaken: true, sdk.Skipped: true,
	} {
		call := says("", 5*time.Minute)
		call.State["asked late"] = "before"
		call.Event, call.Chat.ID = sdk.Event{Kind: sdk.EventResult, Chat: "r1", Result: &sdk.Result{Effect: sdk.Effect{Rule: "late"}, Outcome: sdk.Outcome{State: state}}}, "r1"
		reply := handle(t, r, call)
		forgot := len(reply.Writes) == 1 && reply.Writes[0].Delete && reply.Writes[0].Key == "asked late"
		if forgot != again || len(reply.Timers) > 0 != again {
			t.Errorf("after %s: writes %v, timers %v; tries again: want %v", state, reply.Writes, reply.Timers, again)
		}
	}
}

func TestRulesWithWaitingAreTriedAtTwiceTheTimeAgain(t *testing.T) {
	r := start(t, `{"rules": [
		{"name": "soon", "waiting": "5m", "to": {"department": "Support"}},
		{"name": "late", "waiting": "30m", "to": {"department": "Leads"}}]}`)
	for waited, due := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, 2 * time.Minute: 5 * time.Minute, 7 * time.Minute: 10 * time.Minute, 25 * time.Minute: 30 * time.Minute, 35 * time.Minute: 40 * time.Minute,
	} {
		call := says("hello", waited)
		if waited >= 5*time.Minute { // they were asked, and would move it now
			call.Event = sdk.Event{Kind: sdk.EventOpened}
		}
		reply := handle(t, r, call)
		if len(reply.Timers) != 1 || !reply.Timers[0].Due.Equal(noon.Add(due)) {
			t.Errorf("after %s: timers %v, want one at %s", waited, reply.Timers, due)
		}
	}
}

func TestNoTimerBeyondTheLongest(t *testing.T) {
	r := start(t, `{"rules": [{"name": "some day", "waiting": "2160h", "words": ["never"], "to": {"department": "Leads"}}]}`)
	if reply := handle(t, r, says("hello", 4320*time.Hour)); len(reply.Timers) > 0 {
		t.Errorf("timers are %v, of which the host refuses more than %s", reply.Timers, sdk.MaxTimer)
	}
}

func TestClosedChatsAreLeftAlone(t *testing.T) {
	r := start(t, `{"after_answer": true, "rules": [{"name": "invoices", "words": ["invoice"], "to": {"department": "Billing"}}]}`)
	call := says("invoice", 0)
	call.Chat.Status = sdk.Closed
	if reply := handle(t, r, call); len(reply.Effects) > 0 || len(reply.Skips) != 1 {
		t.Errorf("effects are %v, skips %q", reply.Effects, reply.Skips)
	}
}

func TestDoingNothingHasAReason(t *testing.T) {
	r := start(t, `{"rules": [
		{"name": "press", "words": ["journalist"], "stop": true},
		{"name": "invoices", "words": ["invoice"], "to": {"department": "Billing"}}]}`)
	for text, want := range map[string]string{
		"hello":      "no rule holds",
		"journalist": "the chat stays: rule \"press\"",
		"invoice":    "rule \"invoices\" has moved this chat before",
	} {
		call := says(text, 0)
		call.State["asked invoices"] = "before"
		if reply := handle(t, r, call); len(reply.Skips) != 1 || !strings.HasPrefix(reply.Skips[0], want) {
			t.Errorf("%q: skips are %q, want %q", text, reply.Skips, want)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	many, err := json.Marshal(map[string]any{"rules": make([]sdk.Rule, 201)})
	if err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		``:                            "there are no rules",
		string(many):                  "201 rules, more than 200",
		`{"rules": [{"words": [7]}]}`: "read settings",
		`{"rulez": []}`:               "unknown field",
		`{"rules": [{"to": {"department": "A"}}]}`:                                                                "rule 1 has no name",
		`{"rules": [{"name": "a\u0007", "to": {"department": "A"}}]}`:                                             "control characters",
		`{"rules": [{"name": "a", "to": {"department": "A"}}, {"name": "a", "to": {"department": "B"}}]}`:         "stands there twice",
		`{"rules": [{"name": "a", "words": ["x"]}]}`:                                                              "does nothing",
		`{"rules": [{"name": "a", "stop": true, "fallback": [{"agent": "x"}]}]}`:                                  "a fallback and no to",
		`{"rules": [{"name": "a", "to": {"department": "A"}, "fallback": [{}]}]}`:                                 "fallback 1 of rule \"a\" is empty",
		`{"rules": [{"name": "a", "to": {"queue": true, "department": "A"}}]}`:                                    "names the queue and more",
		`{"rules": [{"name": "a", "to": {"least_busy": "A", "agent": "b"}}]}`:                                     "names the least busy agent and more",
		`{"rules": [{"name": "a", "to": {"department": "A"}, "fallback": [{"last_agent": true, "agent": "b"}]}]}`: "names the last agent and @b",
		`{"rules": [{"name": "a", "to": {"department": "A"}, "pattern": "("}]}`:                                   "missing closing )",
		`{"rules": [{"name": "a", "to": {"department": "A"}, "waiting": "9000h"}]}`:                               "longer than 2160h",
		`{"rules": [{"name": "` + strings.Repeat("a", 101) + `", "to": {"department": "A"}}]}`:                    "more than 100 bytes",
	} {
		if _, err := sdk.NewRunner(Register, []byte(settings), nil, match); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error is %v, want %q", settings, err, want)
		}
	}
}

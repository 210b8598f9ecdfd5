package callapp

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// What the plugin asks for is shown by the conversations in testdata. Here is
// what they cannot show.

// match is a small engine: the first word stands in the text.
func match(_ *sdk.Chat, r sdk.Rule, text string, _ map[string]sdk.Hours) sdk.Match {
	return sdk.Match{Rule: r.Name, Held: len(r.Words) > 0 && strings.Contains(text, r.Words[0])}
}

const asks = `{"guest_asks": [{"name": "asked", "words": ["call me"]}]}`

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

// ended is the outcome of an effect in a chat that alice serves and that
// remembers an offer.
func ended(kind sdk.EffectKind, state sdk.OutcomeState) sdk.Call {
	return sdk.Call{
		Event: sdk.Event{Kind: sdk.EventResult, Chat: "r1", Result: &sdk.Result{Effect: sdk.Effect{Kind: kind}, Outcome: sdk.Outcome{State: state, Reason: "no app for calls is configured"}}},
		Chat:  sdk.Chat{ID: "r1", Status: sdk.Taken, Visitor: sdk.Visitor{Name: "Maya"}, Agent: sdk.Person{ID: "a", Username: "alice"}},
		State: map[string]string{offered: "2026-03-02T12:00:00Z"},
	}
}

// TestOnlyATagThatWasSetCanBeTakenAway: one that was refused is set by the next
// missed call.
func TestOnlyATagThatWasSetCanBeTakenAway(t *testing.T) {
	r := start(t, asks)
	for state, forgets := range map[sdk.OutcomeState]bool{sdk.Done: false, sdk.Undone: false, sdk.Refused: true, sdk.Overtaken: true, sdk.Skipped: true} {
		call := ended(sdk.EffectTag, state)
		call.State = map[string]string{tagged: "yes"}
		reply := handle(t, r, call)
		if forgot := len(reply.Writes) == 1 && reply.Writes[0].Delete; forgot != forgets || len(reply.Effects) > 0 {
			t.Errorf("after %s: writes %v, effects %v, want the tag forgotten: %v", state, reply.Writes, reply.Effects, forgets)
		}
	}
}

func TestAfterARefusedCallTheNextMayFollow(t *testing.T) {
	r := start(t, asks)
	for state, again := range map[sdk.OutcomeState]bool{sdk.Done: false, sdk.Unconfirmed: false, sdk.Refused: true, sdk.Overtaken: true, sdk.Skipped: true} {
		reply := handle(t, r, ended(sdk.EffectCall, state))
		if forgot := len(reply.Writes) == 1 && reply.Writes[0].Delete; forgot != again {
			t.Errorf("after %s: writes %v, want the offer forgotten: %v", state, reply.Writes, again)
		}
	}
}

func TestAgentIsToldWhyThereIsNoLink(t *testing.T) {
	r := start(t, asks)
	reply := handle(t, r, ended(sdk.EffectCall, sdk.Refused))
	if len(reply.Effects) != 1 || reply.Effects[0].Kind != sdk.EffectTell || !strings.Contains(reply.Effects[0].Text, "Maya") || !strings.Contains(reply.Effects[0].Text, "no app for calls is configured") {
		t.Errorf("effects are %v", reply.Effects)
	}
	if reply := handle(t, r, ended(sdk.EffectTell, sdk.Refused)); len(reply.Effects) > 0 {
		t.Errorf("a refused message to the agent brings about %v: it would never stop", reply.Effects)
	}
}

// TestWithoutAPageNothingIsMissed: where joining is not known, nobody says so.
func TestWithoutAPageNothingIsMissed(t *testing.T) {
	r := start(t, asks)
	call := ended(sdk.EffectCall, sdk.Done)
	call.State[mine] = "yes"
	call.Event = sdk.Event{Kind: sdk.EventCall, Conference: &sdk.Conference{ID: "c", State: sdk.CallMissed}}
	if reply := handle(t, r, call); len(reply.Effects) > 0 || len(reply.Skips) != 1 || !strings.Contains(reply.Skips[0], "unknown") {
		t.Errorf("effects are %v, skips %q", reply.Effects, reply.Skips)
	}
	call.Event.Conference.JoinsKnown = true
	if reply := handle(t, r, call); len(reply.Effects) != 2 || reply.Effects[0].Kind != sdk.EffectTag {
		t.Errorf("where joining is known: effects are %v", reply.Effects)
	}
}

// TestEndThatNobodyTellsIsUnknown: of a call whose links are over the agent reads
// no length.
func TestEndThatNobodyTellsIsUnknown(t *testing.T) {
	call := ended(sdk.EffectCall, sdk.Done)
	call.State[mine] = "yes"
	call.Event = sdk.Event{Kind: sdk.EventCall, Conference: &sdk.Conference{ID: "c", State: sdk.CallUnknown, JoinsKnown: true}}
	if reply := handle(t, start(t, asks), call); len(reply.Effects) != 1 || !strings.Contains(reply.Effects[0].Text, "unknown") {
		t.Errorf("effects are %v", reply.Effects)
	}
}

func TestNothingIsWrittenIntoAChatThatIsClosed(t *testing.T) {
	call := ended(sdk.EffectCall, sdk.Done)
	call.State[mine] = "yes"
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	call.Event = sdk.Event{Kind: sdk.EventCall, Conference: &sdk.Conference{ID: "c", State: sdk.CallEnded, GuestJoined: at, AgentJoined: at, Ended: at.Add(time.Minute)}}
	r := start(t, asks)
	if reply := handle(t, r, call); len(reply.Effects) != 2 || reply.Effects[0].Text != "Our call lasted 1:00." {
		t.Errorf("effects are %v", reply.Effects)
	}
	call.Chat.Status = sdk.Closed
	if reply := handle(t, r, call); len(reply.Effects) != 1 || reply.Effects[0].Kind != sdk.EffectTell {
		t.Errorf("after the close: effects are %v", reply.Effects)
	}
}

func TestFailureIsToldOnce(t *testing.T) {
	call := ended(sdk.EffectCall, sdk.Refused)
	call.State[failed] = "c"
	if reply := handle(t, start(t, asks), call); len(reply.Effects) > 0 || len(reply.Skips) != 1 {
		t.Errorf("effects are %v, skips %q", reply.Effects, reply.Skips)
	}
}

func TestForgottenClockDoesNotHoldUpCalls(t *testing.T) {
	call := ended(sdk.EffectCall, sdk.Done)
	call.Event = sdk.Event{Kind: sdk.EventMessage, Message: &sdk.Message{From: sdk.Guest, Text: "call me"}}
	call.Now = time.Date(2026, 3, 2, 12, 10, 0, 0, time.UTC)
	r := start(t, asks)
	if reply := handle(t, r, call); len(reply.Effects) > 0 {
		t.Errorf("10 minutes after an offer: effects are %v", reply.Effects)
	}
	call.State[offered] = "yesterday"
	if reply := handle(t, r, call); len(reply.Effects) != 1 {
		t.Errorf("after an offer at no time: effects are %v", reply.Effects)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	long := strings.Repeat("a", 4097)
	for settings, want := range map[string]string{
		``: "nobody can ask for a call",
		`{"text": "` + long + `", "guest_asks": [{"name": "a", "words": ["a"]}]}`: "text has more than 4096 bytes",
		`{"guest_asks": [{"name": "a", "words": ["a"], "text": "` + long + `"}]}`: "text of rule \"a\" has more",
		`{"guest_ask": []}`:                                                             "unknown field",
		`{"guest_asks": [{"words": ["a"]}]}`:                                            "guest_asks: rule 1 has no name",
		`{"agent_offers": [{"name": "a"}]}`:                                             "agent_offers: rule \"a\" would hold for every message",
		`{"agent_offers": [{"name": "a", "pattern": "("}]}`:                             "missing closing )",
		`{"guest_asks": [{"name": "a", "words": ["a"], "fallback": [{"agent": "x"}]}]}`: "nothing is forwarded here",
		`{"again_after": "soon", "guest_asks": []}`:                                     `duration "soon"`,
	} {
		if _, err := sdk.NewRunner(Register, []byte(settings), nil, match); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error is %v, want %q", settings, err, want)
		}
	}
}

package sdktest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// talk serves a plugin and returns how to speak to it.
func talk(t *testing.T, register func(*sdk.Plugin) error) (say func(ToPlugin), hear func() FromPlugin) {
	t.Helper()
	in, ours := io.Pipe()
	theirs, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Serve(register, in, out)
		out.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		ours.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	enc, dec := json.NewEncoder(ours), json.NewDecoder(theirs)
	say = func(m ToPlugin) {
		if err := enc.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	return say, func() FromPlugin {
		var m FromPlugin
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		return m
	}
}

func greeter(p *sdk.Plugin) error {
	var s struct{ Greeting string }
	if err := p.Settings(&s); err != nil {
		return err
	}
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		match := c.Match(sdk.Rule{Name: "hi", Words: []string{"hi"}}, m.Text)
		if !match.Held {
			return sdk.Skip("no greeting")
		}
		c.Reply(s.Greeting, match.Because())
		p.State().Add("greeted", 1)
		return nil
	})
	return nil
}

func message(text string) *sdk.Call {
	return &sdk.Call{Event: sdk.Event{Kind: sdk.EventMessage, Chat: "r1", Message: &sdk.Message{Text: text}}, Chat: sdk.Chat{ID: "r1"}, Now: time.Date(2026, 3, 2, 12, 0, 0, 5, time.UTC)}
}

func TestCompiledPluginIsServedWithBellhopTryingItsRules(t *testing.T) {
	say, hear := talk(t, greeter)
	say(ToPlugin{Init: &Init{Settings: json.RawMessage(`{"Greeting":"Hello!"}`), State: map[string]string{"greeted": "4"}}})
	if r := hear().Ready; r == nil || r.Error != "" || len(r.Handles) != 1 || r.Handles[0] != sdk.EventMessage {
		t.Fatalf("ready: %+v", r)
	}
	say(ToPlugin{Call: message("hi there")})
	trial := hear().Match
	if trial == nil || trial.Rule.Name != "hi" || trial.Text != "hi there" || trial.Now != "2026-03-02T12:00:00.000000005Z" {
		t.Fatalf("trial: %+v", trial)
	}
	say(ToPlugin{Match: &sdk.Match{Rule: "hi", Held: true}})
	r := hear().Reply
	if r == nil || r.Error != "" || len(r.Effects) != 1 || r.Effects[0].Text != "Hello!" || fmt.Sprint(r.Writes) != "[{instance greeted 5 false}]" {
		t.Fatalf("reply: %+v", r)
	}
	say(ToPlugin{Reset: map[string]string{"greeted": "1"}})
	say(ToPlugin{Call: message("hi")})
	hear()
	say(ToPlugin{Match: &sdk.Match{Rule: "hi", Held: true}})
	if r := hear().Reply; r == nil || fmt.Sprint(r.Writes) != "[{instance greeted 2 false}]" {
		t.Errorf("reply after a reset: %+v", r)
	}
}

// TestRuleThatMustReadParksTheCall: the handler runs again, and the rule is tried
// with the answer.
func TestRuleThatMustReadParksTheCall(t *testing.T) {
	say, hear := talk(t, greeter)
	say(ToPlugin{Init: &Init{Settings: json.RawMessage(`{"Greeting":"Hello!"}`)}})
	hear()
	call := message("hi")
	say(ToPlugin{Call: call})
	hear()
	read := sdk.Read{Kind: sdk.ReadPast, Args: json.RawMessage(`{"chat":"r1"}`)}
	say(ToPlugin{Read: &read})
	if r := hear().Reply; r == nil || r.Read == nil || r.Read.Kind != sdk.ReadPast || r.Error != "" || len(r.Effects)+len(r.Writes) > 0 {
		t.Fatalf("reply: %+v", r)
	}
	call.Answers = []sdk.Answer{{Read: read, Value: json.RawMessage(`[]`)}}
	say(ToPlugin{Call: call})
	if trial := hear().Match; trial == nil || len(trial.Answers) != 1 {
		t.Fatalf("trial: %+v", trial)
	}
	say(ToPlugin{Match: &sdk.Match{Rule: "hi", Held: true}})
	if r := hear().Reply; r == nil || len(r.Effects) != 1 {
		t.Errorf("reply with the answer: %+v", r)
	}
}

func TestPluginThatDoesNotRegisterSaysWhy(t *testing.T) {
	say, hear := talk(t, greeter)
	say(ToPlugin{Init: &Init{Settings: json.RawMessage(`{"colour":"blue"}`)}})
	if r := hear().Ready; r == nil || !strings.Contains(r.Error, "colour") {
		t.Errorf("ready: %+v", r)
	}
	say(ToPlugin{Init: &Init{}}) // and then another may be made
	if r := hear().Ready; r == nil || r.Error != "" {
		t.Errorf("ready: %+v", r)
	}
}

func TestServeRefusesATalkThatBeginsWithoutInit(t *testing.T) {
	err := Serve(greeter, strings.NewReader(`{"call":{}}`), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "init") {
		t.Errorf("error is %v", err)
	}
	err = Serve(greeter, strings.NewReader(`nonsense`), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "read what bellhop says") {
		t.Errorf("error is %v", err)
	}
}

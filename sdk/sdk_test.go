package sdk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// runner loads a plugin that is written in the test.
func runner(t *testing.T, register func(*sdk.Plugin) error) *sdk.Runner {
	t.Helper()
	r, err := sdk.NewRunner(register, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is a guest's message to a chat.
func says(text string) sdk.Call {
	m := sdk.Message{ID: "m1", From: sdk.Guest, Text: text, At: noon}
	return sdk.Call{
		Event: sdk.Event{ID: "message/m1", Kind: sdk.EventMessage, Chat: "c1", At: noon, Message: &m},
		Chat:  sdk.Chat{ID: "c1", Status: sdk.Taken, WaitingSince: noon.Add(-90 * time.Second)},
		Now:   noon,
	}
}

func onMessage(fn func(*sdk.Chat, sdk.Message) error) func(*sdk.Plugin) error {
	return func(p *sdk.Plugin) error {
		p.OnMessage(fn)
		return nil
	}
}

func TestHandlerAsksInOrder(t *testing.T) {
	r := runner(t, onMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.Reply("one moment", sdk.Because("greeting"))
		c.Forward(sdk.Department("Billing"), sdk.Because("said %q", m.Text), sdk.PublicText("to our experts"), sdk.Otherwise(sdk.Agent("carol")))
		return nil
	}))
	got := r.Handle(says("invoice"))
	if got.Error != "" || len(got.Effects) != 2 {
		t.Fatalf("got %+v", got)
	}
	f := got.Effects[1]
	if f.Kind != sdk.EffectForward || f.Target.String() != "Billing" || f.Reason != `said "invoice"` || f.Public != "to our experts" || f.Fallback[0].String() != "@carol" {
		t.Errorf("forward is %+v", f)
	}
}

func TestErrorKeepsNothing(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			p.State().Add("seen", 1)
			c.State().Set("x", "y")
			c.Reply("hello")
			if m.Text == "bad" {
				return errors.New("no luck")
			}
			return nil
		})
		return nil
	})
	bad := r.Handle(says("bad"))
	if bad.Error != "no luck" || len(bad.Effects) != 0 || len(bad.Writes) != 0 {
		t.Fatalf("failed run kept %+v", bad)
	}
	good := r.Handle(says("good"))
	if len(good.Writes) != 2 || good.Writes[0].Value != "1" {
		t.Errorf("the failed run's count was kept: %+v", good.Writes)
	}
}

func TestPanicIsAnError(t *testing.T) {
	r := runner(t, onMessage(func(c *sdk.Chat, m sdk.Message) error { panic("boom") }))
	if got := r.Handle(says("x")); got.Error != "panic: boom" {
		t.Errorf("got %q", got.Error)
	}
}

func TestSkipAfterAskingIsAnError(t *testing.T) {
	r := runner(t, onMessage(func(c *sdk.Chat, m sdk.Message) error {
		if m.Text == "both" {
			c.Reply("hello")
		}
		return sdk.Skip("nothing for %s", m.Text)
	}))
	if got := r.Handle(says("me")); len(got.Skips) != 1 || got.Skips[0] != "nothing for me" {
		t.Errorf("skip: %+v", got)
	}
	if got := r.Handle(says("both")); !strings.Contains(got.Error, "after it asked for reply") {
		t.Errorf("got %+v", got)
	}
}

func TestReadParksUntilItIsAnswered(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			p.State().Add("runs", 1)
			tags, err := p.Classify(m.Text, []string{"refund", "invoice"}, 1)
			if err != nil {
				c.Tag([]string{"unsure"}, sdk.Because("no model: %v", err))
				return nil
			}
			c.Tag(tags)
			return nil
		})
		return nil
	})
	call := says("money back")
	parked := r.Handle(call)
	if parked.Read == nil || parked.Read.Kind != "classify" || len(parked.Effects)+len(parked.Writes) != 0 {
		t.Fatalf("not parked: %+v", parked)
	}
	call.Answers = []sdk.Answer{{Read: *parked.Read, Value: json.RawMessage(`{"labels":["refund"]}`)}}
	done := r.Handle(call)
	if len(done.Effects) != 1 || done.Effects[0].Tags[0] != "refund" || done.Writes[0].Value != "1" {
		t.Errorf("answered run: %+v", done)
	}
	call.Answers[0] = sdk.Answer{Read: *parked.Read, Error: "model is away"}
	if got := r.Handle(call); got.Effects[0].Reason != "no model: model is away" {
		t.Errorf("failed read: %+v", got)
	}
}

func TestVerbsOutsideHandlersSayWhere(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "outside a handler") {
			t.Errorf("recovered %v", v)
		}
	}()
	new(sdk.Chat).Reply("hello")
}

func TestWiringIsOverAfterRegister(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			p.OnOpened(func(*sdk.Chat) error { return nil })
			return nil
		})
		return nil
	})
	if got := r.Handle(says("x")); !strings.Contains(got.Error, "outside Register") {
		t.Errorf("got %+v", got)
	}
}

func TestTimers(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnTimer("rule *", func(c *sdk.Chat) error {
			c.Reply("still there: " + c.DueTimer())
			return nil
		})
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			c.SetTimer(m.Text, 2*time.Minute)
			return nil
		})
		return nil
	})
	set := r.Handle(says("rule gold"))
	if len(set.Timers) != 1 || !set.Timers[0].Due.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("timer: %+v", set)
	}
	if got := r.Handle(says("nobody hears")); !strings.Contains(got.Error, `add p.OnTimer("nobody hears"`) {
		t.Errorf("timer without handler: %+v", got)
	}
	due := r.Handle(sdk.Call{Event: sdk.Event{Kind: sdk.EventTimer, Chat: "r1", Timer: "rule gold"}, Chat: sdk.Chat{ID: "r1"}, Now: noon})
	if len(due.Effects) != 1 || due.Effects[0].Text != "still there: rule gold" {
		t.Errorf("due: %+v", due)
	}
}

func TestStateHasLimits(t *testing.T) {
	fill := func(c *sdk.Chat, m sdk.Message) error {
		switch m.Text {
		case "long":
			c.State().Set("k", strings.Repeat("x", sdk.MaxStateValue+1))
		case "many":
			for i := 0; i <= sdk.MaxStateKeys; i++ {
				c.State().Set("k"+strings.Repeat("x", i%100)+string(rune('a'+i/100)), "v")
			}
		case "nameless":
			c.State().Set("", "v")
		}
		return nil
	}
	r := runner(t, onMessage(fill))
	for text, want := range map[string]string{"long": "at most 65536", "many": "at most 256 names", "nameless": "use 1 to 128"} {
		if got := r.Handle(says(text)); !strings.Contains(got.Error, want) {
			t.Errorf("%s: got %q, want %q", text, got.Error, want)
		}
	}
}

func TestEffectsHaveLimits(t *testing.T) {
	r := runner(t, onMessage(func(c *sdk.Chat, m sdk.Message) error {
		if m.Text == "long" {
			c.Reply(strings.Repeat("x", sdk.MaxText+1))
			return nil
		}
		for i := 0; i <= sdk.MaxEffects; i++ {
			c.Reply("again")
		}
		return nil
	}))
	if got := r.Handle(says("many")); !strings.Contains(got.Error, "at most 32") {
		t.Errorf("many: %+v", got.Error)
	}
	if got := r.Handle(says("long")); !strings.Contains(got.Error, "at most 65536") {
		t.Errorf("long: %+v", got.Error)
	}
}

func TestChanceIsTheSameOnRetry(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			p.Log("%d at %s, waiting %s", c.Rand().Int63(), c.Now(), c.Waiting())
			return nil
		})
		return nil
	})
	call := says("x")
	call.Seed = 7
	one, two := r.Handle(call), r.Handle(call)
	if len(one.Log) != 1 || one.Log[0] != two.Log[0] || !strings.Contains(one.Log[0], "waiting 1m30s") {
		t.Errorf("%q, then %q", one.Log, two.Log)
	}
}

func TestSettingsRefuseWhatTheyDoNotKnow(t *testing.T) {
	type settings struct {
		Rules []sdk.Rule `json:"rules"`
	}
	load := func(js string) (settings, error) {
		var s settings
		_, err := sdk.NewRunner(func(p *sdk.Plugin) error {
			p.OnOpened(func(*sdk.Chat) error { return nil })
			return p.Settings(&s)
		}, []byte(js), nil, nil)
		return s, err
	}
	s, err := load(`{"rules":[{"name":"r","department":"Sales","waiting":"2m","to":{"department":"Leads"}}]}`)
	if err != nil || s.Rules[0].Department[0] != "Sales" || s.Rules[0].Waiting.Std() != 2*time.Minute {
		t.Errorf("got %+v, %v", s, err)
	}
	for js, want := range map[string]string{
		`{"rulez":[]}`:                            "rulez",
		`{"rules":[{"waiting":"soon"}]}`:          `such as "2m"`,
		`{"rules":[{"waiting":5}]}`:               `such as "2m"`,
		`{"rules":[{"department":{"name":"x"}}]}`: "neither a text nor a list",
	} {
		if _, err := load(js); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", js, err, want)
		}
	}
}

func TestPluginWithoutHandlersIsRefused(t *testing.T) {
	_, err := sdk.NewRunner(func(*sdk.Plugin) error { return nil }, nil, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "no handler") {
		t.Errorf("got %v", err)
	}
}

func TestMatchSaysWhy(t *testing.T) {
	parts := []sdk.Part{{Key: "words", Held: true, Says: `words matched "invoice"`}, {Key: "department", Held: false, Says: "department is Sales"}}
	if got := (sdk.Match{Rule: "r", Held: true, Parts: parts[:1]}).String(); got != `rule "r": words matched "invoice"` {
		t.Error(got)
	}
	if got := (sdk.Match{Rule: "r", Parts: parts}).String(); got != `rule "r": department is Sales` {
		t.Error(got)
	}
	if got := (sdk.Match{Rule: "r", Held: true}).String(); got != `rule "r": holds always` {
		t.Error(got)
	}
}

func TestContactHas(t *testing.T) {
	c := sdk.Chat{Visitor: sdk.Visitor{Name: "Maya", Emails: []string{"Maya@example.org"}, Fields: map[string]string{"Tier": "Gold"}}}
	k := c.Contact()
	if !k.Has("tier", "gold") || !k.Has("email", "maya@example.org") || k.Has("tier", "silver") || k.Has("phone", "") {
		t.Errorf("contact %+v", k)
	}
}

package sdk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

func TestCommandIsTakenApart(t *testing.T) {
	for text, want := range map[string]string{
		"help":                             `help "" []`,
		"  Forward   Billing ":             `forward "Billing" ["Billing"]`,
		"tag \"two words\" x":              `tag "\"two words\" x" ["two words" "x"]`,
		`search /error\d{3}/`:              `search "/error\\d{3}/" ["/error\\d{3}/"]`,
		"reply\nhello,\n  Maya":            `reply "hello,\n  Maya" ["hello," "Maya"]`,
		`say "an open quote`:               `say "\"an open quote" ["\"an" "open" "quote"]`,
		"ΑΝΑΦΟΡΑ x":                        `αναφορα "x" ["x"]`,
		"":                                 ` "" []`,
		"note \"a\\tb\" 'single' `back q`": "note \"\\\"a\\\\tb\\\" 'single' `back q`\" [\"a\\tb\" \"'single'\" \"`back\" \"q`\"]",
	} {
		c := sdk.ParseCommand(text)
		if got := fmt.Sprintf("%s %q %q", c.Name, c.Args, c.Words); got != want {
			t.Errorf("%q: got  %s\nwant %s", text, got, want)
		}
	}
}

// deskCall is an event of no chat.
func deskCall(e sdk.Event) sdk.Call {
	return sdk.Call{Event: e, Now: noon, Seed: 7}
}

func TestHandlersOfNoChatHaveTimeChanceStateAndLog(t *testing.T) {
	var rolled []int
	r := runner(t, func(p *sdk.Plugin) error {
		note := func(what string) error {
			p.State().Set("last", what)
			p.Log("%s at %s", what, p.Now().Format(time.RFC3339))
			rolled = append(rolled, p.Rand().Intn(1000))
			return nil
		}
		p.OnCommand("Report", "says how it stands", func(c *sdk.Command) error {
			c.Answer("fine, " + c.By.Name + " " + strings.Join(c.Words, "|"))
			return note("report")
		})
		p.Every("0 8 * * *", func() error { return note("every") })
		p.OnWebhook("orders/paid", func(w sdk.WebhookRequest) error { return note(w.Body) })
		p.OnEnable(func() error { return note("enabled") })
		p.OnDisable(func() error { return note("disabled") })
		p.Migrate("1.*", func() error { return note("migrated") })
		return nil
	})
	events := []sdk.Event{
		{Kind: sdk.EventCommand, Command: &sdk.Command{Name: "report", Words: []string{"a b", "c"}, By: sdk.Person{Name: "Alice"}}},
		{Kind: sdk.EventSchedule, Schedule: "0 8 * * *"},
		{Kind: sdk.EventWebhook, Webhook: &sdk.WebhookRequest{Path: "orders/paid", Body: "paid"}},
		{Kind: sdk.EventEnabled}, {Kind: sdk.EventDisabled}, {Kind: sdk.EventUpgraded, From: "1.2.0"},
	}
	for n, want := range []string{"report", "every", "paid", "enabled", "disabled", "migrated"} {
		got := r.Handle(deskCall(events[n]))
		if got.Error != "" || len(got.Writes) != 1 || got.Writes[0].Value != want || len(got.Log) != 1 || got.Log[0] != want+" at "+noon.Format(time.RFC3339) {
			t.Errorf("%s: %+v", want, got)
		}
		if rolled[n] != rolled[0] {
			t.Errorf("%s: chance is not that of the event: %v", want, rolled)
		}
		if e := got.Effects; n == 0 && (len(e) != 1 || e[0].Kind != sdk.EffectAnswer || e[0].Text != "fine, Alice a b|c") {
			t.Errorf("answer: %+v", e)
		}
	}
	o := r.Offers()
	if fmt.Sprint(o) != "{[{report says how it stands}] [0 8 * * *] [orders/paid] [1.*] []}" {
		t.Errorf("offers: %+v", o)
	}
	if got := fmt.Sprint(r.Handles()); got != "[command disabled enabled schedule webhook]" {
		t.Errorf("handles: %s", got)
	}
}

func TestWhatNobodyOffersIsNotHandled(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnCommand("report", "says how it stands", func(c *sdk.Command) error { c.Answer("x"); return nil })
		return nil
	})
	for _, e := range []sdk.Event{
		{Kind: sdk.EventCommand, Command: &sdk.Command{Name: "other"}}, {Kind: sdk.EventCommand}, {Kind: sdk.EventWebhook},
		{Kind: sdk.EventSchedule, Schedule: "x"}, {Kind: sdk.EventUpgraded, From: "1.0.0"},
	} {
		if got := r.Handle(deskCall(e)); got.Error != "" || len(got.Effects) > 0 {
			t.Errorf("%+v: %+v", e, got)
		}
	}
}

func TestEffectsWithoutAChatAreFaults(t *testing.T) {
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnResult(func(c *sdk.Chat, _ sdk.Result) error { c.Reply("to whom?"); return nil })
		p.OnTimer("x", func(c *sdk.Chat) error { return nil })
		p.OnEnable(func() error { return nil })
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			other := *c
			other.ID = "r2"
			other.Reply("there")
			other.SetTimer("x", time.Minute)
			c.Reply("here")
			return nil
		})
		p.Migrate("1", func() error { return nil })
		return nil
	})
	got := r.Handle(deskCall(sdk.Event{Kind: sdk.EventResult, Result: &sdk.Result{}}))
	if want := "reply needs a chat, and a result event belongs to none"; got.Error != want {
		t.Errorf("got %q, want %q", got.Error, want)
	}
	got = r.Handle(says("x"))
	if len(got.Effects) != 2 || got.Effects[0].Chat != "r2" || got.Effects[1].Chat != "" || got.Timers[0].Chat != "r2" {
		t.Errorf("effects on another chat: %+v", got)
	}
}

func TestWiringSaysWhatIsWrong(t *testing.T) {
	nothing := func() error { return nil }
	command := func(*sdk.Command) error { return nil }
	for want, register := range map[string]func(*sdk.Plugin){
		`command "two words": a name has`:          func(p *sdk.Plugin) { p.OnCommand("two words", "x", command) },
		`command "stop" is Bellhop's own`:          func(p *sdk.Plugin) { p.OnCommand("Stop", "x", command) },
		`command "x" needs one line of help`:       func(p *sdk.Plugin) { p.OnCommand("x", " ", command) },
		`command "x" has two handlers`:             func(p *sdk.Plugin) { p.OnCommand("x", "y", command); p.OnCommand("X", "y", command) },
		`write a cron expression`:                  func(p *sdk.Plugin) { p.Every("", nothing) },
		`Every("@daily") has two handlers`:         func(p *sdk.Plugin) { p.Every("@daily", nothing); p.Every("@daily", nothing) },
		`webhook "../x": a path is such as`:        func(p *sdk.Plugin) { p.OnWebhook("../x", func(sdk.WebhookRequest) error { return nil }) },
		`Migrate(""): name the former version`:     func(p *sdk.Plugin) { p.Migrate("", nothing) },
		`Migrate("1.*") has two handlers: do both`: func(p *sdk.Plugin) { p.Migrate("1.*", nothing); p.Migrate("1.*", nothing) },
	} {
		_, err := sdk.NewRunner(func(p *sdk.Plugin) error { register(p); p.OnEnable(nothing); return nil }, nil, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	r := runner(t, func(p *sdk.Plugin) error {
		p.OnEnable(nothing)
		p.OnCommand("x", "y", func(c *sdk.Command) error { c.Answer("z"); return nil })
		p.Migrate("1", func() error {
			p.State().Set("a", "b")
			return nil
		})
		return nil
	})
	if got := r.Handle(deskCall(sdk.Event{Kind: sdk.EventUpgraded, From: "1"})); got.Error != "" || len(got.Writes) != 1 {
		t.Errorf("migration: %+v", got)
	}
}

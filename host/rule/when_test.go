package rule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/rule"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestExpressionSaysWhatItSaw(t *testing.T) {
	c := sdk.Chat{
		Department: "Sales", Channel: "email", Tags: []string{"vip"}, Fields: map[string]string{"order": "17"}, Forwards: 1,
		Visitor:      sdk.Visitor{Name: "Maya", Emails: []string{"maya@example.org"}, Fields: map[string]string{"Tier": "Gold"}},
		WaitingSince: noon.Add(-5 * time.Minute), OpenedAt: noon.Add(-time.Hour),
	}
	for when, want := range map[string]string{
		`department == "Sales" && waiting > duration("2m")`:        `when department == "Sales" && waiting > duration("2m") is true (department is "Sales", waiting is 5m)`,
		`not answered and age < duration("30m")`:                   `when not answered and age < duration("30m") is false (answered is false, age is 1h)`,
		`has("tier", "gold") || has("email", "MAYA@example.org")`:  `is true`,
		`like(text, "reclamacao")`:                                 `is true (text is "uma Reclamação, por favor")`,
		`text matches "[Rr]ecl.*"`:                                 `is true`,
		`"vip" in tags and fields["order"] == "17"`:                `is true (tags is [vip], fields is map[order:17])`,
		`fields.order == "18" or contact["email"] endsWith ".com"`: `is false`,
		`open("nights") and not open("support")`:                   `is true`,
		`open("weekends")`:                                         `there is no schedule "weekends": add it under hours in config.yaml`,
		`language == "pt"`:                                         `(language is "`,
		`forwards >= 1 ? channel == "email" : false`:               `is true (forwards is 1, channel is "email")`,
		`now.Hour() == 12`:                                         `is true (now is 2026-03-02T12:00:00Z)`,
		`any(tags, # startsWith "v")`:                              `is true (tags is [vip])`,
	} {
		r := sdk.Rule{Name: "r", When: when}
		if faults := rule.Check(r, []string{"support", "nights"}, nil); len(faults) > 0 {
			t.Errorf("%s: %v", when, faults)
			continue
		}
		m := try(t, rule.New(), c, r, "uma Reclamação, por favor")
		if got := m.Parts[0].Says; !strings.Contains(got, want) {
			t.Errorf("%s: says %s\nwant %s", when, got, want)
		}
		if m.Held != strings.Contains(m.Parts[0].Says, " is true") {
			t.Errorf("%s: held %v, and says %s", when, m.Held, m.Parts[0].Says)
		}
	}
}

func TestExpressionIsTypedBeforeItIsUsed(t *testing.T) {
	for when, want := range map[string]string{
		`deparment == "Sales"`:     `rule "r": when: column 1: there is no deparment: did you mean department?`,
		`answered and zzzzzzzzzzz`: `column 14: there is no zzzzzzzzzzz: there are text, department`,
		`waiting > "2m"`:           `column 9: invalid operation: > (mismatched types time.Duration and string)`,
		`department`:               `expected bool, but got string`,
		`has("tier")`:              `not enough arguments to call has`,
		`department = "Sales"`:     `column 12: `,
		`now() > now`:              `column 1: `,
		`(`:                        `column 1`,
		`env("HOME") == ""`:        `there is no env`,
		`waiting.nonsense == 1`:    `column 9: `,
	} {
		faults := rule.Check(sdk.Rule{Name: "r", When: when}, nil, nil)
		if len(faults) != 1 || !strings.Contains(faults[0].Error(), want) {
			t.Errorf("%s: %v\nwant %s", when, faults, want)
		}
	}
}

func TestExpressionThatCostsTooMuchDoesNotHold(t *testing.T) {
	r := sdk.Rule{Name: "r", When: `len(map(1..1000000, {map(1..1000, {#})})) > 0`}
	if m := try(t, rule.New(), sdk.Chat{}, r, "hello"); m.Held || !strings.Contains(m.Parts[0].Says, "memory budget exceeded") {
		t.Errorf("got %+v", m)
	}
}

func TestLanguageIsActedOnOnlyWhenItIsSure(t *testing.T) {
	german := sdk.Rule{Name: "r", Language: sdk.Names{"de", "nl"}}
	for text, want := range map[string]string{
		"Guten Tag, ich habe eine Frage zu meiner Rechnung": "language is de (",
		"my invoice is wrong, please help me":               "language is en (",
		"ok":                                                "language is unknown, not de or nl",
	} {
		m := try(t, rule.New(), sdk.Chat{}, german, text)
		if !strings.HasPrefix(m.Parts[0].Says, want) || m.Held != strings.Contains(want, "is de") {
			t.Errorf("%s: %+v", text, m)
		}
	}
}

func TestChatsOwnKeysSayWhatTheyFound(t *testing.T) {
	c := sdk.Chat{Channel: "email", Tags: []string{"a"}, Fields: map[string]string{"tier": "Gold"}}
	for says, r := range map[string]sdk.Rule{
		"channel is email":                   {Channel: sdk.Names{"widget", "Email"}},
		"channel is email, not widget":       {Channel: sdk.Names{"widget"}},
		`tagged "a"`:                         {Tags: sdk.Names{"b", "A"}},
		"tagged a, not b or c":               {Tags: sdk.Names{"b", "c"}},
		`field tier is "Gold"`:               {Fields: map[string]string{"tier": "gold"}},
		`field tier is "Gold", not "silver"`: {Fields: map[string]string{"tier": "silver"}},
		`field order is "", not "1"`:         {Fields: map[string]string{"order": "1"}},
	} {
		m := try(t, rule.New(), c, r, "")
		if m.Parts[0].Says != says || m.Held == strings.Contains(says, " not ") {
			t.Errorf("%+v, want %s", m, says)
		}
	}
}

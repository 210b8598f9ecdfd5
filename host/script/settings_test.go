package script_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/script"
)

const withSettings = `package p

import "github.com/bellhop-chat/bellhop/sdk"

type settings struct {
	Rules  []sdk.Rule       ` + "`json:\"rules\"`" + `
	Wait   sdk.Duration     ` + "`json:\"wait\"`" + `
	Areas  sdk.Names        ` + "`json:\"areas\"`" + `
	Limits map[string]int   ` + "`json:\"limits\"`" + `
	Factor float64          ` + "`json:\"factor\"`" + `
	On     bool             ` + "`json:\"on\"`" + `
}

func Register(p *sdk.Plugin) error {
	var s settings
	p.OnOpened(func(c *sdk.Chat) error { return nil })
	return p.Settings(&s)
}
`

func TestWrongSettingsAreNamedWithTheirPaths(t *testing.T) {
	schema := script.Check(files(withSettings)).Settings
	if schema == nil {
		t.Fatal("no schema")
	}
	for settings, want := range map[string]string{
		`{"rules": [{"name": "a", "wrods": ["x"]}]}`: "settings: rules[0].wrods: there is no such setting: did you mean words?",
		`{"rules": [{}, {"words": 5}]}`:              "settings: rules[1].words: is the number 5, and must be a list",
		`{"rules": {"name": "a"}}`:                   "settings: rules: has names with values, and must be a list",
		`{"rules": [{"to": "Billing"}]}`:             `settings: rules[0].to: is the text "Billing", and must be names with values`,
		`{"wait": 5}`:                                "settings: wait: is the number 5, and must be a duration such as 2m or 90s",
		`{"wait": "soon"}`:                           `settings: wait: "soon" is not a duration such as 2m or 90s`,
		`{"wait": "-2m"}`:                            `settings: wait: "-2m" is not a duration such as 2m or 90s`,
		`{"areas": [1]}`:                             "settings: areas[0]: is the number 1, and must be a text",
		`{"areas": true}`:                            "settings: areas: is true, and must be a text",
		`{"limits": {"a": 1.5}}`:                     "settings: limits.a: is the number 1.5, and must be a whole number",
		`{"factor": "x"}`:                            `settings: factor: is the text "x", and must be a number`,
		`{"on": "yes"}`:                              `settings: on: is the text "yes", and must be true or false`,
		`{"zzzzzzzz": 1}`:                            "settings: zzzzzzzz: there is no such setting: there are rules, wait, areas, limits, factor, on",
		`[]`:                                         "settings: is a list, and must be names with values",
		`{`:                                          "settings: no JSON: unexpected EOF",
		`{"on": 1, "wiat": "2m"}`:                    "settings: on: is the number 1, and must be true or false\nsettings: wiat: there is no such setting: did you mean wait?",
	} {
		if err := schema.Check(json.RawMessage(settings)); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", settings, err, want)
		}
	}
}

func TestRightSettingsPass(t *testing.T) {
	schema := script.Check(files(withSettings)).Settings
	for _, settings := range []string{
		``, `null`, `{}`, `{"wait": "1h30m", "areas": "Sales", "limits": {"x": 3}, "factor": 2, "on": true}`,
		`{"RULES": [{"name": "a", "department": ["Sales"], "waiting": "2m", "to": {"department": "B"}}], "areas": ["a", "b"], "on": null}`,
	} {
		if err := schema.Check(json.RawMessage(settings)); err != nil {
			t.Errorf("%s: %v", settings, err)
		}
	}
}

func TestPluginWithoutSettingsTakesNone(t *testing.T) {
	var none *script.Schema
	if err := none.Check(json.RawMessage(`{"a": 1}`)); err == nil || !strings.Contains(err.Error(), "the plugin has none: take a away") {
		t.Errorf("check: %v", err)
	}
	if err := none.Check(json.RawMessage(`{}`)); err != nil {
		t.Errorf("check: %v", err)
	}
}

package script_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/bellhop-chat/bellhop/host/script"
)

func TestSettingsAreKnownBeforeAnyCodeRuns(t *testing.T) {
	const src = `package p

import "github.com/bellhop-chat/bellhop/sdk"

// settings say when a chat
// is moved.
type settings struct {
	// Rules are tried in order.
	Rules []sdk.Rule ` + "`json:\"rules\"`" + `
	Wait  sdk.Duration ` + "`json:\"wait,omitempty\"`" + ` // how long at least
	Areas sdk.Names
	Levels map[string][]level
	Limit *int ` + "`json:\"limit\"`" + `
	On, Off bool
	Factor float64
	secret string ` + "`json:\"-\"`" + `
}

// A level is one step.
type level struct{ Name string }

func Register(p *sdk.Plugin) error {
	s := settings{Wait: 5}
	return p.Settings(&s)
}

func init() { panic("never run by the gate") }
`
	r := script.Check(files(src))
	if len(r.Faults) > 0 {
		t.Fatal(r.Faults)
	}
	s := r.Settings
	if s.Type != "object" || s.Description != "settings say when a chat is moved." || len(s.Order) != 8 || s.Order[0] != "rules" {
		t.Errorf("got %+v", s)
	}
	rule := s.Properties["rules"].Items
	for _, c := range []struct{ what, got, want string }{
		{"own doc", s.Properties["rules"].Description, "Rules are tried in order."},
		{"line comment", s.Properties["wait"].Description, "how long at least"},
		{"duration", s.Properties["wait"].Format, "duration"},
		{"pointer", s.Properties["limit"].Type, "integer"},
		{"float", s.Properties["Factor"].Type, "number"},
		{"two names", s.Properties["Off"].Type, "boolean"},
		{"sdk type", rule.Properties["waiting"].Format, "duration"},
		{"sdk doc", rule.Properties["stop"].Description, "when the rule holds, later rules are not tried"},
		{"own type within", s.Properties["Levels"].Values.Items.Description, "A level is one step."},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	var schema map[string]any
	b, err := json.Marshal(s)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(b)).Decode(&schema)
	}
	if err != nil || schema["additionalProperties"] != false || schema["properties"].(map[string]any)["Areas"].(map[string]any)["anyOf"] == nil {
		t.Errorf("as JSON Schema: %s, %v", b, err)
	}
	if r := script.Check(files("package p\n\nimport \"github.com/bellhop-chat/bellhop/sdk\"\n\nfunc Register(p *sdk.Plugin) error { return nil }\n")); r.Settings != nil {
		t.Errorf("a plugin without settings has %+v", r.Settings)
	}
}

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestWhatTheWorkspaceDoesNotHaveIsNamedWithItsPath(t *testing.T) {
	source, err := os.ReadFile("../../plugins/forwarding/forwarding.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := os.ReadFile("../../plugins/forwarding/check.go")
	if err != nil {
		t.Fatal(err)
	}
	i := host.Instance{
		Sources: map[string][]byte{"forwarding.go": source, "check.go": more},
		Settings: json.RawMessage(`{"rules": [{"name": "a", "department": ["sales", "none", "Slaes"], "to": {"department": "Biling"}, "fallback": [{"agent": "carol"}, {"agent": "alise"}]},
			{"name": "b", "to": {"department": "d2", "agent": "alice"}}, {"name": "c", "to": {"department": "Closed"}}]}`),
		Grants: host.Grants{Departments: []string{"Billing", "Leads"}},
	}
	has := roster{departments: []sdk.DepartmentInfo{{ID: "d1", Name: "Sales", Enabled: true}, {ID: "d2", Name: "Billing", Enabled: true}, {ID: "d3", Name: "Closed"}},
		agents: []sdk.AgentInfo{{Username: "alice"}, {Username: "carol"}}}
	got := strings.Join(has.doubts(namings(i)), "\n")
	want := `grants.departments[1]: the workspace has no department "Leads"
settings.rules[0].fallback[1]: the workspace has no agent "alise": did you mean alice?
settings.rules[0].to: the workspace has no department "Biling": did you mean Billing?
settings.rules[2].to: department "Closed" is not enabled: no chat goes to it
settings.rules[0].department: the workspace has no department "Slaes": did you mean Sales?`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTagThatIsNotOnTheWorkspacesListIsNamed(t *testing.T) {
	i := host.Instance{
		Sources: map[string][]byte{"p.go": []byte(`package p

import "github.com/bellhop-chat/bellhop/sdk"

type settings struct {
	Topics []topic
	Rules  []sdk.Rule
	Tag    string
	Labels map[string]label
	Title  string
}

type topic struct{ Tag, Word string }

type label struct{ Tags sdk.Names }

func Register(p *sdk.Plugin) error { return p.Settings(&settings{}) }
`)},
		Settings: json.RawMessage(`{"topics": [{"tag": "refund", "word": "x"}, {"tag": "bilings", "word": "y"}], "rules": [{"name": "r", "tags": ["gone"]}],
			"tag": "", "labels": {"a": {"tags": "Refund"}, "b": {"tags": ["billing"]}}, "title": "no tag"}`),
		Grants: host.Grants{Tags: []string{"refund", "vip"}},
	}
	has := roster{tags: []string{"billing", "refund"}}
	got := strings.Join(has.doubts(namings(i)), "\n")
	const list = " is not on the workspace's list of tags, as far as Bellhop's account sees it"
	want := `grants.tags[1]: tag "vip"` + list + `
settings.labels.a.tags: tag "Refund"` + list + `: did you mean refund?
settings.rules[0].tags[0]: tag "gone"` + list + `
settings.topics[1].tag: tag "bilings"` + list + `: did you mean billing?`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	has.tags = nil
	if got := has.doubts(namings(i)); got != nil {
		t.Errorf("a workspace without a list of tags: %q", got)
	}
}

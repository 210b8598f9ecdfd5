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
	departments := []sdk.DepartmentInfo{{ID: "d1", Name: "Sales", Enabled: true}, {ID: "d2", Name: "Billing", Enabled: true}, {ID: "d3", Name: "Closed"}}
	got := strings.Join(doubts(namings(i), departments, []sdk.AgentInfo{{Username: "alice"}, {Username: "carol"}}), "\n")
	want := `grants.departments[1]: the workspace has no department "Leads"
settings.rules[0].fallback[1]: the workspace has no agent "alise": did you mean alice?
settings.rules[0].to: the workspace has no department "Biling": did you mean Billing?
settings.rules[2].to: department "Closed" is not enabled: no chat goes to it
settings.rules[0].department: the workspace has no department "Slaes": did you mean Sales?`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

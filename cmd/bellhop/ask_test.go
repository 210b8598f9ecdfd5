package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/sdk"
)

// speaker is an endpoint that says the same to all.
func speaker(t *testing.T, says string, asked *string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var all json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&all); err != nil {
			t.Error(err)
		}
		*asked = string(all)
		fmt.Fprintf(w, `{"choices": [{"message": {"role": "assistant", "content": %q}}], "usage": {"total_tokens": 50}}`, says)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func asks(t *testing.T, c config.Model, data string, p sdk.Prompt) (sdk.Finding, error) {
	t.Helper()
	all, err := reads(c, data)
	if err != nil {
		t.Fatal(err)
	}
	found, err := all[sdk.ReadAsk](t.Context(), host.Inquiry{Question: sdk.Question{Prompt: &p}})
	if err != nil {
		return sdk.Finding{}, err
	}
	return found.(sdk.Finding), nil
}

func TestAskIsAnsweredByTheModelWithinItsBudget(t *testing.T) {
	var asked string
	data := t.TempDir()
	c := config.Model{BaseURL: speaker(t, `{"urgent": true}`, &asked), Name: "tiny", DailyTokens: 800}
	p := sdk.Prompt{Task: "whether it is urgent", Text: "now! maya@example.org", Schema: `{"type": "object", "required": ["urgent"]}`}
	got, err := asks(t, c, data, p)
	if err != nil || string(got.JSON) != `{"urgent":true}` || got.Source != "model tiny" || strings.Contains(asked, "maya@") {
		t.Errorf("found %s by %s, %v; asked %s", got.JSON, got.Source, err, asked)
	}
	if spent, err := os.ReadFile(filepath.Join(data, "model-tokens.json")); err != nil || !strings.Contains(string(spent), `"tokens":50`) {
		t.Errorf("spent %s, %v", spent, err)
	}
	c.DailyTokens = 60
	if _, err := asks(t, c, data, p); err == nil || !strings.Contains(err.Error(), "tokens of the day are spent") {
		t.Errorf("beyond the budget: %v", err)
	}
}

func TestAskFallsBackToLearnedTopicsForLabelsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "topics.bin")
	trainTopics(t, path, "billing")
	var asked string
	for name, c := range map[string]config.Model{
		"no model":  {TopicsFile: path},
		"no sense":  {TopicsFile: path, Name: "tiny", BaseURL: speaker(t, "I am sorry", &asked)},
		"no tokens": {TopicsFile: path, Name: "tiny", BaseURL: speaker(t, "billing", &asked), DailyTokens: 1},
	} {
		got, err := asks(t, c, t.TempDir(), sdk.Prompt{Task: "the topic", Text: "my invoice is wrong", Labels: []string{"Billing", "Other"}})
		if err != nil || got.Label() != "Billing" || !strings.Contains(got.Source, "topics") {
			t.Errorf("%s: %q by %s, %v", name, got.Labels, got.Source, err)
		}
		if _, err := asks(t, c, t.TempDir(), sdk.Prompt{Task: "the sum", Text: "my invoice is wrong", Schema: `{"type": "number"}`}); err == nil {
			t.Errorf("%s: a schema is filled by nobody", name)
		}
	}
}

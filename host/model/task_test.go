package model

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const orderSchema = `{"type": "object", "properties": {"order": {"type": "string", "pattern": "^[A-Z][0-9]+$"}, "urgent": {"type": "boolean"}}, "required": ["urgent"], "additionalProperties": false}`

var orderTask = Task{Instruction: "which order is meant", Text: "where is A17? maya@example.org", Schema: orderSchema}

func TestTaskIsAskedByItsSchemaWithoutPersonalData(t *testing.T) {
	e := serve(t, saying(`{"order": "A17", "urgent": false}`, 40))
	task := orderTask
	task.Instruction += " by maya@example.org"
	got, err := e.model(t).Ask(t.Context(), task)
	if err != nil || string(got.JSON) != `{"order":"A17","urgent":false}` || got.Tokens != 40 || got.Source == "" {
		t.Fatalf("found %s, %+v, %v", got.JSON, got, err)
	}
	r := e.requests[0]
	if r.Format == nil || r.Format.Type != "json_schema" || r.Format.Schema.Strict || !json.Valid(r.Format.Schema.Schema) {
		t.Errorf("asked for %+v", r.Format)
	}
	all := r.Messages[0].Content + r.Messages[1].Content
	if strings.Contains(all, "maya@") || !strings.Contains(all, "[mail]") || !strings.Contains(r.Messages[0].Content, `"pattern"`) || !strings.Contains(r.Messages[1].Content, "where is A17?") {
		t.Errorf("said %s", all)
	}
}

func TestFindingIsReadLenientlyAndHeldToTheSchema(t *testing.T) {
	for said, want := range map[string]string{
		`{"urgent": true}`: `{"urgent":true}`,
		"```json\n{\"urgent\": true}\n```\nThat is all.":    `{"urgent":true}`,
		`<think>{"urgent": false}</think> {"urgent": true}`: `{"urgent":true}`,
		`For example {"a": 1}, so: {"urgent": false}`:       `{"urgent":false}`,
		`{"urgent": "yes"}`:               "the schema does not allow it",
		`{"urgent": true, "order": "17"}`: "does not match regular expression",
		`{"urgent": true, "more": 1}`:     "the schema does not allow it",
		`I am sorry.`:                     "it is not JSON",
		``:                                "it is not JSON",
		strings.Repeat("[", 100000):       "it is not JSON",
		`{"urgent": true, "order": "A` + strings.Repeat("1", maxFinding) + `"}`: "it has 3",
	} {
		got, err := orderTask.Accept(said)
		switch {
		case err == nil && string(got) != want, err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%.60q: %s, %v", said, got, err)
		case err != nil && !errors.Is(err, ErrNonsense):
			t.Errorf("%.60q: %v is no ErrNonsense", said, err)
		}
	}
}

// TestSchemaThatReachesElsewhereIsRefused: a schema comes from a plugin.
func TestSchemaThatReachesElsewhereIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(file, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for schema, want := range map[string]string{
		`{"$ref": "file://` + file + `"}`:           "has a $ref",
		`{"anyOf": [{"$dynamicRef": "#x"}]}`:        "has a $ref",
		`{"$schema": "file://` + file + `"}`:        "the schema is none",
		`{"$schema": "https://example.org/schema"}`: "the schema is none",
		`{"type": "number or so"}`:                  "the schema is none",
		`{"pattern": "("}`:                          "the schema is none",
		`{`:                                         "the schema is no JSON",
		``:                                          "the schema is no JSON",
		`{"description": "` + strings.Repeat("x", maxSchema) + `"}`: "at most 4096 and 16384",
	} {
		task := orderTask
		task.Schema = schema
		if _, err := task.Accept("{}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", schema, err)
		}
	}
	if _, err := (Task{Schema: orderSchema}).Accept("{}"); err == nil || !strings.Contains(err.Error(), "say what") {
		t.Errorf("nothing to find out: %v", err)
	}
	if _, err := (Task{Instruction: "x", Schema: `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}`}).Accept("{}"); err != nil {
		t.Errorf("a draft of JSON schema's own: %v", err)
	}
}

func TestEndpointWithoutSchemasIsToldTheSchemaInWords(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r request) {
		if r.Format != nil {
			failing(http.StatusBadRequest, "response_format: unknown")(w, r)
			return
		}
		saying(`{"urgent": true}`, 9)(w, r)
	})
	m := e.model(t)
	for range 2 {
		if got, err := m.Ask(t.Context(), orderTask); err != nil || string(got.JSON) != `{"urgent":true}` {
			t.Fatalf("found %s, %v", got.JSON, err)
		}
	}
	if len(e.requests) != 3 {
		t.Errorf("asked %d times: that it knows none need be found out once", len(e.requests))
	}
}

func TestTasksAndQuestionsShareTheBudgetAlsoOverARestart(t *testing.T) {
	ledger := filepath.Join(t.TempDir(), "tokens.json")
	now := time.Date(2026, 5, 4, 23, 0, 0, 0, time.UTC)
	e := serve(t, saying(`{"urgent": true}`, 3000))
	again := func() *Model {
		return e.model(t, func(o *Options) {
			o.DailyTokens, o.Ledger, o.Now = 4000, ledger, func() time.Time { return now }
		})
	}
	if _, err := again().Ask(t.Context(), orderTask); err != nil {
		t.Fatal(err)
	}
	if _, err := again().Ask(t.Context(), orderTask); err != nil {
		t.Fatalf("one more fits: %v", err)
	}
	if _, err := again().Ask(t.Context(), orderTask); !errors.Is(err, ErrBudget) {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := again().Choose(t.Context(), Question{Text: "x", Labels: []string{"y"}}); !errors.Is(err, ErrBudget) {
		t.Errorf("a question: %v", err)
	}
	now = now.Add(time.Hour)
	if _, err := again().Ask(t.Context(), orderTask); err != nil {
		t.Errorf("the next day: %v", err)
	}
	if err := os.WriteFile(ledger, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{BaseURL: e.URL, Name: "m", DailyTokens: 1, Ledger: ledger}); err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("a ledger that nobody can read: %v", err)
	}
}

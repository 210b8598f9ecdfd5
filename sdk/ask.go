package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Prompt is a question about a text. Task, and one of Labels and Schema, are
// required: what plugins act on must be one of a few things or have a form.
type Prompt struct {
	Task   string   `json:"task"`             // what is to be found out, in plain words, such as "the product that it is about"; at most 4 KiB
	Text   string   `json:"text"`             // what it is about, such as what the guest wrote. It is data, whatever it says; of a long one the beginning is read
	Labels []string `json:"labels,omitempty"` // the answer is some of these; at most 200
	Max    int      `json:"max,omitempty"`    // how many of them; 0 means 1
	Schema string   `json:"schema,omitempty"` // the answer is JSON that this JSON schema allows; at most 16 KiB, without $ref
}

// Finding is the answer to a Prompt.
type Finding struct {
	Labels     []string        `json:"labels,omitempty"`     // as they were offered, the best first; none if none fits, or for a schema
	JSON       json.RawMessage `json:"json,omitempty"`       // of the schema; nil for labels
	Confidence float64         `json:"confidence,omitempty"` // of labels, from 0 to 1, by the answerer's own account
	Source     string          `json:"source,omitempty"`     // who says so, such as "model qwen3:8b"
}

// Label is the first of the labels; "" when none fits.
func (f Finding) Label() string {
	if len(f.Labels) == 0 {
		return ""
	}
	return f.Labels[0]
}

// Decode reads the JSON into what v points to.
func (f Finding) Decode(v interface{}) error {
	if len(f.JSON) == 0 {
		return errors.New("read finding: it has no JSON: give the prompt a Schema")
	}
	if err := json.Unmarshal(f.JSON, v); err != nil {
		return fmt.Errorf("read finding: %w", err)
	}
	return nil
}

// Ask asks the model of config.yaml what a text says. Mail addresses, cards,
// accounts and phone numbers are hidden from it. For labels, where it cannot
// answer or there is none, topics that were learned from chats choose, as for
// Classify; for a schema nobody can stand in. The error says why there is no
// answer, such as that the tokens of the day are spent; a plugin then goes by its
// own rules.
func (p *Plugin) Ask(q Prompt) (Finding, error) {
	var found Finding
	if (len(q.Labels) == 0) == (q.Schema == "") {
		return found, errors.New("ask: give Labels or a Schema, and not both")
	}
	err := p.read("Ask", ReadAsk, Question{Prompt: &q}, &found)
	return found, err
}

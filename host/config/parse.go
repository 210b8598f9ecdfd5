package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseSettings reads settings that are written as YAML in a larger file, where
// their text begins at the line, counted from 1. What it returns is a JSON
// object, or nil when nothing is written. The error is [Faults], with lines of
// the larger file.
func ParseSettings(text string, line int) (json.RawMessage, error) {
	var settings json.RawMessage
	r := newReader("")
	r.read([]byte(strings.Repeat("\n", max(0, line-1))+text), &settings)
	if err := r.err(); err != nil {
		return nil, err
	}
	return settings, nil
}

// FormatSettings writes settings, a JSON object, as YAML.
func FormatSettings(settings json.RawMessage) (string, error) {
	n, err := yamlOf(settings)
	if err != nil {
		return "", fmt.Errorf("settings are not JSON: %w", err)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err = e.Encode(n)
	return b.String(), err
}

package config

import (
	"encoding/json"
	"strings"
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

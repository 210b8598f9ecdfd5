package ddp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// EJSON is JSON in which objects with one key that begins with a dollar stand
// for what JSON lacks: {"$date": ms}, {"$binary": base64}, {"$InfNaN": -1|0|1},
// and {"$escape": {...}} for an object that only looks like one of these.

// Marshal writes v as EJSON: times, byte slices and special numbers in maps
// and slices become their dollar forms, invalid UTF-8 becomes U+FFFD. Structs
// are left to encoding/json: give them fields of type Time.
func Marshal(v any) ([]byte, error) {
	data, err := json.Marshal(toWire(v))
	if err != nil {
		return nil, fmt.Errorf("write EJSON: %w", err)
	}
	return data, nil
}

// MarshalString is Marshal for where EJSON is sent inside a JSON string, as
// Rocket.Chat's method.call wants it.
func MarshalString(v any) (string, error) {
	data, err := Marshal(v)
	return string(data), err
}

// Unmarshal reads EJSON into nil, bool, float64, string, time.Time, []byte,
// []any and map[string]any. A date that is null becomes a zero time.
func Unmarshal(data []byte) (any, error) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("read EJSON: %w", err)
	}
	return fromWire(v), nil
}

// UnmarshalString reads a JSON string that holds EJSON.
func UnmarshalString(data []byte) (any, error) {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read EJSON in a string: %w", err)
	}
	return Unmarshal([]byte(s))
}

func toWire(v any) any {
	switch v := v.(type) {
	case time.Time:
		return Time{v}
	case []byte:
		return map[string]any{"$binary": base64.StdEncoding.EncodeToString(v)}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return map[string]any{"$InfNaN": sign(v)}
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = toWire(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = toWire(e)
		}
		if special(v) {
			return map[string]any{"$escape": out}
		}
		return out
	}
	return v
}

func sign(f float64) int {
	switch {
	case math.IsInf(f, 1):
		return 1
	case math.IsInf(f, -1):
		return -1
	}
	return 0
}

// special reports whether an object would be taken for a dollar form.
func special(m map[string]any) bool {
	if len(m) != 1 {
		return false
	}
	for k := range m {
		return fromDollar[k] != nil
	}
	return false
}

// fromDollar reads the dollar forms; false means that it is none after all.
var fromDollar map[string]func(any) (any, bool)

func init() { // not a literal: $escape leads back to it
	fromDollar = map[string]func(any) (any, bool){"$date": date, "$binary": binary, "$InfNaN": infNaN, "$escape": escape}
}

func fromWire(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = fromWire(v[i])
		}
	case map[string]any:
		for k, e := range v {
			if read := fromDollar[k]; read != nil && len(v) == 1 {
				if out, ok := read(e); ok {
					return out
				}
			}
			v[k] = fromWire(e)
		}
	}
	return v
}

func date(v any) (any, bool) {
	switch ms := v.(type) {
	case nil:
		return time.Time{}, true
	case float64:
		return atMillis(ms), true
	}
	return nil, false
}

func binary(v any) (any, bool) {
	s, _ := v.(string)
	data, err := base64.StdEncoding.DecodeString(s)
	return data, err == nil
}

func infNaN(v any) (any, bool) {
	switch v {
	case 1.0:
		return math.Inf(1), true
	case -1.0:
		return math.Inf(-1), true
	case 0.0:
		return math.NaN(), true
	}
	return nil, false
}

// escape is an object whose own keys mean nothing, but whose values may.
func escape(v any) (any, bool) {
	m, ok := v.(map[string]any)
	for k, e := range m {
		m[k] = fromWire(e)
	}
	return m, ok
}

package lobby

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"
)

// doc is a document as it stands on the wire. Dates in it are time.Time, so
// that one doc can leave as REST writes dates and as DDP does.
type doc map[string]any

// form is how dates are written.
type form int

const (
	plain form = iota // REST: "2026-01-02T15:04:05.000Z"
	ejson             // DDP and the state file: {"$date":ms}
)

const isoMillis = "2006-01-02T15:04:05.000Z"

// raw is JSON that is ready.
type raw []byte

// opt sets a key only when the value says something.
func (d doc) opt(key string, v any) doc {
	switch v := v.(type) {
	case string:
		if v == "" {
			return d
		}
	case time.Time:
		if v.IsZero() {
			return d
		}
	case bool:
		if !v {
			return d
		}
	case nil:
		return d
	}
	d[key] = v
	return d
}

func encode(v any, f form) []byte { return appendJSON(nil, v, f) }

func appendJSON(b []byte, v any, f form) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case raw:
		return append(b, v...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendFloat(b, v)
	case time.Time:
		return appendTime(b, v, f)
	case doc:
		return appendMap(b, v, f)
	case map[string]any:
		return appendMap(b, v, f)
	case []any:
		return appendList(b, v, f)
	case []doc:
		return appendList(b, v, f)
	case []string:
		return appendList(b, v, f)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, out...)
}

func appendList[T any](b []byte, list []T, f form) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v, f)
	}
	return append(b, ']')
}

func appendMap(b []byte, m map[string]any, f form) []byte {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		b = appendJSON(b, m[k], f)
	}
	return append(b, '}')
}

func appendTime(b []byte, t time.Time, f form) []byte {
	if t.IsZero() && f == ejson {
		return append(b, `{"$date":null}`...)
	}
	if t.IsZero() {
		return append(b, "null"...)
	}
	if f == ejson {
		return fmt.Appendf(b, `{"$date":%d}`, t.UnixMilli())
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, isoMillis)
	return append(b, '"')
}

func appendFloat(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// appendString writes a string as JavaScript does: no HTML escapes, and bytes
// that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendEscape(b, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(append(b, s[start:i]...), "\ufffd"...)
			i++
			start = i
			continue
		}
		i += size
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return fmt.Appendf(b, `\u%04x`, c)
}

// decode reads JSON, with dates as time.Time where EJSON marks them.
func decode(data []byte) (any, error) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return revive(v), nil
}

func revive(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = revive(v[i])
		}
	case map[string]any:
		if t, ok := asDate(v); ok {
			return t
		}
		for k := range v {
			v[k] = revive(v[k])
		}
	}
	return v
}

func asDate(m map[string]any) (time.Time, bool) {
	if len(m) != 1 {
		return time.Time{}, false
	}
	ms, ok := m["$date"].(float64)
	return time.UnixMilli(int64(ms)).UTC(), ok
}

// extra holds the fields of a document that the lobby only carries.
type extra map[string]any

// MarshalJSON keeps dates apart from texts.
func (e extra) MarshalJSON() ([]byte, error) { return encode(map[string]any(e), ejson), nil }

// UnmarshalJSON brings dates back.
func (e *extra) UnmarshalJSON(data []byte) error {
	v, err := decode(bytes.Clone(data))
	if err != nil {
		return err
	}
	m, _ := v.(map[string]any)
	*e = m
	return nil
}

func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

package lobby

import (
	"fmt"
	"strconv"
	"time"
)

// args are the fields of a request's body or of a method's parameter, checked
// one by one with the server's words for what is wrong.
type args map[string]any

func asArgs(v any) (args, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, matchError("Expected object, got " + typeName(v))
	}
	return m, nil
}

// text is a field that must be there.
func (a args) text(key string) (string, error) {
	v, ok := a[key]
	if !ok {
		return "", matchError("Missing key '" + key + "'")
	}
	s, ok := v.(string)
	if !ok {
		return "", matchError(fmt.Sprintf("Expected string, got %s in field %s", typeName(v), key))
	}
	return s, nil
}

// maybe is a text that may be missing or null.
func (a args) maybe(key string) (string, error) {
	if a[key] == nil {
		return "", nil
	}
	return a.text(key)
}

// texts are several fields that must be there.
func (a args) texts(keys ...string) ([]string, error) {
	out := make([]string, len(keys))
	for i, k := range keys {
		s, err := a.text(k)
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

// only refuses fields that are not named.
func (a args) only(keys ...string) error {
	for k := range a {
		known := false
		for _, key := range keys {
			known = known || k == key
		}
		if !known {
			return matchError("Unknown key in field " + k)
		}
	}
	return nil
}

func (a args) flag(key string) bool { b, _ := a[key].(bool); return b }

func (a args) object(key string) (args, error) {
	v, ok := a[key]
	if !ok {
		return nil, matchError("Missing key '" + key + "'")
	}
	return asArgs(v)
}

// list are the texts of an array; ok tells whether the field is there.
func (a args) list(key string) (list []string, ok bool, err error) {
	v, ok := a[key]
	if !ok || v == nil {
		return nil, false, nil
	}
	items, isList := v.([]any)
	if !isList {
		return nil, true, matchError(fmt.Sprintf("Expected array, got %s in field %s", typeName(v), key))
	}
	list = []string{}
	for i, item := range items {
		s, isText := item.(string)
		if !isText {
			return nil, true, matchError(fmt.Sprintf("Expected string, got %s in field %s[%d]", typeName(item), key, i))
		}
		list = append(list, s)
	}
	return list, true, nil
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "object"
}

// nth is a method's parameter, nil when it was not given.
func nth(params []any, i int) any {
	if i >= len(params) {
		return nil
	}
	return params[i]
}

func nthText(params []any, i int) string {
	s, _ := nth(params, i).(string)
	return s
}

// parseDate reads what JavaScript's Date would.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, isoMillis, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 1e9 {
		return time.UnixMilli(ms), true
	}
	return time.Time{}, false
}

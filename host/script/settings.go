package script

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/text"
)

// Check says what is wrong with settings, a JSON object, one line a fault, each
// with its path: "rules[2].words: is a number, and must be a list of texts". Nil
// settings are right. A nil Schema is of a plugin that has no settings.
func (s *Schema) Check(settings json.RawMessage) error {
	if len(bytes.TrimSpace(settings)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(settings))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("settings: no JSON: %w", err)
	}
	object, isObject := v.(map[string]any)
	switch {
	case v == nil:
		return nil
	case !isObject:
		return fmt.Errorf("settings: %s, and must be names with values", is(v))
	case s == nil && len(object) > 0:
		return fmt.Errorf("settings: the plugin has none: take %s away", strings.Join(slices.Sorted(maps.Keys(object)), ", "))
	case s == nil:
		return nil
	}
	c := &settingsCheck{}
	c.object("", s, object)
	return errors.Join(c.faults...)
}

// Each calls fn for each value in settings that has that type of the SDK, with
// its path. Settings are right: see Check.
func (s *Schema) Each(of string, settings json.RawMessage, fn func(path string, value json.RawMessage)) {
	if s != nil {
		s.each(of, "", settings, fn)
	}
}

func (s *Schema) each(of, path string, value json.RawMessage, fn func(string, json.RawMessage)) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case s.Of == of:
		fn(strings.TrimPrefix(path, "."), value)
	case s.Type == "object" && json.Unmarshal(value, &object) == nil:
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if below := cmp.Or(s.Values, s.property(name)); below != nil {
				below.each(of, path+"."+name, object[name], fn)
			}
		}
	case s.Type == "array" && json.Unmarshal(value, &list) == nil:
		for n, item := range list {
			s.Items.each(of, fmt.Sprintf("%s[%d]", path, n), item, fn)
		}
	}
}

// EachText calls fn for each text in settings that stands below one of the names,
// alone or in a list, with its path.
func (s *Schema) EachText(names []string, settings json.RawMessage, fn func(path, text string)) {
	if s != nil {
		s.texts(names, false, "", settings, fn)
	}
}

func (s *Schema) texts(names []string, named bool, path string, value json.RawMessage, fn func(path, text string)) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var text string
	switch {
	case s.Type == "object" && json.Unmarshal(value, &object) == nil:
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if below := cmp.Or(s.Values, s.property(name)); below != nil {
				below.texts(names, slices.Contains(names, strings.ToLower(name)), path+"."+name, object[name], fn)
			}
		}
	case s.Type == "array" && json.Unmarshal(value, &list) == nil:
		for n, item := range list {
			s.Items.texts(names, named, fmt.Sprintf("%s[%d]", path, n), item, fn)
		}
	case s.Type == "array": // one that stands for a list
		s.Items.texts(names, named, path, value, fn)
	case named && s.Type == "string" && json.Unmarshal(value, &text) == nil && text != "":
		fn(strings.TrimPrefix(path, "."), text)
	}
}

// settingsCheck is one run of Check.
type settingsCheck struct{ faults []error }

func (c *settingsCheck) fault(path, format string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fmt.Errorf("settings: %s: %s", strings.TrimPrefix(path, "."), fmt.Sprintf(format, args...)))
	}
}

// value checks what stands at the path.
func (c *settingsCheck) value(path string, s *Schema, v any) {
	if v == nil { // JSON's null leaves the default
		return
	}
	if check := checks[s.Type]; check != nil {
		check(c, path, s, v)
	}
}

// checks are of each type of a schema.
var checks map[string]func(c *settingsCheck, path string, s *Schema, v any)

func init() { // they call each other
	checks = map[string]func(*settingsCheck, string, *Schema, any){
		"object": (*settingsCheck).object, "array": (*settingsCheck).array, "string": (*settingsCheck).text,
		"integer": (*settingsCheck).integer, "number": (*settingsCheck).number, "boolean": (*settingsCheck).boolean,
	}
}

func (c *settingsCheck) object(path string, s *Schema, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		c.fault(path, "%s, and must be names with values", is(v))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		below := s.Values
		if below == nil {
			below = s.property(name)
		}
		if below == nil {
			c.fault(path+"."+name, "there is no such setting%s", s.suggest(name))
			continue
		}
		c.value(path+"."+name, below, object[name])
	}
}

// property is the schema of a name; nil when there is none. As in JSON of Go,
// its case does not count.
func (s *Schema) property(name string) *Schema {
	if p := s.Properties[name]; p != nil {
		return p
	}
	for _, known := range s.Order {
		if strings.EqualFold(known, name) {
			return s.Properties[known]
		}
	}
	return nil
}

// suggest names what may have been meant, or all that there is.
func (s *Schema) suggest(name string) string {
	if best := text.Closest(name, s.Order); best != "" {
		return ": did you mean " + best + "?"
	}
	if len(s.Order) == 0 {
		return ": there are none"
	}
	return ": there are " + strings.Join(s.Order, ", ")
}

func (c *settingsCheck) array(path string, s *Schema, v any) {
	list, ok := v.([]any)
	switch {
	case !ok && s.OneOrMany:
		c.value(path, s.Items, v)
		return
	case !ok:
		c.fault(path, "%s, and must be a list", is(v))
		return
	}
	for n, item := range list {
		c.value(fmt.Sprintf("%s[%d]", path, n), s.Items, item)
	}
}

func (c *settingsCheck) text(path string, s *Schema, v any) {
	words, ok := v.(string)
	if !ok {
		c.fault(path, "%s, and must be %s", is(v), texts[s.Format])
		return
	}
	if read := formats[s.Format]; read != nil && !read(words) {
		c.fault(path, "%q is not %s", words, texts[s.Format])
	}
}

// texts say what a text is, by its format.
var texts = map[string]string{"": "a text", "duration": "a duration such as 2m or 90s", "date-time": "a time such as 2026-01-31T09:00:00Z"}

// formats report whether a text is of a format.
var formats = map[string]func(string) bool{
	"duration":  func(text string) bool { d, err := time.ParseDuration(text); return err == nil && d >= 0 },
	"date-time": func(text string) bool { _, err := time.Parse(time.RFC3339, text); return err == nil },
}

func (c *settingsCheck) integer(path string, s *Schema, v any) {
	n, ok := v.(json.Number)
	if _, err := n.Int64(); !ok || err != nil {
		c.fault(path, "%s, and must be a whole number", is(v))
	}
}

func (c *settingsCheck) number(path string, s *Schema, v any) {
	n, ok := v.(json.Number)
	if f, err := n.Float64(); !ok || err != nil || math.IsInf(f, 0) {
		c.fault(path, "%s, and must be a number", is(v))
	}
}

func (c *settingsCheck) boolean(path string, s *Schema, v any) {
	if _, ok := v.(bool); !ok {
		c.fault(path, "%s, and must be true or false", is(v))
	}
}

// is says what a value is.
func is(v any) string {
	switch v := v.(type) {
	case nil:
		return "is empty"
	case string:
		return fmt.Sprintf("is the text %.40q", v)
	case bool:
		return fmt.Sprintf("is %v", v)
	case json.Number:
		return "is the number " + v.String()
	case []any:
		return "is a list"
	}
	return "has names with values"
}

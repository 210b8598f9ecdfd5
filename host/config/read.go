package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const maxVisits = 200_000 // nodes of one file, aliases resolved

// read fills the struct that to points to from YAML. What is at fault keeps
// the value that it has, so that the other faults are found as well.
func (r *reader) read(data []byte, to any) {
	if len(data) > maxFile {
		r.fault("", errTooLarge.Error())
		return
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return // nothing but comments
	case err != nil:
		r.syntax(err)
		return
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		r.add(&second, "", "begins a second document: only one is read, take out the line ---")
	}
	root := doc.Content[0]
	if empty(root) || r.circular(root, map[*yaml.Node]bool{}) {
		return
	}
	r.fill(root, reflect.ValueOf(to).Elem(), "")
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

func (r *reader) syntax(err error) {
	m := yamlLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(m[1]) // no number means no line
	says := m[2] + ": look at the indentation, colons and quotes of this line and the one above"
	if strings.HasPrefix(m[2], "unknown anchor") {
		says = "a text that begins with * must stand in quotes" // it may be a password: do not repeat it
	}
	r.faults = append(r.faults, Fault{File: r.file, Line: line, Says: "is not YAML: " + says})
}

// circular reports an alias inside of what it stands for, which has no end.
func (r *reader) circular(n *yaml.Node, above map[*yaml.Node]bool) bool {
	if n.Kind == yaml.AliasNode && above[n.Alias] {
		r.add(n, "", "the alias *"+n.Value+" stands inside of what it repeats: write it out")
		return true
	}
	above[n] = true
	defer delete(above, n)
	for _, c := range n.Content {
		if r.circular(c, above) {
			return true
		}
	}
	return false
}

// add reports a fault where it stands.
func (r *reader) add(n *yaml.Node, key, says string) {
	r.faults = append(r.faults, Fault{File: r.file, Line: n.Line, Key: key, Says: says})
}

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeTexts    = reflect.TypeFor[[]string]()
	typeJSON     = reflect.TypeFor[json.RawMessage]()
)

// fill reads one node into to, which says what type is wanted.
func (r *reader) fill(n *yaml.Node, to reflect.Value, key string) {
	n, ok := r.resolve(n, key)
	if !ok {
		return
	}
	r.lines[key] = n.Line
	switch {
	case empty(n):
		// a key without a value is as good as none
	case to.Type() == typeJSON:
		r.fillJSON(n, to, key)
	case to.Kind() == reflect.Struct:
		r.fillStruct(n, to, key)
	case to.Kind() == reflect.Map:
		r.fillMap(n, to, key)
	case to.Kind() == reflect.Slice:
		r.fillList(n, to, key)
	default:
		r.fillScalar(n, to, key)
	}
}

// resolve follows an alias, and stops when a small file becomes a large one by them.
func (r *reader) resolve(n *yaml.Node, key string) (*yaml.Node, bool) {
	r.visits++
	if r.visits == maxVisits {
		r.add(n, key, "has too many values, counting what aliases repeat: write fewer")
	}
	if r.visits >= maxVisits {
		return nil, false
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias, true
	}
	return n, true
}

func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// entries calls fn for each key of a mapping, and reports those given twice.
func (r *reader) entries(n *yaml.Node, key string, fn func(name string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.add(n, key, "wants keys with values, not "+describe(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || empty(k):
			r.add(k, key, "has a key that is not a plain text")
		case k.ShortTag() == "!!merge":
			r.add(k, join(key, k.Value), "merging is not offered: write the keys out")
		case first[k.Value] > 0:
			r.add(k, join(key, k.Value), fmt.Sprintf("is given twice, first in line %d: keep one", first[k.Value]))
		default:
			first[k.Value] = k.Line
			fn(k.Value, k, v)
		}
	}
}

func (r *reader) fillStruct(n *yaml.Node, to reflect.Value, key string) {
	fields := map[string]int{}
	var known []string
	for i := range to.NumField() {
		name := fieldName(to.Type().Field(i))
		fields[name] = i
		known = append(known, name)
	}
	r.entries(n, key, func(name string, k, v *yaml.Node) {
		i, ok := fields[name]
		if !ok {
			r.add(k, join(key, name), "there is no such key"+cmp.Or(renamed(join(key, name)), suggest(name, known)))
			return
		}
		r.fill(v, to.Field(i), join(key, name))
		r.lines[join(key, name)] = k.Line
	})
}

func (r *reader) fillMap(n *yaml.Node, to reflect.Value, key string) {
	m := reflect.MakeMap(to.Type())
	r.entries(n, key, func(name string, _, v *yaml.Node) {
		item := reflect.New(to.Type().Elem()).Elem()
		r.fill(v, item, join(key, name))
		m.SetMapIndex(reflect.ValueOf(name), item)
	})
	to.Set(m)
}

func (r *reader) fillList(n *yaml.Node, to reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		r.add(n, key, "wants a list such as [a, b], not "+describe(n))
		return
	}
	list := reflect.MakeSlice(to.Type(), len(n.Content), len(n.Content))
	for i, v := range n.Content {
		at := key + "[" + strconv.Itoa(i) + "]"
		if empty(v) {
			r.add(v, at, "is empty: write a value or take it out")
			continue
		}
		r.fill(v, list.Index(i), at)
	}
	to.Set(list)
}

func (r *reader) fillScalar(n *yaml.Node, to reflect.Value, key string) {
	tag := n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
		r.add(n, key, "wants "+wants(to.Type())+", not "+describe(n))
	case to.Kind() == reflect.String && tag != "!!str" && tag != "!!timestamp":
		// 007 without quotes would be the number 7; the value may be a secret
		r.add(n, key, fmt.Sprintf("wants a text, not %s: put it in quotes", describe(n)))
	default:
		if says := set(to, n.Value); says != "" {
			r.add(n, key, says)
		}
	}
}

// set gives to the value that text stands for, or says why it stands for none.
func set(to reflect.Value, text string) (says string) {
	switch {
	case to.Kind() == reflect.String:
		to.SetString(text)
		return ""
	case to.Type() == typeDuration:
		if d, err := ParseDuration(text); err == nil {
			to.SetInt(int64(d))
			return ""
		}
	case to.Type() == typeTexts:
		to.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })))
		return ""
	case to.Kind() == reflect.Bool:
		if yes := strings.EqualFold(text, "true"); yes || strings.EqualFold(text, "false") {
			to.SetBool(yes)
			return ""
		}
	default:
		if n, err := strconv.Atoi(text); err == nil {
			to.SetInt(int64(n))
			return ""
		}
	}
	return fmt.Sprintf("wants %s, not %q", wants(to.Type()), shorten(text))
}

func wants(t reflect.Type) string {
	switch {
	case t == typeDuration:
		return "a duration such as 20s, 5m, 2h or 30d"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a text"
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return fmt.Sprintf("the text %q", shorten(n.Value))
}

func shorten(s string) string {
	r := []rune(s)
	if len(r) <= 40 {
		return s
	}
	return string(r[:40]) + "..."
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// A leaf is a key with a single value, which a variable can give as well.
type leaf struct {
	key   string
	value reflect.Value
}

const envPrefix = "BELLHOP_"

// variable is the environment variable that gives a key.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// leaves lists the keys of config.yaml that have a single value.
func leaves(c *Config) []leaf {
	var list []leaf
	var walk func(v reflect.Value, key string)
	walk = func(v reflect.Value, key string) {
		switch v.Kind() {
		case reflect.Map:
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), join(key, fieldName(v.Type().Field(i))))
			}
		default:
			list = append(list, leaf{key, v})
		}
	}
	walk(reflect.ValueOf(c).Elem(), "")
	return list
}

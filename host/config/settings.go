package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fillJSON keeps a part of a file as a JSON object, for those who know its
// schema. Keys are sorted, so that equal settings are equal bytes.
func (r *reader) fillJSON(n *yaml.Node, to reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		r.add(n, key, "wants keys with values, not "+describe(n))
		return
	}
	before := len(r.faults)
	value := r.plain(n, key)
	if len(r.faults) > before {
		return
	}
	data, err := json.Marshal(value)
	if err != nil {
		r.add(n, key, err.Error())
		return
	}
	to.SetBytes(data)
}

// number is how JSON writes one (RFC 8259, 6). Such a number stays as it was
// written: a long one is an id that must not lose its last digits, and -0 is
// not 0. YAML's other forms, such as 0x1F, are counted out.
var number = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// plain translates YAML to the values of encoding/json.
func (r *reader) plain(n *yaml.Node, key string) any {
	n, ok := r.resolve(n, key)
	if !ok {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		r.entries(n, key, func(name string, _, v *yaml.Node) { m[name] = r.plain(v, join(key, name)) })
		return m
	case yaml.SequenceNode:
		list := []any{}
		for i, v := range n.Content {
			list = append(list, r.plain(v, fmt.Sprintf("%s[%d]", key, i)))
		}
		return list
	}
	return r.plainScalar(n, key)
}

func (r *reader) plainScalar(n *yaml.Node, key string) any {
	switch n.ShortTag() {
	case "!!str", "!!timestamp": // a date stays as it was written
		return n.Value
	case "!!null":
		return nil
	case "!!int", "!!float":
		if number.MatchString(n.Value) {
			return json.Number(n.Value)
		}
	}
	var v any
	if err := n.Decode(&v); err != nil {
		r.add(n, key, err.Error())
		return nil
	}
	switch v := v.(type) {
	case bool, int, int64, uint64:
		return v
	case float64:
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			return v
		}
	}
	r.add(n, key, fmt.Sprintf("%s %s is no value for settings: write a text, number, list or keys", n.Tag, n.Value))
	return nil
}

// yamlOf translates JSON to YAML that a person would write.
func yamlOf(data json.RawMessage) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return nodeOf(v), nil
}

func nodeOf(v any) *yaml.Node {
	n := &yaml.Node{}
	switch v := v.(type) {
	case map[string]any:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, textNode(k), nodeOf(v[k]))
		}
	case []any:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range v {
			n.Content = append(n.Content, nodeOf(item))
		}
	case json.Number:
		n.Kind, n.Value, n.Tag = yaml.ScalarNode, v.String(), "!!int"
		if _, err := v.Int64(); err != nil {
			n.Tag = "!!float"
		}
	case string:
		return textNode(v)
	case bool:
		n.Kind, n.Value, n.Tag = yaml.ScalarNode, fmt.Sprint(v), "!!bool"
	default:
		n.Kind, n.Value, n.Tag = yaml.ScalarNode, "null", "!!null"
	}
	return n
}

func textNode(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if strings.Contains("\n"+s, "\n\t") {
		n.Style = yaml.DoubleQuotedStyle // the library can't read its own block with a tab in front
	}
	return n
}

func textsNode(list []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, s := range list {
		n.Content = append(n.Content, textNode(s))
	}
	return n
}

package sdk

import (
	"fmt"
	"sort"
	"strconv"
)

// Limits of what an instance remembers, per chat and for itself.
const (
	MaxStateKeys  = 256
	MaxStateKey   = 128       // bytes
	MaxStateValue = 64 * 1024 // bytes
)

// State is a small memory: texts by name. What is set in a handler is kept
// when the handler returns nil, together with its effects, or not at all.
type State struct {
	values map[string]string
	writes *[]Write // where changes of the present run go; nil outside a run
	scope  Scope
	fail   func(error)
}

// Scope says whom a state belongs to.
type Scope string

// A state belongs to one chat or to the whole instance.
const (
	ScopeChat     Scope = "chat"
	ScopeInstance Scope = "instance"
)

// Write is one change of a state. An empty value with Delete set removes.
type Write struct {
	Scope  Scope  `json:"scope"`
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Delete bool   `json:"delete,omitempty"`
}

// Get is the value by that name; "" when there is none.
func (s *State) Get(key string) string { return s.values[key] }

// Has reports whether there is a value by that name.
func (s *State) Has(key string) bool {
	_, ok := s.values[key]
	return ok
}

// Set remembers the value by that name. More than 256 names, a name of more
// than 128 bytes or a value of more than 64 KiB fails the handler.
func (s *State) Set(key, value string) {
	_, known := s.values[key]
	switch {
	case s.writes == nil:
		panic("sdk: State.Set is called outside a handler")
	case key == "" || len(key) > MaxStateKey:
		s.fail(fmt.Errorf("state name %.20q has %d bytes: use 1 to %d", key, len(key), MaxStateKey))
	case len(value) > MaxStateValue:
		s.fail(fmt.Errorf("state %q has %d bytes: at most %d", key, len(value), MaxStateValue))
	case !known && len(s.values) >= MaxStateKeys:
		s.fail(fmt.Errorf("state %q would be number %d: at most %d names", key, len(s.values)+1, MaxStateKeys))
	default:
		s.values[key] = value
		*s.writes = append(*s.writes, Write{Scope: s.scope, Key: key, Value: value})
	}
}

// Delete forgets the value by that name.
func (s *State) Delete(key string) {
	if s.writes == nil {
		panic("sdk: State.Delete is called outside a handler")
	}
	if !s.Has(key) {
		return
	}
	delete(s.values, key)
	*s.writes = append(*s.writes, Write{Scope: s.scope, Key: key, Delete: true})
}

// Int is the value by that name as a number; 0 when there is none.
func (s *State) Int(key string) int {
	n, _ := strconv.Atoi(s.values[key])
	return n
}

// Add adds n to the number by that name and returns the sum.
func (s *State) Add(key string, n int) int {
	n += s.Int(key)
	s.Set(key, strconv.Itoa(n))
	return n
}

// Keys are the names in order.
func (s *State) Keys() []string {
	keys := make([]string, 0, len(s.values))
	for k := range s.values {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

package lobby

import (
	"encoding/json"
	"os"
)

// entity is something that the state file keeps.
type entity interface {
	key() (kind, id string)
}

// Entities that are no structs stand for a key of the world.
type (
	counter string
	setting string
	grant   string   // a permission
	newest  struct{} // the world's lastFacts
)

func (c counter) key() (string, string)       { return "counter", string(c) }
func (c setting) key() (string, string)       { return "setting", string(c) }
func (g grant) key() (string, string)         { return "permission", string(g) }
func (newest) key() (string, string)          { return "facts", "newest" }
func (u *user) key() (string, string)         { return "user", u.ID }
func (k *token) key() (string, string)        { return "token", k.Hash }
func (d *department) key() (string, string)   { return "department", d.ID }
func (v *visitor) key() (string, string)      { return "visitor", v.ID }
func (r *room) key() (string, string)         { return "room", r.ID }
func (q *inquiry) key() (string, string)      { return "inquiry", q.ID }
func (s *subscription) key() (string, string) { return "subscription", s.ID }
func (m *message) key() (string, string)      { return "message", m.ID }
func (f *upload) key() (string, string)       { return "upload", f.ID }
func (f *customField) key() (string, string)  { return "field", f.ID }

// value is what the file keeps of an entity.
func (w *world) value(e entity) any {
	switch e := e.(type) {
	case counter:
		return w.counters[string(e)]
	case setting:
		return w.settings[string(e)]
	case grant:
		return w.grants[string(e)]
	case newest:
		return w.lastFacts
	}
	return e
}

// each visits everything that the state file keeps, in an order in which it
// can be loaded: users before their tokens, rooms before their messages.
func (w *world) each(visit func(entity)) {
	visitAll(visit, w.userOrder)
	for _, h := range sortedKeys(w.tokens) {
		visit(w.tokens[h])
	}
	visitAll(visit, w.deptOrder)
	for _, id := range sortedKeys(w.visitors) {
		visit(w.visitors[id])
	}
	visitAll(visit, w.roomOrder)
	for _, r := range w.roomOrder {
		visitAll(visit, r.log)
		visitAll(visit, w.members(r.ID))
		visitAll(visit, w.byRoom[r.ID])
	}
	visitAll(visit, w.conferenceOrder)
	for _, id := range sortedKeys(w.inquiries) {
		visit(w.inquiries[id])
	}
	for _, id := range w.fieldOrder {
		visit(w.fields[id])
	}
	for _, name := range sortedKeys(w.counters) {
		visit(counter(name))
	}
	for _, name := range sortedKeys(w.settings) {
		visit(setting(name))
	}
	for _, id := range sortedKeys(w.grants) {
		visit(grant(id))
	}
	visit(newest{})
}

func visitAll[E entity](visit func(entity), list []E) {
	for _, e := range list {
		visit(e)
	}
}

// loaders put a stored entity back into the world, by kind.
var loaders = map[string]func(*world, *stateFile, change) error{
	"user":         loader((*world).addUser),
	"token":        loader((*world).addToken),
	"department":   loader((*world).addDepartment),
	"visitor":      loader((*world).addVisitor),
	"room":         loader((*world).addRoom),
	"inquiry":      loader((*world).addInquiry),
	"subscription": loader((*world).addSub),
	"message":      loader((*world).addMessage),
	"field":        loader((*world).addField),
	"conference":   loader((*world).addConference),
	"upload":       loadUpload,
	"counter":      loadCounter,
	"setting":      loadSetting,
	"permission":   loadGrant,
	"facts":        loadFacts,
}

func loader[T any](add func(*world, *T)) func(*world, *stateFile, change) error {
	return func(w *world, _ *stateFile, c change) error {
		v := new(T)
		if err := json.Unmarshal(c.Value, v); err != nil {
			return err
		}
		add(w, v)
		return nil
	}
}

func loadUpload(w *world, st *stateFile, c change) error {
	f := new(upload)
	if err := json.Unmarshal(c.Value, f); err != nil {
		return err
	}
	data, err := os.ReadFile(st.upload(f.ID))
	f.data = data
	w.addUpload(f)
	return err
}

func loadCounter(w *world, _ *stateFile, c change) error {
	n := 0
	err := json.Unmarshal(c.Value, &n)
	w.counters[c.ID] = n
	return err
}

func loadSetting(w *world, _ *stateFile, c change) error {
	var v any
	err := json.Unmarshal(c.Value, &v)
	w.settings[c.ID] = v
	return err
}

func loadGrant(w *world, _ *stateFile, c change) error {
	var holders []string
	err := json.Unmarshal(c.Value, &holders)
	w.grants[c.ID] = holders
	return err
}

func loadFacts(w *world, _ *stateFile, c change) error {
	err := json.Unmarshal(c.Value, &w.lastFacts)
	if n := len(w.lastFacts); n > 0 {
		w.factNumber = w.lastFacts[n-1].N
	}
	return err
}

package lobby

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// stateFile keeps the world: JSON lines, one a request, each with all that the
// request changed, so that a request is in the file whole or not at all. At
// every start it is rewritten without what was overwritten since. Files that
// were uploaded lie beside it, in NAME.files. A nil stateFile keeps nothing.
type stateFile struct {
	name string
	f    *os.File
}

// change is one entity's new value; no value means that it is gone.
type change struct {
	Kind  string          `json:"k"`
	ID    string          `json:"id"`
	Value json.RawMessage `json:"v,omitempty"`
}

// openState reads the file into the world and opens it for what follows.
func openState(name string, w *world) (*stateFile, error) {
	if name == "" {
		return nil, nil
	}
	st := &stateFile{name: name}
	if err := os.MkdirAll(st.filesDir(), 0o700); err != nil {
		return nil, fmt.Errorf("make folder for uploads: %w", err)
	}
	latest, order, err := readState(name)
	if err != nil {
		return nil, err
	}
	for _, id := range order {
		if err := w.load(latest[id], st); err != nil {
			return nil, fmt.Errorf("load %s %s from %s: %w", latest[id].Kind, latest[id].ID, name, err)
		}
	}
	return st, st.rewrite(latest, order)
}

func (st *stateFile) filesDir() string { return st.name + ".files" }

// readState returns each entity's latest value, in the order of their first
// appearance. A torn last line is what a killed process leaves: it was never
// acknowledged.
func readState(name string) (map[string]change, []string, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open state: %w", err)
	}
	defer f.Close()
	latest, order := map[string]change{}, []string{}
	lines := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return latest, order, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read state: %w", err)
		}
		var changes []change
		if err := json.Unmarshal(line, &changes); err != nil {
			return nil, nil, fmt.Errorf("read %s line %d: %w (is it a lobby's state file?)", name, n, err)
		}
		for _, c := range changes {
			key := c.Kind + "/" + c.ID
			if _, known := latest[key]; !known {
				order = append(order, key)
			}
			latest[key] = c
		}
	}
}

// rewrite replaces the file by one that holds only what still counts.
func (st *stateFile) rewrite(latest map[string]change, order []string) error {
	tmp, err := os.OpenFile(st.name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	out := bufio.NewWriter(tmp)
	for _, key := range order {
		if latest[key].Value == nil {
			continue
		}
		line, err := json.Marshal([]change{latest[key]})
		if err != nil {
			return fmt.Errorf("write state: %w", err)
		}
		out.Write(append(line, '\n'))
	}
	if err := errors.Join(out.Flush(), tmp.Sync(), os.Rename(tmp.Name(), st.name)); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	st.f = tmp
	return nil
}

// write appends what a request changed.
func (st *stateFile) write(t *tx) error {
	if st == nil || len(t.puts)+len(t.gone) == 0 {
		return nil
	}
	gone := map[entity]bool{}
	var changes []change
	for _, e := range t.gone {
		gone[e] = true
		kind, id := e.key()
		changes = append(changes, change{Kind: kind, ID: id})
	}
	for _, e := range t.puts {
		if gone[e] {
			continue
		}
		kind, id := e.key()
		value, err := json.Marshal(t.value(e))
		if err != nil {
			return fmt.Errorf("store %s %s: %w", kind, id, err)
		}
		changes = append(changes, change{Kind: kind, ID: id, Value: value})
	}
	line, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if _, err := st.f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// value is what the file keeps of an entity.
func (w *world) value(e entity) any {
	switch e := e.(type) {
	case counter:
		return w.counters[string(e)]
	case setting:
		return w.settings[string(e)]
	}
	return e
}

func (st *stateFile) saveFile(id string, data []byte) error {
	if st == nil {
		return nil
	}
	name := filepath.Join(st.filesDir(), id)
	if err := os.WriteFile(name+".new", data, 0o600); err != nil {
		return fmt.Errorf("store upload: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("store upload: %w", err)
	}
	return nil
}

func (st *stateFile) close() error {
	if st == nil {
		return nil
	}
	return st.f.Close()
}

// loaders put a stored entity back into the world, by kind.
var loaders = map[string]func(*world, *stateFile, change) error{
	"user":         loader((*world).addUser),
	"department":   loader((*world).addDepartment),
	"visitor":      loader((*world).addVisitor),
	"room":         loader((*world).addRoom),
	"inquiry":      loader((*world).addInquiry),
	"subscription": loader((*world).addSub),
	"message":      loader((*world).addMessage),
	"field":        loader((*world).addField),
	"upload": func(w *world, st *stateFile, c change) error {
		f := new(upload)
		if err := json.Unmarshal(c.Value, f); err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(st.filesDir(), f.ID))
		f.data = data
		w.addUpload(f)
		return err
	},
	"counter": func(w *world, _ *stateFile, c change) error {
		n := 0
		err := json.Unmarshal(c.Value, &n)
		w.counters[c.ID] = n
		return err
	},
	"setting": func(w *world, _ *stateFile, c change) error {
		var v any
		err := json.Unmarshal(c.Value, &v)
		w.settings[c.ID] = v
		return err
	},
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

func (w *world) load(c change, st *stateFile) error {
	if c.Value == nil || bytes.Equal(c.Value, []byte("null")) {
		return nil
	}
	load := loaders[c.Kind]
	if load == nil {
		return fmt.Errorf("unknown kind %q", c.Kind)
	}
	return load(w, st, c)
}

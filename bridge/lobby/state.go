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
	"strings"
)

// stateFormat is the number of the format that this code writes.
const stateFormat = 1

// stateHead begins every state file, so that no other file is taken for one.
const stateHead = `{"bellhop lobby state":%d}` + "\n"

// compactAfter is how many bytes may be appended, at least, before the file is
// rewritten without what was overwritten since.
const compactAfter = 32 << 20

// stateFile keeps the world: JSON lines, one a request, each with all that the
// request changed, so that a request is in the file whole or not at all. It is
// only ever appended to; at every start, and when most of it is out of date,
// it is replaced by one that holds only what counts. Files that were uploaded lie
// beside it, in NAME.files. A nil stateFile keeps nothing.
//
// It survives the end of the process at any moment. It is not flushed to the
// disk at every request, so that a power cut may cost the last seconds.
type stateFile struct {
	name string
	f    *os.File
	lock *os.File

	size    int64 // bytes that are whole
	compact int64 // the size at which it is rewritten
	late    *tx   // what could not be written yet: it goes with the next request
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
	if err := st.open(w); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return st, nil
}

func (st *stateFile) open(w *world) error {
	var err error
	if st.lock, err = lockFolder(st.filesDir()); err != nil {
		return fmt.Errorf("state %s: %w: stop the other lobby, or name another file", st.name, err)
	}
	latest, order, err := readState(st.name)
	if err != nil {
		return err
	}
	for _, key := range order {
		if err := w.load(latest[key], st); err != nil {
			return fmt.Errorf("state %s: load %s %s: %w: put back the file and its folder %s as they were, or move both away to begin anew",
				st.name, latest[key].Kind, latest[key].ID, err, st.filesDir())
		}
	}
	if err := st.sweep(w); err != nil {
		return err
	}
	return st.rewrite(w)
}

func (st *stateFile) filesDir() string { return st.name + ".files" }

func (st *stateFile) upload(id string) string { return filepath.Join(st.filesDir(), id) }

// sweep removes uploads that no message knows: those of requests that were cut
// off, and those of messages that were deleted.
func (st *stateFile) sweep(w *world) error {
	entries, err := os.ReadDir(st.filesDir())
	if err != nil {
		return fmt.Errorf("read folder of uploads: %w", err)
	}
	for _, e := range entries {
		id := strings.TrimSuffix(e.Name(), ".new")
		if w.uploads[id] != nil && id == e.Name() || len(id) != idLength {
			continue
		}
		if err := os.Remove(st.upload(e.Name())); err != nil {
			return fmt.Errorf("remove lost upload: %w", err)
		}
	}
	return nil
}

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
	lines := bufio.NewReaderSize(f, 1<<16)
	if empty, err := readHead(name, lines); empty || err != nil {
		return nil, nil, err
	}
	latest, order := map[string]change{}, []string{}
	for n := 2; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return latest, order, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read state %s: %w", name, err)
		}
		var changes []change
		if err := json.Unmarshal(line, &changes); err != nil {
			return nil, nil, fmt.Errorf("read state %s line %d: %w: the file was changed by something else; put back a copy, or move it away to begin anew", name, n, err)
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

// readHead checks that the file is a lobby's, so that no other is overwritten.
// An empty file is a new one.
func readHead(name string, lines *bufio.Reader) (empty bool, err error) {
	line, err := lines.ReadString('\n')
	if err == io.EOF && line == "" {
		return true, nil
	}
	if err != nil && err != io.EOF {
		return false, fmt.Errorf("read state %s: %w", name, err)
	}
	format := 0
	if _, err := fmt.Sscanf(line, stateHead, &format); err != nil || format < 1 {
		return false, fmt.Errorf("read state %s: not a lobby's state file: name another, or move this one away", name)
	}
	if format > stateFormat {
		return false, fmt.Errorf("read state %s: written by a newer version (format %d, this one knows %d): use that version, or name another file", name, format, stateFormat)
	}
	return false, nil
}

// rewrite replaces the file by one that holds only what counts.
func (st *stateFile) rewrite(w *world) error {
	size, f, err := st.writeNew(w)
	if err != nil {
		return fmt.Errorf("rewrite state %s: %w", st.name, err)
	}
	if st.f != nil {
		st.f.Close()
	}
	st.f, st.size, st.compact = f, size, size+max(size, compactAfter)
	return nil
}

func (st *stateFile) writeNew(w *world) (size int64, f *os.File, err error) {
	f, err = os.OpenFile(st.name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, nil, err
	}
	out := bufio.NewWriterSize(f, 1<<16)
	n, err := fmt.Fprintf(out, stateHead, stateFormat)
	size = int64(n)
	w.each(func(e entity) {
		line, failed := appendChanges(nil, w, nil, []entity{e})
		_, lost := out.Write(line)
		err = errors.Join(err, failed, lost)
		size += int64(len(line))
	})
	if err = errors.Join(err, out.Flush(), f.Sync()); err == nil {
		err = os.Rename(f.Name(), st.name)
	}
	if err != nil {
		return 0, nil, errors.Join(err, f.Close())
	}
	return size, f, nil
}

// write appends what a request changed. What the disk refuses is written with
// the next request, and told only then.
func (st *stateFile) write(t *tx) error {
	if st == nil {
		return nil
	}
	if st.late != nil {
		t.prepend(st.late)
	}
	if len(t.facts) > 0 {
		t.lastFacts = t.facts
		t.put(newest{})
	}
	if err := st.append(t); err != nil {
		st.late = t
		return fmt.Errorf("write state: %w", err)
	}
	st.late = nil
	for _, e := range t.gone {
		if f, ok := e.(*upload); ok {
			os.Remove(st.upload(f.ID)) // what stays is swept at the next start
		}
	}
	return nil
}

func (st *stateFile) append(t *tx) error {
	if len(t.puts)+len(t.gone) == 0 {
		return nil
	}
	if st.f == nil {
		return errors.New("the lobby is closed")
	}
	line, err := appendChanges(nil, t.world, t.gone, t.puts)
	if err != nil {
		return err
	}
	if st.size+int64(len(line)) > st.compact {
		return st.rewrite(t.world) // the world has it already
	}
	if _, err := st.f.Write(line); err != nil {
		return errors.Join(err, st.f.Truncate(st.size))
	}
	st.size += int64(len(line))
	return nil
}

// appendChanges writes one line of the file.
func appendChanges(line []byte, w *world, gone, puts []entity) ([]byte, error) {
	changes := make([]change, 0, len(gone)+len(puts))
	dead := map[entity]bool{}
	for _, e := range gone {
		dead[e] = true
		kind, id := e.key()
		changes = append(changes, change{Kind: kind, ID: id})
	}
	for _, e := range puts {
		if dead[e] {
			continue
		}
		kind, id := e.key()
		value, err := json.Marshal(w.value(e))
		if err != nil {
			return nil, fmt.Errorf("store %s %s: %w", kind, id, err)
		}
		changes = append(changes, change{Kind: kind, ID: id, Value: value})
	}
	data, err := json.Marshal(changes)
	return append(append(line, data...), '\n'), err
}

// saveFile stores an upload's bytes, whole or not at all.
func (st *stateFile) saveFile(id string, data []byte) error {
	if st == nil {
		return nil
	}
	name := st.upload(id)
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
	var err error
	for _, f := range []**os.File{&st.f, &st.lock} {
		if *f != nil {
			err = errors.Join(err, (*f).Close())
			*f = nil
		}
	}
	return err
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

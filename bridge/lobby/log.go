package lobby

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// journal is the log: JSON lines {ts, kind, ...}; see the package's comment. A
// nil writer logs nothing.
type journal struct {
	mu   sync.Mutex // guards what follows
	w    io.Writer
	now  func() time.Time
	lost int // pieces that the writer refused since the last one that it took
}

func (j *journal) line(kind string, d doc) {
	if j.w == nil {
		return
	}
	d["ts"], d["kind"] = j.now().UTC(), kind
	j.write(append(encode(d, plain), '\n'))
}

// start begins on a line of its own, whatever a killed lobby left behind, and
// adds the facts that it had stored and not logged any more.
func (j *journal) start(stored []Fact) error {
	if j.w == nil {
		return nil
	}
	missing, err := j.missing(stored)
	if err != nil {
		return err
	}
	j.write(appendFacts(j.beginning(nil), missing))
	return nil
}

// missing are the stored facts that the log does not hold. A log that is new, or that
// is no file, misses nothing.
func (j *journal) missing(stored []Fact) ([]Fact, error) {
	file, ok := j.w.(*os.File)
	if !ok || len(stored) == 0 {
		return nil, nil
	}
	f, err := os.Open(file.Name())
	if err != nil {
		return nil, nil // a pipe, or a device
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, err
	}
	logged, err := ReadFacts(f)
	if err != nil {
		return nil, err
	}
	last := 0
	if n := len(logged); n > 0 {
		last = logged[n-1].N
	}
	return slices.DeleteFunc(slices.Clone(stored), func(f Fact) bool { return f.N <= last }), nil
}

func (j *journal) beginning(out []byte) []byte {
	d := doc{"ts": j.now().UTC(), "kind": "start"}
	if j.lost > 0 {
		d["lost"] = j.lost
	}
	return append(appendJSON(append(out, '\n'), d, plain), '\n')
}

// tx writes what one request stated and told, in one piece.
func (j *journal) tx(t *tx) {
	if j.w == nil {
		return
	}
	out := appendFacts(nil, t.facts)
	for _, e := range t.events {
		out = append(appendJSON(out, e.line(t.now), plain), '\n')
	}
	if out != nil {
		j.write(out)
	}
}

func appendFacts(out []byte, facts []Fact) []byte {
	for _, f := range facts {
		if line, err := json.Marshal(f); err == nil {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

func (e event) line(at time.Time) doc {
	who := []any{}
	for _, c := range e.to {
		who = append(who, c.who)
	}
	return doc{"ts": at, "kind": "event", "stream": e.stream, "event": e.name, "to": who, "args": e.args}
}

// write appends a piece. A log that cannot be written must not stop the
// workspace; when it can be written again it says how much is missing.
func (j *journal) write(b []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lost > 0 {
		b = append(j.beginning(nil), b...)
	}
	if _, err := j.w.Write(b); err != nil {
		j.lost++
		return
	}
	j.lost = 0
}

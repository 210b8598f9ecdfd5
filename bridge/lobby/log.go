package lobby

import (
	"encoding/json"
	"io"
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

// start begins on a line of its own, whatever a killed lobby left behind.
func (j *journal) start() {
	if j.w != nil {
		j.write(j.beginning(nil))
	}
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
	var out []byte
	for _, f := range t.facts {
		if line, err := json.Marshal(f); err == nil {
			out = append(append(out, line...), '\n')
		}
	}
	for _, e := range t.events {
		out = append(appendJSON(out, e.line(t.now), plain), '\n')
	}
	if out != nil {
		j.write(out)
	}
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

package lobby

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// journal is the log: JSON lines {ts, kind, ...}. Kinds are start, rest, ddp,
// event, state and fact. A nil writer logs nothing.
type journal struct {
	mu  sync.Mutex // guards w
	w   io.Writer
	now func() time.Time
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
	if j.w == nil {
		return
	}
	line := append([]byte{'\n'}, encode(doc{"ts": j.now().UTC(), "kind": "start"}, plain)...)
	j.write(append(line, '\n'))
}

// tx writes what one request changed, stated and told, in one piece.
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
		who := []any{}
		for _, c := range e.to {
			who = append(who, c.who)
		}
		out = append(appendJSON(out, doc{"ts": t.now, "kind": "event", "stream": e.stream, "event": e.name, "to": who, "args": e.args}, plain), '\n')
	}
	if out != nil {
		j.write(out)
	}
}

func (j *journal) write(b []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.w.Write(b) // a log that cannot be written must not stop the workspace
}

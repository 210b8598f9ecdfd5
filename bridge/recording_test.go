package bridge

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// line is one line of a recording.
type line struct {
	Kind    string          `json:"kind"`
	Step    string          `json:"step"`
	TS      time.Time       `json:"ts"`
	Payload json.RawMessage `json:"payload"`
}

// recorded are the steps of a recording.
type recorded struct {
	name  string
	lines []line
}

func recording(t testing.TB, name string) []recorded {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var steps []recorded
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Kind == "step" {
			steps = append(steps, recorded{name: l.Step})
			continue
		}
		last := &steps[len(steps)-1]
		last.lines = append(last.lines, l)
	}
	if len(steps) < 30 {
		t.Fatalf("recording %s has %d steps", name, len(steps))
	}
	return steps
}

// document is a room, a message or a visitor as it was recorded.
type document = map[string]any

func momentOf(v any) time.Time {
	switch v := v.(type) {
	case string:
		t, _ := time.Parse(time.RFC3339, v)
		return t
	case document:
		ms, _ := v["$date"].(float64)
		return time.UnixMilli(int64(ms))
	}
	return time.Time{}
}

// learn takes in what a step shows: documents as they are at its end, and what
// frames tell of rooms that no document shows.
func (p *player) learn(s recorded) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range s.lines {
		if l.TS.After(p.now) {
			p.now = l.TS
		}
		if l.Kind == "ddp" {
			p.learnFrame(l)
		} else {
			p.learnAnswer(l)
		}
	}
}

func (p *player) learnAnswer(l line) {
	var call struct {
		Method string
		Path   string
		Body   struct {
			Room    document
			Inquiry document
			Message document
			Visitor document
			Data    struct {
				Me document
			}
		}
	}
	if err := json.Unmarshal(l.Payload, &call); err != nil {
		p.t.Fatal(err)
	}
	b := call.Body
	switch {
	case b.Data.Me != nil:
		p.me = b.Data.Me
	case b.Visitor != nil:
		p.visitors[b.Visitor["_id"].(string)] = b.Visitor
	case b.Room != nil:
		p.learnRoom(b.Room, true)
	case b.Inquiry != nil:
		p.learnRoom(b.Inquiry, true)
	case call.Method == "DELETE":
		p.forget(b.Message)
	case b.Message != nil:
		p.learnMessage(b.Message)
	}
}

// learnRoom takes a room's document, whole or a part of one. The newest counts.
func (p *player) learnRoom(r document, whole bool) {
	id := r["_id"].(string)
	known := p.rooms[id]
	if known != nil && momentOf(r["_updatedAt"]).Before(momentOf(known["_updatedAt"])) {
		return
	}
	if whole || known == nil {
		p.rooms[id] = r
		return
	}
	for k, v := range r {
		known[k] = v
	}
	if r["open"] == nil {
		delete(known, "open")
	}
}

func (p *player) learnMessage(m document) {
	rid := m["rid"].(string)
	at := slices.IndexFunc(p.messages[rid], func(k document) bool { return k["_id"] == m["_id"] })
	if at < 0 {
		p.messages[rid] = append(p.messages[rid], m)
	} else {
		p.messages[rid][at] = m
	}
}

func (p *player) forget(m document) {
	for rid, list := range p.messages {
		p.messages[rid] = slices.DeleteFunc(list, func(k document) bool {
			gone := k["_id"] == m["_id"]
			if gone {
				p.deleted[rid] = append(p.deleted[rid], document{"_id": m["_id"], "_deletedAt": m["ts"]})
			}
			return gone
		})
	}
}

// learnFrame takes what a frame tells. A return to the queue and a guest's end
// are told by messages only.
func (p *player) learnFrame(l line) {
	collection, event, args := frameOf(p.t, l.Payload)
	switch {
	case collection == streamMessages && event == "__my_messages__":
		m := args[0].([]any)[0].(document)
		p.learnMessage(m)
		p.learnFromMessage(m)
	case strings.HasSuffix(event, "/rooms-changed"):
		p.learnRoom(args[1].(document), args[0] == "inserted")
	case collection == streamQueue:
		q := args[0].(document)
		if r := p.rooms[fmt.Sprint(q["rid"])]; r != nil && q["department"] != nil && momentOf(q["_updatedAt"]).After(momentOf(r["_updatedAt"])) {
			r["departmentId"] = q["department"]
		}
	}
}

func (p *player) learnFromMessage(m document) {
	r := p.rooms[m["rid"].(string)]
	if r == nil {
		return
	}
	move, _ := m["transferData"].(document)
	switch {
	case m["t"] == typeMoved && move["scope"] == "queue":
		delete(r, "servedBy")
	case m["t"] == typeClosed && r["open"] == true:
		delete(r, "open")
		r["closer"], r["closedAt"] = "user", m["ts"]
		if u := m["u"].(document); u["_id"] == r["v"].(document)["_id"] {
			r["closer"] = "visitor"
		}
	}
	if momentOf(m["_updatedAt"]).After(momentOf(r["_updatedAt"])) {
		r["_updatedAt"] = m["_updatedAt"]
	}
}

func frameOf(t testing.TB, payload json.RawMessage) (collection, event string, args []any) {
	t.Helper()
	var f struct {
		Collection string
		Fields     struct {
			EventName string
			Args      []any
		}
	}
	if err := json.Unmarshal(payload, &f); err != nil {
		t.Fatal(err)
	}
	return f.Collection, f.Fields.EventName, f.Fields.Args
}

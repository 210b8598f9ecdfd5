package lobby

import (
	"fmt"
	"strings"
)

// shapes are events by what they mean, with all the places of their arguments.
type shapes map[string]map[string]bool

// collect notes which events the recording shows in the step that begins at a line.
func (r *replay) collect(at int) shapes {
	set := shapes{}
	for _, e := range r.lines[at+1:] {
		if e.Kind == "step" {
			break
		}
		if e.Kind == "ddp" && e.Dir == "in" && e.frame["msg"] == "changed" {
			set.note(e.Conn, e.frame)
		}
	}
	return set
}

// note files an event under its meaning.
func (set shapes) note(conn string, f map[string]any) {
	fields := f["fields"].(map[string]any)
	args, _ := fields["args"].([]any)
	key := fmt.Sprintf("%s %s %s", conn, f["collection"], fields["eventName"])
	switch v := nth(args, 0).(type) {
	case string:
		key += " " + v
	case map[string]any:
		key += describe(v)
	case []any:
		if m, ok := nth(v, 0).(map[string]any); ok {
			key += describe(m)
		}
	}
	if set[key] == nil {
		set[key] = map[string]bool{}
	}
	for p := range shape(args) {
		set[key][p] = true
	}
}

func describe(m map[string]any) string {
	out := ""
	for _, k := range []string{"type", "action", "status", "t", "msg", "text"} {
		s, ok := m[k].(string)
		if !ok || strings.Contains(s, "guest-") || k == "msg" && m["t"] == nil && len(s) > 80 {
			continue
		}
		out += " " + k + "=" + s
	}
	return out
}

// endStep compares the events of the step that ends. An event that the
// recorder wrote down only after it had begun the next step counts for this one.
func (r *replay) endStep(next shapes) {
	got, want := r.received(), shapes{}
	for k, v := range r.want {
		want[r.translate(k)] = v
	}
	later := map[string]bool{}
	for k := range next {
		later[r.translate(k)] = true
	}
	for _, k := range sortedKeys(want) {
		switch {
		case got[k] != nil:
			r.checked++
			r.compareEvent(k, want[k], got[k])
		case r.early[k] != nil:
			r.compareEvent(k, want[k], r.early[k])
		default:
			r.fault("event %s is missing", k)
		}
	}
	early := shapes{}
	for _, k := range sortedKeys(got) {
		switch {
		case want[k] != nil:
		case later[k]:
			early[k] = got[k]
		case r.leftOut(k):
		default:
			r.fault("event %s is not recorded", k)
		}
	}
	r.early = early
	r.hangUp()
}

// hangUp closes the connections of which the recording shows no more.
func (r *replay) hangUp() {
	last := map[string]string{} // connection: its last step
	for _, e := range r.lines {
		if e.Kind == "ddp" {
			last[e.Conn] = e.Step
		}
	}
	for conn, s := range r.sockets {
		if last[conn] == r.step {
			s.hangUp()
			delete(r.sockets, conn)
		}
	}
}

// compareEvent compares an event's shapes. Of those that the recorder left out
// as too many, more may come than were recorded.
func (r *replay) compareEvent(key string, want, got map[string]bool) {
	if !r.leftOut(key) {
		r.compareShapes("event "+key, want, got)
		return
	}
	for _, p := range surplus(want, got) {
		r.fault("event %s: lacks %s", key, p)
	}
}

// leftOut reports whether the recording's last line names the event as one of
// which it left some out in this step.
func (r *replay) leftOut(key string) bool {
	note := r.lines[len(r.lines)-1]
	counts, _ := note.frame["left_out"].(map[string]any)
	f := strings.Fields(key)
	for k := range counts {
		part := strings.Split(k, "|")
		if part[0] == r.step && part[1] == f[0] && r.translate(part[2]) == f[2] {
			return true
		}
	}
	return false
}

// received are the events that have come to all connections since it was asked last.
func (r *replay) received() shapes {
	got := shapes{}
	for _, conn := range sortedKeys(r.sockets) {
		frames, err := r.sockets[conn].drain()
		if err != nil {
			delete(r.sockets, conn)
			r.ended(conn, err)
		}
		got.noteAll(conn, frames)
	}
	for _, s := range r.guests {
		frames, err := s.drain()
		if err != nil {
			r.t.Fatal(err)
		}
		got.noteAll("visitor", frames)
	}
	return got
}

func (set shapes) noteAll(conn string, frames []map[string]any) {
	for _, f := range frames {
		if f["msg"] == "changed" {
			set.note(conn, f)
		}
	}
}

// ended checks that a connection was closed as the recorded one was.
func (r *replay) ended(conn string, err error) {
	for _, e := range r.lines {
		if e.Step != r.step || e.Conn != conn || e.Dir != "in" || e.frame["websocket"] != "closed" {
			continue
		}
		if want := fmt.Sprintf("close %v ", e.frame["code"]); !strings.Contains(err.Error(), want) {
			r.fault("%s ended with %v, recorded %s", conn, err, want)
		}
		r.checked++
		return
	}
	r.fault("%s ended: %v", conn, err)
}

// drain is sync for a connection that may end.
func (s *socket) drain() ([]map[string]any, error) {
	s.n++
	id := fmt.Sprint("p", s.n)
	err := s.ws.WriteMessage(1, []byte(`{"msg":"ping","id":"`+id+`"}`))
	for {
		f, ended := s.next()
		if ended != nil {
			err = ended
		}
		if err == nil && f["id"] != id {
			s.seen = append(s.seen, f)
			continue
		}
		out := s.seen
		s.seen = nil
		return out, err
	}
}

package lobby

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// entry is one line of a recording.
type entry struct {
	Dir     string          `json:"dir"`
	Kind    string          `json:"kind"`
	Conn    string          `json:"conn"`
	Who     string          `json:"who"`
	Step    string          `json:"step"`
	TS      time.Time       `json:"ts"`
	Payload json.RawMessage `json:"payload"`

	frame map[string]any // the payload, when it is an object
	text  string         // when it is a text
}

func recording(t *testing.T, name string) []*entry {
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
	var out []*entry
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		e := &entry{}
		if err := json.Unmarshal(lines.Bytes(), e); err != nil {
			t.Fatal(err)
		}
		json.Unmarshal(e.Payload, &e.frame) // a text stays a text
		json.Unmarshal(e.Payload, &e.text)
		out = append(out, e)
	}
	if len(out) == 0 {
		t.Fatalf("recording %s is empty", name)
	}
	return out
}

// difference is a place where the lobby deliberately answers otherwise.
type difference struct {
	step  string // beginning of the step's name; "" means any
	what  string // part of the complaint
	why   string
	found bool
}

// replay plays the clients' side of a recording and compares what comes back.
type replay struct {
	t       *testing.T
	w       *workspace
	lines   []*entry
	clock   time.Time
	ids     map[string]string // recorded id: the lobby's
	people  map[string]*caller
	sockets map[string]*socket
	step    string
	want    map[string]map[string]bool // event key: shapes, of this step as recorded
	faults  []string
	known   []difference
	checked int
}

var userIDs = map[string]string{
	"admin": "FqdwyXNkX8PfZDtG2", "bot": "Tsym488Hbth9kgQ6i", "alice": "jHQhbbJREfPpNXSE7", "carol": "jzBofAAfbv5cEM3pH", "dave": "hKLrqWcaQjSFe7wft",
}

var departmentIDs = map[string]string{"Sales": "LzpGpvhFZAP4z9Kxb", "Support": "EgZ2RKox2o2HNDvGR", "Empty": "fCaDvAWikFWodLFQJ"}

func newReplay(t *testing.T, name string, opt Options, known []difference) *replay {
	r := &replay{t: t, lines: recording(t, name), ids: map[string]string{}, people: map[string]*caller{}, sockets: map[string]*socket{}, known: known}
	r.clock = r.lines[0].TS
	opt.NoLimits = true
	opt.Now = func() time.Time { return r.clock }
	r.w = open(t, opt)
	for n, id := range userIDs {
		r.ids[id] = r.w.account(n).ID
	}
	for n, id := range departmentIDs {
		r.ids[id] = r.w.department(n)
	}
	return r
}

func (r *replay) run() {
	for i, e := range r.lines {
		switch {
		case e.Kind == "step":
			r.endStep()
			r.step, r.want = e.Step, map[string]map[string]bool{}
			r.collect(i)
		case e.Dir == "out":
			// the server's own time lies between question and answer
			r.clock = e.TS.Add(10 * time.Millisecond)
			r.play(e, i)
		}
	}
	r.endStep()
	r.report()
}

// collect notes which events the recording shows in this step.
func (r *replay) collect(at int) {
	for _, e := range r.lines[at+1:] {
		if e.Kind == "step" {
			return
		}
		if e.Kind == "ddp" && e.Dir == "in" && e.frame["msg"] == "changed" {
			r.note(r.want, e.Conn, e.frame)
		}
	}
}

// note files an event under what it means, with the shape of its arguments.
func (r *replay) note(set map[string]map[string]bool, conn string, f map[string]any) {
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
		if s, ok := m[k].(string); ok && !strings.Contains(s, "guest-") && (k != "msg" || m["t"] != nil || len(s) < 80) {
			out += " " + k + "=" + s
		}
	}
	return out
}

// play does what a client did.
func (r *replay) play(e *entry, at int) {
	if e.Kind == "rest" {
		r.playREST(e, at)
		return
	}
	if e.frame == nil {
		r.playRaw(e, at)
		return
	}
	f := e.frame
	if f["msg"] == "connect" && r.sockets[e.Conn] != nil {
		r.sockets[e.Conn].ws.Close()
		r.sockets[e.Conn] = nil
	}
	s := r.socketOf(e.Conn)
	id, _ := f["id"].(string)
	switch f["msg"] {
	case "connect":
		s.write(string(e.Payload))
		s.until(func(g map[string]any) bool { return g["msg"] == "connected" })
	case "method":
		want := r.reply(at, e.Conn, func(g map[string]any) bool { return g["msg"] == "result" && g["id"] == id })
		s.write(r.translate(r.credentials(e, want)))
		got := s.until(func(g map[string]any) bool { return g["msg"] == "result" && g["id"] == id })
		r.compare("method "+fmt.Sprint(f["method"]), want, got)
	case "sub":
		is := func(g map[string]any) bool {
			subs, _ := g["subs"].([]any)
			return g["msg"] == "nosub" && g["id"] == id || g["msg"] == "ready" && slices.Contains(subs, any(id))
		}
		want := r.reply(at, e.Conn, is)
		s.write(r.translate(string(e.Payload)))
		r.compare(fmt.Sprint("sub ", f["name"]), want, s.until(is))
	case "unsub":
		s.write(r.translate(string(e.Payload)))
		s.until(func(g map[string]any) bool { return g["msg"] == "nosub" && g["id"] == id })
	case "ping", "pong":
	default:
		s.write(string(e.Payload))
		is := func(g map[string]any) bool { return g["msg"] == "error" }
		r.compare(fmt.Sprint("frame ", f["msg"]), r.reply(at, e.Conn, is), s.until(is))
	}
}

// playRaw sends a text as it stands and compares the next frame.
func (r *replay) playRaw(e *entry, at int) {
	s := r.sockets[e.Conn]
	if s == nil {
		s = r.w.dial()
		r.sockets[e.Conn] = s
		if f, err := s.next(); err != nil || f["server_id"] == nil {
			r.t.Fatalf("first frame: %v %v", f, err)
		}
	}
	nth := 0 // of this connection's texts in this step
	for _, o := range r.lines[:at] {
		if o.Conn == e.Conn && o.Dir == "out" && o.Step == e.Step {
			nth++
		}
	}
	var answers []map[string]any
	for _, o := range r.lines {
		if o.Conn == e.Conn && o.Dir == "in" && o.Step == e.Step && o.frame["server_id"] == nil {
			answers = append(answers, o.frame)
		}
	}
	s.write(e.text)
	got, err := s.next()
	if err != nil {
		r.t.Fatal(err)
	}
	r.compare("raw "+e.text, answers[nth], got)
}

func (r *replay) socketOf(conn string) *socket {
	if r.sockets[conn] == nil {
		r.sockets[conn] = r.w.dial()
	}
	return r.sockets[conn]
}

func (r *replay) reply(at int, conn string, is func(map[string]any) bool) map[string]any {
	for _, e := range r.lines[at+1:] {
		if e.Kind == "ddp" && e.Dir == "in" && e.Conn == conn && is(e.frame) {
			return e.frame
		}
	}
	r.t.Fatalf("%s: no answer to line %d in the recording", r.step, at)
	return nil
}

// credentials puts working secrets where the recording's worked.
func (r *replay) credentials(e *entry, answer map[string]any) string {
	text := string(e.Payload)
	if e.frame["method"] != "login" {
		return text
	}
	user := strings.Split(e.Conn, "-")[0]
	if answer["error"] != nil {
		return strings.NewReplacer("TOKEN", "expired", "PASSWORD-DIGEST", "00ff").Replace(text)
	}
	password := r.w.account(user).Password
	sum := sha256.Sum256([]byte(password))
	return strings.NewReplacer("PASSWORD-DIGEST", hex.EncodeToString(sum[:]), "PASSWORD", password, "TOKEN", r.person(user).token).Replace(text)
}

func (r *replay) person(name string) *caller {
	if name == "visitor" {
		return r.w.guestCaller()
	}
	if r.people[name] == nil {
		r.people[name] = r.w.as(name)
	}
	return r.people[name]
}

// call is a recorded REST call or answer.
type call2 struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Form    map[string]any    `json:"form"`
}

func (r *replay) playREST(e *entry, at int) {
	var out, in call2
	if err := json.Unmarshal(e.Payload, &out); err != nil {
		r.t.Fatal(err)
	}
	for _, o := range r.lines[at+1:] {
		if o.Kind == "rest" && o.Dir == "in" && o.Who == e.Who && json.Unmarshal(o.Payload, &in) == nil && in.Path == out.Path && in.Method == out.Method {
			break
		}
	}
	c := *r.person(e.Who)
	if in.Status == 401 || in.Status == 403 && strings.HasPrefix(out.Path, "/file-upload") {
		c.token = "expired"
	}
	if h := out.Headers["x-visitor-token"]; h != "" {
		c.headers = map[string]string{"X-Visitor-Token": h}
	}
	path := strings.ReplaceAll(r.translate(out.Path), "TOKEN", r.tokenIn(out.Path))
	var got answer
	if out.Form != nil {
		got = r.playForm(&c, path, out.Form)
	} else {
		body := r.translate(r.restBody(e.Who, out, in.Status))
		got = c.send(out.Method, path, strings.NewReader(body), "application/json")
	}
	what := out.Method + " " + out.Path
	if got.status != in.Status {
		r.fault("%s: status %d, recorded %d (%.200s)", what, got.status, in.Status, got.raw)
		return
	}
	if strings.HasPrefix(out.Path, "/file-upload") || strings.HasPrefix(out.Path, "/ufs") {
		r.compareFile(what, in, got)
		return
	}
	var want, have map[string]any
	if json.Unmarshal(in.Body, &want) != nil || want["bytes"] != nil {
		if bytes.HasPrefix(got.raw, []byte("<!DOCTYPE html>")) {
			r.checked++
			return
		}
		r.fault("%s: no page: %.100s", what, got.raw)
		return
	}
	json.Unmarshal(got.raw, &have)
	r.compare(what, want, have)
	if strings.HasSuffix(out.Path, "/logout") {
		delete(r.people, e.Who)
	}
	if strings.HasSuffix(out.Path, "/login") && in.Status == 200 {
		data := have["data"].(map[string]any)
		r.people[e.Who] = &caller{w: r.w, id: data["userId"].(string), token: data["authToken"].(string)}
	}
}

// tokenIn is the token that a recorded address means: that of the user it names.
func (r *replay) tokenIn(path string) string {
	for name, id := range userIDs {
		if strings.Contains(path, "rc_uid="+id) {
			return r.person(name).token
		}
	}
	return "expired"
}

func (r *replay) restBody(who string, out call2, status int) string {
	text := string(out.Body)
	if strings.HasSuffix(out.Path, "/login") && status == 200 {
		return strings.NewReplacer("PASSWORD", r.w.account(who).Password, "TOKEN", r.person(who).token).Replace(text)
	}
	return text
}

const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

func (r *replay) playForm(c *caller, path string, form map[string]any) answer {
	fields, name, kind := map[string]string{}, "", ""
	field, files := "file", 0
	var list []any
	for k, v := range form {
		if text, ok := v.(string); ok {
			fields[k] = text
			continue
		}
		field, list = k, v.([]any)
		files = len(list)
		first := list[0].(map[string]any)
		name, kind = first["name"].(string), first["type"].(string)
	}
	data := []byte("hello from the test file\n")
	if kind == "image/png" {
		data, _ = base64.StdEncoding.DecodeString(dot)
	}
	if field == "file" && files < 2 {
		return c.upload(path, name, kind, data, fields)
	}
	var b strings.Builder
	for i := range files {
		fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=%q; filename=\"f%d.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n", field, i)
	}
	b.WriteString("--b--\r\n")
	return c.send("POST", path, strings.NewReader(b.String()), "multipart/form-data; boundary=b")
}

func (r *replay) compareFile(what string, in call2, got answer) {
	var body struct {
		Bytes int
		Start string
	}
	json.Unmarshal(in.Body, &body)
	if len(got.raw) != body.Bytes || !strings.HasPrefix(string(got.raw), body.Start) {
		r.fault("%s: %d bytes, recorded %d", what, len(got.raw), body.Bytes)
	}
	for _, h := range []string{"content-type", "content-disposition"} {
		want, have := in.Headers[h], got.header.Get(h)
		if in.Status == 200 && strings.Contains(what, "/file-upload/") && want != have {
			r.fault("%s: %s is %q, recorded %q", what, h, have, want)
		}
	}
	r.checked++
}

// translate writes the lobby's ids for the recording's, the longest first.
func (r *replay) translate(text string) string {
	pairs := make([]string, 0, len(r.ids))
	for k := range r.ids {
		pairs = append(pairs, k)
	}
	sort.Slice(pairs, func(i, j int) bool { return len(pairs[i]) > len(pairs[j]) })
	var all []string
	for _, k := range pairs {
		all = append(all, k, r.ids[k])
	}
	return strings.NewReplacer(all...).Replace(text)
}

var idForm = regexp.MustCompile(`^([A-Za-z0-9]{17}|[A-Za-z0-9]{34})$`)

// learn pairs ids at the same place of two documents.
func (r *replay) learn(want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			for k, v := range w {
				r.learn(v, g[k])
			}
		}
	case []any:
		if g, ok := got.([]any); ok && len(g) >= len(w) {
			for i, v := range w {
				r.learn(v, g[i])
			}
		}
	case string:
		if g, ok := got.(string); ok && idForm.MatchString(w) && idForm.MatchString(g) && r.ids[w] == "" {
			r.ids[w] = g
		}
	}
}

// compare looks at the shape of an answer, and at the words of a failure.
func (r *replay) compare(what string, want, got map[string]any) {
	r.checked++
	r.learn(want, got)
	for _, key := range []string{"error", "message", "errorType", "reason", "sanitizedError", "details"} {
		w, g := want[key], got[key]
		if _, isText := w.(string); !isText && key == "message" {
			continue
		}
		a, b := steady(r.translate(text(w))), steady(text(g))
		if a != b {
			r.fault("%s: %s is %s, recorded %s", what, key, b, a)
		}
	}
	r.compareShapes(what, shape(want), shape(got))
}

// steady leaves out what depends on the time.
var waitForm = regexp.MustCompile(`wait \d+ seconds|"timeToReset":[\d.]+`)

func steady(s string) string { return waitForm.ReplaceAllString(s, "wait") }

func text(v any) string { b, _ := json.Marshal(v); return string(b) }

func (r *replay) compareShapes(what string, want, got map[string]bool) {
	for _, p := range sortedKeys(want) {
		if !got[p] {
			r.fault("%s: lacks %s", what, p)
		}
	}
	for _, p := range sortedKeys(got) {
		if !want[p] {
			r.fault("%s: adds %s", what, p)
		}
	}
}

// shape is every place of a document with the kind of its value.
func shape(v any) map[string]bool {
	set := map[string]bool{}
	walk(v, "", set)
	return set
}

var dateForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:.]+Z$`)

func walk(v any, at string, set map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["$date"]; ok && len(v) == 1 {
			set[at+":date"] = true
			return
		}
		set[at+":object"] = true
		for k, x := range v {
			if k != "preferences" {
				walk(x, at+"."+k, set)
			}
		}
	case []any:
		set[at+":array"] = true
		for _, x := range v {
			walk(x, at+"[]", set)
		}
	case string:
		if dateForm.MatchString(v) {
			set[at+":date"] = true
			return
		}
		set[at+":text"] = true
	case nil:
		set[at+":null"] = true
	default:
		set[fmt.Sprintf("%s:%T", at, v)] = true
	}
}

// endStep compares the events of the step that ends.
func (r *replay) endStep() {
	if r.want == nil {
		return
	}
	got := map[string]map[string]bool{}
	for conn, s := range r.sockets {
		if s == nil {
			continue
		}
		if frames, alive := s.drain(); alive {
			for _, f := range frames {
				if f["msg"] == "changed" {
					r.note(got, conn, f)
				}
			}
		}
	}
	want := map[string]map[string]bool{}
	for k, v := range r.want {
		want[r.translate(k)] = v
	}
	for _, k := range sortedKeys(want) {
		if got[k] == nil {
			r.fault("event %s is missing", k)
			continue
		}
		r.checked++
		r.compareShapes("event "+k, want[k], got[k])
	}
	for _, k := range sortedKeys(got) {
		if want[k] == nil {
			r.fault("event %s is not recorded", k)
		}
	}
}

// drain is sync for a connection that may be gone.
func (s *socket) drain() ([]map[string]any, bool) {
	s.n++
	id := fmt.Sprint("p", s.n)
	if s.ws.WriteMessage(1, []byte(`{"msg":"ping","id":"`+id+`"}`)) != nil {
		return nil, false
	}
	for {
		f, err := s.next()
		if err != nil {
			return nil, false
		}
		if f["msg"] == "pong" && f["id"] == id {
			out := s.seen
			s.seen = nil
			return out, true
		}
		s.seen = append(s.seen, f)
	}
}

// fault notes a difference, unless it is a deliberate one.
func (r *replay) fault(format string, a ...any) {
	msg := fmt.Sprintf(format, a...)
	for i := range r.known {
		if k := &r.known[i]; strings.HasPrefix(r.step, k.step) && strings.Contains(msg, k.what) {
			k.found = true
			return
		}
	}
	r.faults = append(r.faults, r.step+": "+msg)
}

func (r *replay) report() {
	for _, f := range r.faults {
		r.t.Error(f)
	}
	for _, k := range r.known {
		if !k.found {
			r.t.Errorf("the difference %q in step %q is no more: take it out of the table", k.what, k.step)
		}
	}
	r.t.Logf("%d answers and events compared", r.checked)
}

func TestAnswersAndEventsAreAsRecordedWithManualRouting(t *testing.T) {
	newReplay(t, "manual", Options{}, nil).run()
}

func TestAnswersAndEventsAreAsRecordedWithAutomaticRouting(t *testing.T) {
	newReplay(t, "auto", Options{Routing: Auto}, nil).run()
}

func TestWiderAPIIsAsRecorded(t *testing.T) {
	newReplay(t, "api", Options{}, nil).run()
}

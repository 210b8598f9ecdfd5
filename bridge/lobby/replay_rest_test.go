package lobby

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

func (r *replay) playREST(e *entry, at int) {
	var out, in restCall
	if err := json.Unmarshal(e.Payload, &out); err != nil {
		r.t.Fatal(err)
	}
	for _, o := range r.lines[at+1:] {
		if o.Kind == "rest" && o.Dir == "in" && o.Who == e.Who && !r.answered[o] && json.Unmarshal(o.Payload, &in) == nil && in.Path == out.Path && in.Method == out.Method {
			r.answered[o] = true
			break
		}
	}
	who := e.Who
	if strings.HasPrefix(r.step, "5.06") {
		who = "bot-logout" // the recorder made this one's calls under the bot's name
	}
	c := *r.person(who)
	isFile := strings.HasPrefix(out.Path, "/file-upload") || strings.HasPrefix(out.Path, "/ufs")
	if in.Status == 401 || in.Status == 403 && isFile {
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
	for _, h := range []string{"x-ratelimit-limit", "x-ratelimit-remaining", "cache-control"} {
		if want := in.Headers[h]; want != "" && want != got.header.Get(h) {
			r.fault("%s: %s is %q, recorded %q", what, h, got.header.Get(h), want)
		}
	}
	if isFile {
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
		delete(r.people, who)
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

func (r *replay) restBody(who string, out restCall, status int) string {
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
	if n := len(list); n == 1 {
		size := int(list[0].(map[string]any)["size"].(float64))
		data = append(data, make([]byte, max(0, size-len(data)))...)[:size]
	}
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

func (r *replay) compareFile(what string, in restCall, got answer) {
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
		if in.Status == 200 && want != have {
			r.fault("%s: %s is %q, recorded %q", what, h, have, want)
		}
	}
	r.checked++
}

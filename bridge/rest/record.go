package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"sync"
)

// requests writes down requests: see Options.Record.
type requests struct {
	secrets []string // that stand in no line, wherever they were

	mu sync.Mutex // one line at a time
	w  io.Writer  // nil means that nothing is recorded
}

// requestLine is what is written of one.
type requestLine struct {
	Method string         `json:"method"`
	Path   string         `json:"path"`  // below the workspace's address, escaped
	Query  map[string]any `json:"query"` // texts, and lists of texts
	Body   any            `json:"body"`  // JSON, or a form's fields; null means none
}

// masked stands where a secret was.
const masked = "masked"

// note writes a request down. A recording that can't be written is not worth a
// call that can be made.
func (r *requests) note(k call, s Session) {
	if r.w == nil {
		return
	}
	mask := masks(append([]string{s.Token}, r.secrets...))
	line := requestLine{Method: k.verb, Path: mask.text("", k.below()+k.path), Query: map[string]any{}}
	for name, values := range k.query {
		line.Query[name] = mask.at(name, one(values))
	}
	line.Body = mask.at("", content(k))
	var out bytes.Buffer
	text := json.NewEncoder(&out)
	text.SetEscapeHTML(false)
	if text.Encode(line) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(out.Bytes())
}

func one(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	list := make([]any, len(values))
	for n, v := range values {
		list[n] = v
	}
	return list
}

// content is what a request carries.
func content(k call) any {
	kind, about, _ := mime.ParseMediaType(k.kind)
	if kind == "multipart/form-data" {
		return form(k.body, about["boundary"])
	}
	var v any
	json.Unmarshal(k.body, &v) // no body is nothing
	return v
}

// form is what a form's fields hold; of a file, what is said of it.
func form(data []byte, boundary string) any {
	fields := map[string]any{}
	parts := multipart.NewReader(bytes.NewReader(data), boundary)
	for {
		p, err := parts.NextPart()
		if err != nil {
			return fields
		}
		value, _ := io.ReadAll(p) // it is in memory
		fields[p.FormName()] = string(value)
		if name := p.FileName(); name != "" {
			fields[p.FormName()] = map[string]any{"name": name, "type": p.Header.Get("Content-Type"), "size": len(value)}
		}
	}
}

// masks are secrets that are known, and stand nowhere.
type masks []string

// at is a value without secrets: what lies under a key that names one, and what
// is one. A method's call is JSON in a text.
func (m masks) at(key string, v any) any {
	switch v := v.(type) {
	case string:
		return m.text(key, v)
	case []any:
		for n := range v {
			v[n] = m.at(key, v[n])
		}
	case map[string]any:
		for name := range v {
			v[name] = m.at(name, v[name])
		}
	}
	return v
}

func (m masks) text(key, s string) string {
	if isSecret(key) {
		return masked
	}
	var inner map[string]any
	if key == "message" && json.Unmarshal([]byte(s), &inner) == nil {
		if out, err := json.Marshal(m.at("", inner)); err == nil {
			return string(out)
		}
	}
	for _, secret := range m {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, masked)
			s = strings.ReplaceAll(s, url.QueryEscape(secret), masked)
		}
	}
	return s
}

// isSecret reports whether what has the name is to be seen by nobody.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"token", "password", "secret", "digest", "resume", "totp"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

package lobby

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
)

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
	r.compareValues(what, want, got)
}

// compareValues looks at texts, numbers and switches that stand at the same
// place; which places there are compareShapes has seen to.
func (r *replay) compareValues(what string, want, got any) {
	recorded, have := values(want), values(got)
	for _, at := range sortedKeys(recorded) {
		g, ok := have[at]
		if !ok || g == recorded[at] {
			continue
		}
		if w := r.translate(recorded[at]); g != w {
			r.fault("%s: %s is %s, recorded %s", what, at, g, w)
		}
	}
}

var idPart = regexp.MustCompile(`/[A-Za-z0-9]{17}/`)

// chance are the keys whose values come from chance, from the clock, or from how
// much the server has seen.
var chance = map[string]bool{
	"_id": true, "token": true, "authToken": true, "bcrypt": true, "preferences": true, "metrics": true, "ts": true,
	"total": true, "count": true, "chats": true, "timeToReset": true, "session": true,
}

func values(v any) map[string]string {
	out := map[string]string{}
	collectValues(v, "", out)
	return out
}

func collectValues(v any, at string, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if !chance[k] && k != "$date" {
				collectValues(x, at+"."+k, out)
			}
		}
	case []any:
		for i, x := range v {
			collectValues(x, fmt.Sprintf("%s[%d]", at, i), out)
		}
	case string:
		if !dateForm.MatchString(v) && !idForm.MatchString(v) && !strings.Contains(v, "guest-") {
			v, _, _ = strings.Cut(steady(v), "?token=")
			out[at] = idPart.ReplaceAllString(v, "/id/")
		}
	case bool, float64:
		out[at] = fmt.Sprint(v)
	}
}

// steady leaves out what depends on the time.
var waitForm = regexp.MustCompile(`wait \d+ seconds|"timeToReset":[\d.]+`)

func steady(s string) string { return waitForm.ReplaceAllString(s, "wait") }

func text(v any) string { b, _ := json.Marshal(v); return string(b) }

func (r *replay) compareShapes(what string, want, got map[string]bool) {
	for _, p := range surplus(want, got) {
		r.fault("%s: lacks %s", what, p)
	}
	for _, p := range surplus(got, want) {
		r.fault("%s: adds %s", what, p)
	}
}

// surplus are the places of a that b lacks, but not what lies within them.
func surplus(a, b map[string]bool) []string {
	var out []string
	for p := range a {
		if !b[p] {
			out = append(out, p)
		}
	}
	sort.Slice(out, func(i, j int) bool { return strings.Compare(place(out[i]), place(out[j])) < 0 })
	outer := ""
	return slices.DeleteFunc(out, func(p string) bool {
		if outer != "" && (strings.HasPrefix(p, outer+".") || strings.HasPrefix(p, outer+"[")) {
			return true
		}
		outer = place(p)
		return false
	})
}

func place(p string) string { return p[:strings.LastIndex(p, ":")] }

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

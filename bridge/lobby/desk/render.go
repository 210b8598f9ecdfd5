package desk

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed templates
var templateFiles embed.FS

// pages are parsed when somebody wants to see one: workers are of the same program
// and never do.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/*.html"))
})

var functions = template.FuncMap{
	"t":        word,
	"date":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"clock":    func(t time.Time) string { return t.UTC().Format("15:04") },
	"initials": initials,
	"colour":   colour,
	"size":     size,
	"span":     span,
	"query":    url.QueryEscape,
	"since":    since,
	"count":    func(id string, n int) count { return count{ID: id, N: n} },
	"typing":   func(rid, name string) typing { return typing{RID: rid, Name: name} },
	"buttons":  func(text string, danger bool) buttons { return buttons{text, danger} },
	"list":     func(v ...any) []any { return v },
}

// buttons are those that end a dialog.
type buttons struct {
	Go     string
	Danger bool
}

// render writes a part of a page. Templates are checked by tests: what fails is
// the connection.
func render(w io.Writer, name string, data any) {
	if err := pages().ExecuteTemplate(w, name, data); err != nil {
		fmt.Fprintf(w, "<!-- %s -->", template.HTMLEscapeString(err.Error()))
	}
}

func html(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	render(w, name, data)
}

// initials stand for a person's picture.
func initials(name string) string {
	var b strings.Builder
	for i, f := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(f)
		if i < 2 && (unicode.IsLetter(r) || unicode.IsNumber(r)) {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	if b.Len() == 0 {
		return "?"
	}
	return b.String()
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// span is a length of time for people, in seconds.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if seconds > 0 && d == 0 {
		return word("span.short")
	}
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return word("span.hours", h, m)
	case m > 0:
		return word("span.minutes", m, s)
	}
	return word("span.seconds", s)
}

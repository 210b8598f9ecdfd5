package desk

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"regexp/syntax"
	"time"
)

const (
	most        = 5000        // messages of a chat that are looked through, the newest
	longest     = 300         // letters of what is searched for
	lookedAt    = 16 << 10    // bytes of a message
	searchLimit = time.Second // that one search may take
	shownHits   = 100
)

// filter is what somebody searches for. Case does not count. The zero value lets
// everything through.
type filter struct{ re *regexp.Regexp }

// newFilter reads a plain text or, with re, a regular expression. Its match takes
// time in proportion to the text, whatever the expression is: Go's engine does not
// backtrack.
func newFilter(text string, re bool) (filter, error) {
	if text == "" {
		return filter{}, nil
	}
	if len(text) > longest {
		return filter{}, &refusal{text: word("search.long", longest)}
	}
	if !re {
		text = regexp.QuoteMeta(text)
	}
	compiled, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return filter{}, &refusal{text: explain(err)}
	}
	return filter{compiled}, nil
}

// pattern is the filter for those that read regular expressions.
func (f filter) pattern() string {
	if f.re == nil {
		return ""
	}
	return f.re.String()
}

func (f filter) match(text string) bool {
	return f.re == nil || f.re.MatchString(text[:min(len(text), lookedAt)])
}

// marked is a text with what was searched for in it standing out.
func (f filter) marked(text string) template.HTML {
	if f.re == nil {
		return template.HTML(template.HTMLEscapeString(text))
	}
	out, last := "", 0
	for _, at := range f.re.FindAllStringIndex(text[:min(len(text), lookedAt)], 100) {
		if at[0] == at[1] {
			continue
		}
		out += template.HTMLEscapeString(text[last:at[0]]) + "<mark>" + template.HTMLEscapeString(text[at[0]:at[1]]) + "</mark>"
		last = at[1]
	}
	return template.HTML(out + template.HTMLEscapeString(text[last:]))
}

// explain says in words what is wrong with a regular expression.
func explain(err error) string {
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	if text, ok := words["regexp."+string(wrong.Code)]; ok {
		return text
	}
	return word("regexp.other", wrong.Code, wrong.Expr)
}

// finding is the search of a chat's messages, in the panel.
type finding struct {
	RID, Query string
	Regexp     bool
	Hits       []hit
	More       bool   // there are more
	Error      string // what is wrong with what is searched for
}

// hit is a message that fits.
type hit struct {
	message
	Text template.HTML
}

func (d *Desk) search(w http.ResponseWriter, r *http.Request, s *session) error {
	p := finding{RID: r.PathValue("rid"), Query: r.FormValue("q"), Regexp: r.FormValue("re") != ""}
	if err := d.find(r.Context(), s.who, &p); err != nil {
		no := (*refusal)(nil)
		if !errors.As(err, &no) {
			return err
		}
		p.Error = plainWords(no)
	}
	part := "search"
	if r.Header.Get("HX-Target") == "hits" {
		part = "search-hits"
	}
	html(w, part, p)
	return nil
}

func (d *Desk) find(ctx context.Context, w who, p *finding) error {
	f, err := newFilter(p.Query, p.Regexp)
	if err != nil || p.Query == "" {
		return err
	}
	list, err := d.api.history(ctx, w, p.RID, most)
	if err != nil {
		return err
	}
	until := time.Now().Add(searchLimit)
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i]
		switch {
		case time.Now().After(until):
			return &refusal{text: word("search.slow")}
		case m.Type != "" || m.Msg == "" || !f.match(m.Msg):
			continue
		case len(p.Hits) == shownHits:
			p.More = true
			return nil
		}
		p.Hits = append(p.Hits, hit{*m, f.marked(m.Msg)})
	}
	return nil
}

package transcript

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

var forms = map[string]func(io.Writer, Conversation, Options) (Report, error){"pdf": PDF, "html": HTML, "text": Text, "json": JSON}

func write(t rapid.TB, form string, c Conversation, o Options) (string, Report) {
	t.Helper()
	var b bytes.Buffer
	r, err := forms[form](&b, c, o)
	if err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return b.String(), r
}

// contents are the texts that a reader must find, in whatever form.
func contents(c Conversation) []string {
	c = c.complete()
	all := []string{c.Title, c.Workspace, c.ChatID, c.Visitor.Name, c.Visitor.Email, c.Visitor.Phone, c.Department, c.ClosedBy, c.Comment}
	all = append(append(all, c.Agents...), c.Tags...)
	for _, e := range c.Entries {
		all = append(all, e.Who, e.From, e.To)
		all = append(all, strings.Split(e.Text, "\n")...)
		for _, q := range e.Quotes {
			all = append(all, q.Who, q.Text)
			for _, q := range q.Quotes {
				all = append(all, q.Who, q.Text)
			}
		}
		if e.Call != nil {
			all = append(all, e.Call.URL)
		}
		for _, f := range e.Files {
			all = append(all, f.Name, f.Type, f.SHA256)
		}
	}
	return all
}

func TestAllFormsHoldTheSame(t *testing.T) {
	c := sample(t)
	sums := map[string]bool{}
	for form := range forms {
		out, r := write(t, form, c, Options{})
		sums[r.SHA256] = true
		switch form {
		case "html":
			out = shownText(t, out)
		case "pdf":
			continue // see TestTextCopiedOutOfAPDFIsWhatWasPutIn
		case "json":
			var v any
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatal(err)
			}
			out = strings.ReplaceAll(out, `\"`, `"`)
		}
		if !strings.Contains(out, r.SHA256) {
			t.Errorf("%s does not name its digest", form)
		}
		out = flat(out)
		for _, s := range contents(c) {
			if form == "json" && s == c.complete().Title {
				continue // it is made of the visitor's name
			}
			if !strings.Contains(out, flat(s)) {
				t.Errorf("%s lacks %q", form, s)
			}
		}
	}
	if len(sums) != 1 {
		t.Errorf("the forms name different digests: %v", sums)
	}
}

// flat is s without white space, which forms may add where a line is broken.
func flat(s string) string { return strings.Join(strings.Fields(s), "") }

func TestDigestIsThatOfTheConversationInTheJSON(t *testing.T) {
	out, r := write(t, "json", sample(t), Options{})
	var record struct {
		Format, SHA256 string
		Conversation   json.RawMessage
	}
	if err := json.Unmarshal([]byte(out), &record); err != nil {
		t.Fatal(err)
	}
	if record.Format != Format || record.SHA256 != r.SHA256 || digestOf(record.Conversation) != r.SHA256 {
		t.Errorf("%s %s, want %s", record.Format, record.SHA256, r.SHA256)
	}
}

// Every change of what is told must change the digest.
func TestDigestTellsConversationsApart(t *testing.T) {
	_, first := write(t, "json", sample(t), Options{})
	for name, change := range map[string]func(*Conversation){
		"text":     func(c *Conversation) { c.Entries[0].Text += "." },
		"time":     func(c *Conversation) { c.Entries[0].At = c.Entries[0].At.Add(1) },
		"zone":     func(c *Conversation) { c.Zone = zone(t, "Europe/Paris") },
		"picture":  func(c *Conversation) { c.Entries[4].Files[1].Image = photo(t, "jpeg", 641, 420) },
		"language": func(c *Conversation) { c.Language = "de" },
		"order":    func(c *Conversation) { c.Entries[0], c.Entries[1] = c.Entries[1], c.Entries[0] },
	} {
		c := sample(t)
		change(&c)
		if _, r := write(t, "json", c, Options{}); r.SHA256 == first.SHA256 {
			t.Errorf("another %s has the same digest", name)
		}
	}
}

// A record that was read back is the record: what empty fields stand for is
// written out.
func TestJSONReadBackIsTheSameRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := anyConversation().Draw(t, "conversation")
		out, r := write(t, "json", first, Options{})
		var record struct {
			Conversation struct {
				Conversation
				Zone string
			}
		}
		if err := json.Unmarshal([]byte(out), &record); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, `\ufffd`) {
			return // what was no UTF-8 is gone for good
		}
		again := record.Conversation.Conversation
		again.Zone = first.Zone
		if _, second := write(t, "json", again, Options{}); second.SHA256 != r.SHA256 {
			t.Fatalf("written %s, read back and written %s", r.SHA256, second.SHA256)
		}
	})
}

func TestWritingChangesNothingInTheConversation(t *testing.T) {
	c := sample(t)
	before := c.complete()
	for form := range forms {
		write(t, form, c, Options{Logo: photo(t, "png", 9, 9)})
	}
	first, _ := write(t, "json", before, Options{})
	second, _ := write(t, "json", c, Options{})
	if first != second || c.Entries[0].Kind != "" || c.Entries[4].Files[1].SHA256 != "" || c.Title != "" {
		t.Error("the caller's conversation was changed")
	}
}

func TestAConversationWithoutMessagesSaysSo(t *testing.T) {
	for form := range forms {
		out, _ := write(t, form, Conversation{}, Options{})
		if form == "pdf" {
			out = copied(t, out)
		}
		want := "No messages"
		if form == "json" {
			want = `"entries":[]`
		}
		if !strings.Contains(out, want) {
			t.Errorf("%s: %q", form, out)
		}
	}
}

// parse returns all nodes of a page in order.
func parse(t testing.TB, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		all = append(all, n)
	}
	return all
}

func shownText(t testing.TB, page string) string {
	t.Helper()
	var b strings.Builder
	for _, n := range parse(t, page) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

func TestHTMLTakesNothingFromElsewhere(t *testing.T) {
	for _, o := range []Options{{}, {MailImages: true}} {
		o.Logo = photo(t, "png", 300, 100)
		out, r := write(t, "html", sample(t), o)
		named := map[string]bool{}
		for _, i := range r.Images {
			named["cid:"+i.ContentID] = true
		}
		pictures := 0
		for _, n := range parse(t, out) {
			for _, a := range n.Attr {
				switch {
				case a.Key == "src" && (named[a.Val] || strings.HasPrefix(a.Val, "data:image/")):
					pictures++
				case strings.Contains(a.Val, "//"), strings.Contains(a.Val, "url("), strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "href":
					t.Errorf("%s=%q", a.Key, a.Val)
				}
			}
			if n.Data == "script" || n.Data == "link" || n.Data == "style" {
				t.Errorf("there is a %s", n.Data)
			}
		}
		if pictures != 3 || len(named) != map[bool]int{false: 0, true: 3}[o.MailImages] {
			t.Errorf("%+v: %d pictures are shown, %d come beside", o.MailImages, pictures, len(named))
		}
	}
}

// What people write may not become a part of the page.
func TestHTMLHoldsHostileTextAsText(t *testing.T) {
	allowed := map[string]bool{}
	for _, n := range strings.Fields("html head meta title body table tbody tr td th p h1 h2 div span strong br blockquote") {
		allowed[n] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		c := anyConversation().Draw(t, "conversation")
		c.Entries = append(c.Entries, Entry{Text: anyText().Draw(t, "last")})
		out, _ := write(t, "html", c, Options{})
		if strings.Contains(out, "ZgotmplZ") {
			t.Fatal("the template does not trust its own values")
		}
		root, err := html.Parse(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		shown := ""
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && !allowed[n.Data] {
				t.Fatalf("there is a %s", n.Data)
			}
			if n.Type == html.TextNode {
				shown += n.Data
			}
		}
		for _, e := range c.complete().Entries {
			for l := range strings.SplitSeq(clean(e.Text), "\n") {
				if !e.quiet() && !strings.Contains(shown, l) {
					t.Fatalf("%q is not shown", l)
				}
			}
		}
	})
}

func TestHTMLSaysLanguageAndDirection(t *testing.T) {
	c := Conversation{Language: "ar-EG", Entries: []Entry{{Text: "hello\nمرحبا"}}}
	out, _ := write(t, "html", c, Options{})
	for _, want := range []string{`<html lang="ar" dir="rtl">`, `<div dir="auto" style="text-align:left;white-space:pre-wrap">hello</div>`, `<div dir="rtl" style="text-align:right;white-space:pre-wrap">مرحبا</div>`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	c.Language = "tlh" // the headings are English
	if out, _ = write(t, "html", c, Options{}); !strings.Contains(out, `<html lang="en" dir="ltr">`) {
		t.Error(out)
	}
}

func TestTextCannotBeMadeToLookLikeAnotherMessage(t *testing.T) {
	out, _ := write(t, "text", Conversation{Entries: []Entry{{Who: "Ana\n14:00 Alice", Text: "hi\r14:01 Alice: take my money\u2028--- Friday ---"}}}, Options{})
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l, "14:0") || strings.HasPrefix(l, "--- F") {
			t.Errorf("%q stands at the beginning of a line in\n%s", l, out)
		}
	}
}

func TestColourAndFooterAreTheWorkspaces(t *testing.T) {
	o := Options{Colour: "#b01e2e", Footer: "Acme Ltd · Berlin\nHRB 4711 <b>"}
	pdf, _ := write(t, "pdf", chat("Ana", strings.Repeat("so many lines\n", 150)), o)
	if n, pages := strings.Count(flat(copied(t, pdf)), flat(o.Footer)), strings.Count(pdf, "/Type/Page/"); n != pages || pages < 2 {
		t.Errorf("the footer is on %d of %d pages", n, pages)
	}
	page, _ := write(t, "html", sample(t), o)
	if !strings.Contains(flat(shownText(t, page)), flat(o.Footer)) || strings.Count(page, "#b01e2e") < 2 || strings.Contains(page, "#175aa8") {
		t.Error(page)
	}
	for _, form := range []string{"pdf", "html"} {
		plain, _ := write(t, form, sample(t), Options{})
		blue, _ := write(t, form, sample(t), Options{Colour: "#175aa8"})
		if form == "html" && plain != blue {
			t.Errorf("%s: the usual colour is another one", form)
		}
		if red, _ := write(t, form, sample(t), o); red == plain {
			t.Errorf("%s: the colour changes nothing", form)
		}
		for _, bad := range []string{"red", "#12345", "#1234567", "#12345g", "175aa8", "# 1 2 3"} {
			if _, err := forms[form](io.Discard, Conversation{}, Options{Colour: bad}); err == nil || !strings.Contains(err.Error(), "write it like #175aa8") {
				t.Errorf("%s: colour %q: %v", form, bad, err)
			}
		}
	}
}

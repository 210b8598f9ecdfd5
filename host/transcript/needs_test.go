package transcript

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// need is what a conversation in testdata/needs shows.
type need struct {
	redacted bool
	options  Options
	text     []string // in the text form, the PDF and HTML
	never    []string // in no byte of any form, but for marks and spaces
	pdf      []string // in the PDF's code
	html     []string
}

var needs = map[string]need{
	"every-script":                  {},
	"right-to-left":                 {},
	"emoji":                         {},
	"images-inline":                 {pdf: []string{"/Subtype/Image"}, html: []string{"data:image/png;base64,"}, text: []string{"photo.png"}},
	"files-with-name-size-and-hash": {text: []string{"note.txt", "13 B", digestOf([]byte("hello, world\n")), "terms.pdf", "48.2 kB"}},
	"quotes-in-line":                {html: []string{"<blockquote"}},
	"calls-in-line":                 {text: []string{"Call · offered · alice", "Call · ended · 6:12"}},
	"forwards-in-line":              {text: []string{"Forwarded · Sales → Billing · carol · alice", "Back in the queue", "Taken · carol"}},
	"holds-in-line":                 {text: []string{"On hold · alice", "Resumed"}},
	"zone-and-language":             {text: []string{"सोमवार, 2 मार्च 2026", "18:33", "समाप्त", "Asia/Kolkata (UTC+05:30)"}},
	"branding": {options: Options{Colour: "#b01e2e", Footer: "Acme GmbH, Berlin"}, text: nil,
		pdf: []string{"/Subtype/Image"}, html: []string{"#b01e2e", "Acme GmbH, Berlin", "<img"}},
	"redaction": {redacted: true, text: []string{"[card]", "order 4111111111111112", "[mail]", "[phone]"},
		never: []string{"4111111111111111", "41111111", "１１１１", "١١١١", "maya.lee", "901820"}},
	"hash-in-the-footer": {},
}

func TestNeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/needs/*.txt")
	if err != nil || len(files) != len(needs) {
		t.Fatalf("%d conversations, and %d needs: %v", len(files), len(needs), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) { needs[name].shown(t, file) })
	}
}

func (n need) shown(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Read(Source{Name: file, Data: data, Time: monday, Open: func(name string) ([]byte, error) {
		switch name {
		case "photo.png":
			return photo(t, "png", 60, 40), nil
		case "note.txt":
			return []byte("hello, world\n"), nil
		}
		return nil, errors.New("not there")
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := all[0]
	if n.redacted {
		c = c.Redacted()
	}
	if n.pdf != nil && n.options.Colour != "" {
		n.options.Logo = photo(t, "png", 40, 20)
	}
	_, report := write(t, "json", c, n.options)
	for _, form := range Forms {
		out, r := write(t, string(form), c, n.options)
		if r.SHA256 != report.SHA256 || len(r.Missing) > 0 {
			t.Errorf("%s: the digest is %s, want %s; missing is %q", form, r.SHA256, report.SHA256, r.MissingText())
		}
		n.check(t, form, out, c, report.SHA256)
	}
}

func (n need) check(t *testing.T, form Form, out string, c Conversation, sum string) {
	shown := out
	switch form {
	case FormPDF:
		sound(t, out)
		shown = copied(t, out)
		n.has(t, form, out, n.pdf)
	case FormHTML:
		shown = shownText(t, out)
		n.has(t, form, out, n.html)
	case FormJSON:
		n.hides(t, form, out)
		return
	}
	n.hides(t, form, out+shown)
	want := append([]string{sum}, n.text...)
	for _, e := range c.Entries {
		want = append(want, strings.Split(e.Text, "\n")...)
	}
	n.has(t, form, shown, want)
}

func (n need) has(t *testing.T, form Form, out string, want []string) {
	out = flat(withoutMarks(out))
	for _, w := range want {
		if !strings.Contains(out, flat(withoutMarks(w))) {
			t.Errorf("%s: %q is not in %q", form, w, out)
		}
	}
}

func (n need) hides(t *testing.T, form Form, out string) {
	out = flat(withoutMarks(strings.ReplaceAll(out, "4111111111111112", "")))
	for _, w := range n.never {
		if strings.Contains(out, w) {
			t.Errorf("%s: %q is in it", form, w)
		}
	}
}

package desk

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
)

// TestTemplatesAreSafeToFill has html/template look at each, which it does when they
// are first used: one that it can't escape would leave a hole in a page.
func TestTemplatesAreSafeToFill(t *testing.T) {
	for _, p := range pages().Templates() {
		if p.Tree == nil {
			continue // the root, which is empty
		}
		if err := pages().ExecuteTemplate(io.Discard, p.Name(), nil); err != nil && !strings.Contains(err.Error(), "executing") {
			t.Errorf("%s: %v", p.Name(), err)
		}
	}
}

// TestEveryWordOfATemplateIsThere looks up what templates ask for.
func TestEveryWordOfATemplateIsThere(t *testing.T) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`\(?t "([a-z.]+)"`)
	for _, f := range files {
		data, err := templateFiles.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range asked.FindAllSubmatch(data, -1) {
			if _, ok := words[string(hit[1])]; !ok {
				t.Errorf("%s asks for the word %q, which is not there", f.Name(), hit[1])
			}
		}
	}
}

func TestGuestsTextsAreEscaped(t *testing.T) {
	var b bytes.Buffer
	m := &message{ID: "x", Msg: `<script>alert(1)</script> https://example.com/"><b> javascript:alert(1)`, U: person{Username: "g"}, Alias: `<img src=x>`}
	render(&b, "item", viewer{}.line(m, nil))
	for _, bad := range []string{"<script", "<img", `"><b>`, `href="javascript`} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page holds %q: %s", bad, b.String())
		}
	}
}

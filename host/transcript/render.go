package transcript

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Form is one of the forms in which a conversation is written down. It is the
// usual ending of a file's name too.
type Form string

// The forms.
const (
	FormPDF  Form = "pdf"
	FormHTML Form = "html"
	FormText Form = "text"
	FormJSON Form = "json"
)

// Forms are all forms.
var Forms = []Form{FormPDF, FormHTML, FormText, FormJSON}

var writers = map[Form]func(io.Writer, Conversation, Options) (Report, error){
	FormPDF: PDF, FormHTML: HTML, FormText: Text, FormJSON: JSON,
}

// ParseForm reads the name of a form.
func ParseForm(name string) (Form, error) {
	if f := Form(strings.ToLower(name)); slices.Contains(Forms, f) {
		return f, nil
	}
	return "", fmt.Errorf("there is no form %q: write pdf, html, text or json", name)
}

// Render writes c in one of the forms.
func Render(w io.Writer, c Conversation, f Form, o Options) (Report, error) {
	write, known := writers[f]
	if !known {
		_, err := ParseForm(string(f))
		return Report{}, err
	}
	return write(w, c, o)
}

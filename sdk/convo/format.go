package convo

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/sdk"
)

// Format is the canonical text of a file. Parse gives the same file back, but
// for the numbers of lines.
func Format(f *File) string {
	var b strings.Builder
	b.WriteString(f.Comment)
	raw(&b, "settings", f.Settings)
	raw(&b, "hours", f.Hours)
	raw(&b, "answers", f.Answers)
	b.WriteString(formatState(f, sdk.Keys(f.State)))
	for _, c := range f.Chats {
		b.WriteString(c.String())
	}
	if len(f.Effects) > 0 {
		b.WriteString("-- effects --\n")
	}
	for _, e := range f.Effects {
		b.WriteString(e.Text + "\n")
	}
	return b.String()
}

func raw(b *strings.Builder, name string, t Text) {
	if t.Text != "" {
		b.WriteString("-- " + name + " --\n" + t.Text)
	}
}

// String is the chat as it stands in a file, with the head of its section.
func (c Chat) String() string {
	var b strings.Builder
	b.WriteString("-- " + strings.TrimSpace("chat "+c.Name) + " --\n")
	for _, s := range c.Steps {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// String is the line of the step, or the lines, without a line end behind
// the last.
func (s Step) String() string {
	switch s.Kind {
	case Say:
		return strings.TrimRight(formatName(s.Who)+": "+formatText(s.Text), " ")
	case Wait:
		return "+" + formatDuration(s.Wait)
	case Visitor:
		return formatVisitor(s)
	case Agent:
		return "@agent " + s.Who
	case Take:
		return "!take " + s.Who
	case Forward:
		return "!forward " + s.Target.String()
	case Transcript:
		return "!transcript " + s.Text
	case Close:
		return strings.TrimRight("!close "+formatLine(s.Text), " ")
	case Failed:
		return strings.TrimRight("!failed "+formatLine(s.Text), " ")
	case Leave, Queue, Hold, Resume, Hangup, Offer, Missed:
		return "!" + string(s.Kind)
	case Attach:
		return formatFile(s)
	case Edit, Quote:
		return strings.TrimRight("!"+string(s.Kind)+" "+formatName(s.Who)+": "+formatOne(s.Text), " ")
	case Delete, Typing, Join:
		return "!" + string(s.Kind) + " " + formatName(s.Who)
	case Call:
		return "!call " + s.Who
	case Deed:
		return "!deed " + formatName(s.Who) + ": " + s.Text
	case Tag, Untag:
		return "!" + string(s.Kind) + " " + s.Text
	case Page:
		return "!page " + formatOne(s.Text)
	case Contact:
		return "!contact" + formatFields(s.Fields, nil)
	}
	if alone[s.Kind] {
		return formatAlone(s)
	}
	return strings.TrimRight("# "+oneLine(s.Text), " ")
}

func formatVisitor(s Step) string {
	return "@visitor " + formatVisitorName(s.Who) + formatFields(s.Fields, ownKeys)
}

// formatFields writes the fields, some of them first.
func formatFields(fields map[string]string, first []string) string {
	keys := append([]string(nil), first...)
	for _, k := range sdk.Keys(fields) {
		if !contains(first, k) {
			keys = append(keys, k)
		}
	}
	line := ""
	for _, k := range keys {
		if v, ok := fields[k]; ok {
			line += " " + k + "=" + formatValue(v)
		}
	}
	return line
}

// formatOne writes a text into one line.
func formatOne(text string) string {
	if strings.Contains(text, "\n") {
		return strconv.Quote(text)
	}
	return formatLine(text)
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// formatVisitorName leaves a name of plain words as it is.
func formatVisitorName(name string) string {
	words := strings.Fields(name)
	for _, w := range words {
		if !plainWord.MatchString(w) {
			return strconv.Quote(name)
		}
	}
	if name == "" || strings.Join(words, " ") != name || !printable(name) {
		return strconv.Quote(name)
	}
	return name
}

func formatValue(v string) string {
	if !plainWord.MatchString(v) || !printable(v) {
		return strconv.Quote(v)
	}
	return v
}

// formatName quotes a speaker's name that would be taken for something else.
func formatName(name string) string {
	plain := name != "" && !strings.ContainsAny(name, `:"`) && !strings.ContainsAny(name[:1], "@!+#") &&
		!strings.HasPrefix(name, "-- ") && strings.TrimSpace(name) == name && printable(name)
	if plain {
		return name
	}
	return strconv.Quote(name)
}

// formatText writes a message: plainly and indented where that can be read
// back, else quoted.
func formatText(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) == 1 {
		return formatLine(text)
	}
	for i, line := range lines {
		if strings.TrimRight(line, " \t") != line || i == 0 && strings.TrimSpace(line) != line || !printable(line) {
			return strconv.Quote(text)
		}
	}
	if !readsBack(lines[1:]) {
		return strconv.Quote(text)
	}
	for i, line := range lines[1:] {
		if line != "" {
			lines[i+1] = "  " + line
		}
	}
	return strings.Join(lines, "\n")
}

// readsBack reports whether the indentation of the lines below the first is
// clear, and whether the last is not blank.
func readsBack(more []string) bool {
	for _, line := range more {
		if line != "" {
			return line[0] != ' ' && line[0] != '\t' && more[len(more)-1] != ""
		}
	}
	return false
}

func formatLine(text string) string {
	if strings.TrimSpace(text) != text || !printable(text) {
		return strconv.Quote(text)
	}
	if _, err := strconv.Unquote(text); err == nil && text[0] == '"' {
		return strconv.Quote(text)
	}
	return text
}

// printable reports whether a line can be written as it is.
func printable(line string) bool {
	for _, r := range line {
		if unicode.IsControl(r) && r != '\t' {
			return false
		}
	}
	return utf8.ValidString(line) && !strings.Contains(line, "\ufeff")
}

// oneLine folds white space and control characters into single spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// formatDuration is "5m", not "5m0s".
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

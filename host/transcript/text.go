package transcript

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes plain text: the head, then one line a message as "14:03 Ana: hello",
// with what belongs to it indented below.
func Text(w io.Writer, c Conversation, _ Options) (r Report, err error) {
	defer guard("text", &err)
	c = c.complete()
	_, sum, err := c.encode()
	if err != nil {
		return r, err
	}
	p := &plain{w: bufio.NewWriter(w), c: c, words: c.words()}
	p.head()
	p.entries()
	p.say("\nSHA-256 %s", sum)
	if err := p.w.Flush(); err != nil {
		return r, fmt.Errorf("write transcript as text: %w", err)
	}
	return Report{SHA256: sum}, nil
}

// plain writes the text form; the writer keeps the first error.
type plain struct {
	w     *bufio.Writer
	c     Conversation
	words *words
}

func (p *plain) say(format string, args ...any) {
	fmt.Fprintf(p.w, format, args...)
	p.w.WriteByte('\n')
}

func (p *plain) head() {
	title := p.words.list(" — ", oneLine(p.c.Title), oneLine(p.c.Workspace))
	p.say("%s\n%s\n", title, strings.Repeat("=", min(utf8.RuneCountInString(title), 72)))
	for _, f := range p.c.facts() {
		p.say("%s: %s", f.Label, f.Value)
	}
}

func (p *plain) entries() {
	day := ""
	switch {
	case len(p.c.Entries) == 0:
		p.say("\n%s", p.words.NoMessages)
	case p.c.timeless:
		p.say("")
	}
	for _, e := range p.c.Entries {
		if d := p.c.dayOf(e); d != day {
			day = d
			p.say("\n--- %s ---\n", d)
		}
		p.entry(e)
	}
}

func (p *plain) entry(e Entry) {
	clock := p.c.clock(e)
	if e.quiet() {
		p.say("%s", join(" ", clock, "*", e.happened(p.words)))
		p.attached(e)
		return
	}
	who := oneLine(e.Who)
	if e.Edited {
		who = join(" ", who, "("+p.words.Edited+")")
	}
	p.quotes("> ", e.Quotes)
	lines := strings.Split(clean(e.Text), "\n")
	p.say("%s", join(" ", clock, join(": ", who, lines[0])))
	for _, l := range lines[1:] {
		p.say("      %s", l)
	}
	p.attached(e)
}

// quotes writes what was quoted in a quote before it, as mails do.
func (p *plain) quotes(mark string, list []Quote) {
	for _, q := range list {
		if len(mark) < 2*maxQuotes {
			p.quotes(">"+mark, q.Quotes)
		}
		p.indented(mark, strings.TrimSpace(oneLine(q.Who)+": "+clean(q.Text)))
	}
}

func (p *plain) attached(e Entry) {
	for _, f := range e.Files {
		p.indented("", fmt.Sprintf("[%s: %s]", p.words.File, join(" · ", oneLine(f.Name), f.describe(), f.digest())))
	}
}

func (p *plain) indented(mark, s string) {
	for l := range strings.SplitSeq(s, "\n") {
		p.say("      %s%s", mark, l)
	}
}

func (f File) digest() string {
	if f.SHA256 == "" {
		return ""
	}
	return "SHA-256 " + oneLine(f.SHA256)
}

// dayOf is the heading under which e stands; "" if no time is known at all.
func (c Conversation) dayOf(e Entry) string {
	if c.timeless {
		return ""
	}
	if e.At.IsZero() {
		return c.words().Unknown
	}
	return c.words().day(e.At.In(c.Zone))
}

func (c Conversation) clock(e Entry) string {
	if c.timeless {
		return ""
	}
	if e.At.IsZero() {
		return "--:--"
	}
	return e.At.In(c.Zone).Format("15:04")
}

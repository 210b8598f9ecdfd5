package transcript

import (
	"bufio"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strings"
	"sync"
)

//go:embed page.html
var pageText string

// pageTemplate is parsed when a transcript first needs it: not in the processes
// of plugins, which are this program too.
var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// HTML writes one page that mail readers show too: tables and inline styles
// only, each text in its own direction, nothing fetched from elsewhere. Screen
// readers get headings for the days. Pictures are in it or, with
// [Options.MailImages], in the report.
func HTML(w io.Writer, c Conversation, o Options) (r Report, err error) {
	defer guard("html", &err)
	c = c.complete()
	_, sum, err := c.encode()
	if err != nil {
		return r, err
	}
	tint, err := o.accent()
	if err != nil {
		return r, err
	}
	p := &page{c: c, words: c.words(), accent: tint, Footer: oneLine(o.Footer), pictures: pictures{inMail: o.MailImages}, SHA256: sum}
	if o.Logo != nil {
		p.Logo = p.pictures.show(File{Name: "logo", Image: o.Logo}, maxLogoWidth, maxLogoHeight)
	}
	out := bufio.NewWriter(w)
	if err = pageTemplate().Execute(out, p); err == nil {
		err = out.Flush()
	}
	if err != nil {
		return r, fmt.Errorf("write transcript as html: %w", err)
	}
	return Report{SHA256: sum, Images: p.pictures.Images}, nil
}

// page is what page.html shows.
type page struct {
	c        Conversation
	words    *words
	pictures pictures
	accent   colour
	Logo     *shown
	Footer   string
	SHA256   string
}

func (p *page) Title() string     { return oneLine(p.c.Title) }
func (p *page) Workspace() string { return oneLine(p.c.Workspace) }
func (p *page) Accent() string    { return p.accent.hex() }
func (p *page) Facts() []fact     { return p.c.facts() }

// Lang is the language of the headings; that of the messages is not known.
func (p *page) Lang() string { return p.c.headings() }

func (p *page) Dir() string {
	if p.words.rtl {
		return "rtl"
	}
	return "ltr"
}

// Start is where lines begin, in a word that old mail readers know.
func (p *page) Start() string {
	if p.words.rtl {
		return "right"
	}
	return "left"
}

// block is one entry.
type block struct {
	Day    string // if another day begins with it
	Clock  string // and whether the message was edited
	Quiet  string // the line of what is no message
	Bubble bool   // a message or files

	Align      string // where the bubble stands
	Fill, Name string // colours
	Right      bool   // the text begins at the right, and so do the name and the files
	Who        string
	Quotes     []quoted
	Lines      []textLine
	Files      []attached
}

type quoted struct {
	Who    string
	Lines  []textLine
	Right  bool
	Quotes []quoted
}

func quotes(list []Quote, deep int) []quoted {
	var all []quoted
	for _, q := range list {
		if deep > 0 {
			all = append(all, quoted{oneLine(q.Who), textLines(q.Text), startsRight(clean(q.Text)), quotes(q.Quotes, deep-1)})
		}
	}
	return all
}

// textLine is a paragraph. Its direction is written out where it is not the
// usual one, because some mail readers know no dir=auto.
type textLine struct {
	Text string
	RTL  bool
}

type attached struct {
	Picture             *shown
	Name, About, Digest string
}

// Entries yields the blocks, one at a time, so that a long conversation is
// never whole in memory.
func (p *page) Entries() iter.Seq[block] {
	return func(yield func(block) bool) {
		if len(p.c.Entries) == 0 {
			yield(block{Quiet: p.words.NoMessages})
			return
		}
		day := ""
		for _, e := range p.c.Entries {
			b := p.block(e)
			if d := p.c.dayOf(e); d != day {
				day, b.Day = d, d
			}
			if !yield(b) {
				return
			}
		}
	}
}

func (p *page) block(e Entry) block {
	b := block{Clock: p.c.clock(e), Bubble: !e.quiet() || len(e.Files) > 0, Files: p.files(e.Files)}
	if e.quiet() {
		b.Quiet = e.happened(p.words)
		b.paint(looks[System], p.words.rtl)
		b.Right = p.words.rtl
		return b
	}
	b.paint(lookOf(e.Side, p.accent), p.words.rtl)
	b.Who = oneLine(e.Who)
	if e.Edited {
		b.Clock = join(" · ", b.Clock, p.words.Edited)
	}
	b.Quotes = quotes(e.Quotes, maxQuotes)
	text := clean(e.Text)
	if text != "" || len(e.Files) == 0 {
		b.Lines = textLines(text)
	}
	if b.Right = startsRight(text); text == "" {
		b.Right = startsRight(b.Who)
	}
	return b
}

func (b *block) paint(k look, rtl bool) {
	b.Align = "left"
	if k.right != rtl {
		b.Align = "right"
	}
	b.Fill, b.Name = k.fill.hex(), k.name.hex()
}

func textLines(s string) []textLine {
	var lines []textLine
	for l := range strings.SplitSeq(clean(s), "\n") {
		lines = append(lines, textLine{l, startsRight(l)})
	}
	return lines
}

func (p *page) files(list []File) []attached {
	var out []attached
	for _, f := range list {
		out = append(out, attached{
			Picture: p.pictures.show(f, maxPictureWidth, maxPictureHeight),
			Name:    f.label(p.words), About: f.describe(), Digest: f.digest(),
		})
	}
	return out
}

// hex is c as #rrggbb.
func (c colour) hex() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c[0]*255+0.5), int(c[1]*255+0.5), int(c[2]*255+0.5))
}

// shown is a picture on the page.
type shown struct {
	Source        template.URL // data: or cid:, made here
	Alt           string
	Width, Height int // pixels on the page
}

// pictures puts pictures into the page, or beside it into the mail.
type pictures struct {
	inMail bool
	Images []Image
	known  map[string]bool // content ids
}

// show returns nil for what is no picture.
func (p *pictures) show(f File, width, height float64) *shown {
	if f.Image == nil {
		return nil
	}
	pic, err := forMail(f.Image)
	if err != nil {
		return nil
	}
	w, h := fit(pic.size, width, height)
	s := &shown{Alt: oneLine(f.Name), Width: int(w + 0.5), Height: int(h + 0.5)}
	if !p.inMail {
		s.Source = template.URL("data:" + pic.kind + ";base64," + base64.StdEncoding.EncodeToString(pic.data))
		return s
	}
	s.Source = template.URL("cid:" + p.add(f, pic))
	return s
}

// add returns the content id, which is the same for the same picture.
func (p *pictures) add(f File, pic encoded) string {
	id := "picture-" + digestOf(pic.data)[:16] + "@bellhop"
	if !p.known[id] {
		if p.known == nil {
			p.known = map[string]bool{}
		}
		p.known[id] = true
		p.Images = append(p.Images, Image{ContentID: id, Name: oneLine(f.Name), Type: pic.kind, Data: pic.data})
	}
	return id
}

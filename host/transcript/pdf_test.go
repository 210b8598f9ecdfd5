package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// chat is a conversation in one script.
func chat(who string, texts ...string) Conversation {
	c := Conversation{Visitor: Visitor{Name: who}, Opened: monday}
	for i, s := range texts {
		c.Entries = append(c.Entries, Entry{At: monday, Who: who, Side: []Side{Guest, Agent}[i%2], Text: s})
	}
	return c
}

// withoutMarks leaves out marks of direction: Poppler puts some around what is
// written from right to left, and Bellhop has it put others between.
func withoutMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

func TestTextCopiedOutOfAPDFIsWhatWasPutIn(t *testing.T) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			pdf, r := write(t, "pdf", chat(s.who, s.text, "", s.text), Options{})
			if r.Missing != nil {
				t.Errorf("no font has %s", r.MissingText())
			}
			got := flat(withoutMarks(copied(t, pdf)))
			if n := strings.Count(got, flat(s.text)); n < 2 {
				t.Errorf("%q is there %d times, want 2, in %q", flat(s.text), n, got)
			}
			if !strings.Contains(got, flat(s.who)) {
				t.Errorf("%q is not in %q", s.who, got)
			}
		})
	}
}

// directions are pieces of text whose order readers get wrong where they meet.
var directions = []string{
	"hello", "B", "é", "e\u0301", "مرحبا", "شكراً", "שלום", "בְּ", "123", "٤٥٦", "۱۲", "4711-0", "50%", "$12.50", "+49 30 12", "https://x.org/a?b=c&d=1",
	"maya@example.org", "(", ")", "!", "?", ".", ",", ":", "-", "—", "…", "/", "«", "»", "[", "]", "*", "_", "=", "&", "😀", "你好", "สวัสดี", "नमस्ते", "a\u200cb", "م\u200cب", "\u00a0", " ", " ", " ", " ", " ",
}

func TestSpacesAndMixedDirectionsAreCopiedAsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var texts []string
		words := rapid.SampledFrom(directions)
		if rapid.Bool().Draw(r, "mostly from right to left") { // then readers take the page for one that is
			words = rapid.OneOf(words, rapid.SampledFrom([]string{"مرحبا بالعالم", " والسلام عليكم ", "שלום לכולם "}))
		}
		mixed := rapid.Map(rapid.SliceOfN(words, 1, 12), func(all []string) string { return strings.Join(all, "") })
		for range 40 {
			texts = append(texts, strings.TrimSpace(mixed.Draw(r, "text")))
		}
		c := chat("Ana", texts...)
		c.Language = rapid.SampledFrom([]string{"en", "ar"}).Draw(r, "language")
		pdf, _ := write(t, "pdf", c, Options{})
		got := strings.Join(strings.Fields(withoutMarks(copied(t, pdf))), " ")
		for _, text := range texts {
			want := strings.Join(strings.Fields(text), " ")
			if !strings.Contains(got, want) && !strings.Contains(flat(got), flat(want)) { // a word is divided where a line ends
				r.Errorf("%q is not in %q", want, got)
			}
		}
	})
}

func TestAHyphenIsNeverLeftOut(t *testing.T) {
	var texts []string
	for n := range 90 {
		texts = append(texts, fmt.Sprintf("%s https://meet.example/bellhop-vc2sai3wqyyj3k4ep3zmu5b7fs 12:30 - 13:00 (%d)", strings.Repeat("x", n), n))
	}
	pdf, _ := write(t, "pdf", chat("Ana", texts...), Options{})
	got := flat(copied(t, pdf))
	for _, text := range texts {
		if !strings.Contains(got, flat(text)) {
			t.Errorf("%q is not in the text", flat(text))
		}
	}
}

// Isolates keep the order of a head on the page; copied out, they would part words.
func TestMarksOfDirectionAreNotCopiedOut(t *testing.T) {
	c := Conversation{Language: "ar", Visitor: Visitor{Name: "ليلى", Username: "guest-4711", Email: "maya@example.org"}}
	pdf, _ := write(t, "pdf", c, Options{})
	if got := copied(t, pdf); !strings.Contains(withoutMarks(got), "ليلى · guest-4711 · maya@example.org") || strings.ContainsAny(got, "\u2066\u2067\u2069") {
		t.Errorf("%q", got)
	}
}

func TestSystemFontsHelpWhereOursLackACharacter(t *testing.T) {
	folder := t.TempDir()
	if _, err := indexed(folder); err != nil { // a machine may have none
		if !strings.Contains(err.Error(), "install fonts") {
			t.Error(err)
		}
		return
	}
	c := chat("Ana", "བོད་སྐད ᏣᎳᎩ ܣܘܪܝܝܐ 😀 \U0010fffd", "plain")
	_, ours := write(t, "pdf", c, Options{})
	pdf, all := write(t, "pdf", c, Options{SystemFonts: folder})
	sound(t, pdf)
	for _, r := range all.Missing {
		if !slices.Contains(ours.Missing, r) {
			t.Errorf("U+%04X is missing with the system's fonts, and not without", r)
		}
	}
	if !slices.Contains(all.Missing, 0x10fffd) {
		t.Error("a character that nobody has is not missing")
	}
	plain := chat("Ana", "all that ours have: नमस्ते")
	with, _ := write(t, "pdf", plain, Options{SystemFonts: folder})
	if without, _ := write(t, "pdf", plain, Options{}); with != without {
		t.Error("the machine's fonts change a PDF that does not need them")
	}
}

func TestTheSameConversationGivesTheSameBytesOfASoundPDF(t *testing.T) {
	for name, c := range map[string]Conversation{"sample": sample(t), "long": long(300), "empty": {}, "hostile": chat("x", hostile...)} {
		first, r := write(t, "pdf", c, Options{})
		sound(t, first)
		if r.Pages == 0 || strings.Count(first, "/Type/Page/") != r.Pages {
			t.Errorf("%s: %d pages reported, %d written", name, r.Pages, strings.Count(first, "/Type/Page/"))
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				var again bytes.Buffer
				if _, err := PDF(&again, c, Options{}); err != nil || again.String() != first {
					t.Errorf("%s: written again it differs (%v)", name, err)
				}
			})
		}
		all.Wait()
	}
}

func TestNoTextKeepsATranscriptBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConversation().Draw(t, "conversation")
		for form := range forms {
			write(t, form, c, Options{Logo: rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "logo")})
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s)
	}
	for _, s := range scripts {
		f.Add(s.text, s.who)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		c := chat(name, text)
		c.Entries = append(c.Entries, Entry{Kind: KindNote, Text: text}, Entry{Quotes: []Quote{{Who: name, Text: text, Quotes: []Quote{{Who: text, Text: name}}}}, Files: []File{{Name: name}}})
		for form := range forms {
			write(t, form, c, Options{})
		}
	})
}

func TestCharactersThatNoFontHasAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"བོད་":             "U+0F56 U+0F7C U+0F51 U+0F0B",
		"𒀀 and \U0010fffd": "U+12000 U+10FFFD",
		"plain":            "",
		"ༀ༁༂༃༄༅༆༇༈༉":       "U+0F00 U+0F01 U+0F02 U+0F03 U+0F04 U+0F05 U+0F06 U+0F07 and 2 more",
		"👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ ❤️ 👍🏽":        "",
		"a\u200b\u200d\u2066\ufe0fb\u00ad": "",
	} {
		_, r := write(t, "pdf", chat("Ana", text), Options{})
		wanted := strings.Fields(want)
		got := strings.Fields(r.MissingText())
		slices.Sort(wanted)
		slices.Sort(got)
		if !slices.Equal(got, wanted) {
			t.Errorf("%q: missing %q, want %q", text, got, wanted)
		}
	}
}

func TestAMessageOfAMegabyteIsWholeInEveryForm(t *testing.T) {
	text := strings.Repeat("so many words ", 75_000) + "the end"
	for form := range forms {
		out, r := write(t, form, chat("Ana", text), Options{})
		if form == "pdf" {
			if r.Pages < 100 {
				t.Errorf("%d pages", r.Pages)
			}
			out = copied(t, out)
		}
		if n := strings.Count(flat(out), "somanywords"); n < 75_000-r.Pages || !strings.Contains(flat(out), "theend") {
			t.Errorf("%s: %d of 75000 repetitions", form, n)
		}
	}
}

// Long paragraphs are broken in pieces; the seam must not show.
func TestALongParagraphIsBrokenLikeAShortOne(t *testing.T) {
	set := newTypesetter(newFontMap(""), "en")
	text := []rune(strings.Repeat("the quick brown fox ", 900))
	st := style{size: body}
	widest := 0.0
	var lines []line
	whole := ""
	for l := range set.paragraph(text, st, 300) {
		lines = append(lines, l)
		widest = max(widest, l.width)
		for _, r := range l.runs {
			whole += string(l.text[r.Runes.Offset : r.Runes.Offset+r.Runes.Count])
		}
	}
	if whole != string(text) {
		t.Error("text was lost or doubled")
	}
	for i, l := range lines[:len(lines)-1] {
		if l.width < 250 || l.width > 320 {
			t.Errorf("line %d of %d is %.0f points wide", i, len(lines), l.width)
		}
	}
}

func TestMarksPiledUpStayInTheirBubble(t *testing.T) {
	page := func(text string) []string {
		pdf, _ := write(t, "pdf", chat("Ana", "above", text, "below"), Options{})
		pgm := tool(t, pdf, "pdftoppm", "-r", "36", "-gray", "FILE")
		_, pixels, found := strings.Cut(pgm, "\n255\n")
		if !found {
			t.Fatalf("no picture: %.40q", pgm)
		}
		var rows []string
		for row := range slices.Chunk([]byte(pixels), 298) { // 595.28 points
			rows = append(rows, string(row))
		}
		return rows[:len(rows)-30] // without the digest
	}
	plain, piled := page("H"), page("H"+strings.Repeat("\u0301\u0323", 100))
	const grown = 5 // rows, which is what a line gets for tall letters, twice
	above, below := 0, 0
	for above < len(plain) && plain[above] == piled[above] {
		above++
	}
	for below+grown < len(plain) && plain[len(plain)-1-grown-below] == piled[len(piled)-1-below] {
		below++
	}
	if n := len(plain) - above - below; n < 5 || n > 20+grown+1 {
		t.Errorf("%d rows of the page differ, %d above and %d below do not; want those of one bubble, which are about 20", n, above, below)
	}
}

func TestBrokenOrHugePicturesAreNamedButNotShown(t *testing.T) {
	huge := photo(t, "png", 1, 1)
	copy(huge[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // says that it is 65536 pixels wide and high
	for name, data := range map[string][]byte{"huge": huge, "broken": []byte("\x89PNG\r\n\x1a\n"), "empty": {}, "cut": photo(t, "jpeg", 50, 50)[:400]} {
		c := Conversation{Entries: []Entry{{Files: []File{{Name: name + ".png", Image: data}}}}}
		pdf, _ := write(t, "pdf", c, Options{Logo: data})
		if strings.Contains(pdf, "/Subtype/Image") || !strings.Contains(copied(t, pdf), name+".png") {
			t.Errorf("%s picture in a PDF", name)
		}
		if page, _ := write(t, "html", c, Options{Logo: data}); strings.Contains(page, "<img") || !strings.Contains(page, name+".png") {
			t.Errorf("%s picture in HTML", name)
		}
	}
}

func TestAFailingWriterIsReported(t *testing.T) {
	for form, f := range forms {
		for _, room := range []int{0, 10, 5000} {
			c := sample(t)
			c.Entries = append(c.Entries, long(100).Entries...)
			if _, err := f(&full{room}, c, Options{}); err == nil || !strings.HasPrefix(err.Error(), "write transcript as "+form+": no room") {
				t.Errorf("%s: %v", form, err)
			}
		}
	}
}

// full is a disk with room for so many bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errNoRoom
	}
	return len(p), nil
}

var errNoRoom = errors.New("no room")

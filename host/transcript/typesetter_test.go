package transcript

import (
	"strings"
	"testing"

	"github.com/go-text/typesetting/di"
)

func set(t testing.TB) *typesetter {
	t.Helper()
	return newTypesetter(newFontMap(""), "en")
}

// seen is a line from left to right.
func seen(l line) string {
	var b strings.Builder
	for _, r := range l.runs {
		part := l.text[r.Runes.Offset : r.Runes.Offset+r.Runes.Count]
		for i := range part {
			if r.Direction == di.DirectionRTL {
				i = len(part) - 1 - i
			}
			if c := part[i]; !strings.ContainsRune("\u200e\u200f\u2066\u2067\u2069", c) {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

func TestHeadingsKeepTheirOrderWhateverTheDirectionOfNames(t *testing.T) {
	at := monday
	for name, c := range map[string]struct {
		language string
		value    func(Conversation) string
		want     string
	}{
		"Arabic visitor in English": {"en", head("Visitor"), "יעל · +49 30 901820"},
		"Arabic visitor in Arabic":  {"ar", head("الزائر"), "+49 30 901820 · יעל"},
		"agents in English":         {"en", head("Agents"), "Alice, דנה, Bob"},
		"agents in Arabic":          {"ar", head("الموظفون"), "Bob ,דנה ,Alice"},
		"forward in English":        {"en", entry(Entry{Kind: KindForwarded, At: at, From: "Sales", To: "תמיכה", Who: "Bob"}), "Forwarded · Sales → תמיכה · Bob"},
		"forward in Arabic":         {"ar", entry(Entry{Kind: KindForwarded, At: at, From: "Sales", To: "Billing", Who: "Bob"}), "Bob · Billing ← Sales · تحويل"},
		"call in Arabic":            {"ar", entry(Entry{Kind: KindCall, At: at, Call: &Call{State: "ended", Duration: 72e9, URL: "https://a.b/c"}}), "https://a.b/c · 1:12 · انتهت · مكالمة"},
	} {
		value := c.value(Conversation{Language: c.language, Visitor: Visitor{Name: "יעל", Phone: "+49 30 901820"}, Agents: []string{"Alice", "דנה", "Bob"}})
		want := c.want
		for _, word := range []string{"יעל", "דנה", "תמיכה", "تحويل", "انتهت", "مكالمة"} {
			want = strings.ReplaceAll(want, word, backwards(word))
		}
		if got := seen(set(t).single(value, textStyle, measure)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func head(label string) func(Conversation) string {
	return func(c Conversation) string {
		for _, f := range c.facts() {
			if f.Label == label {
				return f.Value
			}
		}
		return ""
	}
}

func entry(e Entry) func(Conversation) string {
	return func(c Conversation) string { return e.happened(c.words()) }
}

func backwards(s string) string {
	var b strings.Builder
	rs := []rune(s)
	for i := range rs {
		b.WriteRune(rs[len(rs)-1-i])
	}
	return b.String()
}

// The orders are those of the bidirectional algorithm (UAX #9), as browsers
// show them; upper case stands for Hebrew.
func TestWordsAndNumbersOfTwoDirectionsStandWhereReadersExpectThem(t *testing.T) {
	for written, want := range map[string]string{
		`a SLWM 123 abc`:                     `a 123 MWLS abc`,
		`he said "SLWM 123 abc" and end.`:    `he said "123 MWLS abc" and end.`,
		`a SLWM b SLWM 5 c`:                  `a MWLS b 5 MWLS c`,
		`SLWM abc 123 SLWM`:                  `MWLS abc 123 MWLS`,
		`SLWM 1 abc`:                         `abc 1 MWLS`,
		`a SLWM, 3.50€ then 42% SLWM b`:      `a 3.50€ ,MWLS then 42% MWLS b`,
		`a ١٢٣ - ٤٥٦ b`:                      `a ٤٥٦ - ١٢٣ b`,
		`order 12-34 SLWM https://a.b/c?d=1`: `order 12-34 MWLS https://a.b/c?d=1`,
	} {
		text := strings.Map(func(r rune) rune { return moved(r, 'A', 'א') }, written)
		line := strings.Map(func(r rune) rune { return moved(r, 'א', 'A') }, seen(set(t).single(text, textStyle, measure)))
		if line != want {
			t.Errorf("%s: got %s, want %s", written, line, want)
		}
	}
}

// moved moves letters from one alphabet to another.
func moved(r, from, to rune) rune {
	if r >= from && r < from+26 {
		return r - from + to
	}
	return r
}

// Where a line is broken, the space there is not shown: within the line it
// would part what is read from right to left.
func TestTheSpaceAtTheEndOfALineTakesNoRoom(t *testing.T) {
	for _, text := range []string{"מספר one two three four", "one שתיים שלוש ארבע חמש"} {
		for l := range set(t).paragraph([]rune(text), textStyle, 80) {
			last := &l.runs[0]
			for i := range l.runs {
				if l.runs[i].Runes.Offset > last.Runes.Offset {
					last = &l.runs[i]
				}
			}
			for _, g := range last.Glyphs {
				end := g.TextIndex() == last.Runes.Offset+last.Runes.Count-1
				if end && l.text[g.TextIndex()] == ' ' && g.Advance != 0 {
					t.Errorf("%q: the space at the end is %s wide", seen(l), g.Advance)
				}
			}
		}
	}
}

func TestTallLettersGetMoreRoom(t *testing.T) {
	plain, tall := set(t).single("Ana Müller", textStyle, measure), set(t).single("မြန်မာ", textStyle, measure)
	if plain.above != 0 || plain.below != 0 {
		t.Errorf("plain letters get %.1f and %.1f points more", plain.above, plain.below)
	}
	if tall.below == 0 || tall.height() <= plain.height() {
		t.Errorf("Burmese letters get %.1f points more below", tall.below)
	}
}

func TestAShortMessageIsNotDividedBetweenPages(t *testing.T) {
	for lines := 30; lines < 50; lines++ { // a page holds about forty
		filler, short := strings.Repeat("x\n", lines)+"x", "first\nsecond\nlast"
		pdf, _ := write(t, "pdf", chat("Ana", filler, short), Options{})
		pages := strings.Split(copied(t, pdf), "\f")
		for i, p := range pages {
			if strings.Contains(p, "first") != strings.Contains(p, "last") {
				t.Errorf("after %d lines, page %d has a part of the message: %q", lines, i+1, p)
			}
		}
	}
}

package text

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/abadojack/whatlanggo"
)

// Unknown is the language of a text that does not tell.
const Unknown = "unknown"

const (
	sample = 4 << 10 // bytes that are looked at
	enough = 12      // letters that a guess by trigrams needs
	sure   = 0.5     // below this, whatlanggo is more often wrong than right on chat lines
	hinted = 0.9     // confidence in a letter that only one of several languages has
)

var links = pattern(`(?i)\bhttps?://\S+|\[(?:mail|card|phone|account)\]`)

// Language guesses what language s is written in. It returns a BCP 47 tag such
// as "de" and a confidence from 0 to 1, or [Unknown] and 0 for a text too
// short or too mixed to tell. A script that one language uses decides by
// itself; within Latin, Cyrillic, Arabic and Devanagari, letters of one
// language, then small words, then trigrams decide.
func Language(s string) (tag string, confidence float64) {
	s = links().ReplaceAllString(Mask(Cut(s, sample)), " ")
	script, letters, share := mainScript(s)
	if share < 0.6 {
		return Unknown, 0
	}
	if script.tag != "" {
		return script.tag, share
	}
	for _, h := range script.hints {
		if strings.ContainsAny(s, h.letters) {
			return h.tag, hinted * share
		}
	}
	count := countCommon(s, script)
	if tag, confidence = mostCommon(count); confidence >= sure {
		return tag, confidence * share
	}
	if letters < enough {
		return Unknown, 0
	}
	guessed, confidence := trigrams(s, script)
	if count[guessed] < count[tag] {
		return Unknown, 0 // the small words speak against it
	}
	return guessed, confidence * share
}

func trigrams(s string, script script) (string, float64) {
	allowed := make(map[whatlanggo.Lang]bool, len(script.languages))
	for l := range script.languages {
		allowed[l] = true
	}
	info := whatlanggo.DetectWithOptions(s, whatlanggo.Options{Whitelist: allowed})
	tag, ok := script.languages[info.Lang]
	if !ok || info.Confidence < sure {
		return Unknown, 0
	}
	return tag, min(info.Confidence, 1)
}

//go:embed commonwords.txt
var commonWords string

// speakers gives the languages that use a small word. It is read when a language
// is first asked for: not in the processes of plugins.
var speakers = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(commonWords) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		for _, w := range words[1:] {
			m[w] = append(m[w], words[0])
		}
	}
	return m
})

// countCommon weighs the small words in s that each language of the script
// has; a word that several languages have is shared among them.
func countCommon(s string, script script) map[string]float64 {
	count := map[string]float64{}
	speakers := speakers()
	notWord := func(r rune) bool { return !inWord(r) && r != '\'' }
	for _, w := range strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), notWord) {
		for _, tag := range speakers[w] {
			count[tag] += 1 / float64(len(speakers[w]))
		}
	}
	for tag := range count {
		if !script.has(tag) {
			delete(count, tag)
		}
	}
	return count
}

// mostCommon returns the language with most small words. It is the surer the
// more it has, and the fewer the next one has.
func mostCommon(count map[string]float64) (tag string, confidence float64) {
	tag = Unknown
	first, second := 0.0, 0.0
	for _, t := range slices.Sorted(maps.Keys(count)) {
		switch n := count[t]; {
		case n > first:
			tag, first, second = t, n, first
		case n > second:
			second = n
		}
	}
	lead := float64(first - second)
	return tag, lead / (lead + 0.3) * first / max(first+second, 1)
}

// mainScript returns the script of most letters, how many they are and what
// share of all letters. Kana make the Han characters beside them Japanese.
func mainScript(s string) (main script, letters int, share float64) {
	counts := make([]int, len(scripts))
	all := 0
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		all++
		for i, sc := range scripts {
			if unicode.In(r, sc.tables...) {
				counts[i]++
				break
			}
		}
	}
	if counts[kana]*8 > counts[han] {
		counts[kana] += counts[han]
		counts[han] = 0
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return scripts[best], counts[best], float64(counts[best]) / float64(max(all, 1))
}

type script struct {
	tables    []*unicode.RangeTable
	tag       string // of the only language, or
	hints     []hint // asked in turn, and then
	languages map[whatlanggo.Lang]string
}

func (s script) has(tag string) bool {
	for _, t := range s.languages {
		if t == tag {
			return true
		}
	}
	return false
}

// A hint is a set of letters that tells one language from its neighbours.
type hint struct{ letters, tag string }

const (
	kana = 0 // places in scripts
	han  = 1
)

var scripts = []script{
	{tables: tables(unicode.Hiragana, unicode.Katakana), tag: "ja"},
	{tables: tables(unicode.Han), tag: "zh"},
	{tables: tables(unicode.Latin), hints: []hint{
		{"ßẞ", "de"}, {"ąęłśźż", "pl"}, {"řěů", "cs"}, {"őű", "hu"}, {"ğış", "tr"}, {"ñ¿¡", "es"}, {"ơưđạảấầẩậắằặẹẻếềểệịỉọỏốồổộớờởợụủứừửựỳỵỷ", "vi"},
	}, languages: map[whatlanggo.Lang]string{
		whatlanggo.Eng: "en", whatlanggo.Deu: "de", whatlanggo.Fra: "fr", whatlanggo.Spa: "es", whatlanggo.Por: "pt",
		whatlanggo.Ita: "it", whatlanggo.Nld: "nl", whatlanggo.Pol: "pl", whatlanggo.Tur: "tr", whatlanggo.Swe: "sv",
		whatlanggo.Ces: "cs", whatlanggo.Ron: "ro", whatlanggo.Hun: "hu", whatlanggo.Ind: "id",
	}},
	{tables: tables(unicode.Cyrillic), hints: []hint{
		{"ўЎ", "be"}, {"їЇєЄґҐ", "uk"}, {"ђћЂЋ", "sr"}, {"ѓќѕЃЌЅ", "mk"}, {"ыэёЫЭЁ", "ru"},
	}, languages: map[whatlanggo.Lang]string{
		whatlanggo.Rus: "ru", whatlanggo.Ukr: "uk", whatlanggo.Bul: "bg", whatlanggo.Srp: "sr", whatlanggo.Bel: "be",
	}},
	{tables: tables(unicode.Arabic), hints: []hint{
		{"ٹڈڑںےہھ", "ur"}, {"پچژگیک", "fa"}, {"ةىيكأإ", "ar"},
	}, languages: map[whatlanggo.Lang]string{
		whatlanggo.Arb: "ar", whatlanggo.Pes: "fa", whatlanggo.Urd: "ur",
	}},
	{tables: tables(unicode.Devanagari), hints: []hint{{"ळ", "mr"}}, languages: map[whatlanggo.Lang]string{
		whatlanggo.Hin: "hi", whatlanggo.Mar: "mr", whatlanggo.Nep: "ne",
	}},
	{tables: tables(unicode.Hangul), tag: "ko"},
	{tables: tables(unicode.Greek), tag: "el"},
	{tables: tables(unicode.Hebrew), tag: "he"},
	{tables: tables(unicode.Thai), tag: "th"},
	{tables: tables(unicode.Bengali), tag: "bn"},
	{tables: tables(unicode.Tamil), tag: "ta"},
	{tables: tables(unicode.Telugu), tag: "te"},
	{tables: tables(unicode.Gujarati), tag: "gu"},
	{tables: tables(unicode.Gurmukhi), tag: "pa"},
	{tables: tables(unicode.Kannada), tag: "kn"},
	{tables: tables(unicode.Malayalam), tag: "ml"},
	{tables: tables(unicode.Oriya), tag: "or"},
	{tables: tables(unicode.Sinhala), tag: "si"},
	{tables: tables(unicode.Myanmar), tag: "my"},
	{tables: tables(unicode.Khmer), tag: "km"},
	{tables: tables(unicode.Lao), tag: "lo"},
	{tables: tables(unicode.Georgian), tag: "ka"},
	{tables: tables(unicode.Armenian), tag: "hy"},
	{tables: tables(unicode.Ethiopic), tag: "am"},
}

func tables(t ...*unicode.RangeTable) []*unicode.RangeTable { return t }

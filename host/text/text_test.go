package text

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// table reads the cases of testdata/name.
func table(t testing.TB, name string, columns int) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		row := strings.Split(" "+line+" ", " | ")
		if len(row) != columns {
			t.Fatalf("testdata/%s:%d: %d columns, want %d", name, n+1, len(row), columns)
		}
		for i := range row {
			row[i] = unescape(t, strings.Trim(row[i], " "))
		}
		rows = append(rows, row)
	}
	return rows
}

func unescape(t testing.TB, s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	s, err := strconv.Unquote(`"` + s + `"`)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFoldJoinsWhatAReaderTakesForTheSame(t *testing.T) {
	for _, row := range table(t, "same.txt", 2) {
		if a, b := Fold(row[0]), Fold(row[1]); a != b {
			t.Errorf("Fold(%q) = %q, Fold(%q) = %q", row[0], a, row[1], b)
		}
	}
}

func TestFoldKeepsApartWhatAReaderKeepsApart(t *testing.T) {
	for _, row := range table(t, "different.txt", 2) {
		if a := Fold(row[0]); a == Fold(row[1]) {
			t.Errorf("Fold(%q) = Fold(%q) = %q", row[0], row[1], a)
		}
	}
}

// The Unicode tables are the judge: no rune's case or normal form matters.
func TestFoldIgnoresCaseAndFormOfEveryRune(t *testing.T) {
	fold := cases.Fold()
	forms := []func(string) string{fold.String, norm.NFC.String, norm.NFD.String, norm.NFKC.String, norm.NFKD.String, Fold}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cf) {
			continue
		}
		s := "x" + string(r) + "x"
		want := Fold(s)
		for i, form := range forms {
			if other := form(s); other != s && Fold(other) != want {
				t.Errorf("%U: Fold of it %+q, Fold of form %d, %+q, is %+q", r, want, i, other, Fold(other))
			}
		}
	}
}

func TestFoldIsValidAndSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyText().Draw(t, "s")
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Fold(%+q) = %+q", s, once)
		}
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold(%+q) = %+q, folded again %+q", s, once, twice)
		}
	})
}

// anyText draws the characters that make trouble more often than others.
func anyText() *rapid.Generator[string] {
	hard := []rune("aZ İßﬁςé\u0301\u0307\u0323\u200d\u200b\ufe0f\t\u00a0が\u3099가ᄀ\u1161\u11a8ـأ\u0654क\u093c\u094dกิ👩🏽🇩🇪1٣.-@+")
	return rapid.OneOf(
		rapid.StringOf(rapid.SampledFrom(hard)),
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
}

func TestFindWord(t *testing.T) {
	for _, row := range table(t, "find.txt", 3) {
		want := row[2]
		if want == "-" {
			want = ""
		}
		got, start, end, ok := FindWord(row[0], row[1])
		if ok != (want != "") || got != want || ok && row[0][start:end] != want {
			t.Errorf("FindWord(%q, %q) = %q, %d, %d, %v; want %q", row[0], row[1], got, start, end, ok, want)
		}
	}
}

func TestWordsFindWhatFindWordFinds(t *testing.T) {
	for _, row := range table(t, "find.txt", 3) {
		if row[1] == "" {
			continue
		}
		words, err := NewWords([]string{"never there", row[1]})
		if err != nil {
			t.Fatal(err)
		}
		m, ok := words.Find(row[0])
		text, start, end, want := FindWord(row[0], row[1])
		if ok != want || ok && (m != Match{row[1], 1, text, start, end}) {
			t.Errorf("Find(%q) of %q = %+v, %v", row[0], row[1], m, ok)
		}
	}
}

func TestWordsFindTheEarliestThenTheLongestThenTheFirst(t *testing.T) {
	words, err := NewWords([]string{"card", "Refund", "credit card", "credit", "refund", "card lost yesterday"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Match{
		"a REFUND for my card":               {"Refund", 1, "REFUND", 2, 8},
		"my credit card":                     {"credit card", 2, "credit card", 3, 14},
		"my credit cards":                    {"credit", 3, "credit", 3, 9},
		"card lost today, refund":            {"card", 0, "card", 0, 4},
		"discard lost yesterday, refund":     {"Refund", 1, "refund", 24, 30},
		"a credit\u200b CARD lost yesterday": {"credit card", 2, "credit\u200b CARD", 2, 16},
	} {
		if got, ok := words.Find(text); !ok || got != want {
			t.Errorf("Find(%q) = %+v, %v; want %+v", text, got, ok, want)
		}
	}
	if got, ok := words.Find("nothing of the kind"); ok {
		t.Errorf("found %+v", got)
	}
}

// Find must agree with looking for each word in turn.
func TestWordsAgreeWithFindWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abé退 ]{0,4}[abé退]`)
		list := rapid.SliceOfN(word, 0, 6).Draw(t, "words")
		text := rapid.StringMatching(`([abÉ退]{1,3}[ .]{0,2}){0,8}`).Draw(t, "text")
		words, err := NewWords(list)
		if err != nil {
			t.Fatal(err)
		}
		var want Match
		found := false
		for i, w := range list {
			s, start, end, ok := FindWord(text, w)
			if ok && (!found || start < want.Start || start == want.Start && end > want.End) {
				want, found = Match{w, i, s, start, end}, true
			}
		}
		if got, ok := words.Find(text); ok != found || got != want {
			t.Fatalf("Find(%q) of %q = %+v, %v; want %+v, %v", text, list, got, ok, want, found)
		}
	})
}

func TestNewWordsRefusesWhatItCannotFind(t *testing.T) {
	for name, words := range map[string][]string{
		`word 2, " \u200b", is empty: remove it`: {"a", " \u200b"},
		"is longer than 1024 bytes":              {strings.Repeat("é", 2000)},
		"more than 65536: split the list":        manyWords(300),
	} {
		if _, err := NewWords(words); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	if words, err := NewWords(nil); err != nil {
		t.Error(err)
	} else if m, ok := words.Find("text"); ok {
		t.Errorf("no words found %+v", m)
	}
}

func manyWords(n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = strings.Repeat(strconv.Itoa(i), 300)
	}
	return words
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"hello", 10, "hello"}, {"hello", 3, "hel"}, {"hello", 0, ""}, {"hello", -1, ""},
		{"né", 2, "n"}, {"ne\u0301", 2, "n"}, {"ne\u0301", 3, "n"}, {"ne\u0301x", 4, "ne\u0301"},
		{"a👩🏽‍💻b", 10, "a"}, {"a👩🏽‍💻b", 16, "a👩🏽‍💻"},
		{"🇩🇪🇫🇷", 12, "🇩🇪"}, {"🇩🇪🇫🇷", 8, "🇩🇪"}, {"🇩🇪🇫🇷", 7, ""},
		{"कि", 3, ""}, {"x\r\ny", 2, "x"}, {"한국", 4, "한"},
		{"a\xff\xfe\xfd\xfc", 3, "a\xff\xfe"},
		{"a" + strings.Repeat("\u0301", 500), 601, "a" + strings.Repeat("\u0301", 300)},
	} {
		if got := Cut(c.s, c.n); got != c.want {
			t.Errorf("Cut(%+q, %d) = %+q, want %+q", c.s, c.n, got, c.want)
		}
	}
}

func TestCutNeverSplitsARune(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Clean(anyText().Draw(t, "s"))
		n := rapid.IntRange(0, 40).Draw(t, "n")
		got := Cut(s, n)
		if len(got) > n || !strings.HasPrefix(s, got) || !utf8.ValidString(got) {
			t.Fatalf("Cut(%+q, %d) = %+q", s, n, got)
		}
	})
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"plain ü 你好 🇩🇪\n\tx":  "plain ü 你好 🇩🇪\n\tx",
		"a\r\nb\rc\u2028d\fe": "a\nb\nc\nd\ne",
		"a\x00b\x1b[31mc\x7f": "ab[31mc",
		"bad \xff\xfe end":    "bad \uFFFD\uFFFD end",
		"\u202eevil":          "evil",
		"\ufeffbom \uFFFD":    "bom \uFFFD",
		"\u200fשלום":          "\u200fשלום",
	} {
		if got := Clean(s); got != want {
			t.Errorf("Clean(%+q) = %+q, want %+q", s, got, want)
		}
	}
}

func TestCleanIsValidAndSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Clean(anyText().Draw(t, "s"))
		if !utf8.ValidString(s) || Clean(s) != s || strings.ContainsAny(s, "\x00\r\x7f\u0085") {
			t.Fatalf("%+q", s)
		}
	})
}

func TestMask(t *testing.T) {
	for _, row := range table(t, "mask.txt", 2) {
		if got := Mask(row[0]); got != row[1] {
			t.Errorf("Mask(%q) = %q, want %q", row[0], got, row[1])
		}
	}
}

func TestMaskHidesACardHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := "4" + rapid.StringMatching(`\d{14}`).Draw(t, "digits")
		for d := byte('0'); d <= '9'; d++ {
			if luhn(card + string(d)) {
				card += string(d)
				break
			}
		}
		gap := rapid.SampledFrom([]string{"", " ", "-", "\u00a0"}).Draw(t, "gap")
		written := card[:4] + gap + card[4:8] + gap + card[8:12] + gap + card[12:]
		// not two letters, with which it may be an account
		before := rapid.StringMatching(`([a-zé, ]{0,6}([é, ]|[a-z]{3}))?`).Draw(t, "before")
		after := rapid.StringMatching(`([, .]+[a-zé0-9 ]{0,9})?`).Draw(t, "after")
		if got := Mask(before + written + after); !strings.Contains(got, MaskedCard) || strings.Contains(got, written) {
			t.Fatalf("Mask(%q) = %q", before+written+after, got)
		}
	})
}

// "dk" and 16 digits have the length of a Danish account, and may be a card too.
func TestMaskTakesForAnAccountWhatHasItsCountryLengthAndCheckDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"dk", "FI", "gz", "zz"}).Draw(t, "country")
		body := rapid.StringMatching(`\d{14}`).Draw(t, "body")
		right := 98 - remainder(body+letterDigits(country)+"00")
		check := rapid.OneOf(rapid.Just(right), rapid.IntRange(2, 98)).Draw(t, "check")
		written := fmt.Sprintf("%s%02d%s", country, check, body)
		want := check == right && country != "gz" && country != "zz"
		if got := Mask("at " + written + " today"); (got == "at [account] today") != want {
			t.Fatalf("Mask(%s) = %q, want an account: %v", written, got, want)
		}
	})
}

func remainder(digits string) int {
	rest := 0
	for _, d := range digits {
		rest = (rest*10 + int(d-'0')) % 97
	}
	return rest
}

// letterDigits writes letters as ISO 13616 counts them: a is 10, z is 35.
func letterDigits(s string) string {
	out := ""
	for _, c := range strings.ToLower(s) {
		out += strconv.Itoa(int(c-'a') + 10)
	}
	return out
}

func TestLanguage(t *testing.T) {
	for _, row := range table(t, "language.txt", 2) {
		got, confidence := Language(row[0])
		if got != row[1] || (got == Unknown) != (confidence == 0) || confidence > 1 {
			t.Errorf("Language(%q) = %s, %.2f; want %s", row[0], got, confidence, row[1])
		}
	}
}

func FuzzText(f *testing.F) {
	for _, row := range table(f, "find.txt", 3) {
		f.Add(row[0], row[1])
	}
	f.Add(strings.Repeat("\u0301\u200d", 200), "\u0301")
	f.Fuzz(func(t *testing.T, s, word string) {
		if _, start, end, ok := FindWord(s, word); ok && (start < 0 || start >= end || end > len(s)) {
			t.Errorf("FindWord(%+q, %+q) = %d, %d", s, word, start, end)
		}
		Language(s)
		if masked := Mask(s); Mask(masked) != masked {
			t.Errorf("Mask(%+q) = %+q, masked again %+q", s, masked, Mask(masked))
		}
	})
}

// large are 1 MB texts of which some would take quadratic time in a careless
// matcher.
func large() map[string]string {
	texts := map[string]string{
		"latin":   "Hello, my Invoice is wrong and I want a réfund. ",
		"hindi":   "मुझे अपना पैसा वापस चाहिए, कृपया मदद करें। ",
		"chinese": "你好我要退款谢谢",
		"marks":   "\u0301\u200d",
		"same":    "a",
		"digits":  "4111 ",
		"mails":   "a@",
		"escapes": "%2526amp;%%3334",
		"invalid": "\xff",
	}
	for name, s := range texts {
		texts[name] = strings.Repeat(s, (1<<20)/len(s))
	}
	return texts
}

func BenchmarkFold(b *testing.B) {
	for name, s := range large() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Fold(s)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	words, err := NewWords(append(manyWords(100), strings.Repeat("a", maxWord), "nowhere", "退货"))
	if err != nil {
		b.Fatal(err)
	}
	for name, s := range large() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				words.Find(s)
			}
		})
	}
}

func BenchmarkFindWord(b *testing.B) {
	for name, s := range large() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				FindWord(s, strings.Repeat("a", maxWord))
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	for name, s := range large() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Mask(s)
			}
		})
	}
}

func BenchmarkFindShort(b *testing.B) {
	words, err := NewWords([]string{"invoice", "refund", "credit card"})
	if err != nil {
		b.Fatal(err)
	}
	s := string(bytes.Repeat([]byte("hello there, "), 8)) + "my Invoice is wrong"
	for b.Loop() {
		words.Find(s)
	}
}

package desk

import (
	"strings"
	"testing"
)

func TestWrongPatternsAreExplainedInWords(t *testing.T) {
	for pattern, want := range map[string]string{
		`a(b`: "has no )", `a)b`: "no ( before", `[a-`: "has no ]", `*a`: "must stand", `a\`: "stands before nothing", `a**`: "follow each other", `a{2000}`: "1000 is the most",
		strings.Repeat("a", longest+1): "at most 300", `(?<n`: "no regular expression", `((a{100}){100}){100}`: "1000 is the most",
	} {
		_, err := newFilter(pattern, true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v, want %q", pattern, err, want)
		}
	}
}

// TestCostlyPatternCantHurt would never end with an engine that backtracks.
func TestCostlyPatternCantHurt(t *testing.T) {
	f, err := newFilter(`^(a+)+$|^(a|aa)+b$|^(.*)*x$`, true)
	if err != nil {
		t.Fatal(err)
	}
	if f.match(strings.Repeat("a", 4<<20)+"!") != true { // what is looked at ends before the !
		t.Error("a row of a does not match")
	}
	if f.match(strings.Repeat("a", 1000) + "!") {
		t.Error("a row of a with a ! at its end matches")
	}
}

func TestPlainSearchTakesSignsAsTheyAre(t *testing.T) {
	f, err := newFilter(`a.b(`, false)
	if err != nil || !f.match("xA.B(y") || f.match("axb(") {
		t.Errorf("%v", err)
	}
	if got := string(f.marked(`<a.b(>`)); got != `&lt;<mark>a.b(</mark>&gt;` {
		t.Errorf("marked: %s", got)
	}
}

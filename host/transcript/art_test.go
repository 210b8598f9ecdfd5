package transcript

import (
	"bytes"
	"strings"
	"testing"
)

func TestEmojiAreDrawnInColour(t *testing.T) {
	for text, want := range map[string]bool{
		"😀": true, "👍🏽": true, "👩\u200d👩\u200d👧\u200d👦": true, "🇩🇪": true, "❤\ufe0f": true, "1\ufe0f\u20e3": true, "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": true,
		"☎": false, "❤\ufe0e": false, "1": false, "a": false, "": false, "\U0001fbff": false, strings.Repeat("😀", 20): false,
	} {
		if svg := (art{}).of(text); (svg != "") != want {
			t.Errorf("%q has the drawing %.60q", text, svg)
		}
	}
	if svg := (art{}).of("🏽👍"); svg == "" || svg != (art{}).of("👍🏽") { // as it stands in a run from right to left
		t.Errorf("turned round it is %.60q", svg)
	}
	pdf, r := write(t, "pdf", chat("Ana", "ok 👍🏽"), Options{})
	if sound(t, pdf); len(r.Missing) > 0 || !strings.Contains(flat(copied(t, pdf)), "ok👍🏽") {
		t.Errorf("missing are %s", r.MissingText())
	}
	if page := tool(t, pdf, "pdftoppm", "-r", "40", "FILE"); !hasSkin([]byte(page)) {
		t.Error("no pixel of the page has the colour of the thumb")
	}
}

// hasSkin looks in a PPM for a pixel that is about #d4ab88, as Twemoji paints a tanned hand.
func hasSkin(ppm []byte) bool {
	for i := 0; i+2 < len(ppm); i++ {
		if r, g, b := int(ppm[i]), int(ppm[i+1]), int(ppm[i+2]); r-g > 25 && r-g < 60 && g-b > 20 && g-b < 60 && r > 150 {
			return true
		}
	}
	return false
}

// TestEveryDrawingCanBePainted: with operators and numbers that PDF knows.
func TestEveryDrawingCanBePainted(t *testing.T) {
	n := 0
	for _, f := range emojiArt().File {
		for _, line := range strings.Split(strings.Trim((art{}).read(f.Name), "\n"), "\n") {
			emoji, svg, _ := strings.Cut(line, "\t")
			var b bytes.Buffer
			art{}.draw(&b, svg, 1275, 1024)
			if out := b.String(); !isOperators(out) || !strings.Contains(out, "f Q") && !strings.Contains(out, "f* Q") || strings.Count(out, "q") != strings.Count(out, "Q") {
				t.Errorf("%s of %s is painted as %.200q", emoji, svg, out)
			}
			n++
		}
	}
	if n < 3900 {
		t.Errorf("there are %d drawings", n)
	}
}

// isOperators reports whether s has numbers and operators of drawings alone.
func isOperators(s string) bool {
	for word := range strings.FieldsSeq(s) {
		switch word {
		case "q", "Q", "h", "f", "f*", "m", "l", "c", "rg", "cm", "d0":
		default:
			if strings.Trim(word, "-.0123456789") != "" {
				return false
			}
		}
	}
	return true
}

func TestPathsAreTracedAsSVGSays(t *testing.T) {
	for d, want := range map[string]string{
		"M1 2l3-1.5.5.5z":          "1 2 m\n4 0.5 l\n4.5 1 l\nh\n",
		"m1 1 2 2H5v1M0 0":         "1 1 m\n3 3 l\n5 3 l\n5 4 l\n0 0 m\n",
		"M0 0c1 0 2 1 2 2s1 2 2 2": "0 0 m\n1 0 2 1 2 2 c\n2 3 3 4 4 4 c\n",
		"M0 0q3 0 3 3t3 3":         "0 0 m\n2 0 3 1 3 3 c\n3 5 4 6 6 6 c\n",
		"M0 0a1 1 0 012 0":         "0 0 m\n0 -0.552 0.448 -1 1 -1 c\n1.552 -1 2 -0.552 2 0 c\n",
		"M1 1 L":                   "1 1 m\n",
		"M1e1 1x":                  "10 1 m\n",
		"nonsense":                 "",
	} {
		var b bytes.Buffer
		tracePath(&b, d)
		if got := b.String(); got != want {
			t.Errorf("%s is traced as %q, want %q", d, got, want)
		}
	}
}

package text

import "testing"

func TestMisspeltWordIsRecognised(t *testing.T) {
	known := []string{"words", "pattern", "department", "waiting"}
	for word, want := range map[string]string{
		"wrods": "words", "Word": "words", "departement": "department", "WAITNIG": "waiting", "colour": "", "": "",
	} {
		if got := Closest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

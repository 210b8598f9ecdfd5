package config

import "testing"

func TestSettingsWithinAFileNameItsLines(t *testing.T) {
	js, err := ParseSettings("rules: [{name: a}]\n", 7)
	if err != nil || string(js) != `{"rules":[{"name":"a"}]}` {
		t.Errorf("settings are %s, %v", js, err)
	}
	if js, err := ParseSettings("\n", 7); js != nil || err != nil {
		t.Errorf("no settings are %q, %v", js, err)
	}
	_, err = ParseSettings("a: 1\na: 2\n", 7)
	if want := "line 8: a: is given twice, first in line 7: keep one"; err == nil || err.Error() != want {
		t.Errorf("a fault reads %q, want %q", err, want)
	}
}

package text

import "testing"

func TestEmojiAreWrittenOut(t *testing.T) {
	for _, row := range [][2]string{
		{"thank you :smile:", "thank you 😄"},
		{":smile::tada: (:+1:)", "😄🎉 (👍)"},
		{":flag_de: :thumbsup:", "🇩🇪 👍"},
		{"at 10:30:45, http://x.example/:smile:/y, a:smile:", "at 10:30:45, http://x.example/:smile:/y, a:smile:"},
		{"`:smile:` and :smile:", "`:smile:` and :smile:"},
		{":no_such_thing: stays", ":no_such_thing: stays"},
		{"::", "::"},
		{"a: b: :joy:", "a: b: 😂"},
		{":joy", ":joy"},
	} {
		if got := Emoji(row[0]); got != row[1] {
			t.Errorf("Emoji(%q) = %q, want %q", row[0], got, row[1])
		}
	}
}

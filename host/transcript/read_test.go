package transcript

import (
	"io"
	"strings"
	"testing"
	"time"
)

const file = `What is written down.
-- chat --
@visitor Maya department=Sales email=maya@example.org phone=+4930901820 language=de
Maya: hello, my Invoice is wrong
  and so is my address
+5m
alice: which one?
!forward Billing
# a comment
+1h
!take carol
carol: done
!transcript maya@example.org
!close Solved
-- chat other --
@visitor Sam
Sam: hi
!forward @dave
!leave
-- effects --
`

func TestAConversationFileIsWrittenDown(t *testing.T) {
	all, err := Read("maya.txt", []byte(file), monday)
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	var b strings.Builder
	if _, err := Render(&b, all[0], FormText, Options{}); err != nil {
		t.Fatal(err)
	}
	want := `Gespräch mit Maya
=================

Gast: Maya · maya@example.org · +4930901820
Bearbeitet von: alice, carol
Abteilung: Billing
Begonnen: Montag, 2. März 2026, 13:03
Geschlossen: Montag, 2. März 2026, 14:08 · carol · Solved
Zeitzone: UTC

--- Montag, 2. März 2026 ---

13:03 Maya: hello, my Invoice is wrong
      and so is my address
13:08 alice: which one?
13:08 * Weitergeleitet · Sales → Billing · alice
14:08 * Übernommen · carol
14:08 carol: done
14:08 * Geschlossen · carol · Solved
`
	if got := b.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Without a start no time is made up, and none is shown as missing.
func TestWithoutTimesNoneAreShown(t *testing.T) {
	all, err := Read("a.jsonl", []byte(`{"id": "a1", "lang": "en", "turns": [{"from": "guest", "text": "hello"}, {"from": "agent", "text": "hi"}]}`+"\n\n"), time.Time{})
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	want := `Conversation with Guest
=======================

Visitor: Guest
Agents: agent
Opened: unknown
Chat: a1

Guest: hello
agent: hi
`
	for _, form := range Forms {
		var b strings.Builder
		if _, err := Render(&b, all[0], form, Options{}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		switch form {
		case FormText:
			if !strings.HasPrefix(out, want) {
				t.Errorf("got\n%s\nwant\n%s", out, want)
			}
		case FormHTML:
			out = shownText(t, out)
		case FormPDF:
			out = copied(t, out)
		}
		if strings.Contains(out, "--:--") || strings.Count(out, "unknown") > 1 {
			t.Errorf("%s: %s", form, out)
		}
	}
}

func TestWhatCannotBeReadOrWrittenIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "write one under a line -- chat --",
		"-- chat --\nhello":              "a.txt:2:",
		`{"id": "x"}`:                    `a.txt:1: read conversation: it has no "turns"`,
		"{\"id\":\"x\",\"turns\":[]}\n{": "a.txt:2: ",
	} {
		if _, err := Read("a.txt", []byte(text), monday); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Render(io.Discard, Conversation{}, "docx", Options{}); err == nil || !strings.Contains(err.Error(), "write pdf, html, text or json") {
		t.Error(err)
	}
	if f, err := ParseForm("PDF"); f != FormPDF || err != nil {
		t.Error(f, err)
	}
}

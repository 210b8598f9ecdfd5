package transcript

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
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
!tag billing, cross, VIP
!untag cross
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
	all, err := Read(Source{Name: "maya.txt", Data: []byte(file), Time: monday})
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
Schlagwörter: billing, VIP

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

const happenings = `Everything that can happen.
-- chat --
@visitor Maya timezone=Asia/Kolkata language=en
Maya: my invoice is wrong
!quote alice: which one?
!quote Maya: the last
!file Maya: photo.png text="this one"
!file Maya: terms.pdf type=application/pdf size=48213
!edit Maya: this one, see
!hold
+5m
Maya: hello?
Maya: oops
!delete Maya
!call alice
+6m12s
!hangup
!hold
!resume
!queue
!tag billing, VIP
!take carol
!close Solved
`

func TestWhatHappensInAConversationFileIsWrittenDown(t *testing.T) {
	picture := photo(t, "png", 60, 40)
	all, err := Read(Source{Name: "maya.txt", Data: []byte(happenings), Time: monday, Open: func(name string) ([]byte, error) {
		if name != "photo.png" {
			return nil, errors.New("not there")
		}
		return picture, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := write(t, "text", all[0], Options{})
	_, got, _ = strings.Cut(got, "---\n\n")
	got, _, _ = strings.Cut(got, "\n\nSHA")
	want := fmt.Sprintf(`18:33 Maya: my invoice is wrong
      > Maya: my invoice is wrong
18:33 alice: which one?
      >> Maya: my invoice is wrong
      > alice: which one?
18:33 Maya: the last
18:33 Maya: this one
      [File: photo.png · image/png · %s · SHA-256 %s]
18:33 Maya (edited): this one, see
      [File: terms.pdf · application/pdf · 48.2 kB]
18:33 * On hold · alice
18:38 Maya: hello?
18:38 * Resumed
18:38 * Call · offered · alice
18:44 * Call · ended · 6:12
18:44 * On hold · alice
18:44 * Resumed · alice
18:44 * Back in the queue · alice
18:44 * Taken · carol
18:44 * Closed · carol · Solved`, size(int64(len(picture))), digestOf(picture))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if page, _ := write(t, "html", all[0], Options{}); !strings.Contains(page, "data:image/png") {
		t.Error("the picture is not shown")
	}
}

func TestATranscriptInJSONIsReadBack(t *testing.T) {
	first, _ := write(t, "json", sample(t), Options{})
	all, err := Read(Source{Name: "sample.json", Data: []byte(first)})
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	if again, _ := write(t, "json", all[0], Options{}); again != first {
		t.Errorf("got\n%s\nwant\n%s", again, first)
	}
	if _, err := Read(Source{Data: []byte(`{"format": "bellhop.transcript/9"}`)}); err == nil || !strings.Contains(err.Error(), "only "+Format) {
		t.Error(err)
	}
}

// Without a start no time is made up, and none is shown as missing.
func TestWithoutTimesNoneAreShown(t *testing.T) {
	all, err := Read(Source{Name: "a.jsonl", Data: []byte(`{"id": "a1", "lang": "en", "turns": [{"from": "guest", "text": "hello"}, {"from": "agent", "text": "hi"}]}` + "\n\n")})
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
		if _, err := Read(Source{Name: "a.txt", Data: []byte(text), Time: monday}); err == nil || !strings.Contains(err.Error(), want) {
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

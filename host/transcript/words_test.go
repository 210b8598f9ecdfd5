package transcript

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEveryLanguageHasEveryWord(t *testing.T) {
	english := languages["en"]
	for tag, w := range languages {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "rtl" && v.Field(i).IsZero() {
				t.Errorf("%s has no %s", tag, name)
			}
		}
		for kind := range english.Kinds {
			if w.Kinds[kind] == "" {
				t.Errorf("%s has no word for %s", tag, kind)
			}
		}
		for state := range english.Calls {
			if w.Calls[state] == "" {
				t.Errorf("%s has no word for a call that is %q", tag, state)
			}
		}
		if w.rtl != startsRight(w.Agents) {
			t.Errorf("%s is read from the wrong side", tag)
		}
	}
}

// The embedded fonts have all headings.
func TestHeadingsOfEveryLanguageAreShown(t *testing.T) {
	for tag := range languages {
		c := sample(t)
		c.Language, c.Entries = tag, c.Entries[:12]
		if _, r := write(t, "pdf", c, Options{}); r.Missing != nil {
			t.Errorf("%s: no font has %s", tag, r.MissingText())
		}
	}
}

func TestTextReads(t *testing.T) {
	c := sample(t)
	c.Entries = append(c.Entries[:10:10], c.Entries[len(c.Entries)-3:]...)
	c.Entries[4].Files[1].Image = nil
	c.Entries[11].Files[0].Image = nil
	c.Entries = append(c.Entries, Entry{Who: "Maya Müller", Text: "when was this?"})
	got, r := write(t, "text", c, Options{})
	want := `Conversation with Maya Müller — Acme Support
============================================

Visitor: Maya Müller · guest-4711 · maya@example.org · +49 30 901820
Agents: Alice Adams, Carol
Department: Billing
Opened: Monday, 2 March 2026, 14:03
Closed: Tuesday, 3 March 2026, 14:03 · Carol · Refund sent, customer happy
Time zone: Europe/Berlin (UTC+01:00)
Tags: refund, invoice
Chat: rXq7Zk2pLmNsTf4Hd

--- Monday, 2 March 2026 ---

14:03 Maya Müller: hello, my Invoice is wrong
14:03 Maya Müller: it says 120 € but I ordered one piece only
14:04 * Taken · Alice Adams
      >> Bellhop: What is it about?
      > Maya Müller: it says 120 € but I ordered one piece only
14:05 Alice Adams: Do you mean the last invoice?
      The one of 27 February?
14:06 Maya Müller (edited): yes, here it is
      [File: rechnung-2026-02-27.pdf · application/pdf · 48.2 kB · SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08]
      [File: photo.jpg · image/jpeg]
14:07 * Forwarded · Sales → Billing · Bellhop · words matched “invoice”
14:08 * On hold · Alice Adams
14:12 * Resumed
14:12 Bellhop: Your place in the queue is 2. You can also talk to us: https://meet.example/bellhop-4711
14:13 * Call · ended · 6:12 · https://meet.example/bellhop-4711

--- Tuesday, 3 March 2026 ---

14:02 * The guest asked for a transcript.
14:02 Carol: رد
      [File: شكرا.png · image/png]
14:03 * Closed · Carol · Refund sent, customer happy

--- unknown ---

--:-- Maya Müller: when was this?

SHA-256 ` + r.SHA256 + "\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTimesAreThoseOfTheVisitorsZone(t *testing.T) {
	c := Conversation{Opened: monday, Zone: zone(t, "Asia/Kolkata"), Language: "de", Entries: []Entry{{At: monday.Add(6 * time.Hour), Text: "x"}}}
	got, _ := write(t, "text", c, Options{})
	for _, want := range []string{"Begonnen: Montag, 2. März 2026, 18:33", "Zeitzone: Asia/Kolkata (UTC+05:30)", "--- Dienstag, 3. März 2026 ---", "00:33 x"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestFiguresAreShort(t *testing.T) {
	for n, want := range map[int64]string{-1: "", 0: "", 999: "999 B", 1000: "1.0 kB", 48213: "48.2 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 5 << 20: "5.2 MB", 3e9: "3.0 GB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "", -time.Second: "", 59400 * time.Millisecond: "0:59", 372 * time.Second: "6:12", 3661 * time.Second: "1:01:01", time.Millisecond: "0:00"} {
		if got := length(d); got != want {
			t.Errorf("length(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestHeadingsAreInTheLanguageThatTheGuestWrites(t *testing.T) {
	german := []Entry{{Text: "Guten Tag, auf meiner Rechnung steht die falsche Straße."}, {Side: Agent, Text: "Hello, which street is right?"}}
	for name, c := range map[string]struct {
		Conversation
		want string
	}{
		"guessed":                 {Conversation{Entries: german}, "Ihr Gespräch mit uns"},
		"known":                   {Conversation{Entries: german, Language: "fr"}, "Votre conversation avec nous"},
		"known, without headings": {Conversation{Entries: german, Language: "ja"}, "Your conversation with us"},
		"guessed, without":        {Conversation{Entries: []Entry{{Text: "こんにちは、ご注文を確認します。"}}}, "Your conversation with us"},
		"not sure":                {Conversation{Entries: []Entry{{Text: "ok"}}}, "Your conversation with us"},
		"an agent's":              {Conversation{Entries: []Entry{{Side: Agent, Text: german[0].Text}, {Side: System, Text: german[0].Text}, {Kind: KindNote, Text: german[0].Text}}}, "Your conversation with us"},
	} {
		if got := c.Subject(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestStatesOfCallsAreInTheLanguageOfHeadings(t *testing.T) {
	for _, state := range []string{"", "unknown", "offered", "joined", "ended", "missed", "failed"} {
		c := Conversation{Language: "de", Entries: []Entry{{Kind: KindCall, Call: &Call{State: state}}}}
		got, _ := write(t, "text", c, Options{})
		if state != "" && strings.Contains(got, "Anruf · "+state) || !strings.Contains(got, "Anruf · ") {
			t.Errorf("state %q is told by %q", state, got)
		}
	}
}

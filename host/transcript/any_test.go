package transcript

import (
	"time"

	"pgregory.net/rapid"
)

// hostile are pieces of text that have broken programs.
var hostile = []string{
	"", " ", "\n", "\r", "\r\n", "\t", "\v", "\f", "\x00", "\x1b[31m", "\x7f", "\u0085", "\u2028", "\u2029", "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	"\u202e", "\u202d", "\u202a", "\u202b", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c",
	"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\ufe0e", "\ufe0f", "\u20e3", "\u0301", "\u0e49", "\u094d", "\u064b", "\u05b0", "\u3099", "\u0483",
	"\U0001f468\u200d\U0001f469", "\U0001f1e9", "\U0001f3fd", "1\ufe0f\u20e3", "\U000e0062", "\u1160", "\u11a8", "ক্ষ", "က္က", "ក្ក", "\ufffe", "\uffff", "\ufdd0", "\U0010ffff", "\ue000",
	"<script>alert(1)</script>", `"><img src=x onerror=y>`, "&amp;", "{{.}}", "]]>", "-->", "(", ")", "\\", "%", "<FEFF>", "endstream", "endobj", "javascript:x", "http://example.org/?a=b&c=d",
	"abc", "Ana", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "你好", "こんにちは", "한국", "123", "4711-0", "ﷺ", "ﬁ", "ẞ", "İ", "…", "—",
}

func anyText() *rapid.Generator[string] {
	part := rapid.OneOf(rapid.SampledFrom(hostile), rapid.SampledFrom(hostile), rapid.StringN(0, 6, -1))
	return rapid.Custom(func(t *rapid.T) string {
		s := ""
		for _, p := range rapid.SliceOfN(part, 0, 8).Draw(t, "parts") {
			s += p
		}
		return s
	})
}

func anyTime() *rapid.Generator[time.Time] {
	return rapid.OneOf(
		rapid.Just(time.Time{}),
		rapid.Custom(func(t *rapid.T) time.Time { return monday.Add(time.Duration(rapid.Int64().Draw(t, "ns"))) }),
		rapid.Custom(func(t *rapid.T) time.Time { return time.Unix(rapid.Int64().Draw(t, "s"), 0) }),
	)
}

func anyFile() *rapid.Generator[File] {
	return rapid.Custom(func(t *rapid.T) File {
		text := anyText()
		return File{
			Name: text.Draw(t, "name"), Type: text.Draw(t, "type"), Size: rapid.Int64().Draw(t, "size"),
			Image: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "image"),
		}
	})
}

func anyEntry() *rapid.Generator[Entry] {
	return rapid.Custom(func(t *rapid.T) Entry {
		text := anyText()
		e := Entry{
			Kind: rapid.SampledFrom([]Kind{"", KindMessage, KindMessage, KindMessage, KindForwarded, KindTaken, KindClosed, KindHeld, KindResumed, KindCall, KindNote, "odd"}).Draw(t, "kind"),
			Side: rapid.SampledFrom([]Side{"", Guest, Agent, Bot, System, "odd"}).Draw(t, "side"),
			At:   anyTime().Draw(t, "at"), Who: text.Draw(t, "who"), Text: text.Draw(t, "text"), Edited: rapid.Bool().Draw(t, "edited"),
			From: text.Draw(t, "from"), To: text.Draw(t, "to"), Files: rapid.SliceOfN(anyFile(), 0, 2).Draw(t, "files"),
		}
		if rapid.Bool().Draw(t, "quotes") {
			e.Quotes = []Quote{{Who: text.Draw(t, "quoted"), Text: text.Draw(t, "quote"), Quotes: []Quote{{Text: text.Draw(t, "quote in it")}}}}
		}
		if rapid.Bool().Draw(t, "calls") {
			e.Call = &Call{State: text.Draw(t, "state"), URL: text.Draw(t, "url"), Duration: time.Duration(rapid.Int64().Draw(t, "duration"))}
		}
		return e
	})
}

func anyConversation() *rapid.Generator[Conversation] {
	return rapid.Custom(func(t *rapid.T) Conversation {
		text := anyText()
		return Conversation{
			Title: text.Draw(t, "title"), Workspace: text.Draw(t, "workspace"), ChatID: text.Draw(t, "id"),
			Visitor: Visitor{text.Draw(t, "name"), text.Draw(t, "username"), text.Draw(t, "email"), text.Draw(t, "phone")},
			Agents:  rapid.SliceOfN(text, 0, 3).Draw(t, "agents"), Tags: rapid.SliceOfN(text, 0, 3).Draw(t, "tags"),
			Department: text.Draw(t, "department"), ClosedBy: text.Draw(t, "closed by"), Comment: text.Draw(t, "comment"),
			Opened: anyTime().Draw(t, "opened"), Closed: anyTime().Draw(t, "closed"),
			Entries:  rapid.SliceOfN(anyEntry(), 0, 4).Draw(t, "entries"),
			Zone:     rapid.SampledFrom([]*time.Location{nil, time.UTC, time.FixedZone("odd\n", 20000), time.FixedZone("", -3600)}).Draw(t, "zone"),
			Language: rapid.SampledFrom([]string{"", "en", "ar", "hi", "zh-CN", "PT_br", "xx", "<b>"}).Draw(t, "language"),
		}
	})
}

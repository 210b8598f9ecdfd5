package model

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSVGivesTextsWithTheirCategory(t *testing.T) {
	got, err := ReadCSV(strings.NewReader("\ufeff\"text\",category\r\n\"a, \"\"b\"\"\nc\",one\r\n  d , two \r\n"))
	want := []Example{{"a, \"b\"\nc", []string{"one"}}, {"d", []string{"two"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestColumnsAreFoundByTheirNames(t *testing.T) {
	got, err := ReadCSV(strings.NewReader("id, Category ,note,TEXT\n7,one,,\"a, b\"\n"))
	if diff := cmp.Diff([]Example{{"a, b", []string{"one"}}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestBadCSVNamesTheLine(t *testing.T) {
	const head = "text,category\n\"two\nlines\",one\n"
	for csv, want := range map[string]string{
		"":                          "the first line should be text,category",
		"a,b\n":                     `line 1 is "a,b": the first line`,
		"text,category,Text\n":      "line 1",
		"text;category\n":           "parted by a comma",
		"\xff\xfet\x00e\x00":        "save the file as UTF-8",
		"text,category\n":           "none below the header",
		head + "hello\n":            "line 4 has 1 columns, not 2",
		head + "hello, you,one\n":   "line 4 has 3 columns, not 2: put a text with commas into quotes",
		head + "\n\n ,one\n":        "line 6 has no text",
		head + "hello, \n":          "line 4 has no category",
		head + "hell\xff,one\n":     "line 4 is not UTF-8",
		head + "say \"hi\",one\n":   "line 4, column 5",
		head + "\"hello,one\nbye\n": "line 5, column 5",
	} {
		if _, err := ReadCSV(strings.NewReader(csv)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", csv, err, want)
		}
	}
}

func TestConversationGivesTheGuestsFirstTwoMessages(t *testing.T) {
	got, err := ReadConversations(strings.NewReader(`
{"topics":["a","b"],"turns":[{"from":"agent","text":"hello"},{"from":"guest","text":"one"},{"from":"agent","text":"yes?"},{"from":"guest","text":"two"},{"from":"guest","text":"three"}]}
{"topics":[],"turns":[{"from":"guest","text":"no topic"}]}
{"topics":["silence"],"turns":[{"from":"agent","text":"hello?"}]}
`))
	want := []Example{{"one\ntwo", []string{"a", "b"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestBadConversationsNameTheLine(t *testing.T) {
	for in, want := range map[string]string{
		"":              "no conversation has both",
		"{}\n\n{\n":     "line 3: ",
		"{}\n[1]\n":     "line 2: ",
		"text,category": "line 1: ",
	} {
		if _, err := ReadConversations(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

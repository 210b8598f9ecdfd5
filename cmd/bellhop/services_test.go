package main

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/transcript"
)

func TestTranscriptIsWrittenInAllForms(t *testing.T) {
	c := transcript.Conversation{Language: "de", Entries: []transcript.Entry{{Who: "Maya", Text: "hello \U0010fffd"}}}
	d, err := document(c, transcript.Options{})
	if err != nil || !strings.HasPrefix(string(d.PDF), "%PDF") || !strings.Contains(d.HTML, "hello") || !strings.Contains(d.Text, "hello") ||
		d.NoPDF != "" || d.Page != "" || d.Missing != "U+10FFFD" || d.Subject != "Ihr Gespräch mit uns" {
		t.Errorf("the document is %+v, %v", d, err)
	}
	if !strings.Contains(d.Text, d.SHA256) || !strings.Contains(d.HTML, d.SHA256) || len(d.SHA256) != 64 {
		t.Errorf("the digest is %q", d.SHA256)
	}
}

// TestTranscriptGoesOutAsTextWhenNothingElseCanBeMade: a colour that is none
// stands for whatever keeps a PDF from being made.
func TestTranscriptGoesOutAsTextWhenNothingElseCanBeMade(t *testing.T) {
	c := transcript.Conversation{Entries: []transcript.Entry{{Who: "Maya", Text: "hello"}}}
	d, err := document(c, transcript.Options{Colour: "reddish"})
	if err != nil || !strings.Contains(d.Text, "hello") || d.HTML != "" || d.Page != "" || !strings.Contains(d.NoPDF, "reddish") {
		t.Errorf("the document is %+v, %v", d, err)
	}
}

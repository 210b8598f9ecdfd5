package main

import (
	"bytes"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestEmbeddedWorkspaceWritesChatsDownInEveryScript(t *testing.T) {
	var long, short bytes.Buffer
	for b, lines := range map[*bytes.Buffer][]lobby.PaperLine{&short: nil, &long: {{Who: "ليلى", Text: "مرحبا, 您好, नमस्ते", Guest: true, Files: []string{"bill.pdf"}}}} {
		if err := paper(b, lobby.Paper{Room: "r1", Guest: "ليلى", Lines: lines}); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) {
			t.Errorf("it begins with %.10q", b)
		}
	}
	if long.Len() < short.Len()+5000 { // the shapes of the letters
		t.Errorf("%d bytes with a message, %d without", long.Len(), short.Len())
	}
}

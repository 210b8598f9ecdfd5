package main

import (
	"io"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/host/transcript"
)

// paper is the PDF that the embedded workspace makes of a chat which is over.
func paper(w io.Writer, p lobby.Paper) error {
	c := transcript.Conversation{
		ChatID: p.Room, Workspace: p.Workspace, Visitor: transcript.Visitor{Name: p.Guest},
		Department: p.Department, Opened: p.Opened, Closed: p.Closed,
		ClosedBy: p.ClosedBy, Comment: p.Comment, Tags: p.Tags,
	}
	for _, l := range p.Lines {
		e := transcript.Entry{At: l.At, Who: l.Who, Text: l.Text, Side: transcript.Agent}
		if l.Guest {
			e.Side = transcript.Guest
		}
		for _, name := range l.Files {
			e.Files = append(e.Files, transcript.File{Name: name})
		}
		c.Entries = append(c.Entries, e)
	}
	_, err := transcript.PDF(w, c, transcript.Options{})
	return err
}

package bridge

import (
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) sharing(chat sdk.ChatID, u sdk.Upload) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectFile, File: &u})
}

// TestGuestGetsTheFileWithItsCaption, on every version.
func TestGuestGetsTheFileWithItsCaption(t *testing.T) {
	for _, as := range lobby.Releases() {
		d := openDesk(t, lobby.Options{As: as})
		chat := d.served("Sales")
		name := `Größe "1" & 漢字.PDF`
		o := d.must(d.sharing(chat, sdk.Upload{Name: name, Data: []byte("%PDF"), Caption: "as you asked"}), sdk.Done, "")
		f := d.facts("uploaded")
		if len(f) != 1 || f[0].RID != string(chat) || f[0].File != name || f[0].FileType != "application/pdf" || f[0].Text != "as you asked" || f[0].Size != 4 {
			t.Errorf("%s: sent %+v", as, f)
		}
		if len(f) == 1 && string(o.Message) != f[0].ID {
			t.Errorf("%s: message is %s, want %s", as, o.Message, f[0].ID)
		}
		d.must(d.deleting(chat, o.Message), sdk.Done, "")
	}
}

// TestFileOfTheSameNameIsAnotherEffects: what another effect has sent is no
// witness.
func TestFileOfTheSameNameIsAnotherEffects(t *testing.T) {
	for _, as := range lobby.Releases() {
		d := openDesk(t, lobby.Options{As: as})
		e := d.sharing(d.served("Sales"), sdk.Upload{Name: "terms.txt", Text: "none"})
		var sent []sdk.MessageID
		e.Claimed = func(id string) bool { return slices.Contains(sent, sdk.MessageID(id)) }
		for range 3 {
			d.wire.on("rooms.upload|rooms.mediaConfirm", loseAnswer)
			o := d.must(e, sdk.Done, "")
			if o.Message == "" || slices.Contains(sent, o.Message) {
				t.Errorf("message is %q after %q", o.Message, sent)
			}
			sent = append(sent, o.Message)
		}
		d.count(3, "uploaded")
	}
}

func TestFileThatCannotBeSentIsRefusedWithWhatToChange(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	for says, u := range map[string]sdk.Upload{
		"has no name":       {Text: "x"},
		"it one such as":    {Name: "..", Text: "x"},
		"holds a slash":     {Name: "../etc/passwd", Text: "x"},
		`"a\\b.txt" holds`:  {Name: `a\b.txt`, Text: "x"},
		`"a\nb.txt" holds`:  {Name: "a\nb.txt", Text: "x"},
		`"a\x00.txt" holds`: {Name: "a\x00.txt", Text: "x"},
		"a blank at an end": {Name: "a.txt ", Text: "x"},
		"has 300 bytes":     {Name: strings.Repeat("a", 300), Text: "x"},
		"no type of a file": {Name: "a.txt", Type: "text; plain", Text: "x"},
		"a.txt is empty":    {Name: "a.txt"},
	} {
		d.must(d.sharing(chat, u), sdk.Refused, says)
	}
	d.count(0, "uploaded")
}

func TestWorkspaceThatDoesNotTakeTheFileIsNamed(t *testing.T) {
	for _, as := range lobby.Releases() {
		d := openDesk(t, lobby.Options{As: as})
		chat := d.served("Sales")
		for setting, c := range map[string]struct{ value, back any }{
			"FileUpload_Enabled":            {false, true},
			"FileUpload_MaxFileSize":        {3, 1000},
			"FileUpload_MediaTypeWhiteList": {"image/*", ""},
		} {
			d.as("admin").post("settings/"+setting, map[string]any{"value": c.value})
			d.must(d.sharing(chat, sdk.Upload{Name: "terms.txt", Text: "none"}), sdk.Refused, "setting "+setting)
			d.as("admin").post("settings/"+setting, map[string]any{"value": c.back})
		}
		d.must(d.sharing(chat, sdk.Upload{Name: "terms.txt", Text: "none"}), sdk.Done, "")
	}
}

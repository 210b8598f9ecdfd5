package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) reply(chat sdk.ChatID, text string) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectReply, Text: text})
}

func TestReplyBearsTheEffectsOwnID(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.reply(d.served("Sales"), "one moment")
	d.must(e, sdk.Done, "")
	if f := d.facts("message"); len(f) != 1 || f[0].ID != string(MessageID(e.Key, 0)) || f[0].Text != "one moment" {
		t.Errorf("said %+v", f)
	}
}

// TestAgentsWordsStayWithTheAgent: nothing that is told to the agent is ever in
// the chat.
func TestAgentsWordsStayWithTheAgent(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTell, Text: "a gold customer"}), sdk.Done, "")
	f := d.facts("dm", "message")
	if len(f) != 1 || f[0].Fact != "dm" || strings.Join(f[0].To, " ") != "alice" || f[0].Text != "a gold customer" {
		t.Errorf("said %+v", f)
	}
}

func TestCallGivesEachTheirOwnLink(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.effect(chat, sdk.Effect{Kind: sdk.EffectCall, Text: "join https://meet.example/guest"})
	e.AgentText = "join https://meet.example/agent"
	d.must(e, sdk.Done, "the guest and @alice have their links")
	f := d.facts("dm", "message")
	if len(f) != 2 || f[0].Fact != "dm" || f[0].Text != e.AgentText || f[1].Fact != "message" || f[1].Text != e.Text || f[0].ID == f[1].ID {
		t.Errorf("said %+v", f)
	}
}

// TestGuestIsNotLeftAloneInACall: when the agent can't be told, the guest gets
// no link.
func TestGuestIsNotLeftAloneInACall(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	g := d.guest("maya", "Sales")
	e := d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectCall, Text: "join"})
	e.AgentText, e.Agent = "join", sdk.Person{}
	d.must(e, sdk.Refused, "nobody serves the chat")
	e.Agent = sdk.Person{Username: "gone"}
	d.must(e, sdk.Refused, "write to @gone")
	d.count(0, "dm", "message")
}

// TestCallIsCompletedAfterACrash: only the agent had the link.
func TestCallIsCompletedAfterACrash(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectCall, Text: "join g"})
	e.AgentText = "join a"
	d.wire.on("chat.sendMessage", then(func() { d.wire.gone(true) }))
	d.must(e, "", "")
	d.count(1, "dm")
	d.wire.gone(false)
	e.Attempt = 1
	d.must(e, sdk.Done, "")
	d.count(1, "dm")
	d.count(1, "message")
}

func TestRenamedAgentIsStillTold(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectTell, Text: "hi"})
	e.Agent.Username = "alice-before-the-wedding"
	d.must(e, sdk.Done, "")
	d.count(1, "dm")
}

// TestNameOfAnotherIsNotWrittenTo: the agent was renamed, and somebody else
// took the name.
func TestNameOfAnotherIsNotWrittenTo(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectTell, Text: "hi"})
	e.Agent = sdk.Person{ID: d.account("alice").ID, Username: "carol"}
	d.must(e, sdk.Done, "")
	if f := d.facts("dm"); len(f) != 1 || strings.Join(f[0].To, " ") != "alice" {
		t.Errorf("said %+v", f)
	}
}

// TestDirectMessagesThatAreGoneAreMadeAgain: the room was remembered, and an
// admin removed it.
func TestDirectMessagesThatAreGoneAreMadeAgain(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTell, Text: "hi"}), sdk.Done, "")
	alice := d.account("alice").ID
	room := d.bridge.rooms.of(alice)
	for _, kind := range []sdk.EffectKind{sdk.EffectTell, EffectPDF} {
		d.bridge.rooms.keep(alice, strings.Repeat("x", len(room)))
		e := d.effect(chat, sdk.Effect{Kind: kind, Text: "again"})
		e.Key, e.Attachment = "rules/again", &Attachment{Name: "a.pdf", Type: "application/pdf", Data: []byte("%PDF")}
		d.must(e, sdk.Done, "")
		if got := d.bridge.rooms.of(alice); got != room {
			t.Errorf("the room is %q, want %q", got, room)
		}
	}
	d.count(2, "dm")
	d.count(1, "uploaded")
}

// TestDeletedMessageIsNotSaidAgain: somebody deleted it before we knew that it
// had been said.
func TestDeletedMessageIsNotSaidAgain(t *testing.T) {
	for _, kind := range []sdk.EffectKind{sdk.EffectReply, sdk.EffectTell} {
		d := openDesk(t, lobby.Options{})
		e := d.effect(d.served("Sales"), sdk.Effect{Kind: kind, Text: "hi"})
		d.must(e, sdk.Done, "")
		id := string(MessageID(e.Key, partFirst))
		room := d.as("bot").get("chat.getMessage?msgId=" + id)["message"].(map[string]any)["rid"]
		d.as("bot").post("chat.delete", map[string]any{"roomId": room, "msgId": id})
		e.Attempt = 1
		d.must(e, sdk.Done, "somebody has deleted it since")
		d.count(1, "message", "dm")
	}
}

func TestTellingNobodyIsRefused(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectTell, Text: "hi"})
	e.Agent = sdk.Person{}
	d.must(e, sdk.Refused, "nobody serves the chat")
	e.Agent = sdk.Person{ID: d.account("bot").ID, Username: "bot"}
	d.must(e, sdk.Refused, "Bellhop's own account serves the chat")
	e.Agent = sdk.Person{ID: "gone", Username: "gone"}
	d.must(e, sdk.Refused, "write to @gone")
	d.count(0, "dm")
}

func TestOddTextsAreCleaned(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"control characters": {"a\x00b\x1b[31mc\x7f\u0085d", "ab[31mcd"},
		"invalid UTF-8":      {"ab\xff\xc0c", "ab\uFFFDc"},
		"line ends":          {"\r\n one\r\ntwo\tthree\r ", "one\ntwo\tthree"},
		"a script":           {"<script>alert(1)</script>", "<script>alert(1)</script>"},
		"emoji":              {"👩‍👩‍👧 ñ 漢字", "👩‍👩‍👧 ñ 漢字"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			d.must(d.reply(d.served("Sales"), c.text), sdk.Done, "")
			if got := d.facts("message")[0].Text; got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

func TestEmptyTextIsRefused(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	for _, text := range []string{"", "  \n", "\x00\x07"} {
		d.must(d.reply(chat, text), sdk.Refused, "the text is empty")
	}
	d.count(0, "message")
}

func TestTextThatIsTooLongIsRefusedWithItsLength(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.reply(chat, strings.Repeat("ä", 1<<20)), sdk.Refused, "the text has 1048576 characters")
	d.must(d.reply(chat, strings.Repeat("ä", 5001)), sdk.Refused, "raise the setting Message_MaxAllowedSize")
	d.count(0, "message")
	d.must(d.reply(chat, strings.Repeat("ä", 5000)), sdk.Done, "")
}

// TestMessageThatWasHeldBackIsRefused: an app of the workspace prevents it, and
// the server answers as it does to a repeat.
func TestMessageThatWasHeldBackIsRefused(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	for n, text := range []string{"Cannot read property 'starred' of undefined", "Cannot read properties of undefined (reading 'starred')"} {
		d.wire.on("chat.sendMessage", answer(400, fmt.Sprintf(`{"success":false,"error":%q}`, text)))
		e := d.reply(chat, "hi")
		e.Key = sdk.EffectKey(fmt.Sprint("rules/", n))
		d.must(e, sdk.Refused, "one of its apps may hold such messages back")
	}
}

// TestUnknownFateIsTriedAgain: the answer is lost, and so is the look for the
// message.
func TestUnknownFateIsTriedAgain(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.reply(d.served("Sales"), "hi")
	d.wire.on("chat.sendMessage", loseAnswer)
	for range 4 {
		d.wire.on("chat.getMessage", loseRequest)
	}
	d.must(e, "", "whether it arrived")
	e.Attempt = 1
	d.must(e, sdk.Done, "")
	d.count(1, "message")
}

func TestFileGoesToTheAgentOnly(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.effect(chat, sdk.Effect{Kind: EffectPDF})
	e.Attachment = &Attachment{Name: "transcript-x.pdf", Type: "application/pdf", Data: []byte("%PDF")}
	d.must(e, sdk.Done, "")
	f := d.facts("uploaded")
	if len(f) != 1 || strings.Join(f[0].To, " ") != "alice" || f[0].File != "transcript-x.pdf" || f[0].Size != 4 || f[0].FileType != "application/pdf" {
		t.Errorf("sent %+v", f)
	}
	e.Agent = sdk.Person{}
	d.must(e, sdk.Refused, "nobody serves the chat")
}

// TestFileOfAnotherEffectIsAnother: two transcripts of one chat differ in name.
func TestFileOfAnotherEffectIsAnother(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	e := d.effect(d.served("Sales"), sdk.Effect{Kind: EffectPDF})
	for _, name := range []string{"transcript-x.pdf", "transcript-y.pdf", "transcript-x.pdf"} {
		e.Attachment = &Attachment{Name: name, Type: "application/pdf", Data: []byte("%PDF")}
		d.must(e, sdk.Done, "")
	}
	d.count(2, "uploaded")
}

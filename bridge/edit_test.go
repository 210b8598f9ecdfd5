package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) editing(chat sdk.ChatID, id sdk.MessageID, text string) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectEdit, Message: id, Text: text})
}

func (d *desk) deleting(chat sdk.ChatID, id sdk.MessageID) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectDelete, Message: id})
}

// TestOnlyOurOwnMessagesAreChanged, of this chat or of what is no chat.
func TestOnlyOurOwnMessagesAreChanged(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat, other := d.served("Sales"), d.guest("ben", "Sales").chat()
	person := strings.TrimPrefix(string(d.alice.reply(string(chat), "hello")), "message/")
	elsewhere := d.ownMessage(chat)
	told := d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTell, Text: "gold"}), sdk.Done, "").Message
	for _, e := range []Effect{d.editing(chat, sdk.MessageID(person), "mine"), d.deleting(chat, sdk.MessageID(person))} {
		d.must(e, sdk.Refused, "none that Bellhop wrote")
	}
	for _, e := range []Effect{d.editing(other, elsewhere, "two"), d.deleting(other, elsewhere)} {
		d.must(e, sdk.Refused, "is in another chat")
	}
	d.count(0, "edited", "deleted")
	d.must(d.editing(chat, told, "platinum"), sdk.Done, "")
	d.count(1, "edited")
}

func TestMessageThatIsGoneIsDeletedAndNotEdited(t *testing.T) {
	for _, shows := range []bool{false, true} { // that something was deleted
		d := openDesk(t, lobby.Options{})
		chat := d.served("Sales")
		d.as("admin").post("settings/Message_ShowDeletedStatus", map[string]any{"value": shows})
		id := d.ownMessage(chat)
		d.must(d.deleting(chat, id), sdk.Done, "")
		if o := d.must(d.deleting(chat, id), sdk.Done, "no such message any more"); !o.Unchanged {
			t.Errorf("a second time: %+v", o)
		}
		d.must(d.editing(chat, id, "two"), sdk.Refused, "it was deleted, or never sent")
		d.count(1, "deleted")
	}
}

func TestTextThatTheMessageHasChangesNothing(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	if o := d.must(d.editing(chat, d.ownMessage(chat), " one\r\n"), sdk.Done, "reads so already"); !o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.count(0, "edited")
}

// TestWorkspaceThatForbidsChangesIsNamed with the setting to change.
func TestWorkspaceThatForbidsChangesIsNamed(t *testing.T) {
	for _, as := range lobby.Releases() {
		d := openDesk(t, lobby.Options{As: as})
		chat := d.served("Sales")
		id := d.ownMessage(chat)
		for setting, e := range map[string]Effect{"Message_AllowEditing": d.editing(chat, id, "two"), "Message_AllowDeleting": d.deleting(chat, id)} {
			d.as("admin").post("settings/"+setting, map[string]any{"value": false})
			d.must(e, sdk.Refused, "turn on the setting "+setting)
		}
		d.count(0, "edited", "deleted")
	}
}

// TestMessageThatIsTooOldIsNamed: from 5.0 on the role bot may change messages of
// any age, so the account is without it.
func TestMessageThatIsTooOldIsNamed(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	roles := map[string][]string{"bot": {"user", "livechat-manager"}}
	d := openDesk(t, lobby.Options{Now: func() time.Time { return now }, NoLimits: true, Roles: roles})
	chat := d.served("Sales")
	d.as("admin").post("settings/Message_AllowEditing_BlockEditInMinutes", map[string]any{"value": 5})
	id := d.ownMessage(chat)
	now = now.Add(time.Hour)
	d.must(d.editing(chat, id, "two"), sdk.Refused, "raise the setting Message_AllowEditing_BlockEditInMinutes")
}

// TestTextThatIsTooLongIsNotEditedIn, and a limit that was raised counts at
// once.
func TestTextThatIsTooLongIsNotEditedIn(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.editing(chat, d.ownMessage(chat), strings.Repeat("ä", 5001))
	d.must(e, sdk.Refused, "the text has 5001 characters, and the workspace takes 5000 (shorten the text, or raise the setting Message_MaxAllowedSize")
	d.as("admin").post("settings/Message_MaxAllowedSize", map[string]any{"value": 6000})
	d.must(e, sdk.Done, "")
	e.Text = " \n"
	d.must(e, sdk.Refused, "the text is empty")
}

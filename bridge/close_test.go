package bridge

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) end(chat sdk.ChatID, comment string) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectClose, Text: comment})
}

func TestCloseGivesTheComment(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	d.must(d.end(d.served("Sales"), "thank you\x00, bye"), sdk.Done, "")
	if f := d.facts("closed"); len(f) != 1 || f[0].Text != "thank you, bye" {
		t.Errorf("closed %+v", f)
	}
}

func TestChatThatAnotherClosedIsOvertaken(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.end(chat, "")
	d.wire.on("closeRoom|closeByUser", first(func() { d.alice.close(string(chat), "mine") }))
	d.must(e, sdk.Overtaken, "the chat is closed: @alice ended it")
	d.must(e, sdk.Overtaken, "the chat is closed: @alice ended it")
	d.count(0, "closed")
}

// TestOwnCloseOfBeforeTheEventIsAnothers: some other effect ended the chat.
func TestOwnCloseOfBeforeTheEventIsAnothers(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.end(chat, ""), sdk.Done, "")
	later := d.end(chat, "")
	later.EventAt = later.EventAt.AddDate(0, 0, 1)
	d.must(later, sdk.Overtaken, "the chat is closed")
}

package bridge

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// threadID is the _id of the message that a chat's thread begins with, in the
// direct messages with a person. It names the chat, so that nobody need remember
// which thread is whose.
func threadID(chat sdk.ChatID, person string) string { return string(chat) + "-" + person }

// threadChat is the chat in whose thread the person has written; "" when it is none of
// ours.
func threadChat(thread, person string) sdk.ChatID {
	chat, ours := strings.CutSuffix(thread, "-"+person)
	if !ours || !soundID(chat) {
		return ""
	}
	return sdk.ChatID(chat)
}

// partner is who is written to in a room of direct messages.
func (a *attempt) partner(room string) string {
	if rest, ok := strings.CutPrefix(room, a.by.ID); ok {
		return rest
	}
	return strings.TrimSuffix(room, a.by.ID)
}

// thread is the thread of the effect's chat in the room of direct messages, ""
// when the effect belongs in none. It begins with the guest's name and a link to
// the chat. When there is none to be had, the outcome says why.
func (a *attempt) thread(ctx context.Context, room string) (string, sdk.Outcome) {
	if !a.e.Thread || a.e.Chat == "" {
		return "", sdk.Outcome{}
	}
	id := threadID(a.e.Chat, a.partner(room))
	if a.rooms.of(id) == room {
		return id, sdk.Outcome{}
	}
	if err := a.beginThread(ctx, room, id); err != nil {
		return "", failed(err)
	}
	a.rooms.keep(id, room)
	return id, sdk.Outcome{}
}

func (a *attempt) beginThread(ctx context.Context, room, id string) error {
	_, err := a.rest.Message(ctx, id)
	if !errors.Is(err, rest.ErrNotFound) {
		return err
	}
	if a.room.ID == "" {
		if err := a.read(ctx); err != nil {
			return err
		}
	}
	link := a.rest.URL() + "/live/" + string(a.e.Chat)
	name := strings.NewReplacer("[", "(", "]", ")").Replace(cleanLine(cmp.Or(a.room.FName, a.room.Visitor.Username, string(a.e.Chat))))
	_, err = a.rest.SendMessage(ctx, room, id, "["+name+"]("+link+")")
	if err == nil {
		return nil
	}
	if _, there := a.rest.Message(ctx, id); there == nil { // a lost answer, or another effect was faster
		return nil
	}
	return err
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// errGone says that a message is no more, or never was.
var errGone = errors.New("there is no such message: it was deleted, or never sent")

// ours reads the effect's message, which must be one that Bellhop wrote: in
// this chat, or where only people of the workspace read.
func (a *attempt) ours(ctx context.Context) (rest.Message, error) {
	m, err := a.rest.Message(ctx, string(a.e.Message))
	switch {
	case errors.Is(err, rest.ErrNotFound), err == nil && (m.Type == typeRemoved || m.Hidden):
		return m, errGone
	case err != nil:
		return m, err
	case m.User.ID != a.by.ID || m.Type != "":
		return m, fmt.Errorf("message %s is none that Bellhop wrote, and others' stay as they are: %w", m.ID, rest.ErrRefused)
	case m.RoomID == string(a.e.Chat):
		return m, nil
	}
	room, err := a.rest.Room(ctx, m.RoomID)
	if err == nil && room.Type == "l" {
		err = fmt.Errorf("message %s is in another chat: %w", m.ID, rest.ErrRefused)
	}
	return m, err
}

// wasEdited reports whether the message reads as it shall.
func (a *attempt) wasEdited(ctx context.Context) (sdk.Outcome, bool, error) {
	m, err := a.ours(ctx)
	return done(""), err == nil && m.Text == spoken(a.e.Text), ignore(err, errGone)
}

// wasErased reports whether the message is no more.
func (a *attempt) wasErased(ctx context.Context) (sdk.Outcome, bool, error) {
	_, err := a.ours(ctx)
	return done(""), errors.Is(err, errGone), ignore(err, errGone)
}

// edit gives the message the text.
func (a *attempt) edit(ctx context.Context) sdk.Outcome {
	text := spoken(a.e.Text)
	if text == "" {
		return refused("there is nothing to say: the text is empty; delete the message instead")
	}
	m, err := a.ours(ctx)
	switch {
	case errors.Is(err, errGone):
		return refused(err.Error())
	case err != nil:
		return failed(err)
	case m.Text == text:
		return unchanged("the message reads so already")
	}
	if why := a.tooLong(ctx, text); why != "" {
		return refused(why)
	}
	err = a.rest.UpdateMessage(ctx, m.RoomID, m.ID, text)
	now, blind := a.ours(ctx)
	switch {
	case errors.Is(blind, errGone):
		return refused(blind.Error())
	case blind != nil:
		return Later(fmt.Sprintf("%v; and what the message says now: %v", err, blind))
	case now.Text == text:
		return done("")
	case err == nil:
		return Later("the workspace says that it edited the message, but the message reads as before")
	}
	return failed(changeable(err, "editing", "Message_AllowEditing", "Message_AllowEditing_BlockEditInMinutes"))
}

// erase deletes the message.
func (a *attempt) erase(ctx context.Context) sdk.Outcome {
	m, err := a.ours(ctx)
	switch {
	case errors.Is(err, errGone):
		return unchanged("there is no such message any more")
	case err != nil:
		return failed(err)
	}
	err = a.rest.DeleteMessage(ctx, m.RoomID, m.ID)
	_, blind := a.ours(ctx)
	switch {
	case errors.Is(blind, errGone):
		return done("")
	case blind != nil:
		return Later(fmt.Sprintf("%v; and whether the message is still there: %v", err, blind))
	case err == nil:
		return Later("the workspace says that it deleted the message, but the message is still there")
	}
	return failed(changeable(err, "deleting", "Message_AllowDeleting", "Message_AllowDeleting_BlockDeleteInMinutes"))
}

// changeable adds to a refusal what to change in the workspace.
func changeable(err error, what, allows, minutes string) error {
	switch rest.CodeOf(err) {
	case "error-action-not-allowed":
		return fmt.Errorf("%w (turn on the setting %s of the workspace: it allows %s)", err, allows, what)
	case "error-message-editing-blocked", "error-message-deleting-blocked":
		return fmt.Errorf("%w (the message is too old: raise the setting %s of the workspace, or, from 5.0 on, give the role bot the permission bypass-time-limit-edit-and-delete)", err, minutes)
	}
	return err
}

// spoken is a text as it is sent.
func spoken(text string) string {
	return strings.TrimSpace(cleanText(strings.ReplaceAll(text, "\r\n", "\n")))
}

// tooLong says that the workspace takes no text of that length; "" means that
// it does, or that nobody knows. Servers look at it only when a message is
// sent, not when it is edited.
func (a *attempt) tooLong(ctx context.Context, text string) string {
	n := utf8.RuneCountInString(text)
	over := func() (most int, yes bool) {
		most, known := a.prefs.number(ctx, "Message_MaxAllowedSize")
		return most, known && most > 0 && n > most
	}
	if _, yes := over(); yes {
		a.prefs.forget() // somebody may just have raised it
	}
	if most, yes := over(); yes {
		return fmt.Sprintf("the text has %d characters, and the workspace takes %d (%s)", n, most, advice["error-message-size-exceeded"])
	}
	return ""
}

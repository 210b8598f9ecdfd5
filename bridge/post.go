package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// writeTo writes to somebody of the workspace.
func (a *attempt) writeTo(ctx context.Context) sdk.Outcome {
	to, err := a.addressee()
	if err != nil {
		return failed(err)
	}
	return a.sayTo(ctx, to, partFirst, a.e.Text)
}

// addressee is who is meant by a username, which may have an @ before it.
// Servers would take several names that are parted by commas.
func (a *attempt) addressee() (sdk.Person, error) {
	name := strings.TrimPrefix(a.e.To, "@")
	switch {
	case name == "" || strings.ContainsAny(name, "@#/,; \t\n"):
		return sdk.Person{}, fmt.Errorf("%q is no username: write one such as alice: %w", a.e.To, rest.ErrRefused)
	case name == a.by.Username:
		return sdk.Person{}, fmt.Errorf("@%s is Bellhop's own account, and nobody reads what it writes to itself: %w", name, rest.ErrRefused)
	}
	return sdk.Person{Username: name}, nil
}

// post writes into a room for people of the workspace.
func (a *attempt) post(ctx context.Context) sdk.Outcome {
	room, err := a.peopleRoom(ctx)
	if err != nil {
		return failed(err)
	}
	return a.say(ctx, room, partFirst, a.e.Text)
}

// peopleRoom is the room that is meant by a name, which may have a # before
// it. A guest reads in none of them.
func (a *attempt) peopleRoom(ctx context.Context) (string, error) {
	name := strings.TrimPrefix(a.e.To, "#")
	if strings.TrimSpace(name) == "" {
		return "", fmt.Errorf("%q is no room: write its name, such as #desk: %w", a.e.To, rest.ErrRefused)
	}
	room, err := a.rest.RoomNamed(ctx, name)
	switch {
	case errors.Is(err, rest.ErrNotFound):
		return "", fmt.Errorf("there is no room #%s that Bellhop's account sees: write its name as it stands in its address, and add @%s to it if it is private: %w", name, a.by.Username, rest.ErrNotFound)
	case err != nil:
		return "", err
	case !slices.Contains([]string{"c", "p"}, room.Type):
		return "", fmt.Errorf("#%s is no room for people of the workspace alone: %w", name, rest.ErrRefused)
	}
	return room.ID, nil
}

// where is the room into which the effect's first message goes; when there is
// none to be had, the outcome says why.
func (a *attempt) where(ctx context.Context) (string, sdk.Outcome) {
	switch a.e.Kind {
	case sdk.EffectTell, sdk.EffectAnswer:
		return a.direct(ctx, a.e.Agent)
	case sdk.EffectDirect:
		to, err := a.addressee()
		if err != nil {
			return "", failed(err)
		}
		return a.direct(ctx, to)
	case sdk.EffectPost:
		room, err := a.peopleRoom(ctx)
		if err != nil {
			return "", failed(err)
		}
		return room, sdk.Outcome{}
	}
	return a.room.ID, sdk.Outcome{}
}

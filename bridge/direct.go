package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxDirects is how many rooms of direct messages are remembered.
const maxDirects = 4096

// directs are the rooms of direct messages with people, by their ids: servers
// make one once and let it be asked for ten times a minute.
type directs struct {
	mu    sync.Mutex // guards what follows
	rooms map[string]string
}

func (d *directs) of(user string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rooms[user]
}

func (d *directs) keep(user, room string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rooms == nil || len(d.rooms) >= maxDirects {
		d.rooms = map[string]string{}
	}
	d.rooms[user] = room
}

func (d *directs) drop(room string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for user, r := range d.rooms {
		if r == room {
			delete(d.rooms, user)
		}
	}
}

// direct is the room of direct messages with somebody; when there is none to
// be had, the outcome says why.
func (a *attempt) direct(ctx context.Context, to sdk.Person) (string, sdk.Outcome) {
	switch {
	case to.IsZero():
		return "", refused("nobody serves the chat, so there is no agent to write to")
	case to.ID == a.by.ID || to.Username == a.by.Username:
		return "", refused("Bellhop's own account serves the chat, so there is no agent to write to")
	}
	if room := a.rooms.of(to.ID); room != "" {
		return room, sdk.Outcome{}
	}
	room, err := a.makeDirect(ctx, to)
	if err != nil {
		return "", failed(fmt.Errorf("write to @%s: %w", to.Username, err))
	}
	if to.ID != "" {
		a.rooms.keep(to.ID, room)
	}
	return room, sdk.Outcome{}
}

// inDirect does something in the room of direct messages with somebody. A room
// that was remembered may be gone: then it is asked for again.
func (a *attempt) inDirect(ctx context.Context, to sdk.Person, do func(room string) sdk.Outcome) sdk.Outcome {
	remembered := a.rooms.of(to.ID)
	room, o := a.direct(ctx, to)
	if room == "" {
		return o
	}
	if o = do(room); o.State != sdk.Refused || room != remembered {
		return o
	}
	a.rooms.drop(room)
	if room, o = a.direct(ctx, to); room == "" {
		return o
	}
	return do(room)
}

// makeDirect asks for the room by name, since servers want it so. But people
// are renamed, and others take their names: an id is the truth, and of two ids
// servers make the room's.
func (a *attempt) makeDirect(ctx context.Context, to sdk.Person) (room string, err error) {
	if to.Username != "" {
		room, err = a.rest.DirectRoom(ctx, to.Username)
		if err == nil && (to.ID == "" || strings.Contains(room, to.ID)) || err != nil && !errors.Is(err, rest.ErrNotFound) || to.ID == "" {
			return room, err
		}
	}
	u, err := a.rest.User(ctx, to.ID)
	if err != nil || u.Username == to.Username && room != "" {
		return room, err
	}
	return a.rest.DirectRoom(ctx, u.Username)
}

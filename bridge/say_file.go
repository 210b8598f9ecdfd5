package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wasSent reports whether the agent has the file already: its name is made of
// the effect's key.
func (a *attempt) wasSent(ctx context.Context) (sdk.Outcome, bool, error) {
	found := false
	o := a.inDirect(ctx, a.e.Agent, func(room string) sdk.Outcome {
		var err error
		if _, found, err = a.fileIn(ctx, room, a.e.Attachment.Name); err != nil {
			return failed(err)
		}
		return done("")
	})
	return o, found || o.State != sdk.Done, nil
}

// fileIn looks among the room's messages since the event for one that shows a
// file of ours of that name, and that is no other effect's.
func (a *attempt) fileIn(ctx context.Context, room, name string) (rest.Message, bool, error) {
	sent, _, err := a.rest.SyncMessages(ctx, room, before(a.since()))
	if err != nil {
		return rest.Message{}, false, err
	}
	for _, m := range sent {
		for _, f := range append(m.Files, fileOf(m)) {
			if m.User.ID == a.by.ID && f.Name == name && !a.claimed(m.ID) {
				return m, true, nil
			}
		}
	}
	return rest.Message{}, false, nil
}

func (a *attempt) claimed(trace string) bool { return a.e.Claimed != nil && a.e.Claimed(trace) }

// before is a moment earlier: the server tells what changed after a time.
func before(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Second)
}

func fileOf(m rest.Message) rest.File {
	if m.File == nil {
		return rest.File{}
	}
	return *m.File
}

// sendFile puts the file into the agent's direct messages.
func (a *attempt) sendFile(ctx context.Context) sdk.Outcome {
	file := a.e.Attachment
	room, o := a.direct(ctx, a.e.Agent)
	if room == "" {
		return o
	}
	_, err := a.rest.Upload(ctx, room, rest.Sending{Name: file.Name, Type: file.Type, Data: file.Data})
	if err == nil {
		return done("")
	}
	_, found, blind := a.fileIn(ctx, room, file.Name)
	switch {
	case found:
		return done("")
	case blind != nil:
		return Later(fmt.Sprintf("%v; and whether it arrived: %v", err, blind))
	case errors.Is(err, rest.ErrRefused) || errors.Is(err, rest.ErrForbidden):
		err = fmt.Errorf("the workspace does not take the file %s: %w", file.Name, err)
	}
	return failed(err)
}

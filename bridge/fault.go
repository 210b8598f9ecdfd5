package bridge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxFaults is how many different faults are spoken of aloud.
const maxFaults = 100

// puzzles are what was wrong with frames and messages. A server that writes one
// field in another way does so every time, so each is spoken of aloud once.
type puzzles struct {
	mu   sync.Mutex // guards said
	said map[string]bool
}

func (f *puzzles) isNew(fault string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.said[fault] || len(f.said) >= maxFaults {
		return false
	}
	if f.said == nil {
		f.said = map[string]bool{}
	}
	f.said[fault] = true
	return true
}

// fault names what is wrong with what came from a stream or a call, and what
// that means; nil is nothing.
func (b *Bridge) fault(from, means string, err error) {
	if err == nil {
		return
	}
	level := slog.LevelDebug
	if b.puzzles.isNew(from + " " + err.Error()) {
		level = slog.LevelWarn
	}
	b.log.Log(context.Background(), level, means, "from", from, "err", err)
}

// oddFrame is what a frame that is not as it should be means.
const oddFrame = "frame is not believed: what it tells is read from the server instead"

// mistrust has a chat read of which a frame tells what cannot be believed. If
// not even the chat is to be made out, the next comparison finds what it was.
func (w *watch) mistrust(stream, room string, isChat bool, err error) error {
	w.b.fault(stream, oddFrame, err)
	if !soundID(room) {
		return nil
	}
	return w.do(func() error {
		id := sdk.ChatID(room)
		if w.chats[id] == nil && !isChat {
			return nil
		}
		f := w.follow(id)
		f.deep = true
		w.want(f, true)
		return nil
	})
}

// read reads argument n of a frame. A field of another type than expected is
// named, and stays empty.
func read(args []json.RawMessage, n int, into any) error {
	if n >= len(args) {
		return errMissing(n)
	}
	return decode(args[n], into)
}

func errMissing(n int) error { return fmt.Errorf("argument %d is missing", n) }

func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var odd *json.UnmarshalTypeError
	if errors.As(err, &odd) {
		return &oddity{field: odd.Field, is: odd.Value}
	}
	return err
}

// oddity is a field of another type than expected; "" is the whole.
type oddity struct{ field, is string }

func (o *oddity) Error() string { return fmt.Sprintf("%s is a %s", o.field, o.is) }

// name says what it is of which something is odd.
func name(what string, err error) error {
	if o, is := err.(*oddity); is && o.field == "" {
		o.field = what
	}
	return err
}

// sound says what is wrong with an id; nil means nothing.
func sound(field, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%s is missing", field)
	case !soundID(id):
		return fmt.Errorf("%s is no id", field)
	}
	return nil
}

// lacking says what a message lacks without which it tells nothing; nil means
// nothing.
func lacking(m *rest.Message) error {
	err := cmp.Or(sound("_id", m.ID), sound("rid", m.RoomID))
	switch {
	case err == nil && m.TS.IsZero():
		return errors.New("ts is no date")
	case err == nil && m.User.ID == "" && m.Token == "":
		return errors.New("u._id is missing")
	}
	return err
}

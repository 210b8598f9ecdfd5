package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// looked takes in what a look found.
func (w *watch) looked(f *followed, a asked, l look, err error) error {
	w.looking--
	f.looking = false
	if err == nil && !soundID(l.room.ID) {
		err = fmt.Errorf("read chat %s: %w", f.id, rest.ErrUnclear)
	}
	if err == nil {
		f.fails = 0
		err = w.tell(f, a, l)
	} else {
		err = w.failed(f, a, err)
	}
	if err != nil {
		return err
	}
	return w.settle(f)
}

// failed decides what becomes of a chat that could not be read.
func (w *watch) failed(f *followed, a asked, err error) error {
	f.fails++
	f.deep = f.deep || a.whole
	f.backlog = append(a.backlog, f.backlog...)
	switch {
	case errors.Is(err, rest.ErrNotFound):
		return w.vanished(f)
	case rest.Temporary(err) && !(errors.Is(err, rest.ErrServer) && f.fails >= maxFails), errors.Is(err, rest.ErrUnauthorized), errors.Is(err, errLapsed), errors.Is(err, context.DeadlineExceeded):
		w.log.Debug("chat is read again later", "chat", f.id, "attempt", f.fails, "err", err)
		f.again = true
		return nil
	}
	f.answer(err)
	w.log.Error("chat cannot be read: what happens in it is missed until it can", "chat", f.id, "err", err)
	f.fails, f.again, f.backlog, f.doubts = 0, false, nil, nil
	if !f.told {
		delete(w.chats, f.id)
	}
	return nil
}

// vanished ends a chat that somebody deleted. How it ended nobody can tell, so
// that is no event, but the picture says that it is over.
func (w *watch) vanished(f *followed) error {
	delete(w.chats, f.id)
	f.again, f.backlog, f.doubts = false, nil, nil
	if !f.told || f.known.Status == sdk.Closed {
		return nil
	}
	w.log.Warn("chat is gone: somebody deleted it", "chat", f.id)
	f.known.Status = sdk.Closed
	return w.show(f, Event{})
}

// settle goes on with a chat after a look: with another look, or with what
// frames told meanwhile.
func (w *watch) settle(f *followed) error {
	switch {
	case f.again && f.fails > 0:
		f.again = false
		w.after(pause(f.fails, firstRetry, lastRetry), func() error { w.want(f, true); return nil })
		return nil
	case f.again && f.unfit > 0:
		f.again = false
		w.after(firstUnfit<<(f.unfit-1), func() error { w.want(f, true); return nil })
		return nil
	case f.again:
		w.want(f, true)
		return nil
	}
	if err := w.flush(f); err != nil || f.queued {
		return err
	}
	if f.doubted() {
		w.want(f, true)
		return nil
	}
	f.answer(nil)
	return w.done(f)
}

// flush takes the messages that waited for the chat's catch-up.
func (w *watch) flush(f *followed) error {
	if w.listed {
		f.ready = true
	}
	waiting := f.backlog
	f.backlog = nil
	for _, m := range waiting {
		if err := w.message(f, m); err != nil {
			return err
		}
	}
	return nil
}

package bridge

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Of an edit, and on some servers of a deletion, the list of chats tells nothing,
// unless it is of a chat's last message. When its frame was lost, only the chat's
// messages tell of it. So after each beginning of a connection and every hour those
// of each chat are read again, one chat after another, when all that the list tells
// of has been caught up with.

// rereadPause is between two chats: nobody waits for them, and they may be
// thousands.
const rereadPause = 25 * time.Millisecond

// rereads are the chats whose messages are to be read again. The watch's goroutine
// owns them.
type rereads struct {
	due   int         // grows when frames may have been lost
	list  []*followed // yet to be read, in order
	busy  bool        // one is being read, or was a moment ago
	fails int         // that could not be read for now, one after another
}

// reread begins to read again what has not been read since frames may have been
// lost: first what was not read for longest, then the chats in which something
// happened last.
func (w *watch) reread() {
	w.rereads.list = nil
	for _, f := range w.chats {
		if w.isStale(f) {
			w.rereads.list = append(w.rereads.list, f)
		}
	}
	slices.SortFunc(w.rereads.list, func(a, b *followed) int {
		return cmp.Or(cmp.Compare(a.read, b.read), order(b.known.Open(), a.known.Open()), b.lively().Compare(a.lively()))
	})
	w.readNext()
}

// isStale reports whether the chat is one to read again: an open one, or one that
// has ended so late that its end may have been heard of and an edit not.
func (w *watch) isStale(f *followed) bool {
	return f.told && f.read < w.rereads.due && (f.known.Open() || w.b.clock.now().Sub(f.known.ClosedAt) < closedKept)
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// lively is when something was last said in the chat.
func (f *followed) lively() time.Time {
	if n := len(f.known.Last); n > 0 {
		return f.known.Last[n-1].At
	}
	return f.known.OpenedAt
}

// readNext reads the next chat, if that takes nothing from those who wait. Where
// the server's limit leaves no room, the next comparison asks again.
func (w *watch) readNext() {
	for len(w.rereads.list) > 0 && !w.rereads.busy && w.listed && w.b.rest.SpareSyncs(1) > 0 {
		f := w.rereads.list[0]
		w.rereads.list = w.rereads.list[1:]
		if w.chats[f.id] != f || !w.isStale(f) || f.queued || f.looking || f.fails > 0 {
			continue // a look at it comes or has come, or it is over
		}
		w.rereads.busy = true
		due, since := w.rereads.due, f.mark
		w.group.Go(func() error {
			list, gone, err := w.b.rest.SyncMessages(w.ctx, string(f.id), since)
			w.do(func() error { return w.wasReread(f, due, list, gone, err) })
			return nil
		})
	}
}

// wasReread has a look taken at a chat in which something is that was not told. What
// could not be read for now is read after another comparison, and so is all that is
// left when two chats in a row could not be.
func (w *watch) wasReread(f *followed, due int, list []rest.Message, gone []rest.Deleted, err error) error {
	w.after(rereadPause, func() error { w.rereads.busy = false; w.readNext(); return nil })
	switch {
	case err != nil && rest.Temporary(err):
		if w.rereads.fails++; w.rereads.fails > 1 || errors.Is(err, rest.ErrRateLimited) {
			w.rereads.list, w.rereads.fails = nil, 0
		}
		return nil
	case err != nil:
		w.log.Debug("chat's messages are not to be had", "chat", f.id, "err", err)
	case w.chats[f.id] == f && w.tellsMore(f, list, gone):
		f.deep = true
		w.want(f, false)
		w.rereads.fails = 0
		return nil // the look counts
	}
	f.read, w.rereads.fails = max(f.read, due), 0
	return nil
}

// tellsMore reports whether the messages tell what was not told.
func (w *watch) tellsMore(f *followed, list []rest.Message, gone []rest.Deleted) bool {
	known := w.knows(f)
	return slices.ContainsFunc(list, func(m rest.Message) bool {
		switch {
		case m.Hidden || onMessage[m.Type] == nil || lacking(&m) != nil:
			return false
		case m.Type == typeRemoved:
			return f.isNewEnd(m.ID, removedAt(m), known)
		case m.TS.After(f.mark) && !known(MessageEventID(sdk.MessageID(m.ID))):
			return true
		}
		return m.Type == "" && f.isNewEdit(w.b.message(m, f.known.Visitor.ID), known)
	}) || slices.ContainsFunc(gone, func(d rest.Deleted) bool { return f.isNewEnd(d.ID, d.DeletedAt.Time, known) })
}

package host

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// errBreak ends a session so that something can be done before the next.
var errBreak = errors.New("the session makes a break")

// breaks waits for the session's end. One that makes a break has nothing left
// in memory then: the next begins from what is on disk.
func (h *Host) breaks(ctx context.Context, g *errgroup.Group) error {
	var do func()
	g.Go(func() error {
		select {
		case do = <-h.between:
			return errBreak
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	err := g.Wait()
	if do != nil {
		h.timers.parted() // the next session has not caught up yet
		do()
	}
	return err
}

// Forget takes all that belongs to chats of the visitor out of the store, and
// says which these were. Everything stops for that moment and begins anew, so
// that no memory brings a text back. For a chat that has just ended that is
// refused, and beginning anew brings about the comparison that it has to wait
// for; but while one is awaited nothing is stopped, or whoever tries again and
// again would put it off for ever.
func (h *Host) Forget(ctx context.Context, visitor string) (chats []sdk.ChatID, err error) {
	var open *store.OpenChatError
	if err := h.store.MayForget(visitor); errors.As(err, &open) && !(open.Recent && h.timers.areCaughtUp()) {
		return nil, err
	}
	done := make(chan struct{})
	do := func() {
		defer close(done)
		chats, err = h.store.Forget(visitor)
	}
	select {
	case h.between <- do:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	<-done
	if err == nil {
		h.log.Warn("visitor is forgotten", "chats", len(chats))
	}
	return chats, err
}

// clocksDiffer is how far the server's clock may be before ours.
const clocksDiffer = 10 * time.Minute

// attemptsBefore is how many attempts may have been made of what answers the
// event: a store that was a backup does not know what was done since.
func (h *Host) attemptsBefore(e *store.Entry) int {
	if e.Event.At.Before(h.store.RestoredAt().Add(clocksDiffer)) {
		return 1
	}
	return 0
}

// Forget takes all that belongs to chats of the visitor out of the store, and
// says which these were.
func (r *Rested) Forget(_ context.Context, visitor string) ([]sdk.ChatID, error) {
	return r.Store.Forget(visitor)
}

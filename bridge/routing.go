package bridge

import (
	"context"
	"sync/atomic"
)

// routing is how the workspace gives chats to agents, as far as it tells.
type routing struct{ manual atomic.Bool }

// isManual reports whether chats wait until an agent takes them: then whatever
// nobody serves is in the queue, and at once.
func (r *routing) isManual() bool { return r.manual.Load() }

// learnRouting asks. Without an answer chats are told to be in the queue when
// nobody has them a second later.
func (b *Bridge) learnRouting(ctx context.Context) {
	auto, err := b.rest.AssignsChats(ctx)
	if err != nil {
		b.log.Debug("routing is not to be had", "err", err)
	}
	b.routing.manual.Store(err == nil && !auto)
}

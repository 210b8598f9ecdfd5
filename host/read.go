package host

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxReads = 16 // under way at a time
	maxRead  = time.Minute
)

// answer is what came of a parked item's read.
type answer struct {
	item *item
	sdk.Answer
}

// park looks up what the handler asked for, while other chats go on. The call
// is made again with the answer.
func (i *instance) park(it *item, r sdk.Read) error {
	if len(it.Answers) >= maxAnswers {
		return i.failed(it, fmt.Sprintf("more than %d reads for one event", maxAnswers), sdk.Reply{})
	}
	i.mail.touch(it)
	i.reading++
	i.host.spawn(func(ctx context.Context) error {
		a := answer{it, i.host.look(ctx, i.spec.Grants, r)}
		select {
		case i.answers <- a:
		case <-i.ended:
		}
		return nil
	})
	return nil
}

// resume calls the handler again. The answer is kept with the event.
func (i *instance) resume(a answer) error {
	i.reading--
	a.item.Answers = append(a.item.Answers, a.Answer)
	i.mail.again(a.item)
	return i.remember()
}

// look makes one read. What goes wrong is told to the plugin.
func (h *Host) look(ctx context.Context, g Grants, r sdk.Read) sdk.Answer {
	a := sdk.Answer{Read: r}
	read := h.opts.Read[r.Kind]
	switch {
	case !slices.Contains(g.Reads, r.Kind):
		a.Error = fmt.Sprintf("not granted: add %s to the reads that the instance may make", r.Kind)
		return a
	case read == nil:
		a.Error = fmt.Sprintf("nothing is configured that answers %s", r.Kind)
		return a
	}
	select {
	case h.reads <- struct{}{}:
	case <-ctx.Done():
		a.Error = "the host is stopping"
		return a
	}
	defer func() { <-h.reads }()
	ctx, cancel := context.WithTimeout(ctx, maxRead)
	defer cancel()
	value, err := read(ctx, r.Args)
	if err == nil && !json.Valid(value) {
		err = fmt.Errorf("%s gave no JSON", r.Kind)
	}
	if err != nil {
		a.Error = clip(err.Error(), sdk.MaxReason)
		return a
	}
	a.Value = value
	return a
}

// spawn does something beside, as part of the session: only those who belong
// to it may call it. An error ends the session.
func (h *Host) spawn(do func(context.Context) error) {
	h.mu.Lock()
	s := h.session
	h.mu.Unlock()
	s.group.Go(func() error { return do(s.ctx) })
}

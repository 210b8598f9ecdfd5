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
	maxReads   = 16  // of one instance under way at a time
	maxParked  = 128 // events of one instance that wait for an answer; beyond it nothing new is begun
	maxRead    = time.Minute
	maxAnswer  = 256 << 10 // bytes of one
	maxAnswers = 32        // reads of one event
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
		a := answer{it, i.look(ctx, r)}
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
	if a.item.place == nil {
		return nil // it was dropped meanwhile
	}
	a.item.Answers = append(a.item.Answers, a.Answer)
	i.mail.again(a.item)
	return i.remember()
}

// look makes one read. What goes wrong is told to the plugin.
func (i *instance) look(ctx context.Context, r sdk.Read) sdk.Answer {
	a := sdk.Answer{Read: r}
	read := i.host.opts.Read[r.Kind]
	switch {
	case !slices.Contains(i.spec.Grants.Reads, r.Kind):
		a.Error = fmt.Sprintf("not granted: add %s to the reads that the instance may make", r.Kind)
		return a
	case read == nil:
		a.Error = fmt.Sprintf("nothing is configured that answers %s", r.Kind)
		return a
	}
	select {
	case i.slots <- struct{}{}:
	case <-ctx.Done():
		a.Error = "the host is stopping"
		return a
	}
	defer func() { <-i.slots }()
	ctx, cancel := context.WithTimeout(ctx, maxRead)
	defer cancel()
	value, err := read(ctx, r.Args)
	switch {
	case err != nil:
	case len(value) > maxAnswer:
		err = fmt.Errorf("%s answered with %d bytes: at most %d", r.Kind, len(value), maxAnswer)
	case !json.Valid(value):
		err = fmt.Errorf("%s gave no JSON", r.Kind)
	}
	if err != nil {
		a.Error = clip(err.Error(), sdk.MaxReason)
		return a
	}
	a.Value = value
	return a
}

package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxReads   = 16  // of one instance under way at a time
	maxParked  = 128 // events of one instance that wait for an answer; beyond it nothing new is begun
	maxRead    = time.Minute
	maxAsked   = 10 * time.Minute // by whom the configuration names, which has a limit of its own
	maxAnswer  = 256 << 10        // bytes of one
	maxAnswers = 32               // reads of one event
	maxGiven   = 1 << 20          // bytes of all answers of one event: a frame has room for 4 MiB
	maxKept    = 8 << 20          // bytes of the answers that an instance's events have; beyond it none is begun that has none
)

// Inquiry is what a handler wants to know, and who asks.
type Inquiry struct {
	sdk.Question
	Kind     string
	Instance string
	Grants   Grants

	heavy chan struct{} // the instance's slot for what keeps a processor busy
}

// Read looks something up for a handler. What it gives is told as JSON; the
// error is told to the plugin.
type Read func(ctx context.Context, q Inquiry) (any, error)

// lookup is how the host itself answers one kind of read.
type lookup struct {
	near bool // it reaches no further than a chat that the handler may act on: it needs no grant
	find func(*Host, context.Context, Inquiry) (any, error)
}

// lookups are the kinds that the configuration has no answer to.
var lookups = map[string]lookup{
	sdk.ReadHistory: {near: true, find: (*Host).history},
	sdk.ReadSearch:  {near: true, find: (*Host).search},
	sdk.ReadFiles:   {near: true, find: (*Host).files},
	sdk.ReadChat:    {find: (*Host).lookUpChat},
	sdk.ReadChats:   {find: (*Host).lookUpChats},
	sdk.ReadFetch:   {find: (*Host).fetch},

	sdk.ReadContact:     {near: true, find: (*Host).contact},
	sdk.ReadPage:        {near: true, find: (*Host).page},
	sdk.ReadPast:        {find: (*Host).pastChats},
	sdk.ReadContacts:    {find: (*Host).contacts},
	sdk.ReadDepartments: {find: (*Host).departments},
	sdk.ReadAgents:      {find: (*Host).agents},
	sdk.ReadHours:       {find: (*Host).hours},
	sdk.ReadDeeds:       {find: (*Host).deeds},
}

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
	q, fault := i.inquiry(it, r)
	i.host.spawn(func(ctx context.Context) error {
		a := answer{it, sdk.Answer{Read: r}}
		if err := fault; err != nil {
			a.Error = clip(err.Error(), sdk.MaxReason)
		} else if a.Value, err = i.look(ctx, q); err != nil {
			a.Error = clip(err.Error(), sdk.MaxReason)
		}
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
	if given := weight(a.item.Answers) + len(a.Value); given > maxGiven {
		a.Value, a.Error = nil, fmt.Sprintf("%s gave %d bytes, with what was read before %d: at most %d for one event: ask for less", a.Read.Kind, len(a.Value), given, maxGiven)
	}
	i.mail.answer(a.item, a.Answer)
	i.mail.again(a.item)
	return i.remember()
}

// weight is how many bytes the answers have.
func weight(answers []sdk.Answer) (n int) {
	for _, a := range answers {
		n += len(a.Value)
	}
	return n
}

// laden reports whether the instance's events have as many answers as it may
// keep in memory, so that one that has none must wait until an answer comes.
func (i *instance) laden() bool {
	return i.reading > 0 && i.mail.kept > maxKept && len(i.mail.ready) > 0 && len(i.mail.ready[0].Answers) == 0
}

// inquiry is the question, if the instance may ask it. What a worker says is
// hostile input: no other chat may be reached by it.
func (i *instance) inquiry(it *item, r sdk.Read) (Inquiry, error) {
	q := Inquiry{Kind: r.Kind, Instance: i.name, Grants: i.spec.Grants, heavy: i.heavy}
	d := json.NewDecoder(bytes.NewReader(r.Args))
	d.DisallowUnknownFields()
	if err := d.Decode(&q.Question); err != nil {
		return q, fmt.Errorf("%s asks for what nobody understands: %w", r.Kind, err)
	}
	how := lookups[r.Kind]
	switch {
	case how.near:
		return q, it.mayRead(q.Chat)
	case (r.Kind == sdk.ReadPast || r.Kind == sdk.ReadDeeds) && it.mayRead(q.Chat) != nil:
		return q, it.mayRead(q.Chat)
	case !slices.Contains(i.spec.Grants.Reads, r.Kind):
		return q, fmt.Errorf("not granted: add %s to the reads that the instance may make", r.Kind)
	case how.find == nil && i.host.opts.Read[r.Kind] == nil:
		return q, fmt.Errorf("nothing is configured that answers %s", r.Kind)
	}
	return q, nil
}

// mayRead says why the handler must not read of the chat; nil when it may.
func (it *item) mayRead(chat sdk.ChatID) error {
	if c, err := it.about(chat); err != nil || c.ID == "" {
		return fmt.Errorf("chat %.40q is neither the event's nor one that was read for it: use p.Chat", chat)
	}
	return nil
}

// look makes one read. What goes wrong is told to the plugin.
func (i *instance) look(ctx context.Context, q Inquiry) (json.RawMessage, error) {
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	case <-ctx.Done():
		return nil, errors.New("the host is stopping")
	}
	limit := maxRead
	if i.host.opts.Read[q.Kind] != nil {
		limit = maxAsked
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%s was not answered within %s", q.Kind, limit))
	defer cancel()
	found, err := i.find(ctx, q)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, err
	}
	value, err := json.Marshal(found)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s gave no JSON: %w", q.Kind, err)
	case len(value) > maxAnswer:
		return nil, fmt.Errorf("%s answered with %d bytes: at most %d", q.Kind, len(value), maxAnswer)
	}
	return value, nil
}

// find asks what is configured, and else the host itself.
func (i *instance) find(ctx context.Context, q Inquiry) (any, error) {
	if read := i.host.opts.Read[q.Kind]; read != nil {
		return read(ctx, q)
	}
	return lookups[q.Kind].find(i.host, ctx, q)
}

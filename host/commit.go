package host

import (
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// commitment is a result on its way to the disk.
type commitment struct {
	ticket  *store.Ticket
	item    *item // whose chat goes on afterwards; nil when it did already
	number  uint64
	effects []store.Carried
	event   sdk.EventID
	verdict Verdict // of a webhook
}

// commit writes the result. One that nobody waits for lets its chat go on at
// once.
func (i *instance) commit(it *item, r store.Result) error {
	i.mail.settle(it)
	r.Instance, r.Chat, r.Depth = i.name, it.chat, it.entry.Event.Depth
	r.Progress = i.mail.progress()
	i.host.moves.Add(1)
	n, ticket, err := i.host.timers.commit(r)
	if err != nil {
		return err
	}
	c := &commitment{ticket: ticket, item: it, number: n, effects: r.Effects, event: it.entry.Event.ID}
	if it.entry.Event.Kind == sdk.EventWebhook {
		c.verdict = verdict(&r)
	}
	if !r.Asked() {
		c.item = nil
		i.mail.finish(it)
	}
	i.commits = append(i.commits, c)
	i.asked += len(c.effects)
	if len(r.Answer) > 0 {
		i.poke()
	}
	return nil
}

// committed goes on with all results that are on disk.
func (i *instance) committed() error {
	for len(i.commits) > 0 {
		c := i.commits[0]
		select {
		case <-c.ticket.Done():
		default:
			return nil
		}
		if err := c.ticket.Wait(); err != nil {
			return err
		}
		i.commits, i.asked = i.commits[1:], i.asked-len(c.effects)
		if c.verdict.Outcome != "" {
			i.host.tellCaller(c)
		}
		if c.item != nil {
			i.mail.finish(c.item)
		}
		if len(c.effects) > 0 {
			i.host.outbox.add(store.Parcel{Number: c.number, Effects: c.effects})
		}
	}
	return nil
}

// drain waits until nothing is on its way to the disk.
func (i *instance) drain() error {
	for len(i.commits) > 0 {
		<-i.commits[0].ticket.Done()
		if err := i.committed(); err != nil {
			return err
		}
	}
	return nil
}

// leave keeps the progress before the instance ends.
func (i *instance) leave() error {
	if err := i.drain(); err != nil {
		return err
	}
	_, _, err := i.host.store.Commit(store.Result{Instance: i.name, Progress: i.mail.progress()})
	return err
}

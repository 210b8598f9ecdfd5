package host

import (
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// settle writes how the effect ended and takes it out of its lane.
func (o *outbox) settle(l *lane, j *job, outcome sdk.Outcome) error {
	e := j.effect()
	if outcome.At.IsZero() {
		outcome.At = o.host.clock.Now()
	}
	s := store.Settlement{Number: j.parcel.Number, Index: j.index, Outcome: outcome, Tags: j.changedTags()}
	// Until it is on disk, a crash has the effect looked for, which costs
	// little where that tells for certain. Who listens wants to hear of it.
	s.Lazy = outcome.State == sdk.Done && !l.key.slow && o.host.listening.Load() == 0
	next := o.following(l, j, outcome)
	if next != nil {
		s.Begins = &store.Place{Number: next.parcel.Number, Index: next.index}
	}
	if o.host.tells(e.Instance) {
		s.Answer = o.host.answer(e, outcome)
	}
	o.host.moves.Add(1)
	ticket, err := o.host.store.Settle(s)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return err
	}
	o.host.limits.settled(e)
	if next != nil {
		o.begun(next)
	}
	crowded := o.remove(l, j, outcome)
	o.host.report(e, outcome)
	switch i := o.host.instance(e.Instance); {
	case s.Answer != nil:
		o.host.wake()
	case crowded && i != nil:
		i.poke()
	}
	return nil
}

// following is what is attempted after the job, which has ended, if the store
// is to be told that it begins: one commit then says both.
func (o *outbox) following(l *lane, j *job, outcome sdk.Outcome) *job {
	o.mu.Lock()
	defer o.mu.Unlock()
	j.ended = true
	for _, n := range l.jobs {
		if n == j || o.rests(n) {
			continue
		}
		skipped := n.parcel == j.parcel && outcome.State != sdk.Done
		if c := n.parcel.Effects[n.index]; c.Begun || c.Dropped != "" || skipped {
			return nil
		}
		return n
	}
	return nil
}

// begun notes that the store says that the job's first attempt begins.
func (o *outbox) begun(j *job) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &j.parcel.Effects[j.index]
	c.Begun = true
	o.mark(*c)
}

// remove takes the job out, and says whether its instance may have been
// waiting for that.
func (o *outbox) remove(l *lane, j *job, outcome sdk.Outcome) (crowded bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	crowded = o.counts[j.effect().Instance] >= maxWaiting/2
	j.parcel.Effects[j.index].Outcome = &outcome
	for n := range l.jobs {
		if l.jobs[n] == j {
			l.jobs = append(l.jobs[:n:n], l.jobs[n+1:]...)
			break
		}
	}
	if e := j.effect(); o.counts[e.Instance] > 1 {
		o.counts[e.Instance]--
	} else {
		delete(o.counts, e.Instance)
	}
	for _, trace := range store.Traces(j.effect()) {
		if o.traces[trace] == j.effect().Key {
			delete(o.traces, trace)
		}
	}
	return crowded
}

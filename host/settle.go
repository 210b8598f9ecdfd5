package host

import (
	"slices"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// landing is a job that has ended, until the disk says so.
type landing struct {
	job     *job
	next    *job // that begins with it; nil when none does
	outcome sdk.Outcome
	answers bool
	ticket  *store.Ticket
}

// settle writes how the effect ended. What follows does not wait for the disk
// if a repeat is sure to find what was done.
func (o *outbox) settle(l *lane, j *job, outcome sdk.Outcome) error {
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
	if err := o.tell(&s, j, outcome); err != nil {
		return err
	}
	o.host.moves.Add(1)
	ticket, err := o.host.store.Settle(s)
	if err != nil {
		return err
	}
	l.landing = append(l.landing, landing{j, next, outcome, len(s.Answers) > 0, ticket})
	if !j.sure() {
		return o.land(l)
	}
	return o.landed(l)
}

// tell has those hear of the outcome who ask: the instance whose effect it is,
// the one whose effect it took back, and who wants to know what others do.
func (o *outbox) tell(s *store.Settlement, j *job, outcome sdk.Outcome) error {
	e := j.effect()
	if o.host.tells(e.Instance) {
		s.Answers = append(s.Answers, o.host.answer(e, outcome))
	}
	undone := j.parcel.Effects[j.index].Undoes
	if undone == nil || outcome.State != sdk.Done {
		if d := o.host.deed(e, outcome); d != nil {
			s.Answers = append(s.Answers, d)
		}
		return nil
	}
	more, err := o.host.tellUndone(*undone, e.Reason, outcome.At)
	s.Answers = append(s.Answers, more...)
	return err
}

// land waits until the disk has all that has ended in the lane.
func (o *outbox) land(l *lane) error {
	for len(l.landing) > 0 {
		<-l.landing[0].ticket.Done()
		if err := o.landed(l); err != nil {
			return err
		}
	}
	return nil
}

// landOrMore waits until the disk has the first that has ended, or there is more
// to do.
func (o *outbox) landOrMore(l *lane) error {
	select {
	case <-l.landing[0].ticket.Done():
	case <-l.more:
	}
	return o.landed(l)
}

// landed takes out of the lane what has ended on disk.
func (o *outbox) landed(l *lane) error {
	for len(l.landing) > 0 {
		first := l.landing[0]
		select {
		case <-first.ticket.Done():
		default:
			return nil
		}
		if err := first.ticket.Wait(); err != nil {
			return err
		}
		l.landing = l.landing[1:]
		o.over(l, first)
	}
	return nil
}

// over is for what has ended on disk.
func (o *outbox) over(l *lane, end landing) {
	e := end.job.effect()
	o.host.limits.settled(e)
	if end.next != nil {
		o.begun(end.next)
	}
	crowded := o.remove(l, end.job)
	o.unblock(e)
	o.host.report(e, end.outcome)
	switch i := o.host.instance(e.Instance); {
	case end.answers:
		o.host.wake()
	case crowded && i != nil:
		i.poke()
	}
}

// unblock has a chat worked on that waited for a file.
func (o *outbox) unblock(e bridge.Effect) {
	if e.Kind != sdk.EffectFile {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if l := o.lanes[inChat(e)]; l != nil {
		o.work(l)
	}
}

// following is what is attempted after the job, which has ended, if the store
// is to be told that it begins: one commit then says both.
func (o *outbox) following(l *lane, j *job, outcome sdk.Outcome) *job {
	o.mu.Lock()
	defer o.mu.Unlock()
	j.ended = true
	j.parcel.Effects[j.index].Outcome = &outcome
	for _, n := range l.jobs {
		if n.ended || o.rests(n) {
			continue
		}
		skipped := n.parcel == j.parcel && outcome.State != sdk.Done
		if c := n.parcel.Effects[n.index]; c.Begun || c.Dropped != "" || skipped || n.shutsOut() {
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
func (o *outbox) remove(l *lane, j *job) (crowded bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	crowded = o.counts[j.effect().Instance] >= maxWaiting/2
	if n := slices.Index(l.jobs, j); n >= 0 {
		l.jobs = slices.Delete(l.jobs, n, n+1)
	}
	if e := j.effect(); o.counts[e.Instance] > 1 {
		o.counts[e.Instance]--
	} else {
		delete(o.counts, e.Instance)
	}
	for _, trace := range marks(j.effect()) {
		if o.traces[trace] == j.effect().Key {
			delete(o.traces, trace)
		}
	}
	return crowded
}

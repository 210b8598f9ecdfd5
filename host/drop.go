package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellhop-chat/bellhop/host/store"
)

// Dropped is how much was dropped.
type Dropped struct {
	Effects int // that wait; each ends as refused, or as what its trace in the workspace tells
	Events  int // that nobody decides on any more
}

// DropWaiting drops what waits for an instance that is paused, or for all of
// them when name is "": effects, and events that it has not decided on. Timers
// that are not due stay.
func (h *Host) DropWaiting(ctx context.Context, name, by string) (d Dropped, err error) {
	for _, i := range h.all() {
		switch {
		case name != "" && i.name != name:
			continue
		case i.status() != Paused && i.status() != Aside:
			return d, fmt.Errorf("drop what waits for %s: it is not paused: pause it first", i.name)
		}
		var n int
		if err := i.do(ctx, func() (err error) { n, err = i.skip(); return err }); err != nil {
			return d, fmt.Errorf("drop what waits for %s: %w", i.name, err)
		}
		d.Events += n
	}
	meant := func(instance string) bool { return name == "" || instance == name }
	d.Effects, err = h.store.DropWaiting(by, meant)
	if err == nil {
		h.outbox.drop(by, meant)
		h.log.Warn("what waits is dropped", "instance", name, "effects", d.Effects, "events", d.Events, "err", by)
	}
	return d, err
}

// skip goes to the end of the journal and leaves undone what comes before. Run
// calls it, while there is no worker.
func (i *instance) skip() (int, error) {
	if i.worker != nil {
		i.rest()
	}
	if err := i.drain(); err != nil {
		return 0, err
	}
	end := i.host.store.End()
	skipped, err := unread(i.host.store, i.name, i.mail.next, end)
	if err != nil {
		return 0, err
	}
	skipped += i.mail.open.Len()
	for at := i.mail.open.Front(); at != nil; at = at.Next() {
		at.Value.(*item).place = nil // for answers that are on their way
	}
	p := store.Progress{Since: i.mail.start.Since, Start: i.mail.start.Start, Through: end}
	mail, err := newMailbox(p, i.host.store.Entry)
	if err != nil {
		return 0, err
	}
	i.mail = mail
	if err := errors.Join(i.remember(), i.host.store.Flush().Wait()); err != nil {
		return 0, err
	}
	i.publish()
	return skipped, nil
}

// unread counts the events of the journal behind after, up to end, that are
// meant for the instance.
func unread(db *store.DB, name string, after, end uint64) (n int, err error) {
	for after < end {
		entries, err := db.Entries(after, readAhead)
		if err != nil || len(entries) == 0 {
			return 0, err
		}
		for _, e := range entries {
			if after = e.Seq; after <= end && e.Event.Kind != store.Changed && e.Event.Kind != store.Forgotten && (e.Event.Instance == "" || e.Event.Instance == name) {
				n++
			}
		}
	}
	return n, nil
}

// drop marks what waits for the instances that are meant, as the store has
// marked it, and has it settled.
func (o *outbox) drop(by string, meant func(string) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		for _, j := range l.jobs {
			if c := &j.parcel.Effects[j.index]; c.Dropped == "" && meant(c.Effect.Instance) {
				c.Dropped = by
			}
		}
		o.work(l)
	}
	kept := o.asked[:0]
	for _, q := range o.asked {
		if !meant(askerOf(q.parcel)) {
			kept = append(kept, q)
			continue
		}
		for n := range q.parcel.Effects {
			if c := &q.parcel.Effects[n]; q.isAbout(c) {
				c.Dropped = by
				o.work(o.putOne(q.parcel, n))
			}
		}
	}
	o.asked = kept
}

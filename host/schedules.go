package host

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/host/hours"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Schedules: the next time of each p.Every is a timer that belongs to no chat.

// CheckOffers says what is wrong with what a plugin offers, or with what the
// instance says of that.
func CheckOffers(i Instance, o sdk.Offers) error {
	var faults []error
	for _, expression := range o.Schedules {
		if _, _, err := cronOf(expression, i.Zone); err != nil {
			faults = append(faults, fmt.Errorf("p.Every(%q): %w", expression, err))
		}
	}
	var names []string
	for _, c := range o.Commands {
		names = append(names, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(i.Commands)) {
		if name != "*" && !slices.Contains(names, name) {
			faults = append(faults, fmt.Errorf("commands.%s: the plugin has no such command%s", name, others(names)))
		}
	}
	return errors.Join(faults...)
}

func others(names []string) string {
	if len(names) == 0 {
		return ", nor any other"
	}
	return ": it has " + joined(names)
}

// cronOf understands a cron expression, before which a zone may stand. It says
// which zone's clock holds.
func cronOf(expression, zone string) (c *hours.Cron, in string, err error) {
	in = cmp.Or(zone, "UTC")
	if own, rest, ok := strings.Cut(strings.TrimSpace(expression), " "); ok {
		if name, zoned := strings.CutPrefix(own, "CRON_TZ="); zoned {
			in, expression = name, rest
		}
	}
	c, err = hours.NewCron(expression, in)
	return c, in, err
}

// arm sets the next times of what the instance's worker wants to hear of, and
// takes others away that a former version wanted.
func (i *instance) arm(w Worker) error {
	wanted, err := schedules(i.name, w.Offers(), i.spec.Zone, i.host.clock.Now())
	if err != nil {
		return fmt.Errorf("set schedules of %s: %w", i.name, err) // launch has looked
	}
	if ticket := i.host.timers.arm(i.name, wanted); ticket != nil {
		return ticket.Wait()
	}
	return nil
}

// schedules are the next times of all that the plugin has, as far as there are
// any.
func schedules(instance string, o sdk.Offers, zone string, now time.Time) ([]store.DueTimer, error) {
	var all []store.DueTimer
	for _, expression := range o.Schedules {
		c, in, err := cronOf(expression, zone)
		if err != nil {
			return nil, err
		}
		if due, ok := c.Next(now); ok {
			all = append(all, store.DueTimer{Instance: instance, Name: expression, Due: due, Zone: in})
		}
	}
	return all, nil
}

// arm makes these the instance's schedules. One that is set keeps its time, which
// may have come while nobody looked, unless the clock says by now that another
// comes before. The ticket is nil when nothing changes.
func (t *timers) arm(instance string, wanted []store.DueTimer) *store.Ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	var gone []store.DueTimer
	for key, set := range t.set {
		if key.instance == instance && key.chat == "" {
			n := slices.IndexFunc(wanted, func(w store.DueTimer) bool { return w.Name == key.name })
			if n >= 0 && wanted[n].Zone == set.Zone && !set.Due.After(wanted[n].Due) {
				wanted = slices.Delete(wanted, n, n+1)
				continue
			}
			gone = append(gone, set.DueTimer)
		}
	}
	for _, d := range gone {
		t.drop(keyOf(d))
	}
	for _, d := range wanted {
		t.put(d)
	}
	if len(wanted)+len(gone) == 0 {
		return nil
	}
	t.poke()
	return t.host.store.Arm(wanted, gone)
}

// disarm forgets the schedules of an instance that is off. The caller holds
// t.mu.
func (t *timers) disarm(instance string) {
	for key := range t.set {
		if key.instance == instance && key.chat == "" {
			t.drop(key)
		}
	}
}

// strike makes an event of a schedule whose time has come, and sets its next
// time: however many were missed, they are one. While its instance does nothing
// the event waits, so that they do not pile up. The ticket is nil then. The
// caller holds t.mu.
func (t *timers) strike(d *dueTimer, now time.Time) (*store.Ticket, error) {
	i := t.host.instance(d.Instance)
	if i == nil || i.status() == Paused || i.status() == Aside {
		d.at = now.Add(lookAgain)
		heap.Fix(&t.due, d.index)
		return nil, nil
	}
	c, _, err := cronOf(d.Name, d.Zone)
	if err != nil {
		t.drop(keyOf(d.DueTimer)) // an older binary understood it
		return nil, nil
	}
	was, next := d.DueTimer, d.DueTimer
	due, more := c.Next(now)
	t.drop(keyOf(was))
	if next.Due = due; more {
		t.put(next)
	}
	_, ticket, err := t.host.store.Strike(was, next.Due, now, now.Sub(was.Due) > late)
	return ticket, err
}

// NextTime is when the instance's schedule comes next; false when it has none
// such.
func (h *Host) NextTime(instance, expression string) (time.Time, bool) {
	h.timers.mu.Lock()
	defer h.timers.mu.Unlock()
	d := h.timers.set[timerKey{instance: instance, name: expression}]
	if d == nil {
		return time.Time{}, false
	}
	return d.Due, true
}

// unloadable is why a plugin that a worker has loaded can't be run all the same.
func unloadable(instance string, err error) error {
	return &worker.EndError{Cause: worker.Unloadable, Instance: instance, Says: err.Error()}
}

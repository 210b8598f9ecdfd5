package host

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// timers fires what instances have set. What it holds is what the store holds:
// whatever sets, cancels or ends a timer goes through it, so that the order in
// memory is the order on disk.
type timers struct {
	host    *Host
	changed chan struct{} // there is another next timer, or the workspace has caught up

	mu     sync.Mutex // guards what follows
	due    dueHeap
	set    map[timerKey]*dueTimer
	caught bool // the workspace has caught up in this session
	busy   bool // one fires
}

type timerKey struct {
	chat           sdk.ChatID
	instance, name string
}

type dueTimer struct {
	store.DueTimer
	index int // in the heap
}

func newTimers(h *Host) *timers { return &timers{host: h, changed: make(chan struct{}, 1)} }

func (t *timers) load(all []store.DueTimer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due, t.set, t.caught, t.busy = nil, map[timerKey]*dueTimer{}, false, false
	for _, d := range all {
		t.put(d)
	}
}

// run fires timers until ctx ends.
func (t *timers) run(ctx context.Context) error {
	for {
		err := t.fire()
		if err != nil {
			return err
		}
		wait := t.wait()
		var next <-chan time.Time
		if wait >= 0 {
			next = t.host.clock.After(wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.changed:
		case <-next:
		}
	}
}

// fire fires all that are due.
func (t *timers) fire() error {
	last, err := t.journal()
	if last == nil {
		return err
	}
	err = errors.Join(err, last.Wait())
	t.mu.Lock()
	t.busy = false
	t.mu.Unlock()
	t.host.wake()
	t.host.stir()
	return err
}

// journal makes events of all that are due. The ticket is the last one's, nil
// when none was due.
func (t *timers) journal() (last *store.Ticket, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.host.clock.Now()
	for err == nil && t.isDue(now) {
		t.busy = true
		t.host.moves.Add(1)
		first := t.due[0].DueTimer
		t.drop(keyOf(first))
		var ticket *store.Ticket
		if _, ticket, err = t.host.store.Fire(first, now); err == nil {
			last = ticket
		}
	}
	return last, err
}

// isDue reports whether the first timer is to fire. Before the workspace has
// caught up nothing does: the chat may have closed while we were away. The
// caller holds t.mu.
func (t *timers) isDue(now time.Time) bool {
	return t.caught && len(t.due) > 0 && !t.due[0].Due.After(now)
}

// lookAgain is how long it may take until a clock that was set is noticed.
const lookAgain = time.Minute

// wait is how long it takes until the next timer is due, or until the clock is
// looked at again; less than zero means that it must be waited for something
// else.
func (t *timers) wait() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.caught || len(t.due) == 0 {
		return -1
	}
	return min(max(0, t.due[0].Due.Sub(t.host.clock.Now())), lookAgain)
}

// accept journals an event of the workspace. The end of a chat ends its
// timers.
func (t *timers) accept(e bridge.Event, now time.Time) (*store.Entry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry, _, err := t.host.store.Append(e, now)
	if err != nil || e.Picture.Open() {
		return entry, err
	}
	for key := range t.set {
		if key.chat == e.Chat {
			t.drop(key)
		}
	}
	return entry, nil
}

// commit commits a result with its timers.
func (t *timers) commit(r store.Result) (uint64, *store.Ticket, error) {
	if len(r.Timers) == 0 {
		return t.host.store.Commit(r)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ticket, err := t.host.store.Commit(r)
	if err != nil {
		return n, ticket, err
	}
	chat, err := t.host.store.Chat(r.Chat)
	if err != nil {
		return n, ticket, err
	}
	for _, c := range r.Timers {
		d := store.DueTimer{Instance: r.Instance, Chat: r.Chat, Name: c.Name, Due: c.Due, Depth: r.Depth}
		t.drop(keyOf(d))
		if !c.Cancel && chat.Chat.Open() {
			t.put(d)
		}
	}
	t.poke()
	return n, ticket, nil
}

// change journals a change of an instance. One that begins anew has no timers.
func (t *timers) change(name string, to store.Setup, anew bool, at time.Time) error {
	if !anew {
		return t.host.store.Change(name, to, false, at)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.host.store.Change(name, to, true, at); err != nil {
		return err
	}
	for key := range t.set {
		if key.instance == name {
			t.drop(key)
		}
	}
	return nil
}

// caughtUp lets those fire that came due while the host was away.
func (t *timers) caughtUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.caught = true
	t.poke()
}

// firing reports whether a timer fires now, or is due and about to.
func (t *timers) firing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy || t.isDue(t.host.clock.Now())
}

func (t *timers) poke() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *timers) put(d store.DueTimer) {
	timer := &dueTimer{DueTimer: d}
	t.set[keyOf(d)] = timer
	heap.Push(&t.due, timer)
}

func (t *timers) drop(key timerKey) {
	if timer := t.set[key]; timer != nil {
		heap.Remove(&t.due, timer.index)
		delete(t.set, key)
	}
}

func keyOf(d store.DueTimer) timerKey { return timerKey{d.Chat, d.Instance, d.Name} }

// dueHeap is a heap with the next timer at its top.
type dueHeap []*dueTimer

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(a, b int) bool { return h[a].Due.Before(h[b].Due) }
func (h dueHeap) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

func (h *dueHeap) Push(x any) {
	t := x.(*dueTimer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return t
}

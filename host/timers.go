package host

import (
	"container/heap"
	"context"
	"errors"
	"maps"
	"slices"
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
	fired  map[timerKey]bool          // whose handlers were not called yet; true: set anew or cancelled since
	caught bool                       // the chats were listed since the workspace was last lost
	behind map[sdk.ChatID]bool        // in which what has happened since is yet to be told
	held   map[sdk.ChatID][]*dueTimer // of those, timers that are due
	busy   bool                       // one fires
	asleep time.Time                  // run waits until then; zero while it does not, or for no time
}

type timerKey struct {
	chat           sdk.ChatID
	instance, name string
}

type dueTimer struct {
	store.DueTimer
	at    time.Time // when it is looked at: when it is due, or later
	index int       // in the heap; -1 while it is kept aside
}

func newTimers(h *Host) *timers { return &timers{host: h, changed: make(chan struct{}, 1)} }

func (t *timers) load(all []store.DueTimer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due, t.set, t.caught, t.busy, t.asleep = nil, map[timerKey]*dueTimer{}, false, false, time.Time{}
	t.fired, t.behind, t.held = map[timerKey]bool{}, nil, map[sdk.ChatID][]*dueTimer{}
	specs := t.host.specs()
	for _, d := range all {
		if spec, there := specs[d.Instance]; d.Chat == "" && (!there || spec.mode() == Off) {
			continue // a schedule of what is off
		}
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
		now := t.host.clock.Now()
		at := t.alarm(now)
		var next <-chan time.Time
		if !at.IsZero() {
			next = t.host.clock.After(max(0, at.Sub(now)))
		}
		t.sleep(at)
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
		var ticket *store.Ticket
		if ticket, err = t.one(t.due[0], now); err == nil && ticket != nil {
			t.busy = true
			t.host.moves.Add(1)
			last = ticket
		}
	}
	return last, err
}

// one makes an event of a timer. The caller holds t.mu.
func (t *timers) one(d *dueTimer, now time.Time) (ticket *store.Ticket, err error) {
	if d.Chat == "" {
		return t.strike(d, now)
	}
	t.drop(keyOf(d.DueTimer))
	_, ticket, err = t.host.store.Fire(d.DueTimer, now)
	t.fired[keyOf(d.DueTimer)] = false
	return ticket, err
}

// isDue reports whether the first timer is to fire. Before the workspace has
// caught up with its chat it does not, and is kept aside: the chat may have closed
// while we were away. The caller holds t.mu.
func (t *timers) isDue(now time.Time) bool {
	for t.caught && len(t.due) > 0 && !t.due[0].at.After(now) {
		d := t.due[0]
		if !t.behind[d.Chat] {
			return true
		}
		heap.Pop(&t.due)
		t.held[d.Chat] = append(t.held[d.Chat], d)
	}
	return false
}

// lookAgain is how long it may take until a clock that was set is noticed.
const lookAgain = time.Minute

// alarm is when the next timer is due, or when the clock is looked at again;
// zero means that it must be waited for something else.
func (t *timers) alarm(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.caught || len(t.due) == 0 {
		return time.Time{}
	}
	at := t.due[0].at
	if again := now.Add(lookAgain); again.Before(at) {
		at = again
	}
	return at
}

// sleep says until when run waits. Who moves the clock by hand must not do so
// before, or the time between two timers is jumped over.
func (t *timers) sleep(until time.Time) {
	t.mu.Lock()
	t.asleep = until
	t.mu.Unlock()
	t.host.stir()
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
	for _, c := range r.Timers {
		d := r.Due(c)
		chat, err := t.host.store.Chat(d.Chat)
		if err != nil {
			return n, ticket, err
		}
		t.drop(keyOf(d))
		if _, waits := t.fired[keyOf(d)]; waits {
			t.fired[keyOf(d)] = true
		}
		if !c.Cancel && chat.Chat.Open() {
			t.put(d)
		}
	}
	t.poke()
	return n, ticket, nil
}

// turn journals a change of an instance. One that begins anew has no timers, and
// one that is off no schedules.
func (t *timers) turn(to store.Turn) error {
	if !to.Anew && to.To.Mode != string(Off) {
		return t.host.store.Turn(to)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.host.store.Turn(to); err != nil {
		return err
	}
	t.disarm(to.Instance)
	if !to.Anew {
		return nil
	}
	for key := range t.set {
		if key.instance == to.Instance {
			t.drop(key)
		}
	}
	return nil
}

// caughtUp lets all fire that came due while the host was away.
func (t *timers) caughtUp() { t.catch(true, nil) }

// areBehind lets those fire that came due while the host was away, but for those
// of chats with which the workspace has yet to catch up.
func (t *timers) areBehind(chats map[sdk.ChatID]bool) { t.catch(true, chats) }

// parted holds all timers until the workspace has caught up: what people do
// meanwhile is not known.
func (t *timers) parted() { t.catch(false, nil) }

func (t *timers) catch(caught bool, behind map[sdk.ChatID]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.caught, t.behind = caught, maps.Clone(behind)
	for chat := range t.held {
		t.release(chat)
	}
	t.poke()
}

// isCurrent lets a chat's timers fire.
func (t *timers) isCurrent(chat sdk.ChatID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.behind, chat)
	t.release(chat)
	t.poke()
}

// release puts a chat's timers back that were kept aside. The caller holds t.mu.
func (t *timers) release(chat sdk.ChatID) {
	for _, d := range t.held[chat] {
		heap.Push(&t.due, d)
	}
	delete(t.held, chat)
}

// areCaughtUp reports whether the workspace has caught up with all chats.
func (t *timers) areCaughtUp() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.caught && len(t.behind) == 0
}

// isOver reports, when its handler is about to be called, whether the timer was
// set anew or cancelled by what happened before it fired: after an outage the
// instance hears of both at once.
func (t *timers) isOver(key timerKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	over := t.fired[key] || t.set[key] != nil // fired is forgotten in a crash
	delete(t.fired, key)
	return over
}

// firing reports whether a timer fires now, is due and about to, or is not
// waited for yet.
func (t *timers) firing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy || !t.caught || len(t.due) == 0 {
		return t.busy
	}
	return !t.asleep.After(t.host.clock.Now()) || t.asleep.After(t.due[0].at)
}

func (t *timers) poke() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *timers) put(d store.DueTimer) {
	timer := &dueTimer{DueTimer: d, at: d.Due}
	t.set[keyOf(d)] = timer
	heap.Push(&t.due, timer)
}

func (t *timers) drop(key timerKey) {
	timer := t.set[key]
	if timer == nil {
		return
	}
	delete(t.set, key)
	if timer.index >= 0 {
		heap.Remove(&t.due, timer.index)
		return
	}
	t.held[key.chat] = slices.DeleteFunc(t.held[key.chat], func(d *dueTimer) bool { return d == timer })
}

func keyOf(d store.DueTimer) timerKey { return timerKey{d.Chat, d.Instance, d.Name} }

// dueHeap is a heap with the next timer at its top.
type dueHeap []*dueTimer

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(a, b int) bool { return h[a].at.Before(h[b].at) }
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
	t.index = -1
	return t
}

package host

import (
	"container/list"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxOpen   = 4096 // events that an instance has read and not done
	maxLoaded = 256  // of them with their text in memory
	readAhead = 64   // entries that are read from the journal at a time
)

// item is an event that an instance has read and not done.
type item struct {
	store.Pending
	chat  sdk.ChatID
	line  string        // in which it waits for its turn
	entry *store.Entry  // nil: to be read again when its turn comes
	place *list.Element // in mailbox.open
	cut   bool          // the chain of causes is too long: only recorded
}

// mailbox is an instance's position in the journal with what is open before
// it. One chat's events, and those of each other line, leave it in order, one
// at a time.
type mailbox struct {
	start   store.Progress // where and when the instance began
	next    uint64         // the newest entry that was read
	reached uint64         // the newest entry that was done or tried
	kept    int            // bytes of the answers that open events have
	open    *list.List     // of *item, in the journal's order
	lines   map[string][]*item
	ready   []*item // first of their lines, to be sent
	held    []*item // first of their lines, waiting for their time
	gate    *item   // nothing that comes after it is read before it is done; nil means none
}

func newItem(p store.Pending, e *store.Entry) *item {
	return &item{Pending: p, chat: e.Event.Chat, line: lineOf(&e.Event), entry: e}
}

// lineOf is the line of an event: its chat's or, when it belongs to none, that
// of the person, the path or the schedule, so that one that fails holds up
// nobody else's. No chat's id holds a zero byte.
func lineOf(e *sdk.Event) string {
	switch {
	case e.Chat != "":
		return string(e.Chat)
	case e.Command != nil:
		return "command\x00" + e.Command.By.ID
	case e.Agent != nil:
		return "agent\x00" + e.Agent.Now.ID
	case e.Webhook != nil:
		return "webhook\x00" + e.Webhook.Path
	}
	return string(e.Kind) + "\x00" + e.Schedule
}

// newMailbox goes on where the instance stood.
func newMailbox(p store.Progress, entry func(uint64) (*store.Entry, error)) (*mailbox, error) {
	m := &mailbox{next: p.Through, reached: p.Through, open: list.New(), lines: map[string][]*item{}}
	m.start = store.Progress{Since: p.Since, Start: p.Start}
	for _, o := range p.Open {
		e, err := entry(o.Seq)
		if err != nil {
			return nil, err
		}
		m.push(newItem(o, e))
	}
	return m, nil
}

func (m *mailbox) full() bool { return m.open.Len() >= maxOpen }

// push adds the newest item.
func (m *mailbox) push(it *item) {
	it.place = m.open.PushBack(it)
	m.kept += weight(it.Answers)
	if it.entry.Event.Kind == sdk.EventEnabled {
		m.gate = it
	}
	m.queue(it)
}

// revive adds an item that was given up: to its old place in the progress, and
// to the end of its line. It does nothing when the item is there.
func (m *mailbox) revive(it *item) {
	at := m.open.Back()
	for at != nil && at.Value.(*item).Seq > it.Seq {
		at = at.Prev()
	}
	switch {
	case at == nil:
		it.place = m.open.PushFront(it)
	case at.Value.(*item).Seq == it.Seq:
		return
	default:
		it.place = m.open.InsertAfter(it, at)
	}
	m.queue(it)
}

// queue puts the item at the end of its line.
func (m *mailbox) queue(it *item) {
	it.cut = it.entry.Event.Depth > maxDepth
	if m.open.Len() > maxLoaded {
		it.entry = nil
	}
	line := append(m.lines[it.line], it)
	m.lines[it.line] = line
	if len(line) == 1 {
		m.up(it)
	}
}

// up is called when the item is the first of its line.
func (m *mailbox) up(it *item) {
	if it.NotYet.IsZero() {
		m.ready = append(m.ready, it)
		return
	}
	m.held = append(m.held, it)
}

// take is the next item to be sent; nil when none is ready.
func (m *mailbox) take() *item {
	if len(m.ready) == 0 {
		return nil
	}
	it := m.ready[0]
	m.ready = m.ready[1:]
	return it
}

// again puts items back that were taken, before all others.
func (m *mailbox) again(items ...*item) {
	m.ready = append(append([]*item(nil), items...), m.ready...)
}

// pull takes the event out of those that are ready; nil when it is not there.
func (m *mailbox) pull(id sdk.EventID) *item {
	for n, it := range m.ready {
		if it.entry != nil && it.entry.Event.ID == id {
			m.ready = append(m.ready[:n:n], m.ready[n+1:]...)
			return it
		}
	}
	return nil
}

// hold keeps a failed item, and with it its line, until its time.
func (m *mailbox) hold(it *item) {
	m.touch(it)
	m.held = append(m.held, it)
	if len(m.held) > maxLoaded {
		it.entry = nil
	}
}

// release makes those ready whose time has come, and says when the next one's
// comes; zero when none is held.
func (m *mailbox) release(now time.Time) (next time.Time) {
	var still []*item
	for _, it := range m.held {
		if isDue(it.NotYet, now, lastRetry) {
			m.ready = append(m.ready, it)
			continue
		}
		still = append(still, it)
		if next.IsZero() || it.NotYet.Before(next) {
			next = it.NotYet
		}
	}
	m.held = still
	return next
}

// isDue reports whether a time has come that was at most span away when it was
// set: when it is further away, the clock was set back since.
func isDue(at, now time.Time, span time.Duration) bool {
	return !at.After(now) || at.Sub(now) > span
}

// answer adds an answer to the item's.
func (m *mailbox) answer(it *item, a sdk.Answer) {
	it.Answers = append(it.Answers, a)
	m.kept += len(a.Value)
}

// touch notes that the item has been tried, so that the progress names it.
func (m *mailbox) touch(it *item) { m.reached = max(m.reached, it.Seq) }

// settle takes the item out of the progress: its result is on its way.
func (m *mailbox) settle(it *item) {
	m.touch(it)
	if it.place != nil {
		m.open.Remove(it.place)
		m.kept -= weight(it.Answers)
		it.place = nil
	}
}

// finish lets the line's next event come.
func (m *mailbox) finish(it *item) {
	if m.gate == it {
		m.gate = nil
	}
	line := m.lines[it.line][1:]
	if len(line) == 0 {
		delete(m.lines, it.line)
		return
	}
	m.lines[it.line] = line
	m.up(line[0])
}

// progress is what a result commits.
func (m *mailbox) progress() store.Progress {
	front, p := m.open.Front(), m.start
	if front == nil {
		p.Through = m.next
		return p
	}
	p.Through = max(m.reached, front.Value.(*item).Seq-1)
	for at := front; at != nil; at = at.Next() {
		it := at.Value.(*item)
		if it.Seq > p.Through {
			break
		}
		p.Open = append(p.Open, it.Pending)
	}
	return p
}

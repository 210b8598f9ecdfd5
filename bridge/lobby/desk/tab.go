package desk

import (
	"context"
	"errors"
	"sync"
	"time"
)

// tab is a page of an agent that is open in a browser: a realtime connection of
// its own, what the page shows, and what has changed since.
type tab struct {
	d       *Desk
	id      string
	session *session
	wire    *wire
	wake    chan struct{} // says that something changed
	forget  func()        // ends what is heard of Bellhop; nil when nothing is

	mu       sync.Mutex // guards what follows
	chats    map[string]*chat
	rows     map[string]bool // of chats that changed
	teams    map[string]bool // departments that the page has a list for
	queue    bool            // the queue may have changed
	queueNow string          // as it stands in the page
	status   bool            // so may the agent's own
	stale    bool            // the page's lists are other ones now: it is to be loaded anew
	inPage   map[string]int  // unread messages by list, as they stand in the page
	notices  []notice
	open     *opened // nil when no chat is open
	reader   bool    // a browser listens
	expiry   *time.Timer
	closed   bool
}

// opened is the chat that a tab shows.
type opened struct {
	rid     string
	subs    []string // what is heard for it alone
	ready   bool     // its list is in the page
	room    bool     // its head may have changed
	deeds   bool     // Bellhop may have done more
	mode    mode
	head    string            // as it stands in the page
	shown   map[string]string // messages and deeds in the page, and how the latter stood
	waiting []*message        // new or changed ones
	deleted []string
	typing  *string // who writes, when that changed
	last    *message
}

// chat is one line of the list of chats.
type chat struct {
	RID        string
	T          string
	Name       string
	Department string // id
	Unread     int    // messages of the guest since the agent read
	Preview    string
	At         time.Time
	OnHold     bool
	read       time.Time   // when the agent did so last
	recount    bool        // Unread is not known
	heard      []time.Time // of the messages that were counted as they came
	gone       bool
	placed     bool // the page has a row for it
}

// notice tells of a new message, wherever the agent is.
type notice struct{ RID, Title, Text string }

// tabs are those that are open.
type tabs struct {
	mu  sync.Mutex // guards all
	all map[string]*tab
}

const (
	unclaimed = 30 * time.Second // how long a page may take to listen
	lingering = 10 * time.Second // how long a listener may be away
)

func (ts *tabs) of(id string, s *session) *tab {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.all[id]; t != nil && t.session == s {
		return t
	}
	return nil
}

func (ts *tabs) closeAll() { ts.closeWhere(func(*tab) bool { return true }) }

// closeOf closes the tabs of somebody who signs out.
func (ts *tabs) closeOf(s *session) { ts.closeWhere(func(t *tab) bool { return t.session == s }) }

func (ts *tabs) closeWhere(is func(*tab) bool) {
	ts.mu.Lock()
	var found []*tab
	for _, t := range ts.all {
		if is(t) {
			found = append(found, t)
		}
	}
	ts.mu.Unlock()
	for _, t := range found {
		t.close()
	}
}

// newTab connects a page of the session to the workspace, and reads what it will show.
func (d *Desk) newTab(ctx context.Context, s *session) (*tab, error) {
	t := &tab{
		d: d, id: secret(), session: s, wake: make(chan struct{}, 1),
		chats: map[string]*chat{}, rows: map[string]bool{}, teams: map[string]bool{}, inPage: map[string]int{},
	}
	var err error
	if t.wire, err = d.api.connect(ctx, t.hear); err != nil {
		return nil, err
	}
	if err := t.begin(ctx); err != nil {
		t.wire.close()
		if out := d.api.get(ctx, s.who, "me", nil, nil); errors.Is(out, errSignedOut) { // which is why the connection ended
			return nil, out
		}
		return nil, err
	}
	if d.deeds != nil {
		t.forget = d.deeds.Watch(t.deedDone)
	}
	d.tabs.mu.Lock()
	d.tabs.all[t.id] = t
	d.tabs.mu.Unlock()
	t.mu.Lock()
	t.expiry = time.AfterFunc(unclaimed, t.close)
	t.mu.Unlock()
	return t, nil
}

// begin signs the connection in, listens, and then reads, so that nothing falls
// between.
func (t *tab) begin(ctx context.Context) error {
	if err := t.wire.login(ctx, t.session.who.token); err != nil {
		return errSignedOut
	}
	uid := t.session.who.id
	for _, e := range [][2]string{
		{"stream-notify-user", uid + "/subscriptions-changed"}, {"stream-notify-user", uid + "/rooms-changed"},
		{"stream-notify-user", uid + "/departmentAgentData"}, {"stream-notify-user", uid + "/userData"}, {"stream-notify-user", uid + "/notification"},
		{"stream-room-messages", "__my_messages__"}, {"stream-livechat-inquiry-queue-observer", "public"},
	} {
		if _, err := t.wire.listen(ctx, e[0], e[1]); err != nil {
			return err
		}
	}
	var teams struct {
		Departments []struct {
			ID string `json:"departmentId"`
		}
	}
	if err := t.d.api.get(ctx, t.session.who, "livechat/agents/"+uid+"/departments", nil, &teams); err != nil {
		return err
	}
	for _, team := range teams.Departments {
		if _, err := t.wire.listen(ctx, "stream-livechat-inquiry-queue-observer", "department/"+team.ID); err != nil {
			return err
		}
		t.teams[team.ID] = true
	}
	return t.readChats(ctx)
}

// readChats reads the agent's chats, with what is unread in each.
func (t *tab) readChats(ctx context.Context) error {
	var subs struct{ Update []subscription }
	var rooms struct{ Update []room }
	if err := t.d.api.get(ctx, t.session.who, "subscriptions.get", nil, &subs); err != nil {
		return err
	}
	if err := t.d.api.get(ctx, t.session.who, "rooms.get", nil, &rooms); err != nil {
		return err
	}
	t.mu.Lock()
	for i := range subs.Update {
		t.member(&subs.Update[i])
	}
	for i := range rooms.Update {
		t.roomIs(&rooms.Update[i])
	}
	t.mu.Unlock()
	err := t.countUnread(ctx)
	t.mu.Lock()
	clear(t.rows) // the page will have them all
	t.mu.Unlock()
	return err
}

// countUnread counts, for the chats of which it is not known, what came since the
// agent read them: a workspace only says that there is something. What is heard
// meanwhile counts too.
func (t *tab) countUnread(ctx context.Context) error {
	t.mu.Lock()
	var unknown []*chat
	for _, c := range t.chats {
		if c.recount {
			c.recount = false
			unknown = append(unknown, c)
		}
	}
	t.mu.Unlock()
	for _, c := range unknown {
		t.mu.Lock()
		since := map[string]any{"$date": max(0, c.read.UnixMilli())}
		t.mu.Unlock()
		var list []message
		answer, err := t.wire.call(ctx, "loadMissedMessages", c.RID, since)
		if err == nil {
			err = unmarshal(answer, &list)
		}
		if err != nil {
			return err
		}
		t.mu.Lock()
		t.counted(c, list)
		t.mu.Unlock()
	}
	return nil
}

// counted takes note of the unread messages that the workspace has told.
func (t *tab) counted(c *chat, list []message) {
	n, newest := 0, c.read
	for i := range list {
		if list[i].TS.After(newest) {
			newest = list[i].TS.Time
		}
		if t.counts(c, &list[i]) {
			n++
		}
	}
	for _, at := range c.heard {
		if at.After(newest) {
			n++
		}
	}
	c.Unread = n
	t.rows[c.RID] = true
}

// counts reports whether the message is one that the agent is to read.
func (t *tab) counts(c *chat, m *message) bool {
	if m.Type != "" || m.U.ID == t.session.who.id || !m.TS.After(c.read) {
		return false
	}
	return m.fromGuest() || c.T == "d"
}

// attach makes the caller the tab's listener; the former one ends. It fails when the tab is gone.
func (t *tab) attach() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.expiry.Stop()
	t.reader = true
	return true
}

// detach leaves the tab to whoever comes back in time.
func (t *tab) detach() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reader = false
	if !t.closed {
		t.expiry.Reset(lingering)
	}
}

// close ends what the tab hears.
func (t *tab) close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	t.expiry.Stop()
	t.mu.Unlock()
	if t.forget != nil {
		t.forget()
	}
	t.wire.close()
	t.d.tabs.mu.Lock()
	delete(t.d.tabs.all, t.id)
	t.d.tabs.mu.Unlock()
}

// changed wakes the listener.
func (t *tab) changed() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

package bridge

import (
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxBacklog = 200 // messages of one chat that wait for a look; beyond it they are read again instead
	maxDoubts  = 8   // frames of one chat that wait for a look
)

// followed is a chat as the watch knows it. The watch's goroutine owns it.
type followed struct {
	id     sdk.ChatID
	known  sdk.Chat  // as the last event left it
	told   bool      // the host has it
	loaded bool      // its messages stand behind its figures, and not the server's estimate
	mark   time.Time // up to this server time all its messages are accounted for
	kept   time.Time // the mark that the host has

	heard map[sdk.EventID]time.Time // what was emitted of later than mark, by when it happened

	ready   bool      // its catch-up is done: what frames tell may go straight through
	queued  bool      // a look is to begin
	calm    bool      // and nobody waits for it
	looking bool      // a look is under way
	again   bool      // and another must follow
	deep    bool      // the next look must read messages
	fails   int       // looks that failed one after another
	unfit   int       // looks that met the chat in the middle of a change
	past    bool      // a baseline is taken: what is found out is no event
	read    int       // what rereads.due was when its messages were last read
	touched time.Time // when something was last heard of it, by our clock
	asking  bool      // the guest is being read by itself
	contact string    // a digest of what was last read of the contact behind the guest, from 7.0 on; "" means nothing
	visited time.Time // when the guest's own document was last read, by our clock; zero means that the picture has only what the room shows

	backlog []rest.Message // from frames, waiting for a look
	doubts  []doubt        // from frames, waiting for a look
	waiting []chan<- error // who wants to know when a look has told all that there is; each takes one
}

// doubt reports whether a frame tells something else than the picture.
type doubt func(known sdk.Chat) bool

func newFollowed(id sdk.ChatID) *followed {
	return &followed{id: id, heard: map[sdk.EventID]time.Time{}, touched: time.Now()}
}

// idle reports whether a frame may be taken as it comes.
func (f *followed) idle() bool {
	return f.ready && f.told && f.loaded && !f.queued && !f.looking && f.fails == 0 && f.unfit == 0 && len(f.backlog) == 0
}

// hold keeps a message until the next look.
func (f *followed) hold(m rest.Message) {
	if len(f.backlog) >= maxBacklog {
		f.backlog, f.deep = nil, true
	}
	f.backlog = append(f.backlog, m)
}

// suspect keeps a doubt until the next look.
func (f *followed) suspect(d doubt) {
	if len(f.doubts) < maxDoubts {
		f.doubts = append(f.doubts, d)
	}
}

// doubted reports whether one of the doubts holds, and drops them.
func (f *followed) doubted() bool {
	all := f.doubts
	f.doubts = nil
	for _, d := range all {
		if d(f.known) {
			return true
		}
	}
	return false
}

// answer tells those who wait how it ended.
func (f *followed) answer(err error) {
	for _, heard := range f.waiting {
		heard <- err
	}
	f.waiting = nil
}

// visitor is whose the chat is, as far as anything has told.
func (f *followed) visitor() string {
	if f.known.Visitor.ID != "" {
		return f.known.Visitor.ID
	}
	at := slices.IndexFunc(f.backlog, func(m rest.Message) bool { return m.Token != "" })
	if at >= 0 {
		return f.backlog[at].User.ID
	}
	return ""
}

// advance moves the mark. What was emitted of before it need not be known any
// more: nothing so old is asked for again.
func (f *followed) advance(mark time.Time) {
	if !mark.After(f.mark) {
		return
	}
	f.mark = mark
	for id, at := range f.heard {
		if at.Before(mark.Add(-time.Minute)) {
			delete(f.heard, id)
		}
	}
}

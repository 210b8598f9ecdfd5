package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxWaiting = 4096 // effects of one instance in the outbox; beyond it the instance decides nothing new
	chatSlots  = 32   // attempts on chats at a time
	asideSlots = 4    // transcripts that are made at a time
)

// outbox carries out what is decided. Each chat has a lane for what happens in
// it, and others for what must not hold it up (see kinds); what is in a lane is
// done one after another.
type outbox struct {
	host *Host

	mu      sync.Mutex // guards what follows
	lanes   map[laneKey]*lane
	counts  map[string]int // effects that wait, by instance
	session context.Context
	slots   map[bool]chan struct{} // by laneKey.slow
	idle    chan *lane             // to goroutines that have emptied a lane
	idlers  int                    // that wait for another
	traces  map[string]sdk.EffectKey
	asked   []question    // that nobody has answered
	asking  chan struct{} // there may be another next to expire
}

type laneKey struct {
	chat sdk.ChatID
	name string // "" is the lane of what happens in the chat
	slow bool   // it takes long, and few are carried out at a time
}

// lane is what is to be done one after another. A goroutine works on it while
// there is something to do.
type lane struct {
	key     laneKey
	jobs    []*job
	worked  bool
	until   time.Time     // when its first job may begin; zero when it may; the outbox's mu guards it
	more    chan struct{} // there may be another job; for who works on it
	landing []landing     // jobs that have ended, in order; only of who works on it
}

// job is one effect of a parcel.
type job struct {
	parcel *store.Parcel // the outbox's mu guards its outcomes
	index  int
	added  []string               // of a tag: those that were not there before the first attempt
	mailed map[string]sdk.Outcome // of a transcript: addresses whose mail was accepted, and how
	ended  bool                   // it has an outcome, which is on its way to the disk; the outbox's mu guards it
	doubt  bool                   // an attempt was made whose end nobody knows
	rest   time.Duration          // how long the last attempt's answer asks to wait; 0 when it does not
	lastly string                 // why the last attempt ended nothing; the outbox's mu guards it
	next   time.Time              // attempt, when it waits for one; the outbox's mu guards it
	cut    func()                 // ends the attempt under way; nil when there is none; the outbox's mu guards it
	down   chan struct{}          // closed when that has ended; the outbox's mu guards it
}

func (j *job) effect() bridge.Effect { return j.parcel.Effects[j.index].Effect }

// sure reports whether a repeat of the job is sure to find what was done.
func (j *job) sure() bool { return kinds[j.parcel.Effects[j.index].Effect.Kind].sure }

func newOutbox(h *Host) *outbox {
	return &outbox{host: h, lanes: map[laneKey]*lane{}, counts: map[string]int{}, traces: map[string]sdk.EffectKey{}, asking: make(chan struct{}, 1)}
}

// load takes what the store has waiting. Our trace of what was begun may be
// in the workspace already.
func (o *outbox) load(parcels []store.Parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lanes, o.traces, o.counts, o.session = map[laneKey]*lane{}, map[string]sdk.EffectKey{}, map[string]int{}, nil
	o.idle, o.idlers, o.asked = make(chan *lane), 0, nil
	o.slots = map[bool]chan struct{}{false: make(chan struct{}, chatSlots), true: make(chan struct{}, asideSlots)}
	for _, p := range parcels {
		for n := range p.Effects {
			if p.Effects[n].Begun && p.Effects[n].Outcome == nil {
				p.Effects[n].Effect.Attempt = 1
			}
		}
		o.put(&p)
	}
}

// run begins with what was loaded and lasts until ctx ends.
func (o *outbox) run(ctx context.Context) error {
	o.mu.Lock()
	o.session = ctx
	for _, l := range o.lanes {
		o.work(l)
	}
	o.mu.Unlock()
	return o.expire(ctx)
}

// add takes the effects of a decision that is on disk.
func (o *outbox) add(p store.Parcel) {
	for _, c := range p.Effects {
		if c.Outcome != nil {
			o.host.report(c.Effect, *c.Outcome)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.host.moves.Add(1) // who looks for quiet may have looked here before
	for _, l := range o.put(&p) {
		o.work(l)
	}
}

// put sorts a parcel into lanes, but for what somebody is asked about first. The
// caller holds o.mu.
func (o *outbox) put(p *store.Parcel) (touched []*lane) {
	asks := false
	for n := range p.Effects {
		switch c := &p.Effects[n]; {
		case c.Outcome != nil:
		case c.Unanswered():
			asks = true
		default:
			touched = append(touched, o.putOne(p, n))
		}
	}
	if asks {
		o.await(p)
	}
	return touched
}

func (o *outbox) putOne(p *store.Parcel, n int) *lane {
	c := p.Effects[n]
	o.counts[c.Effect.Instance]++
	o.mark(c)
	key := laneOf(c.Effect)
	l := o.lanes[key]
	if l == nil {
		l = &lane{key: key, more: make(chan struct{}, 1)}
		o.lanes[key] = l
	}
	l.jobs = append(l.jobs, &job{parcel: p, index: n, doubt: c.Effect.Attempt > 0})
	return l
}

// mark makes the effect known by the traces that it may have left.
func (o *outbox) mark(c store.Carried) {
	if !c.Begun {
		return
	}
	for _, trace := range marks(c.Effect) {
		o.traces[trace] = c.Effect.Key
	}
}

// ours is the effect under way that may have left the trace.
func (o *outbox) ours(trace string) sdk.EffectKey {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.traces[trace]
}

// free reports whether an effect that is decided now would be begun as soon as
// the decision is on disk, since commits are made in order: then the decision
// says that it is, and that saves a flush.
func (o *outbox) free(e bridge.Effect) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := o.lanes[laneOf(e)]
	return l == nil || !slices.ContainsFunc(l.jobs, func(j *job) bool { return !j.ended })
}

// waiting is how many effects of the instance wait.
func (o *outbox) waiting(instance string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counts[instance]
}

// busy reports whether something waits that nobody has paused.
func (o *outbox) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.host.clock.Now()
	for _, l := range o.lanes {
		if l.until.After(now) {
			continue
		}
		if l.worked || o.next(l) != nil {
			return true
		}
	}
	return false
}

// resume works on the lanes that rest because of a pause.
func (o *outbox) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		o.work(l)
	}
}

// work has the lane worked on while there is something to do. The caller
// holds o.mu.
func (o *outbox) work(l *lane) {
	if o.session == nil || o.next(l) == nil {
		return
	}
	if l.worked {
		select {
		case l.more <- struct{}{}:
		default:
		}
		return
	}
	l.worked = true
	select {
	case o.idle <- l:
	default:
		o.host.spawn(func(ctx context.Context) error { return o.labour(ctx, l) })
	}
}

// labour empties one lane after another. A new goroutine for each would grow
// its stack each time, which costs more than the rest of an attempt.
func (o *outbox) labour(ctx context.Context, l *lane) error {
	for {
		if err := o.empty(ctx, l); err != nil {
			return err
		}
		if !o.rest(1) {
			return nil
		}
		select {
		case l = <-o.idle:
			o.rest(-1)
		case <-ctx.Done():
			return nil
		}
	}
}

// rest counts the goroutines that wait for a lane; false means that enough do.
func (o *outbox) rest(more int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if more > 0 && o.idlers >= chatSlots {
		return false
	}
	o.idlers += more
	return true
}

// empty does what is in the lane.
func (o *outbox) empty(ctx context.Context, l *lane) error {
	for ctx.Err() == nil {
		j, over := o.turn(l)
		var err error
		switch {
		case over:
			o.host.stir()
			return nil
		case j == nil:
			err = o.landOrMore(l)
		case len(l.landing) > 0 && !j.sure():
			err = o.land(l)
		default:
			err = o.carry(ctx, l, j)
		}
		if err != nil {
			return err
		}
	}
	return o.land(l)
}

// turn is the job whose turn it is; nil when there is none. Over says that the
// lane is not worked on any more.
func (o *outbox) turn(l *lane) (j *job, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j = o.next(l)
	if j != nil || len(l.landing) > 0 {
		return j, false
	}
	l.worked = false
	if len(l.jobs) == 0 {
		delete(o.lanes, l.key)
	}
	return nil, true
}

// next is the first job in the lane that has not ended and whose instance does
// not pause: a pause holds up nobody else. The caller holds o.mu.
func (o *outbox) next(l *lane) *job {
	for _, j := range l.jobs {
		switch {
		case j.ended || o.rests(j):
		case j.shutsOut():
			return nil
		default:
			return j
		}
	}
	return nil
}

// shutsOut reports whether the job closes a chat into which a file of the same
// decision has yet to be sent. The outbox's mu guards that.
func (j *job) shutsOut() bool {
	e := j.effect()
	return e.Kind == sdk.EffectClose && slices.ContainsFunc(j.parcel.Effects[:j.index], func(c store.Carried) bool {
		return c.Effect.Kind == sdk.EffectFile && c.Effect.Chat == e.Chat && c.Outcome == nil
	})
}

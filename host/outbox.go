package host

import (
	"context"
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
	firstTry   = time.Second
	lastTry    = time.Minute
	lastAside  = 30 * time.Minute // of transcripts: mail servers take offence
	lookSpan   = 24 * time.Hour   // how long the trace of an attempt is looked for when the effect is too late
)

const skippedWhy = "an earlier effect of the same decision was not done"

// outbox carries out what is decided. Each chat has a lane for what happens in
// it, and one for transcripts; what is in a lane is done one after another.
type outbox struct {
	host *Host

	mu      sync.Mutex // guards what follows
	lanes   map[laneKey]*lane
	counts  map[string]int // effects that wait, by instance
	session context.Context
	slots   map[bool]chan struct{} // by laneKey.aside
	traces  map[string]sdk.EffectKey
}

type laneKey struct {
	chat  sdk.ChatID
	aside bool // the lane of transcripts
}

// lane is what is to be done one after another. A goroutine works on it while
// there is something to do.
type lane struct {
	key    laneKey
	jobs   []*job
	worked bool
}

// job is one effect of a parcel.
type job struct {
	parcel *store.Parcel // the outbox's mu guards its outcomes
	index  int
	added  []string // of a tag: those that were not there before the first attempt
	mailed []string // of a transcript: addresses whose mail was accepted
	doubt  bool     // an attempt was made whose end nobody knows
	lastly string   // why the last attempt ended nothing
	cut    func()   // ends the attempt under way; nil when there is none; the outbox's mu guards it
}

func (j *job) effect() bridge.Effect { return j.parcel.Effects[j.index].Effect }

func newOutbox(h *Host) *outbox {
	return &outbox{host: h, lanes: map[laneKey]*lane{}, counts: map[string]int{}, traces: map[string]sdk.EffectKey{}}
}

// load takes what the store has waiting. Our trace of what was begun may be
// in the workspace already.
func (o *outbox) load(parcels []store.Parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lanes, o.traces, o.counts, o.session = map[laneKey]*lane{}, map[string]sdk.EffectKey{}, map[string]int{}, nil
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
	<-ctx.Done()
	return ctx.Err()
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
	for _, l := range o.put(&p) {
		o.work(l)
	}
}

// put sorts a parcel into lanes. The caller holds o.mu.
func (o *outbox) put(p *store.Parcel) (touched []*lane) {
	for n, c := range p.Effects {
		if c.Outcome != nil {
			continue
		}
		o.counts[c.Effect.Instance]++
		o.mark(c)
		key := laneKey{c.Effect.Chat, !inChatLane(c.Effect.Kind)}
		l := o.lanes[key]
		if l == nil {
			l = &lane{key: key}
			o.lanes[key] = l
		}
		l.jobs = append(l.jobs, &job{parcel: p, index: n, doubt: c.Effect.Attempt > 0})
		touched = append(touched, l)
	}
	return touched
}

// mark makes the effect known by the traces that it may have left.
func (o *outbox) mark(c store.Carried) {
	if !c.Begun {
		return
	}
	for _, trace := range store.Traces(c.Effect) {
		o.traces[trace] = c.Effect.Key
	}
}

// ours is the effect under way that may have left the trace.
func (o *outbox) ours(trace string) sdk.EffectKey {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.traces[trace]
}

// free reports whether an effect that is decided now would be begun at once:
// then the decision says that it is, and that saves a flush.
func (o *outbox) free(e bridge.Effect) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lanes[laneKey{e.Chat, !inChatLane(e.Kind)}] == nil
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
	for _, l := range o.lanes {
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
	if l.worked || o.session == nil || o.next(l) == nil {
		return
	}
	l.worked = true
	o.host.spawn(func(ctx context.Context) error { return o.empty(ctx, l) })
}

// empty does what is in the lane.
func (o *outbox) empty(ctx context.Context, l *lane) error {
	for ctx.Err() == nil {
		o.mu.Lock()
		j := o.next(l)
		if j == nil {
			l.worked = false
			if len(l.jobs) == 0 {
				delete(o.lanes, l.key)
			}
		}
		o.mu.Unlock()
		if j == nil {
			o.host.stir()
			return nil
		}
		if err := o.carry(ctx, l, j); err != nil {
			return err
		}
	}
	return nil
}

// next is the first job in the lane whose instance does not pause: a pause
// holds up nobody else. The caller holds o.mu.
func (o *outbox) next(l *lane) *job {
	for _, j := range l.jobs {
		if !o.rests(j) {
			return j
		}
	}
	return nil
}

// carry makes attempts until the effect has an outcome, ctx ends or the
// instance pauses.
func (o *outbox) carry(ctx context.Context, l *lane, j *job) error {
	slowest := lastTry
	if l.key.aside {
		slowest = lastAside
	}
	for n := 1; ; n++ {
		outcome, err := o.attempt(ctx, l, j)
		if err != nil {
			return err
		}
		e := j.effect()
		if outcome.State == "" && o.host.clock.Now().Sub(e.Until) > lookSpan {
			outcome = sdk.Outcome{State: sdk.Unconfirmed, Reason: "nobody could say whether it was done; lastly: " + outcome.Reason}
		}
		if outcome.State != "" {
			return o.settle(l, j, outcome)
		}
		if o.isResting(j) {
			return nil
		}
		o.host.log.Warn("effect is tried again", "instance", e.Instance, "effect", e.Key, "chat", e.Chat, "attempt", e.Attempt, "err", outcome.Reason)
		select {
		case <-ctx.Done():
			return nil
		case <-o.host.clock.After(backOff(n, firstTry, slowest)):
		}
		if o.isResting(j) {
			return nil
		}
	}
}

// attempt makes one attempt, unless the effect must not be carried out any
// more. An outcome without a state asks for another. What must not be carried
// out now, and may have been before, is only looked for.
func (o *outbox) attempt(ctx context.Context, l *lane, j *job) (sdk.Outcome, error) {
	e := j.effect()
	outcome, forbidden := o.forbids(j)
	if forbidden && e.Attempt == 0 {
		return outcome, nil
	}
	if err := o.begin(j); err != nil {
		return sdk.Outcome{}, err
	}
	slots := o.slots[l.key.aside]
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return sdk.Outcome{}, ctx.Err()
	}
	if forbidden {
		e.Until = earlier(e.Until, o.host.clock.Now().Add(-time.Nanosecond))
	}
	flight, land, ok := o.takeOff(ctx, j)
	if !ok {
		return sdk.Outcome{}, nil
	}
	defer land()
	found := o.host.carryOut(flight, j, e)
	o.mu.Lock()
	j.parcel.Effects[j.index].Effect.Attempt++
	o.mu.Unlock()
	switch {
	case found.State == "" && ctx.Err() != nil:
		return found, ctx.Err()
	case forbidden && found.State == sdk.Overtaken:
		return outcome, nil
	}
	j.lastly = found.Reason
	return found, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// begin has the store say that the first attempt begins.
func (o *outbox) begin(j *job) error {
	c := &j.parcel.Effects[j.index]
	if c.Begun {
		return nil
	}
	if err := o.host.store.Begin(j.parcel.Number, j.index).Wait(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	c.Begun = true
	o.mark(*c)
	return nil
}

// forbids says how an effect ends that is not to be carried out any more.
func (o *outbox) forbids(j *job) (outcome sdk.Outcome, forbidden bool) {
	outcome.At = o.host.clock.Now()
	e := j.effect()
	switch why := o.host.forbids(e); {
	case o.dropped(j) != "":
		outcome.State, outcome.Reason = sdk.Refused, "dropped by "+o.dropped(j)
	case outcome.At.After(e.Until):
		outcome.State, outcome.Reason = sdk.Overtaken, tooLate(e)
		if j.lastly != "" {
			outcome.Reason += "; lastly: " + j.lastly
		}
	case why != "":
		outcome.State, outcome.Reason = sdk.Refused, why
	case inChatLane(e.Kind) && o.stumbled(j):
		outcome.State, outcome.Reason = sdk.Skipped, skippedWhy
	}
	return outcome, outcome.State != ""
}

// stumbled reports whether an earlier effect of the decision on this chat was
// not done.
func (o *outbox) stumbled(j *job) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, earlier := range j.parcel.Effects[:j.index] {
		if inChatLane(earlier.Effect.Kind) && earlier.Outcome != nil && earlier.Outcome.State != sdk.Done {
			return true
		}
	}
	return false
}

func tooLate(e bridge.Effect) string {
	return "too late: it was to be done before " + e.Until.UTC().Format(time.RFC3339)
}

// settle writes how the effect ended and takes it out of its lane.
func (o *outbox) settle(l *lane, j *job, outcome sdk.Outcome) error {
	e := j.effect()
	if outcome.At.IsZero() {
		outcome.At = o.host.clock.Now()
	}
	s := store.Settlement{Number: j.parcel.Number, Index: j.index, Outcome: outcome, Tags: j.changedTags()}
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
	o.remove(l, j, outcome)
	o.host.report(e, outcome)
	o.host.wake()
	return nil
}

func (o *outbox) remove(l *lane, j *job, outcome sdk.Outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
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
}

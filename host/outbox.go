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
	maxWaiting = 4096 // effects in the outbox; beyond it nothing new is decided
	chatSlots  = 32   // chats on which effects are carried out at a time
	asideSlots = 4    // transcripts that are made at a time
	firstTry   = time.Second
	lastTry    = time.Minute
)

const skippedWhy = "an earlier effect of the same decision was not done"

// outbox carries out what is decided. Each chat has a lane for what happens in
// it, and one for transcripts; what is in a lane is done one after another.
type outbox struct {
	host *Host

	mu      sync.Mutex // guards what follows
	lanes   map[laneKey]*lane
	count   int // effects that wait
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
}

func (j *job) effect() bridge.Effect { return j.parcel.Effects[j.index].Effect }

func newOutbox(h *Host) *outbox {
	return &outbox{host: h, lanes: map[laneKey]*lane{}, traces: map[string]sdk.EffectKey{}}
}

// load takes what the store has waiting. Our trace of what was begun may be
// in the workspace already.
func (o *outbox) load(parcels []store.Parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lanes, o.traces, o.count, o.session = map[laneKey]*lane{}, map[string]sdk.EffectKey{}, 0, nil
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
		o.count++
		o.mark(c)
		key := laneKey{c.Effect.Chat, !inChatLane(c.Effect.Kind)}
		l := o.lanes[key]
		if l == nil {
			l = &lane{key: key}
			o.lanes[key] = l
		}
		l.jobs = append(l.jobs, &job{parcel: p, index: n})
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

func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count >= maxWaiting
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
	slots := o.slots[l.key.aside]
	o.host.spawn(func(ctx context.Context) error {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-ctx.Done():
			return nil
		}
		return o.empty(ctx, l)
	})
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
		if !o.host.pauses(j.effect().Instance) {
			return j
		}
	}
	return nil
}

// carry makes attempts until the effect has an outcome, ctx ends or the
// instance pauses.
func (o *outbox) carry(ctx context.Context, l *lane, j *job) error {
	for n := 1; ; n++ {
		outcome, err := o.attempt(ctx, j)
		if err != nil {
			return err
		}
		e := j.effect()
		if outcome.State == "" && o.host.clock.Now().After(e.Until) {
			outcome = sdk.Outcome{State: sdk.Overtaken, Reason: tooLate(e) + "; lastly: " + outcome.Reason}
		}
		if outcome.State != "" {
			return o.settle(l, j, outcome)
		}
		o.host.log.Warn("effect is tried again", "instance", e.Instance, "effect", e.Key, "chat", e.Chat, "attempt", e.Attempt, "err", outcome.Reason)
		wait := min(backOff(n, firstTry, lastTry), max(0, e.Until.Sub(o.host.clock.Now()))+time.Millisecond)
		select {
		case <-ctx.Done():
			return nil
		case <-o.host.clock.After(wait):
		}
		if o.host.pauses(e.Instance) {
			return nil
		}
	}
}

// attempt makes one attempt, unless the effect must not be carried out any
// more. An outcome without a state asks for another.
func (o *outbox) attempt(ctx context.Context, j *job) (sdk.Outcome, error) {
	if outcome, over := o.over(j); over {
		return outcome, nil
	}
	if c := &j.parcel.Effects[j.index]; !c.Begun {
		if err := o.host.store.Begin(j.parcel.Number, j.index).Wait(); err != nil {
			return sdk.Outcome{}, err
		}
		o.mu.Lock()
		c.Begun = true
		o.mark(*c)
		o.mu.Unlock()
	}
	outcome := o.host.carryOut(ctx, j)
	o.mu.Lock()
	j.parcel.Effects[j.index].Effect.Attempt++
	o.mu.Unlock()
	if outcome.State == "" && ctx.Err() != nil {
		return outcome, ctx.Err()
	}
	return outcome, nil
}

// over says how an effect ends that is no longer to be carried out.
func (o *outbox) over(j *job) (sdk.Outcome, bool) {
	now := o.host.clock.Now()
	e := j.effect()
	if late := now.Sub(e.Until); late > 0 && e.Attempt == 0 {
		return sdk.Outcome{State: sdk.Overtaken, Reason: tooLate(e), At: now}, true
	}
	if mode := o.host.mode(e.Instance); mode != On && e.Attempt == 0 {
		return sdk.Outcome{State: sdk.Refused, Reason: "mode is " + string(mode) + " now", At: now}, true
	}
	if !inChatLane(e.Kind) {
		return sdk.Outcome{}, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, earlier := range j.parcel.Effects[:j.index] {
		if inChatLane(earlier.Effect.Kind) && earlier.Outcome != nil && earlier.Outcome.State != sdk.Done {
			return sdk.Outcome{State: sdk.Skipped, Reason: skippedWhy, At: now}, true
		}
	}
	return sdk.Outcome{}, false
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
	o.count--
	for _, trace := range store.Traces(j.effect()) {
		if o.traces[trace] == j.effect().Key {
			delete(o.traces, trace)
		}
	}
}

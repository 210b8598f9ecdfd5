package host

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// calls knows what has become of the calls that were offered. What it holds is
// what the store holds; each step is an event of its chat, and is on disk with
// what it made of the call before anybody hears of it.
type calls struct {
	host    *Host
	changed chan struct{} // another call is next

	steps atomic.Int32              // that are on their way to the disk
	rests atomic.Pointer[time.Time] // run waits until then, zero for nothing; nil while it does not

	mu  sync.Mutex             // guards all; held until a step is on disk
	all map[string]*store.Call // nil until they are read
}

const (
	callPatience = 3 * time.Minute  // how long guest and agent have to come to a call
	lookEvery    = 30 * time.Second // at what a service tells
)

func newCalls(h *Host) *calls {
	return &calls{host: h, changed: make(chan struct{}, 1)}
}

func (k *calls) load(all []store.Call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = map[string]*store.Call{}
	for _, c := range all {
		k.all[c.Is.ID] = &c
	}
}

func (k *calls) links() *call.Links { return k.host.opts.Services.Calls }

// knowJoins reports whether it is learned who comes to a call.
func (k *calls) knowJoins() bool {
	return k.links().Tells() || k.links().Page(call.Room{}, call.Guest, time.Time{}) != ""
}

func (k *calls) patience() time.Duration {
	if p := k.host.opts.Services.CallPatience; p > 0 {
		return p
	}
	return callPatience
}

// underWay is since when the chat has another call to which somebody may be
// on the way, or in which somebody is until its end is told.
func (k *calls) underWay(than store.Call) (since time.Time, there bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.host.clock.Now()
	for _, c := range k.all {
		if c.Chat != than.Chat || c.Is.ID == than.Is.ID || c.Replaced || !now.Before(c.Expires) {
			continue
		}
		if c.Is.By.ID != than.Is.By.ID {
			continue // whoever serves the chat now has no link to it
		}
		fresh := c.Is.State == sdk.CallOffered && now.Sub(c.Asked) < k.patience()
		if fresh || c.Is.State == sdk.CallJoined && k.links() != nil && k.links().Tells() {
			return c.Asked, true
		}
	}
	return since, false
}

// prepare keeps a call whose links are about to be sent.
func (k *calls) prepare(c store.Call) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all[c.Is.ID] != nil {
		return nil
	}
	k.all[c.Is.ID] = &c
	k.poke()
	return k.host.store.PutCall(c).Wait()
}

// offered notes what became of the messages with the links. A call that was
// offered has the place of the chat's former ones.
func (k *calls) offered(id string, o sdk.Outcome) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	switch {
	case c == nil || c.Is.State != "":
		return nil
	case o.State != sdk.Done && o.State != sdk.Unconfirmed:
		return k.drop(c)
	}
	for _, former := range k.all {
		if former.Chat == c.Chat && former != c && !former.Replaced {
			former.Replaced = true
			k.host.store.PutCall(*former)
		}
	}
	now := k.host.clock.Now()
	return k.step(c, "offered", now, func(c *store.Call) {
		c.Is.State = sdk.CallOffered
		c.Patience = now.Add(k.patience())
	})
}

// cannotOpen is the outcome of a call for which the service makes no room.
func (k *calls) cannotOpen(c store.Call, err error) sdk.Outcome {
	if !call.Final(err) {
		return bridge.Later(err.Error())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.step(&c, "failed", k.host.clock.Now(), serviceFails(err)); err != nil {
		return bridge.Later(err.Error())
	}
	if err := k.drop(&c); err != nil {
		return bridge.Later(err.Error())
	}
	return refused(refusedService(err))
}

func serviceFails(err error) func(*store.Call) {
	return func(c *store.Call) { c.Is.State, c.Is.Why = sdk.CallFailed, err.Error() }
}

// failed notes that somebody came and the service had no room.
func (k *calls) failed(id string, why error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	if c == nil || c.Is.State == sdk.CallFailed || c.Is.State == sdk.CallJoined {
		return nil
	}
	return k.step(c, "failed", k.host.clock.Now(), serviceFails(why))
}

// takes is a call that takes somebody now.
func (k *calls) takes(room call.Room) (store.Call, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[room.Name]
	switch {
	case k.all == nil:
		return store.Call{}, ErrNotReady
	case k.links() == nil, c == nil, string(c.Chat) != room.Chat, c.Replaced, !k.host.clock.Now().Before(c.Expires):
		return store.Call{}, call.ErrOver
	case c.Is.State == sdk.CallEnded, c.Is.State == sdk.CallUnknown:
		return store.Call{}, call.ErrOver
	}
	return *c, nil
}

// joined notes that a party has come, once.
func (k *calls) joined(id string, role call.Role, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	if c == nil {
		return call.ErrOver
	}
	return k.come(c, role, at)
}

// come is joined; the caller holds k.mu.
func (k *calls) come(c *store.Call, role call.Role, at time.Time) error {
	joined := func(c *store.Call) *time.Time {
		if role == call.Agent {
			return &c.Is.AgentJoined
		}
		return &c.Is.GuestJoined
	}
	if c.Is.State == sdk.CallEnded || !joined(c).IsZero() {
		return nil
	}
	return k.step(c, string(role)+"-joined", at, func(c *store.Call) {
		*joined(c) = at
		c.Is.State, c.Is.Why = sdk.CallJoined, ""
	})
}

// ended notes the end of a call. A room that the service gives up because
// nobody came is made again for who does.
func (k *calls) ended(id string, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	if c == nil || c.Is.State == sdk.CallEnded || c.Is.AgentJoined.IsZero() && c.Is.GuestJoined.IsZero() {
		return nil
	}
	return k.step(c, "ended", at, func(c *store.Call) { c.Is.State, c.Is.Ended, c.Patience = sdk.CallEnded, at, time.Time{} })
}

// step changes a call and journals that. The caller holds k.mu.
func (k *calls) step(c *store.Call, name string, at time.Time, change func(*store.Call)) error {
	next := *c
	change(&next)
	is := next.Is
	e := sdk.Event{ID: bridge.CallStepID(is.ID, name), Kind: sdk.EventCall, Chat: c.Chat, At: at, Conference: &is, Depth: c.Depth}
	if name == "offered" {
		e.Cause = c.Effect
	}
	k.steps.Add(1)
	defer k.steps.Add(-1)
	now := k.host.clock.Now()
	e.Late = now.Sub(at) > late
	k.host.moves.Add(1)
	_, ticket, err := k.host.store.StepCall(next, e, now)
	if err == nil {
		err = ticket.Wait()
	}
	if err != nil {
		return err
	}
	*c = next
	k.host.log.Info("call", "chat", c.Chat, "event", e.ID, "state", string(is.State))
	k.poke()
	k.host.wake()
	return nil
}

// drop forgets a call. The caller holds k.mu.
func (k *calls) drop(c *store.Call) error {
	delete(k.all, c.Is.ID)
	return k.host.store.DropCall(*c).Wait()
}

func (k *calls) poke() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// run does what calls are due for until ctx ends.
func (k *calls) run(ctx context.Context) error {
	for {
		k.rests.Store(nil)
		now := k.host.clock.Now()
		at, err := k.due(ctx, now)
		if err != nil {
			return err
		}
		var next <-chan time.Time
		if again := now.Add(lookAgain); again.Before(at) { // the clock may be set meanwhile
			at = again
		}
		if !at.IsZero() {
			next = k.host.clock.After(max(0, at.Sub(k.host.clock.Now())))
		}
		k.rests.Store(&at)
		k.host.stir()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-k.changed:
		case <-next:
		}
	}
}

// firing reports whether a step is being made, or one is due.
func (k *calls) firing() bool {
	at := k.rests.Load()
	return k.steps.Load() > 0 || len(k.changed) > 0 || at == nil || !at.IsZero() && !at.After(k.host.clock.Now())
}

// due looks at all calls, and says when there is more to do; zero means never.
func (k *calls) due(ctx context.Context, now time.Time) (next time.Time, err error) {
	k.mu.Lock()
	ids := make([]string, 0, len(k.all))
	for id := range k.all {
		ids = append(ids, id)
	}
	k.mu.Unlock()
	for _, id := range ids {
		at, err := k.look(ctx, id, now)
		if err != nil {
			return next, err
		}
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}

// look does what a call is due for, and says when that is next.
func (k *calls) look(ctx context.Context, id string, now time.Time) (next time.Time, err error) {
	k.mu.Lock()
	c := k.all[id]
	if c == nil {
		k.mu.Unlock()
		return next, nil
	}
	was := *c
	k.mu.Unlock()
	tells := k.links() != nil && k.links().Tells() && was.Is.Provider == k.links().Provider()
	goesOn := was.Is.State != "" && was.Is.State != sdk.CallEnded && !was.Replaced
	told := true
	if tells && goesOn {
		if told, err = k.ask(ctx, was, now); err != nil {
			return next, err
		}
		next = now.Add(lookEvery)
	}
	if !now.Before(was.Expires) {
		return time.Time{}, k.expire(ctx, id, tells)
	}
	if !was.Patience.IsZero() && !now.Before(was.Patience) {
		if told { // else nobody knows who came
			err = k.lapse(id)
		}
		was.Patience = time.Time{}
	}
	for _, at := range []time.Time{was.Patience, was.Expires} {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, err
}

// ask takes in what the service tells of a call; false when it tells nothing now.
func (k *calls) ask(ctx context.Context, c store.Call, now time.Time) (told bool, err error) {
	room := call.Room{Chat: string(c.Chat), Name: c.Is.ID}
	p, err := k.links().Look(ctx, room)
	if err != nil {
		k.host.log.Warn("service tells nothing of a call now", "chat", c.Chat, "err", err)
		return false, nil
	}
	for role, there := range map[call.Role]bool{call.Agent: p.Agent, call.Guest: p.Guest} {
		if there {
			err = errors.Join(err, k.joined(c.Is.ID, role, now))
		}
	}
	if err != nil || !p.Over {
		return true, err
	}
	if c.Is.AgentJoined.IsZero() && c.Is.GuestJoined.IsZero() { // it gives up rooms that stay empty
		if err := k.links().Open(ctx, room, c.Expires); err != nil {
			k.host.log.Warn("room of a call is not made again", "chat", c.Chat, "err", err)
		}
		return true, nil
	}
	return true, k.ended(c.Is.ID, now)
}

// lapse marks a call as missed to which not both have come in time.
func (k *calls) lapse(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	if c == nil || c.Patience.IsZero() {
		return nil
	}
	waits := c.Is.State == sdk.CallOffered || c.Is.State == sdk.CallJoined
	if alone := c.Is.AgentJoined.IsZero() || c.Is.GuestJoined.IsZero(); c.Is.JoinsKnown && waits && alone && !c.Replaced {
		return k.step(c, "missed", c.Patience, func(c *store.Call) { c.Is.State, c.Patience = sdk.CallMissed, time.Time{} })
	}
	c.Patience = time.Time{}
	return k.host.store.PutCall(*c).Wait()
}

// expire ends a call whose links are over.
func (k *calls) expire(ctx context.Context, id string, ends bool) error {
	if ends {
		if err := k.links().End(ctx, call.Room{Name: id}); err != nil {
			k.host.log.Warn("call is not ended at its service", "event", bridge.CallStepID(id, "unknown"), "err", err)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.all[id]
	if c == nil {
		return nil
	}
	both := !c.Is.AgentJoined.IsZero() && !c.Is.GuestJoined.IsZero()
	if both && c.Is.State != sdk.CallEnded && !c.Replaced {
		if err := k.step(c, "unknown", c.Expires, func(c *store.Call) { c.Is.State = sdk.CallUnknown }); err != nil {
			return err
		}
	}
	return k.drop(c)
}

package host

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Limits bound what instances may do, whatever they are granted. Two forwarders
// that face each other would never stop. Returns to the queue are counted by
// themselves, with the same limits. What a person orders by a command is not
// automatic.
type Limits struct {
	ForwardsIn10m     int // automatic forwards of a chat in 10 minutes; 0 means 1
	ForwardsPerChat   int // automatic ones, ever; 0 means 3
	ForwardsPerMinute int // by one instance, which pauses beyond it; 0 means 20
}

func (l Limits) withDefaults() Limits {
	if l.ForwardsIn10m == 0 {
		l.ForwardsIn10m = 1
	}
	if l.ForwardsPerChat == 0 {
		l.ForwardsPerChat = 3
	}
	if l.ForwardsPerMinute == 0 {
		l.ForwardsPerMinute = 20
	}
	return l
}

// limits counts moves: those that are settled are in the store, those
// that are decided and not settled here. A restart makes nobody's count smaller.
type limits struct {
	Limits
	store *store.DB

	mu      sync.Mutex // guards what follows
	waiting map[moved]map[sdk.EffectKey]time.Time
	minute  map[string][]time.Time // by instance, the newest last
}

// moved is a chat, and by which kind of effect it moves.
type moved struct {
	kind sdk.EffectKind
	chat sdk.ChatID
}

func newLimits(h *Host) *limits {
	return &limits{Limits: h.opts.Limits.withDefaults(), store: h.store, minute: map[string][]time.Time{}}
}

// load counts what waits in the outbox, and what each instance has decided in
// the last minute.
func (l *limits) load(parcels []store.Parcel, now time.Time) error {
	latest, err := l.store.ForwardsSince(now.Add(-time.Minute))
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.minute = latest
	l.waiting = map[moved]map[sdk.EffectKey]time.Time{}
	for _, p := range parcels {
		for _, c := range p.Effects {
			if store.Automatic(c.Effect) && c.Outcome == nil {
				l.count(c.Effect, asked(c.Effect))
			}
		}
	}
	return nil
}

func (l *limits) count(e bridge.Effect, at time.Time) {
	chat := l.waiting[moved{e.Kind, e.Chat}]
	if chat == nil {
		chat = map[sdk.EffectKey]time.Time{}
		l.waiting[moved{e.Kind, e.Chat}] = chat
	}
	chat[e.Key] = at
}

// move counts a forward or a return to the queue, or says which limit forbids it
// and whether the instance runs away.
func (l *limits) move(instance string, e bridge.Effect, now time.Time) (why string, runaway bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Under the lock: what is settled leaves waiting after it is on disk, so
	// that each forward is seen here or there.
	done, err := l.store.Moves(e.Kind, e.Chat)
	if err != nil {
		return err.Error(), false
	}
	for _, at := range l.waiting[moved{e.Kind, e.Chat}] {
		done = append(done, at)
	}
	if len(done) >= l.ForwardsPerChat {
		return fmt.Sprintf("Bellhop has moved this chat %d times already", len(done)), false
	}
	if n, ago := within(done, now, 10*time.Minute); n >= l.ForwardsIn10m {
		return fmt.Sprintf("Bellhop has moved this chat %d times in 10 minutes, lastly %s ago", n, ago.Round(time.Second)), false
	}
	latest := recent(append(l.minute[instance], now), time.Minute)
	if len(latest) > l.ForwardsPerMinute {
		return fmt.Sprintf("more than %d forwards in a minute: the instance pauses", l.ForwardsPerMinute), true
	}
	l.minute[instance] = latest
	l.count(e, now)
	return "", false
}

// within counts the times that are less than span before now, and says how
// long ago the last of them is. Times to come are those of a clock that was set
// back since.
func within(at []time.Time, now time.Time, span time.Duration) (n int, ago time.Duration) {
	ago = span
	for _, t := range at {
		if d := now.Sub(t).Abs(); d < span {
			n++
			ago = min(ago, d)
		}
	}
	return n, ago
}

// recent are the times within span of the newest, which is the last.
func recent(at []time.Time, span time.Duration) []time.Time {
	newest := at[len(at)-1]
	return slices.DeleteFunc(at, func(t time.Time) bool { return newest.Sub(t).Abs() > span })
}

// settled takes a move out of those that wait; the store counts it now if
// it was done.
func (l *limits) settled(e bridge.Effect) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := moved{e.Kind, e.Chat}
	delete(l.waiting[of], e.Key)
	if len(l.waiting[of]) == 0 {
		delete(l.waiting, of)
	}
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// rightsPause is the least time between two questions what the account may do.
const rightsPause = 5 * time.Second

// errLapsed is the end of a look that failed because the account may not see
// chats any more. It is taken again until it may.
var errLapsed = errors.New("the account has lost a permission without which it sees no chats")

// mandate is what the account may do. Admins change that while we run.
type mandate struct {
	refusals chan error // holds the newest call that was not permitted, until somebody has looked into it

	mu    sync.Mutex            // guards what follows, and is held while the server is asked
	asked time.Time             // when it was, by our clock; zero before the first time
	lacks map[string]rest.Right // what the account may not, by id
	told  map[string]bool       // those of which people were told
}

// refused notes that a call was not permitted. It waits for nobody.
func (m *mandate) refused(err error) {
	for {
		select {
		case m.refusals <- err:
			return
		default:
		}
		select {
		case <-m.refusals:
		default:
		}
	}
}

// guard says aloud which permission the account has lost, or lacks when it needs
// it, and says so when it has it again. It looks when a call was not permitted,
// and from then on again and again until nothing is lacking of which it spoke.
func (b *Bridge) guard(ctx context.Context) error {
	b.inspect(ctx, nil)
	for {
		var again <-chan time.Time
		if b.mandate.owes() {
			again = time.After(b.opt.Reconcile)
		}
		var refusal error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case refusal = <-b.mandate.refusals:
		case <-again:
		}
		if err := sleep(ctx, time.Until(b.mandate.since().Add(min(rightsPause, b.opt.Reconcile)))); err != nil {
			return err
		}
		b.inspect(ctx, refusal)
	}
}

// owes reports whether something is to be looked at again: people were told that
// it is lacking, or nothing is known yet.
func (m *mandate) owes() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.told) > 0 || m.asked.IsZero()
}

// since is when the server was last asked.
func (m *mandate) since() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// inspect looks at what the account lacks and tells what is new, to begin with
// nothing: what was lacking at the start is an examination's to say, unless a
// call is refused for it.
func (b *Bridge) inspect(ctx context.Context, refusal error) {
	m := &b.mandate
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := b.ask(ctx); err != nil {
		b.log.Debug("permissions are not to be had", "err", err)
		return
	}
	for _, r := range b.needs() {
		_, lacks := m.lacks[r.ID]
		switch {
		case lacks && !m.told[r.ID] && refusal != nil && strings.Contains(refusal.Error(), r.ID):
			b.tellLack(r)
		case !lacks && m.told[r.ID]:
			delete(m.told, r.ID)
			b.log.Info("account has the permission "+r.ID+" again", "user", b.me.Load().Username)
		}
	}
}

// tellLack has people told of a permission. The caller holds the mandate.
func (b *Bridge) tellLack(r rest.Right) {
	b.mandate.told[r.ID] = true
	until := "what needs it is refused until then"
	if r.Needs == rest.Vital {
		until = "nothing new is seen until then, and all of it afterwards"
	}
	b.log.Error("account lacks the permission "+r.ID, "err", fmt.Sprintf("it is needed to %s: give the account the role %s, or the permission to one of its roles in Administration, Permissions; %s", r.To, r.Role, until))
}

// needs are the permissions that there are on this server.
func (b *Bridge) needs() []rest.Right { return rest.Rights(*b.info.Load()) }

// ask asks the server what the account lacks. What it had before and has no more
// is told. The caller holds the mandate.
func (b *Bridge) ask(ctx context.Context) error {
	m := &b.mandate
	all, err := b.rest.Permissions(ctx)
	if err != nil {
		return err
	}
	me, err := b.rest.Me(ctx)
	if err != nil {
		return err
	}
	first, before, saw := m.asked.IsZero(), m.lacks, !m.blind()
	m.asked, m.lacks = time.Now(), map[string]rest.Right{}
	for _, r := range b.needs() {
		n := slices.IndexFunc(all, func(p rest.Permission) bool { return p.ID == r.ID })
		if n >= 0 && !all[n].Has(me.Roles) {
			m.lacks[r.ID] = r
		}
	}
	if saw && m.blind() && !first {
		if w := b.watch.Load(); w != nil { // frames are missed as after a cut
			w.do(w.joined) // it fails only when all is over
		}
	}
	for id, r := range m.lacks {
		if _, lacked := before[id]; !lacked && !first && !m.told[id] {
			b.tellLack(r)
		}
	}
	return nil
}

// lapsed is the error of a look. One that was not permitted because the account
// has lost what it needs to see chats is errLapsed, too.
func (b *Bridge) lapsed(ctx context.Context, err error) error {
	if !errors.Is(err, rest.ErrForbidden) {
		return err
	}
	m := &b.mandate
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.blind() && b.ask(ctx) != nil || !m.blind() {
		return err
	}
	return fmt.Errorf("%w: %w", errLapsed, err)
}

// blind reports whether the account lacks what it needs to see chats, as far as
// is known. The caller holds the mandate.
func (m *mandate) blind() bool {
	for _, r := range m.lacks {
		if r.Needs == rest.Vital {
			return true
		}
	}
	return false
}

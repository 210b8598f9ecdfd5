package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// TakenError says that another host has taken the account over.
type TakenError struct{ By Holder }

func (e *TakenError) Error() string {
	return fmt.Sprintf("another host has taken over: it runs %s; start this one with --take-over to take it back", e.By)
}

// lease is the right to act as the account, which one host has at a time.
//
// All times of claims are the server's, and all spans are measured by one clock,
// so it does not matter how wrong a machine's clock is. A holder writes its claim
// four times as often as it must. One that has not read its own claim for a third
// of the lease carries nothing out until it has read it again. Who takes a claim
// from one that has not said that it ended waits as long after it has written its
// own; from one that has, a fourth of that, so that of several who write at a time
// only the last goes on.
type lease struct {
	*Bridge
	claims *ledger // nil before the first try
	LeaseOptions
	me   Holder
	from found
	last claim // that was read

	turn chan struct{}             // holds one while the claim is read and written
	sure atomic.Pointer[time.Time] // when the claim was last ours, by this machine's clock
	lost atomic.Pointer[Holder]    // to whom; nil while it is ours
}

func (l *lease) span() time.Duration   { return cmp.Or(l.Lasts, time.Minute) }
func (l *lease) beat() time.Duration   { return l.span() / 4 }
func (l *lease) grace() time.Duration  { return l.span() / 3 }
func (l *lease) settle() time.Duration { return l.grace() / 4 }

// Hold waits until the host holds the account, calls run, and lets the account go
// when run ends. Before says who held it before; nil means nobody, or the same
// data folder. The context of run ends when another host takes over: then the
// error is a *TakenError.
//
// Where the workspace does not let a claim be kept, run is called all the same,
// and the log says what to change. Hold ends as Run does when it cannot succeed.
func (b *Bridge) Hold(ctx context.Context, me Holder, o LeaseOptions, run func(ctx context.Context, before *Holder) error) error {
	if err := b.enter(ctx); err != nil {
		return err
	}
	l := &lease{Bridge: b, LeaseOptions: o, me: me, turn: make(chan struct{}, 1)}
	before, err := l.acquire(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		b.log.Error("account cannot be held: two hosts on it would not notice each other. Let Bellhop's account write to itself and edit its messages: permission create-d, and Administration, Message, Allow Message Editing", "err", err)
		return run(ctx, nil)
	}
	b.lease.Store(l)
	defer b.lease.Store(nil)
	return l.keep(ctx, before, run)
}

// acquire waits until the claim is ours. The error says that none can be kept.
func (l *lease) acquire(ctx context.Context) (before *Holder, err error) {
	var told *Holder
	for n := 1; ; n++ {
		other, err := l.try(ctx)
		wait := l.beat()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && barred(err):
			return nil, err
		case err != nil:
			l.lament(err, n)
			wait = pause(n, firstRetry, lastRetry)
		case other == nil:
			l.tell(nil)
			return l.from.before, nil
		case told == nil || told.Run != other.Run:
			told, n = other, 0
			l.log.Warn("another host runs on this account: this one stays idle, and begins when that has ended, or has been silent for "+l.span().String(), "host", other.Host, "folder", other.Folder, "since", other.Since)
			l.tell(other)
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (l *lease) tell(other *Holder) {
	if l.Idle != nil {
		l.Idle(other)
	}
}

// found is the claim that ours is written over.
type found struct {
	before *Holder // whose it is; nil means nobody's, or this data folder's
	alive  bool    // it may act yet
}

// try tries to make the claim ours. Other is whose it is instead.
func (l *lease) try(ctx context.Context) (other *Holder, err error) {
	if l.claims == nil {
		if l.claims, err = l.ledger(ctx); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	now, err := l.claims.read(ctx)
	if err != nil {
		return nil, err
	}
	if other := l.spoilt(now); other != nil {
		return other, nil
	}
	l.last = now
	if now.Run != l.me.Run { // else an earlier try has written it
		l.from = found{}
		if now.Run != "" && !now.same(l.me) {
			l.from = found{&now.Holder, !now.Ended && l.claims.age(now) < l.span()}
		}
	}
	if l.from.alive && !l.TakeOver && now.Run != l.me.Run {
		return l.from.before, nil
	}
	l.me.Since = l.clock.now()
	if err := l.claims.write(ctx, now, l.me); err != nil {
		return nil, l.unless(ctx, now, err)
	}
	l.TakeOver = false // of two that are to take over, the second does
	if err := l.calm(ctx, time.Since(began)); err != nil {
		return nil, err
	}
	return l.confirm(ctx)
}

// spoilt is whose claim somebody has deleted or changed, if that may be alive: then
// it writes it again.
func (l *lease) spoilt(now claim) *Holder {
	switch {
	case now.Run != "":
		return nil
	case l.last.Run != "" && l.claims.age(l.last) < l.span():
		other := l.last.Holder
		return &other
	case now.there && l.claims.age(now) < l.span():
		return &Holder{Host: "an unknown machine", Folder: "an unknown folder", Since: now.at}
	}
	return nil
}

// unless is the error of writing over a claim, unless another has just done so:
// that passes.
func (l *lease) unless(ctx context.Context, over claim, err error) error {
	if now, readErr := l.claims.read(ctx); readErr == nil && now.Run != over.Run && now.Run != l.me.Run {
		return fmt.Errorf("another host was faster: %v", err)
	}
	return err
}

// calm waits until nobody acts who read the claim before ours was written.
func (l *lease) calm(ctx context.Context, took time.Duration) error {
	switch {
	case l.from.before != nil && !l.from.before.Ended, took > l.settle()/2:
		return sleep(ctx, l.grace())
	case l.from.before != nil:
		return sleep(ctx, l.settle())
	}
	return nil
}

// confirm reads whether the claim is ours still, and if so notes since when that
// is sure. Other is whose it is.
func (l *lease) confirm(ctx context.Context) (other *Holder, err error) {
	began := time.Now()
	now, err := l.claims.read(ctx)
	if err != nil {
		return nil, err
	}
	l.last = now
	switch {
	case now.Run == "": // somebody has deleted or changed it
		err = l.claims.write(ctx, now, l.me)
	case now.Run != l.me.Run: // also one that has ended: what happened meanwhile was its
		return &now.Holder, nil
	}
	if err == nil {
		l.sure.Store(&began)
	}
	return nil, err
}

// keep runs, and writes the claim again and again meanwhile.
func (l *lease) keep(ctx context.Context, before *Holder, run func(context.Context, *Holder) error) error {
	running, end := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() {
		defer end()
		l.beats(running)
	})
	err := run(running, before)
	end()
	beating.Wait()
	if by := l.lost.Load(); by != nil {
		return &TakenError{*by}
	}
	l.release(ctx)
	return err
}

// beats lasts until ctx ends or the claim is lost.
func (l *lease) beats(ctx context.Context) {
	for n := 0; ; {
		if sleep(ctx, l.beat()) != nil {
			return
		}
		err := l.once(ctx)
		switch {
		case l.lost.Load() != nil:
			l.log.Error("another host has taken over: this one ends", "err", &TakenError{*l.lost.Load()})
			return
		case ctx.Err() != nil:
			return
		case err == nil:
			n = 0
			continue
		}
		if n++; barred(err) {
			l.log.Error("claim on the account cannot be written again: another host would take over. Let Bellhop's account edit its messages, in Administration, Message", "attempt", n, "err", err)
			continue
		}
		l.log.Warn("claim on the account is not written again: it is tried again", "attempt", n, "err", err)
	}
}

// once is one beat.
func (l *lease) once(ctx context.Context) error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	other, err := l.confirm(ctx)
	if err != nil || other != nil || l.last.Run == "" { // then it has just been written
		l.lost.Store(other)
		return err
	}
	return l.claims.write(ctx, l.last, l.me)
}

// release lets the next host begin at once.
func (l *lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	now, err := l.claims.read(ctx)
	if err == nil && now.Run == l.me.Run {
		l.me.Ended = true
		err = l.claims.write(ctx, now, l.me)
	}
	if err != nil && !errors.Is(err, rest.ErrUnauthorized) {
		l.log.Warn("account is not let go: the next host begins when the claim is old enough", "err", err)
	}
}

// fenced says why nothing may be carried out now; "" means that it may. After a
// silence in which another host may have taken over it asks first.
func (b *Bridge) fenced(ctx context.Context) string {
	l := b.lease.Load()
	if l == nil {
		return ""
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err().Error()
	}
	if by := l.lost.Load(); by != nil {
		return (&TakenError{*by}).Error()
	}
	if time.Since(*l.sure.Load()) < l.grace() {
		return ""
	}
	other, err := l.confirm(ctx)
	switch {
	case err != nil && !barred(err):
		return fmt.Sprintf("it is not sure that the account is still ours: %v", err)
	case other != nil:
		return (&TakenError{*other}).Error() // the next beat ends this host
	}
	return ""
}

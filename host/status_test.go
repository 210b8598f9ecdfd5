package host

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// meddler is a clock that does something when it is next looked at.
type meddler struct {
	realClock
	then atomic.Pointer[func()]
}

func (c *meddler) Now() time.Time {
	if f := c.then.Swap(nil); f != nil {
		(*f)()
	}
	return c.realClock.Now()
}

// TestQuietLooksAgainWhenSomethingMovedMeanwhile: what moves while it looks may be over
// by then, with nobody to say so once more.
func TestQuietLooksAgainWhenSomethingMovedMeanwhile(t *testing.T) {
	prepared(t, map[string]plugin{"echo": echo}, func(w *world) {
		clock := &meddler{}
		w.opts.Clock = clock
		w.start()
		synctest.Wait()
		moves := func() { w.host.moves.Add(1) }
		clock.then.Store(&moves)
		w.quiet()
		if clock.then.Load() != nil {
			t.Error("nothing moved while it looked")
		}
	})
}

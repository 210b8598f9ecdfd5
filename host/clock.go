package host

import "time"

// Clock tells the time. The nil Clock of Options is the real one; players of
// conversations bring their own.
type Clock interface {
	Now() time.Time
	// After sends once when d has passed.
	After(d time.Duration) <-chan time.Time
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// backOff is how long to wait after the n-th failure in a row, n >= 1: first,
// then twice as long each time, at most max.
func backOff(n int, first, max time.Duration) time.Duration {
	d := first
	for ; n > 1 && d < max; n-- {
		d *= 2
	}
	return min(d, max)
}

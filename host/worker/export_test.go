package worker

import "time"

// LookMoreOften makes the meter look after so long for so much idle work, and
// gives what undoes it.
func LookMoreOften(span, idle time.Duration) (undo func()) {
	s, i := meterSpan, idleWork
	meterSpan, idleWork = span, idle
	return func() { meterSpan, idleWork = s, i }
}

package rest

import (
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// readAttempts is how often a read is made at most.
const readAttempts = 4

// retrying repeats reads that failed and may succeed. What the server's rate
// limiter refused is repeated too, and then waits for its turn; what we refused
// for it is not.
func retrying(pause time.Duration) failsafe.Executor[answer] {
	return failsafe.With(retrypolicy.NewBuilder[answer]().
		HandleIf(func(_ answer, err error) bool {
			return limited(err) || Temporary(err) && !errors.Is(err, ErrRateLimited)
		}).
		WithMaxAttempts(readAttempts).
		WithBackoff(pause, 8*pause).
		WithJitterFactor(0.25).
		ReturnLastFailure().
		Build())
}

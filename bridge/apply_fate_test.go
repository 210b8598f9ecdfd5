package bridge

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// fates are what can become of a request.
var fates = []deed{
	http.RoundTripper.RoundTrip, http.RoundTripper.RoundTrip, http.RoundTripper.RoundTrip,
	loseRequest, loseAnswer, stumble, page, limited(time.Millisecond),
	func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		loseAnswer(next, r)
		return page(next, r)
	},
}

// TestWhateverFateItHappensOnce lets any of the first 24 requests meet any
// fate, and the process die between any two attempts, until the effect ends.
func TestWhateverFateItHappensOnce(t *testing.T) {
	const seeds = 12
	for seed := range uint64(seeds) {
		eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
			chance := rand.New(rand.NewPCG(seed, 1))
			for range 24 {
				d.wire.on("", fates[chance.IntN(len(fates))])
			}
			o := sdk.Outcome{}
			for e.Attempt = 0; o.State == "" && e.Attempt < 30; e.Attempt++ {
				if chance.IntN(3) == 0 {
					d.bridge = d.bridgeAs("bot")
				}
				o = d.apply(e)
			}
			if o.State != sdk.Done || o.Unchanged {
				d.t.Errorf("seed %d: outcome of attempt %d is %+v", seed, e.Attempt, o)
			}
			happened(1)
		})
	}
}

package bridge

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
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

// TestTagOfAPersonSurvivesAnyFate: she sets it before some request, while the
// others meet any fate.
func TestTagOfAPersonSurvivesAnyFate(t *testing.T) {
	const seeds = 24
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			chat := d.served("Sales")
			d.alice.setTags(chat, "vip")
			d.listening()
			chance := rand.New(rand.NewPCG(seed, 2))
			met, at := false, chance.IntN(6)
			for n := range 12 {
				d.wire.on("", fates[chance.IntN(len(fates))])
				if n == at {
					d.wire.on("", first(func() { met = true; taggings["in a fresh form"](d, chat) }))
				}
			}
			e, o := d.tag(chat, "billing"), sdk.Outcome{}
			for ; o.State == "" && e.Attempt < 30; e.Attempt++ {
				o = d.apply(e)
			}
			for _, tag := range []string{"vip", "urgent", "billing"} {
				if got := d.tagsOf(chat); met && !strings.Contains(got, tag) {
					t.Errorf("after %d attempts the chat has the tags %q, without %s", e.Attempt, got, tag)
				}
			}
		})
	}
}

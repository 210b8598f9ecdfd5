package host

import (
	"fmt"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// TestRateOfAGrantHoldsOverARestart: so many effects of the kind within the span,
// whatever the host does meanwhile; what was refused does not count.
func TestRateOfAGrantHoldsOverARestart(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.set("does", func(i *Instance) {
			i.Grants.Rates = map[sdk.EffectKind]Rate{sdk.EffectReply: {Max: 2, Span: time.Hour}}
		})
		w.start()
		chat := 0
		says := func(text string) {
			chat++
			w.ws.say(sdk.ChatID(fmt.Sprint("c", chat)), text)
			w.quiet()
		}
		const refused = "refused rate: 2 reply in 1h0m0s are granted, and so many were asked for"
		says("r")
		says("r")
		says("r")
		says("g")
		w.ended("does c1 reply 0: done", "does c2 reply 0: done", "does c3 reply 0: "+refused, "does c4 tag tag0: done")
		w.restart()
		says("r")
		time.Sleep(time.Hour)
		says("r")
		w.ended("does c1 reply 0: done", "does c2 reply 0: done", "does c3 reply 0: "+refused, "does c4 tag tag0: done",
			"does c5 reply 0: "+refused, "does c6 reply 0: done")
	})
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
)

const noticeAgain = 10 * time.Second // when the workspace could not be asked

// notice looks at the workspace once, as doctor does, as soon as it can be asked:
// what an instance that is on can't do without, somebody must mend.
func notice(ctx context.Context, b *bridge.Bridge, data string, log *slog.Logger) {
	for {
		all := b.Examine(ctx, uses(data))
		if ctx.Err() != nil {
			return
		}
		if loggedIn(all) {
			mention(all, log)
			return
		}
		if pause(ctx, noticeAgain) != nil {
			return
		}
	}
}

// mention says what is missing, and how much is doubtful.
func mention(all []bridge.Finding, log *slog.Logger) {
	for _, f := range all {
		if f.Verdict == bridge.Missing {
			log.Error("workspace lacks "+f.What, "err", fmt.Sprintf("%s: without it stops: %s; needed by: %s; do: %s", f.Is, f.Stops, f.Who, f.Do))
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(all), func(f bridge.Finding) bool { return f.Verdict != bridge.Doubtful })); n > 0 {
		log.Info("some things at the workspace are doubtful: bellhop doctor says which, and what to do", "things", n)
	}
}

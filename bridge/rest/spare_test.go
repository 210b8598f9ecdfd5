package rest

import (
	"net/http"
	"testing"
	"time"
)

// TestWhatCanWaitLeavesHalfOfTheWindowToOthers, and takes all it wants where the
// server has no limit.
func TestWhatCanWaitLeavesHalfOfTheWindowToOthers(t *testing.T) {
	k, open := call{verb: http.MethodGet, path: "livechat/visitors.info"}, time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		allowance
		want int
	}{
		"no limit":             {allowance{}, 50},
		"a new window":         {allowance{most: 10}, 5},
		"an untouched window":  {allowance{most: 10, left: 10, until: open}, 5},
		"a window half used":   {allowance{most: 10, left: 5, until: open}, 0},
		"a window used up":     {allowance{most: 10, until: open}, 0},
		"a wait that was told": {allowance{until: open}, 0},
		"a limit of many":      {allowance{most: 600, left: 590, until: open}, 50},
	} {
		var l limits
		*l.of(k) = c.allowance
		if got := l.spare(k, 50); got != c.want {
			t.Errorf("%s: %d calls may be made, want %d", name, got, c.want)
		}
	}
}

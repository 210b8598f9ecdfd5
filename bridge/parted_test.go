package bridge

import (
	"path/filepath"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestLostConnectionIsSaidOnce, however often there is none to be had after it,
// and before the next comparison is complete: timers wait from one to the other.
func TestLostConnectionIsSaidOnce(t *testing.T) {
	f := openFloor(t, lobby.Options{StateFile: filepath.Join(t.TempDir(), "state")})
	j := newJournal(t)
	o := f.options()
	j.run(o)
	j.compared()
	parted := func(times int) func() bool { return func() bool { return j.partings == times } }
	f.restart(func() { j.wait("the end of the connection", parted(1)) })
	j.compared()
	if j.wait("one end", parted(1)); j.seens < 2 {
		t.Errorf("%d comparisons", j.seens)
	}
	j.comparedAnew(f)
	j.wait("another end", parted(2))
}

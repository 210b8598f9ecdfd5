package host

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fillDisk makes every write of this process fail, until the function that is
// returned is called.
func fillDisk(t testing.TB) (free func()) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	// The go command has a test write down what it looks at, in a file whose
	// writes must not fail. This has all be written that has gathered.
	os.Getenv(strings.Repeat("-", 8<<10))
	full := was
	full.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPauseThatTheStoreRefusesLastsAllTheSame(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger, "other": tagger}, func(w *world) {
		time.Sleep(time.Second) // what is lazy is on disk
		free := fillDisk(t)
		if err := w.host.PauseAll("for a test"); err == nil || !strings.Contains(err.Error(), "restart") {
			w.t.Errorf("pause of all on a full disk: %v", err)
		}
		if err := w.host.Pause("tag", "for another"); err == nil {
			w.t.Error("pause of one on a full disk is no error")
		}
		free()
		w.ws.say("c", "x") // is refused, and so the host learns of it
		time.Sleep(2 * time.Minute)
		w.did()
		w.restart()
		w.ok(w.host.ResumeAll())
		w.did("c tag x")
		w.stands("tag", Paused, "for another")
	})
}

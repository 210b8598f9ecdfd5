package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestBackupUnderLoadIsRestoredWithoutALostOrDoubledEffect: what was decided
// and done after the backup is decided again, and its trace is found.
func TestBackupUnderLoadIsRestoredWithoutALostOrDoubledEffect(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger}, func(w *world) {
		var want []string
		say := func(chat, text string) {
			w.ws.say(sdk.ChatID(chat), text)
			want = append(want, chat+" tag "+text)
		}
		w.ws.away(true)
		say("waits", "w") // in the outbox when the backup is made, done afterwards
		w.ws.drained()
		for n := range 20 {
			say("before", string(rune('a'+n)))
		}
		backup := filepath.Join(t.TempDir(), "copy.db")
		time.Sleep(time.Second)
		w.ok(w.store.Backup(backup))
		w.ws.away(false)
		say("after", "x")
		w.did(want...)
		w.end()

		w.dir = filepath.Dir(backup)
		w.ok(os.Rename(backup, w.path()))
		db, err := store.Open(w.path())
		w.ok(err)
		w.ok(db.Restored("restored from a backup", time.Now()))
		w.ok(db.Close())
		w.ws.answers(nil)
		w.start()
		time.Sleep(clocksDiffer)
		w.stands("tag", Paused, "restored from a backup")
		tries := len(w.ws.tried())
		say("later", "y") // waits for the pause to end
		w.quiet()
		if n := len(w.ws.tried()); n != tries {
			t.Errorf("%d effects were tried while all pause", n-tries)
		}
		w.ok(w.host.ResumeAll())
		w.did(want...)
		for _, e := range w.ws.tried()[tries:] {
			if (e.Attempt == 0) != (e.Chat == "later") {
				t.Errorf("%s was tried with %d attempts before", e.Key, e.Attempt)
			}
		}
	})
}

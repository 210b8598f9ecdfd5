package host

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// rested is what is told to the store while no host runs.
func (w *world) rested(tell func(*Rested)) {
	w.t.Helper()
	w.end()
	db, err := store.Open(w.path())
	w.ok(err)
	tell(&Rested{Store: db})
	w.ok(db.Close())
	w.start()
}

func TestPauseWhileNoHostRunsHoldsTheNext(t *testing.T) {
	for name, tell := range map[string]func(*Rested) error{
		"one": func(r *Rested) error { return r.Pause("tag", "for a test") },
		"all": func(r *Rested) error { return r.PauseAll("for a test") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, map[string]plugin{"tag": tagger}, func(w *world) {
				w.ws.away(true)
				w.ws.say("a", "x")
				w.ws.drained()
				time.Sleep(time.Second)
				w.rested(func(r *Rested) { w.ok(tell(r)) })
				w.ws.away(false)
				w.ws.say("b", "y")
				w.did()
				w.rested(func(r *Rested) { w.ok(r.ResumeAll()) })
				w.did("a tag x", "b tag y")
			})
		})
	}
}

func TestWhatIsDroppedWhileNoHostRunsIsNotDone(t *testing.T) {
	play(t, map[string]plugin{"tag": tagger}, func(w *world) {
		w.ws.away(true)
		w.ws.say("a", "x")
		w.ws.drained()
		time.Sleep(time.Second)
		w.ok(w.host.Pause("tag", "for a test"))
		w.ws.say("b", "y")
		w.ws.drained()
		w.rested(func(r *Rested) {
			all, err := r.Overview()
			w.ok(err)
			if i := all.Instances[0]; all.Running || i.State != Paused || i.Why != "for a test" || all.Outbox != 1 {
				w.t.Errorf("overview %+v", all)
			}
			d, err := r.DropWaiting(context.Background(), "tag", "ana")
			w.ok(err)
			if d.Effects != 1 || d.Events != 1 {
				w.t.Errorf("dropped %+v", d)
			}
			w.ok(r.Resume("tag"))
			if _, err := r.DropWaiting(context.Background(), "tag", "ana"); err == nil || !strings.Contains(err.Error(), "pause it first") {
				w.t.Errorf("drop of one that does not pause: %v", err)
			}
		})
		w.ws.away(false)
		w.ended("tag a tag x: refused dropped by ana")
		w.ws.say("c", "z")
		w.did("c tag z")
	})
}

func TestDeadLetterThatIsRetriedWhileNoHostRunsIsHandled(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	mended := onMessage(func(c *sdk.Chat, m sdk.Message) error {
		if broken.Load() {
			return errors.New("broken")
		}
		c.Tag([]string{m.Text})
		return nil
	})
	play(t, map[string]plugin{"tag": mended}, func(w *world) {
		w.ws.say("a", "x")
		w.quiet()
		w.rested(func(r *Rested) {
			letters, err := r.Store.Letters()
			w.ok(err)
			if len(letters) != 1 {
				w.t.Fatalf("%d dead letters", len(letters))
			}
			w.ok(r.Retry(context.Background(), "tag", letters[0].Entry.Event.ID))
			broken.Store(false)
		})
		w.did("a tag x")
	})
}

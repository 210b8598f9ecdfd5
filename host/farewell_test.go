package host

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Switching on and off: an instance hears of each once.

// porter counts how often it was switched on and off, and writes into the chat
// "a" that it goes.
func porter(seen *notes) plugin {
	return func(p *sdk.Plugin) error {
		p.OnEnable(func() error {
			seen.add("enabled %d", p.State().Add("enabled", 1))
			return nil
		})
		p.OnDisable(func() error {
			c, err := p.Chat("a")
			if err != nil {
				return err
			}
			c.Reply(fmt.Sprintf("bye %d", p.State().Add("disabled", 1)))
			seen.add("disabled")
			return nil
		})
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			seen.add("%s", m.Text)
			if strings.Contains(m.Text, "reply") {
				c.Reply("yes")
			}
			return nil
		})
		return nil
	}
}

// turn reloads the world's instances, one of them in another mode.
func (w *world) turn(name string, mode Mode) {
	w.t.Helper()
	w.set(name, func(i *Instance) { i.Mode = mode })
	w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
}

func TestInstanceHearsOnceThatItIsSwitchedOnAndOff(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"porter": porter(&seen)}, func(w *world) {
		w.ws.say("a", "one")
		w.quiet()
		w.restart()
		w.quiet()
		w.same("seen", seen.list(), []string{"enabled 1", "one"})
		w.turn("porter", Off)
		w.did("a reply bye 1")
		w.ws.say("a", "two")
		w.restart()
		w.quiet()
		w.turn("porter", On)
		w.ws.say("a", "three")
		w.quiet()
		delete(w.opts.Instances, "porter")
		w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
		w.did("a reply bye 1", "a reply bye 2")
		w.same("seen", seen.list(), []string{"enabled 1", "one", "disabled", "enabled 2", "three", "disabled"})
	})
}

func TestInstanceHearsAgainThatItBeginsWhenItsDecisionsCount(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"porter": porter(&seen)}, func(w *world) {
		w.set("porter", func(i *Instance) { i.Mode = Shadow })
		w.start()
		w.ws.say("a", "one")
		w.quiet()
		w.turn("porter", On)
		w.quiet()
		w.turn("porter", Shadow) // it goes on, and is not told
		w.quiet()
		w.same("seen", seen.list(), []string{"enabled 1", "one", "enabled 2"})
		w.turn("porter", Off)
		w.ended("porter a reply bye 1: refused mode is shadow")
	})
}

func TestInstanceSeesNothingBeforeItHasBegun(t *testing.T) {
	var seen, others notes
	slow := func(p *sdk.Plugin) error {
		p.OnEnable(func() error {
			seen.add("begins")
			if len(seen.list()) < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error { seen.add("%s", m.Text); return nil })
		return nil
	}
	play(t, map[string]plugin{"slow": slow, "other": listener(&others)}, func(w *world) {
		w.ws.say("a", "hello")
		w.ws.drained()
		w.until(func() bool { return len(others.list()) == 1 && len(seen.list()) > 0 }) // which of the two comes first is chance
		w.same("seen while it begins", seen.list()[:1], []string{"begins"})
		w.quiet()
		w.same("seen", seen.list(), []string{"begins", "begins", "begins", "hello"})
	})
}

func TestInstanceThatCannotBeginGoesOnAfterFiveAttempts(t *testing.T) {
	var seen notes
	bad := func(p *sdk.Plugin) error {
		p.OnEnable(func() error { return errors.New("no") })
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error { seen.add("%s", m.Text); return nil })
		return nil
	}
	play(t, map[string]plugin{"bad": bad}, func(w *world) {
		w.ws.say("a", "hello")
		w.quiet()
		w.same("seen", seen.list(), []string{"hello"})
		if dead := must(w.host.Letters()); len(dead) != 1 || dead[0].Entry.Event.Kind != sdk.EventEnabled {
			t.Errorf("dead letters: %+v", dead)
		}
	})
}

func TestWhatWaitsIsDroppedWhenAnInstanceIsSwitchedOff(t *testing.T) {
	var seen notes
	prepared(t, map[string]plugin{"porter": porter(&seen)}, func(w *world) {
		var byes atomic.Int32
		w.ws.instead(func(e bridge.Effect) *sdk.Outcome {
			o := bridge.Later("the server is busy")
			switch {
			case e.Text == "yes" && byes.Load() == 0, e.Text == "bye 1" && byes.Add(1) < 3:
				return &o
			}
			return nil // from now on it could be done
		})
		w.start()
		w.ws.say("b", "reply")
		w.ws.say("a", "one")
		w.ws.drained()
		time.Sleep(time.Second)
		w.turn("porter", Off)
		w.did("a reply bye 1")
		w.ended("porter b reply yes: refused the instance is being switched off", "porter a reply bye 1: done")
	})
}

func TestInstanceThatPausesIsNotToldThatItIsSwitchedOff(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"porter": porter(&seen)}, func(w *world) {
		w.ws.say("a", "one")
		w.quiet()
		w.ok(w.host.Pause("porter", "too loud"))
		w.turn("porter", Off)
		w.did()
		w.same("seen", seen.list(), []string{"enabled 1", "one"})
	})
}

func TestInstanceThatWasSwitchedOffWhileNoHostRanHearsOfItAndOfNothingElse(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"porter": porter(&seen)}, func(w *world) {
		w.ws.say("a", "one")
		w.quiet()
		w.end()
		w.ws.say("a", "two")
		w.set("porter", func(i *Instance) { i.Mode = Off })
		w.start()
		w.did("a reply bye 1")
		w.stands("porter", Stopped, "")
		w.restart()
		w.did("a reply bye 1")
		w.same("seen", seen.list(), []string{"enabled 1", "one", "disabled"})
		w.turn("porter", On)
		w.quiet()
		w.same("seen", seen.list(), []string{"enabled 1", "one", "disabled", "enabled 2"})
	})
}

// A host that is killed while it switches an instance on or off tells it so once.
func TestKilledHostTellsOnceOfSwitchingOnAndOff(t *testing.T) {
	stages := map[string]int{}
	for moment := 1; ; moment++ {
		stage, end := partingKilledAt(t, moment)
		if stage == "" {
			break
		}
		stages[stage]++
		if want := "bye 1\ndisabled 1, enabled 1, now off"; end != want {
			t.Errorf("killed at moment %d, %s:\n%s\nwant:\n%s", moment, stage, end, want)
		}
	}
	if len(stages) < 2 {
		t.Errorf("killed only at %v", stages)
	}
}

func partingKilledAt(t *testing.T, moment int) (stage, end string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]plugin{"porter": porter(&notes{})})
		w.ws.say("a", "one")
		k := &killer{w: w, at: moment, dir: t.TempDir()}
		w.opened = k.watch
		w.start()
		w.quiet()
		if k.next(1) {
			w.turn("porter", Off)
		}
		end = w.counted()
		w.end()
		if stage = k.stage; stage == "" {
			return
		}
		after := newWorld(t, w.plugins)
		after.ws, after.dir = k.ws, k.dir
		if k.from == 0 {
			after.start()
			after.quiet()
			after.turn("porter", Off)
		} else {
			after.set("porter", func(i *Instance) { i.Mode = Off })
			after.start()
			after.until(func() bool { return must(after.store.Instances())["porter"].Mode == string(Off) })
		}
		end = after.counted()
		after.end()
	})
	return stage, end
}

// until waits for what something beside does.
func (w *world) until(holds func() bool) {
	for range 100 {
		if holds() {
			return
		}
		time.Sleep(time.Second)
	}
	w.t.Error("it did not come to be")
}

// counted is how often the porter was told what.
func (w *world) counted() string {
	w.quiet()
	state := must(w.store.State("porter", ""))
	var said []string
	for _, line := range w.ws.did() {
		said = append(said, strings.TrimPrefix(line, "a reply "))
	}
	return fmt.Sprintf("%s\ndisabled %s, enabled %s, now %s", strings.Join(said, "\n"), state["disabled"], state["enabled"], must(w.store.Instances())["porter"].Mode)
}

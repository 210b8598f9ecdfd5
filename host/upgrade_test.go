package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Upgrades: what an instance remembers belongs to one version at a time.

// counting counts messages under a name of its own, and tells each in the chat.
func counting(name string, more func(*sdk.Plugin)) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			c.State().Add("here", 1)
			c.Reply(fmt.Sprintf("%s %d", name, p.State().Add(name, 1)))
			return nil
		})
		if more != nil {
			more(p)
		}
		return nil
	}
}

// renames has version 2 take over what version 1 has counted.
func renames(p *sdk.Plugin) {
	p.Migrate("1*", func() error {
		p.Log("renaming")
		p.State().Set("second", p.State().Get("first"))
		p.State().Delete("first")
		return nil
	})
}

var counters = map[string]plugin{
	"counter": counting("first", nil),
	"second":  counting("second", renames),
	"broken":  counting("second", func(p *sdk.Plugin) { p.Migrate("1*", func() error { return errors.New("what is that?") }) }),
	"greedy": counting("second", func(p *sdk.Plugin) {
		p.Migrate("1*", func() error { _, err := p.Classify("x", []string{"y"}, 1); return err })
	}),
	"mute": func(*sdk.Plugin) error { return errors.New("no") },
}

// countersPlay is a world in which only the counter runs.
func countersPlay(t *testing.T, test func(*world)) {
	t.Helper()
	countersPrepared(t, func(w *world) {
		w.start()
		test(w)
	})
}

// countersPrepared is countersPlay for a test that starts the host itself.
func countersPrepared(t *testing.T, test func(*world)) {
	t.Helper()
	prepared(t, counters, func(w *world) {
		w.opts.Instances = map[string]Instance{"counter": w.opts.Instances["counter"]}
		w.opts.Former = func(_, version string) (map[string][]byte, error) { return versions[version], nil }
		test(w)
	})
}

// versions are the sources of the counter's: see world.worker.
var versions = map[string]map[string][]byte{
	"1": nil, "2": {"as": []byte("second")}, "2-broken": {"as": []byte("broken")}, "2-greedy": {"as": []byte("greedy")}, "2-mute": {"as": []byte("mute")},
}

// to is the counter in another version.
func (w *world) to(version string) map[string]Instance {
	i := w.opts.Instances["counter"]
	i.Version, i.Sources = version, versions[version]
	w.opts.Instances = map[string]Instance{"counter": i}
	return w.opts.Instances
}

func (w *world) remembers(want string) {
	w.t.Helper()
	if got := fmt.Sprint(must(w.store.State("counter", ""))); got != want {
		w.t.Errorf("it remembers %s, want %s", got, want)
	}
}

func TestUpgradeTakesOverWhatTheFormerVersionRemembers(t *testing.T) {
	countersPlay(t, func(w *world) {
		w.ws.say("c", "one")
		w.quiet()
		w.ok(w.host.Reload(w.t.Context(), w.to("2")))
		w.remembers("map[second:1]")
		w.ws.say("c", "two")
		w.quiet()
		w.restart()
		w.ws.say("c", "three")
		w.did("c reply first 1", "c reply second 2", "c reply second 3")
		w.logged("renaming")
	})
}

func TestUpgradeThatFailsLeavesTheFormerVersionRunning(t *testing.T) {
	for version, why := range map[string]string{
		"2-broken": "migrate state from 1: what is that?",
		"2-greedy": "migrate state from 1: it asks for classify: Migrate may only change p.State()",
		"2-mute":   "no",
	} {
		for _, way := range []string{"running", "resting"} {
			t.Run(way+" "+version, func(t *testing.T) {
				countersPlay(t, func(w *world) {
					w.ws.say("c", "one")
					w.quiet()
					if way == "running" {
						if err := w.host.Reload(w.t.Context(), w.to(version)); err == nil || !strings.Contains(err.Error(), why) {
							t.Errorf("reload: %v", err)
						}
					} else {
						w.end()
						w.to(version)
						w.start()
					}
					w.ws.say("c", "two")
					w.did("c reply first 1", "c reply first 2")
					s := w.host.Status()[0]
					if s.Version != "1" || s.Unfit == nil || s.Unfit.Version != version || !strings.Contains(s.Unfit.Why, why) {
						t.Errorf("status: %+v, %+v", s, s.Unfit)
					}
					w.ok(w.host.Reload(w.t.Context(), w.to("2")))
					w.ws.say("c", "three")
					w.did("c reply first 1", "c reply first 2", "c reply second 3")
					if s := w.host.Status()[0]; s.Unfit != nil || s.Version != "2" {
						t.Errorf("status: %+v", s)
					}
				})
			})
		}
	}
}

func TestInstanceWhoseFormerVersionIsGoneWaitsForAnotherThatFits(t *testing.T) {
	countersPlay(t, func(w *world) {
		w.ws.say("c", "one")
		w.quiet()
		w.end()
		w.opts.Former = nil
		w.to("2-broken")
		w.start()
		w.ws.say("c", "two")
		w.did("c reply first 1")
		if s := w.host.Status()[0]; s.State != Stopped || s.Unfit == nil || !strings.Contains(s.Unfit.Why, "nobody knows version 1 any more") {
			t.Errorf("status: %+v, %+v", s, s.Unfit)
		}
		w.ok(w.host.Reload(w.t.Context(), w.to("2")))
		w.did("c reply first 1", "c reply second 2") // what came meanwhile is not lost
	})
}

func TestInstanceThatIsOffIsUpgradedWhenItIsSwitchedOn(t *testing.T) {
	countersPlay(t, func(w *world) {
		w.ws.say("c", "one")
		w.quiet()
		w.turn("counter", Off)
		w.ok(w.host.Reload(w.t.Context(), w.to("2")))
		w.restart()
		w.quiet()
		w.remembers("map[first:1]")
		w.turn("counter", On)
		w.remembers("map[second:1]")
	})
}

// A worker that lies about an upgrade changes nothing.
func TestUpgradeMayOnlyChangeTheState(t *testing.T) {
	for why, lie := range map[string]func(*sdk.Reply){
		"effects or timers":     func(r *sdk.Reply) { r.Effects = []sdk.Effect{{Kind: sdk.EffectReply, Text: "x"}} },
		"the state of a chat":   func(r *sdk.Reply) { r.Writes = []sdk.Write{{Scope: sdk.ScopeChat, Key: "k"}} },
		"migrate state from 1:": func(r *sdk.Reply) { r.Timers = []sdk.Timer{{Name: "n", Due: time.Now()}} },
	} {
		countersPrepared(t, func(w *world) {
			w.twists["counter"] = func(d worker.Deliver, done *worker.Done) error {
				if d.Call.Event.Kind == sdk.EventUpgraded {
					lie(&done.Reply)
				}
				return nil
			}
			w.start()
			w.quiet()
			if err := w.host.Reload(w.t.Context(), w.to("2")); err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("reload: %v", err)
			}
		})
	}
}

func TestRollbackBringsBackCodeSettingsAndState(t *testing.T) {
	for _, way := range []string{"running", "resting"} {
		t.Run(way, func(t *testing.T) {
			countersPlay(t, func(w *world) {
				w.ws.say("c", "one")
				w.quiet()
				w.to("2")
				w.set("counter", func(i *Instance) { i.Settings, i.Grants.Tags = []byte(`{"n":2}`), []string{"new"} })
				after := w.opts.Instances
				w.ok(w.host.Reload(w.t.Context(), after))
				w.ws.say("c", "two")
				w.ws.say("d", "three")
				w.quiet()
				if way == "running" {
					w.ok(w.host.Rollback(w.t.Context(), "counter"))
					w.ok(w.host.Reload(w.t.Context(), after)) // its file says so still
				} else {
					if err := w.stop(); err != nil {
						t.Error(err)
					}
					w.ok((&Rested{Store: w.store}).Rollback(w.t.Context(), "counter"))
					w.ok(w.store.Close())
				}
				back := must(instanceOf(w.setup("counter")))
				if back.Version != "1" || back.Settings != nil || back.Grants.Tags != nil || back.Mode != On {
					t.Errorf("it is %+v", back)
				}
				w.to("1")
				w.opts.Instances["counter"] = back
				if way == "running" {
					w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
				} else {
					w.start()
				}
				w.remembers("map[first:1]")
				if here := must(w.store.State("counter", "d")); len(here) != 0 {
					t.Errorf("of chat d it remembers %v", here)
				}
				w.ws.say("c", "four")
				w.did("c reply first 1", "c reply first 2", "c reply second 2", "d reply second 3")
				if err := w.host.Rollback(w.t.Context(), "counter"); err == nil || !strings.Contains(err.Error(), "no version to go back to") {
					t.Errorf("rolled back again: %v", err)
				}
				w.ok(w.host.Reload(w.t.Context(), after)) // and upgraded again
				w.remembers("map[second:2]")
			})
		})
	}
}

// setup is what the store knows of the instance, of a store that may be closed.
func (w *world) setup(name string) store.Setup {
	db, err := store.Open(w.path())
	var locked *store.LockedError
	if errors.As(err, &locked) {
		return must(w.store.Instances())[name]
	}
	w.ok(err)
	defer db.Close()
	return must(db.Instances())[name]
}

func TestRollbackToAVersionThatIsGoneChangesNothing(t *testing.T) {
	gone := false
	countersPrepared(t, func(w *world) {
		w.opts.Former = func(_, version string) (map[string][]byte, error) {
			if gone {
				version = "2-broken"
			}
			return versions[version], nil
		}
		w.start()
		w.ws.say("c", "one")
		w.quiet()
		w.ok(w.host.Reload(w.t.Context(), w.to("2")))
		gone = true
		if err := w.host.Rollback(w.t.Context(), "counter"); err == nil || !strings.Contains(err.Error(), "its files have changed: nothing is changed") {
			t.Errorf("rolled back: %v", err)
		}
		w.ws.say("c", "two")
		w.did("c reply first 1", "c reply second 2")
	})
}

// A host that is killed while it upgrades an instance changes its state once.
func TestKilledHostUpgradesOnce(t *testing.T) {
	kills := 0
	for moment := 1; ; moment++ {
		stage, remembers := upgradeKilledAt(t, moment)
		if stage == "" {
			break
		}
		kills++
		if remembers != "map[second:2]" {
			t.Errorf("killed at moment %d, %s: it remembers %s", moment, stage, remembers)
		}
	}
	if kills < 5 {
		t.Errorf("%d kills", kills)
	}
}

func upgradeKilledAt(t *testing.T, moment int) (stage, remembers string) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, counters)
		w.to("1")
		w.start()
		w.ws.once("c", "1", "one")
		w.quiet()
		k := &killer{w: w, at: moment, dir: t.TempDir()}
		k.watch()
		w.ok(w.host.Reload(t.Context(), w.to("2")))
		w.ws.once("c", "2", "two")
		w.quiet()
		w.end()
		remembers = fmt.Sprint(len(w.ws.did()))
		if stage = k.stage; stage == "" {
			return
		}
		after := newWorld(t, counters)
		after.ws, after.dir, after.opts = k.ws, k.dir, w.opts
		after.start()
		after.ws.once("c", "2", "two")
		after.quiet()
		remembers = fmt.Sprint(must(after.store.State("counter", "")))
		after.end()
	})
	return stage, remembers
}

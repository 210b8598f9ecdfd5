package host

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Schedules: each time comes once, and those that were missed come as one.

// crier notes when its schedules come.
func crier(seen *notes, expressions ...string) plugin {
	return func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error { return nil })
		for _, e := range expressions {
			p.Every(e, func() error {
				late := ""
				if p.Late() {
					late = " late"
				}
				seen.add("%s at %s%s, %d", e, p.Now().UTC().Format("2 15:04"), late, p.State().Add(e, 1))
				return nil
			})
		}
		return nil
	}
}

// A bubble's time begins at midnight UTC of 1 January 2000, a Saturday.

func TestScheduleComesAtItsTimesInItsZone(t *testing.T) {
	var seen notes
	all := []string{"0 8 * * *", "CRON_TZ=Asia/Kolkata 0 8 * * mon-fri"}
	prepared(t, map[string]plugin{"crier": crier(&seen, all...)}, func(w *world) {
		w.set("crier", func(i *Instance) { i.Zone = "Europe/Berlin" })
		w.start()
		w.quiet()
		time.Sleep(2*24*time.Hour + 12*time.Hour)
		w.quiet()
		w.same("seen", seen.list(), []string{
			"0 8 * * * at 1 07:00, 1", "0 8 * * * at 2 07:00, 2",
			"CRON_TZ=Asia/Kolkata 0 8 * * mon-fri at 3 02:30, 1", "0 8 * * * at 3 07:00, 3",
		})
	})
}

func TestTimesThatWereMissedComeAsOne(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"crier": crier(&seen, "@hourly")}, func(w *world) {
		w.quiet()
		time.Sleep(90 * time.Minute)
		w.quiet()
		w.end()
		time.Sleep(5 * time.Hour)
		w.start()
		w.quiet()
		w.restart()
		w.quiet()
		time.Sleep(time.Hour)
		w.quiet()
		w.same("seen", seen.list(), []string{"@hourly at 1 01:00, 1", "@hourly at 1 06:30 late, 2", "@hourly at 1 07:00, 3"})
	})
}

func TestTimesDoNotPileUpWhileAnInstancePauses(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"crier": crier(&seen, "@hourly"), "other": crier(&seen, "0 */4 * * *")}, func(w *world) {
		w.quiet()
		w.ok(w.host.Pause("crier", "quiet please"))
		time.Sleep(5*time.Hour + 30*time.Minute)
		w.same("seen", seen.list(), []string{"0 */4 * * * at 1 04:00, 1"})
		w.ok(w.host.Resume("crier"))
		time.Sleep(time.Hour)
		w.quiet()
		got := seen.list()
		if len(got) != 3 || !strings.HasPrefix(got[1], "@hourly at 1 05:3") || !strings.HasSuffix(got[1], " late, 1") || got[2] != "@hourly at 1 06:00, 2" {
			t.Errorf("seen: %q", got)
		}
	})
}

func TestScheduleOfAnInstanceThatIsOffDoesNotCome(t *testing.T) {
	var seen notes
	play(t, map[string]plugin{"crier": crier(&seen, "@hourly")}, func(w *world) {
		w.quiet()
		w.turn("crier", Off)
		time.Sleep(3 * time.Hour)
		w.restart()
		time.Sleep(3 * time.Hour)
		w.quiet()
		before := w.store.End()
		w.turn("crier", On)
		time.Sleep(90 * time.Minute)
		w.quiet()
		w.same("seen", seen.list(), []string{"@hourly at 1 07:00, 1"})
		if n := w.store.End() - before; n != 3 { // it changed, it began, it was told the time
			t.Errorf("%d entries", n)
		}
	})
}

func TestScheduleFollowsThePluginAndTheZone(t *testing.T) {
	var seen notes
	plugins := map[string]plugin{"crier": crier(&seen, "0 8 * * *", "0 9 * * *"), "second": crier(&seen, "0 9 * * *", "0 10 * * *")}
	play(t, plugins, func(w *world) {
		w.quiet()
		w.opts.Instances = maps.Clone(w.opts.Instances) // the host has the former
		w.set("crier", func(i *Instance) {
			i.Sources, i.Version, i.Zone = map[string][]byte{"as": []byte("second")}, "2", "Europe/Berlin"
		})
		w.opts.Instances = map[string]Instance{"crier": w.opts.Instances["crier"]}
		w.ok(w.host.Reload(w.t.Context(), w.opts.Instances))
		time.Sleep(12 * time.Hour)
		w.quiet()
		w.same("seen", seen.list(), []string{"0 9 * * * at 1 08:00, 1", "0 10 * * * at 1 09:00, 1"})
		if at, there := w.host.NextTime("crier", "0 10 * * *"); !there || at.UTC().Format("2 15:04") != "2 09:00" {
			t.Errorf("next is %v, %t", at, there)
		}
		if _, there := w.host.NextTime("crier", "0 8 * * *"); there {
			t.Error("the former version's schedule is still there")
		}
	})
}

func TestCronExpressionThatNobodyUnderstandsIsToldBeforeThePluginRuns(t *testing.T) {
	for expression, want := range map[string]string{
		"every day":                 `p.Every("every day"): cron "every day"`,
		"CRON_TZ=Nowhere 0 8 * * *": `p.Every("CRON_TZ=Nowhere 0 8 * * *")`,
	} {
		play(t, map[string]plugin{"crier": crier(&notes{}, expression)}, func(w *world) {
			w.quiet()
			w.stands("crier", Aside, want)
		})
	}
}

func TestFailedScheduleIsTriedAgainAndHoldsNoOther(t *testing.T) {
	var seen notes
	bad := func(p *sdk.Plugin) error {
		p.Every("0 1 * * *", func() error {
			seen.add("tried")
			if len(seen.list()) < 4 {
				return fmt.Errorf("not yet")
			}
			return nil
		})
		p.Every("1 1 * * *", func() error { seen.add("other"); return nil })
		return nil
	}
	play(t, map[string]plugin{"bad": bad}, func(w *world) {
		w.quiet()
		time.Sleep(2 * time.Hour)
		w.quiet()
		w.same("seen", seen.list(), []string{"tried", "tried", "tried", "tried", "other"})
	})
}

// A worker can't make a schedule out of a timer.
func TestWorkerCannotSetATimerOfNoChat(t *testing.T) {
	prepared(t, map[string]plugin{"crier": crier(&notes{}, "@hourly")}, func(w *world) {
		w.twists["crier"] = func(_ worker.Deliver, done *worker.Done) error {
			done.Reply.Timers = append(done.Reply.Timers, sdk.Timer{Name: "@hourly", Due: time.Now().Add(time.Minute)})
			return nil
		}
		w.start()
		w.quiet()
		time.Sleep(70 * time.Minute)
		w.quiet()
		if at, _ := w.host.NextTime("crier", "@hourly"); at.Minute() != 0 {
			t.Errorf("next is %v", at)
		}
	})
}

func TestRightsOfACommandThatThereIsNotAreAFault(t *testing.T) {
	desk := func(p *sdk.Plugin) error {
		p.OnCommand("chats", "lists them", func(*sdk.Command) error { return nil })
		return nil
	}
	prepared(t, map[string]plugin{"desk": desk}, func(w *world) {
		w.set("desk", func(i *Instance) { i.Commands = map[string][]string{"chat": {"admin"}, "*": {"admin"}} })
		w.start()
		w.quiet()
		w.stands("desk", Aside, "commands.chat: the plugin has no such command: it has chats")
	})
}

func TestInstanceIsShownOnlyTheEventsOfItsManifest(t *testing.T) {
	var seen notes
	all := func(p *sdk.Plugin) error {
		p.OnEnable(func() error { seen.add("enabled"); return nil })
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			seen.add("%s", m.Text)
			c.SetTimer("soon", time.Second)
			return nil
		})
		p.OnTimer("soon", func(*sdk.Chat) error { seen.add("timer"); return nil })
		p.OnClosed(func(*sdk.Chat) error { seen.add("closed"); return nil })
		return nil
	}
	prepared(t, map[string]plugin{"all": all}, func(w *world) {
		w.set("all", func(i *Instance) { i.Events = []sdk.EventKind{sdk.EventMessage} })
		w.start()
		w.ws.say("c", "hello")
		w.quiet()
		time.Sleep(time.Minute)
		w.ws.leave("c")
		w.quiet()
		w.same("seen", seen.list(), []string{"enabled", "hello", "timer"})
	})
}

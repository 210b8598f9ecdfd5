package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// order is a direct message of somebody to Bellhop's account. Without roles it
// is an agent's.
func (w *workspace) order(who, text string, roles ...string) sdk.EventID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if roles == nil {
		roles = []string{"livechat-agent"}
	}
	w.n++
	c := sdk.ParseCommand(text)
	c.By, c.Roles, c.At = sdk.Person{ID: "id-" + who, Username: who, Name: who}, roles, time.Now()
	c.Message = sdk.MessageID(fmt.Sprintf("order-%d", w.n))
	return w.happen(sdk.Event{ID: bridge.CommandID(c.Message), Kind: sdk.EventCommand, Command: &c})
}

// echo answers a command with what it got.
func echo(p *sdk.Plugin) error {
	p.OnCommand("echo", "TEXT: says it again", func(c *sdk.Command) error {
		c.Answer(c.By.Name + " says " + c.Args)
		return nil
	})
	return nil
}

// told is what people were told, and by what: "id-alice: text".
func (w *world) told() []string {
	w.t.Helper()
	w.quiet()
	w.ws.mu.Lock()
	defer w.ws.mu.Unlock()
	var all []string
	for _, e := range w.ws.applied {
		if e.Kind == sdk.EffectAnswer {
			all = append(all, e.Agent.ID+": "+e.Text)
		}
	}
	return all
}

func TestCommandIsAnsweredByTheInstanceThatKnowsIt(t *testing.T) {
	play(t, map[string]plugin{"parrot": echo, "other": forwarder}, func(w *world) {
		w.ws.order("alice", "Echo two words")
		w.same("told", w.told(), []string{"id-alice: alice says two words"})
		if why := w.why(""); len(why) != 1 || why[0].Decision.Instance != "parrot" || why[0].Entry.Event.Command.Name != "echo" {
			t.Errorf("why: %+v", why)
		}
		w.restart() // and the workspace tells all of it again
		w.same("told after a restart", w.told(), []string{"id-alice: alice says two words"})
	})
}

func TestUnknownCommandIsAnsweredOnceAndNamesHelp(t *testing.T) {
	play(t, map[string]plugin{"parrot": echo}, func(w *world) {
		w.ws.order("alice", "thanks!")
		want := []string{"id-alice: I know no command `thanks!`. Write `help` to see what I can do for you."}
		w.same("told", w.told(), want)
		w.restart()
		w.same("told after a restart", w.told(), want)
		why := w.why("")
		if len(why) != 1 || why[0].Decision.Instance != store.Self || why[0].Entry.Event.Command == nil || why[0].Effects[0].Outcome.State != sdk.Done {
			t.Errorf("why: %+v", why)
		}
	})
}

func TestHelpListsWhatThePersonMayUse(t *testing.T) {
	prepared(t, map[string]plugin{"parrot": echo, "boss": func(p *sdk.Plugin) error {
		p.OnCommand("audit", "lists all", func(c *sdk.Command) error { c.Answer("audited"); return nil })
		p.OnCommand("echo", "TEXT: louder", func(c *sdk.Command) error { c.Answer("LOUD"); return nil })
		return nil
	}}, func(w *world) {
		w.set("boss", func(i *Instance) {
			i.Commands = map[string][]string{"*": {"livechat-manager", "@carol"}, "echo": {"livechat-agent"}}
		})
		w.start()
		w.ws.order("alice", "help")
		w.ws.order("carol", "HELP audit", "livechat-agent")
		w.ws.order("dave", "help", "livechat-manager")
		w.ws.order("eve", "help", "user")
		w.ws.order("eve", "echo x", "user")
		w.ws.order("alice", "audit")
		w.ws.order("alice", "echo x")
		w.ws.order("alice", "boss/echo x")
		told, want := w.told(), []string{
			"id-alice: You can tell me:\n`boss/echo` TEXT: louder\n`parrot/echo` TEXT: says it again",
			"id-carol: `audit` lists all",
			"id-dave: You can tell me:\n`audit` lists all\n`echo` TEXT: says it again\n`stop` alone: ends at once all that I do, until somebody resumes it",
			"id-eve: There is no command that you may use.",
			"id-eve: I take commands from livechat agents, managers and admins only.",
			"id-alice: I know no command `audit`. Write `help` to see what I can do for you.",
			"id-alice: Several know `echo`: write `boss/echo` or `parrot/echo`.",
			"id-alice: LOUD",
		}
		slices.Sort(told) // different people's answers do not wait for each other
		slices.Sort(want)
		w.same("told", told, want)
	})
}

// helper answers "help" with what it is told of.
func helper(p *sdk.Plugin) error {
	p.OnCommand("help", "lists all", func(c *sdk.Command) error {
		var names []string
		for _, h := range c.May {
			names = append(names, h.Name+"="+h.Help)
		}
		c.Answer(strings.Join(names, ", "))
		return nil
	})
	return echo(p)
}

func TestHelpIsAnsweredByThePluginThatOffersTo(t *testing.T) {
	prepared(t, map[string]plugin{"parrot": echo, "desk": helper}, func(w *world) {
		w.set("parrot", func(i *Instance) { i.Commands = map[string][]string{"*": {"livechat-manager"}} })
		w.start()
		w.ws.order("alice", "help")
		w.ws.order("dave", "help", "livechat-manager")
		w.ws.order("eve", "help", "user")
		told := w.told()
		slices.Sort(told)
		w.same("told", told, []string{
			"id-alice: echo=TEXT: says it again",
			"id-dave: desk/echo=TEXT: says it again, parrot/echo=TEXT: says it again",
			"id-eve: There is no command that you may use.",
		})
	})
}

// TestUnknownCommandIsHelpOnIt, as long as it is no robot that goes on writing.
func TestUnknownCommandIsHelpOnIt(t *testing.T) {
	play(t, map[string]plugin{"desk": func(p *sdk.Plugin) error {
		p.OnCommand("help", "lists all", func(c *sdk.Command) error { c.Answer("help on " + c.Args); return nil })
		return nil
	}}, func(w *world) {
		w.ws.order("alice", "dance with me")
		w.ws.order("eve", "dance", "user")
		told := w.told()
		slices.Sort(told)
		w.same("told", told, []string{"id-alice: help on dance", "id-eve: I take commands from livechat agents, managers and admins only."})
		for range 3 * maxOwn {
			w.ws.order("robot", "I do not understand you")
		}
		if got := w.told(); len(got) != maxOwn+2 {
			t.Errorf("%d answers", len(got))
		}
	})
}

func TestHelpThatTwoPluginsOfferIsTheHosts(t *testing.T) {
	prepared(t, map[string]plugin{"desk": helper, "other": helper}, func(w *world) {
		w.set("other", func(i *Instance) { i.Commands = map[string][]string{"echo": {"@nobody"}} })
		w.start()
		w.ws.order("alice", "help")
		w.same("told", w.told(), []string{"id-alice: You can tell me:\n`echo` TEXT: says it again"})
	})
}

func TestCommandThatNothingComesOfIsAnsweredByTheHost(t *testing.T) {
	prepared(t, map[string]plugin{"parrot": echo}, func(w *world) {
		w.set("parrot", func(i *Instance) { i.Mode = Shadow })
		w.start()
		w.ws.order("alice", "echo x")
		w.same("told", w.told(), []string{"id-alice: parrot is in mode shadow: it only records what it would do, so nothing comes of `echo`."})
		if why := w.why(""); len(why) != 2 || why[1].Decision.Instance != "parrot" || why[1].Effects[0].Outcome.Reason != "mode is shadow: only recorded" {
			t.Errorf("the instance did not decide: %+v", why)
		}
		if err := w.host.PauseAll("too many"); err != nil {
			t.Fatal(err)
		}
		w.ws.order("alice", "echo y")
		if got := w.told(); len(got) != 2 || !strings.Contains(got[1], "`echo` does nothing now, because parrot pauses: all instances are paused: too many") {
			t.Errorf("told: %q", got)
		}
	})
}

func TestCommandIsOnDiskBeforeItIsAnswered(t *testing.T) {
	play(t, map[string]plugin{"parrot": echo}, func(w *world) {
		w.ws.away(true)
		id := w.ws.order("alice", "what")
		w.ws.order("alice", "echo x")
		w.ws.drained()
		saved := w.saved() // as a kill would leave it
		defer saved.Close()
		if e, err := saved.EntryOf(id); err != nil || e == nil {
			t.Fatalf("entry: %v, %v", e, err)
		}
		if p, err := saved.Outbox(); err != nil || len(p) < 1 || p[0].Effects[0].Effect.Agent.ID != "id-alice" {
			t.Errorf("outbox: %+v, %v", p, err)
		}
		w.ws.away(false)
		w.quiet()
	})
}

func TestRobotsThatAnswerEachOtherStop(t *testing.T) {
	play(t, map[string]plugin{"parrot": echo}, func(w *world) {
		for range 3 * maxOwn {
			w.ws.order("robot", "I do not understand you")
		}
		w.ws.order("alice", "and I?")
		if got := w.told(); len(got) != maxOwn+1 {
			t.Errorf("%d answers", len(got))
		}
		time.Sleep(2 * time.Minute)
		w.ws.order("robot", "hello?")
		if got := w.told(); len(got) != maxOwn+2 {
			t.Errorf("%d answers in the end", len(got))
		}
	})
}

func TestOneSlowCommandHoldsUpNobodyElsesCommand(t *testing.T) {
	var heard notes
	play(t, map[string]plugin{"parrot": func(p *sdk.Plugin) error {
		p.OnCommand("try", "fails for alice", func(c *sdk.Command) error {
			heard.add("%s %s", c.By.Name, c.Args)
			if c.By.Name == "alice" {
				return errors.New("not for her")
			}
			c.Answer("done")
			return nil
		})
		return nil
	}}, func(w *world) {
		w.ws.order("alice", "try 1")
		w.ws.order("alice", "try 2")
		w.ws.order("bob", "try 3")
		w.same("told", w.told(), []string{"id-bob: done"})
		if got := heard.list(); got[0] != "alice 1" || got[1] != "bob 3" || len(got) != 11 {
			t.Errorf("heard %q", got)
		}
	})
}

func TestOnlyACommandCanBeAnswered(t *testing.T) {
	prepared(t, map[string]plugin{"shop": idle}, func(w *world) {
		w.twists["shop"] = func(_ worker.Deliver, done *worker.Done) error {
			done.Reply = sdk.Reply{Effects: []sdk.Effect{{Kind: sdk.EffectAnswer, Text: "psst"}}}
			return nil
		}
		w.start()
		w.hook("shop", "go", "")
		w.ended("shop answer psst: refused only a command can be answered")
	})
}

func TestNoInstanceMayBeCalledAsTheHostCallsItself(t *testing.T) {
	err := Instance{}.check(store.Self)
	if err == nil || !strings.Contains(err.Error(), "give it another name") {
		t.Errorf("error is %v", err)
	}
}

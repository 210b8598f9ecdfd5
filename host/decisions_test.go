package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/host/worker"
	"github.com/bellhop-chat/bellhop/sdk"
)

// The contract's point 4: decisions.

// busy asks, remembers, sets a timer and says why.
var busy plugin = func(p *sdk.Plugin) error {
	p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
		c.Forward(sdk.Department("Billing"), sdk.Because("busy"))
		c.Tag([]string{"billing"})
		c.SendTranscript(sdk.Delivery{Mail: []string{"maya@example.com"}})
		c.State().Set("text", m.Text)
		p.State().Add("n", 1)
		c.SetTimer("later", time.Hour)
		p.Log("saw %s", m.Text)
		if strings.Contains(m.Text, "fail") {
			return errors.New("cannot")
		}
		return nil
	})
	p.OnTimer("later", func(*sdk.Chat) error { return nil })
	return nil
}

// kept is what of a decision of busy on the chat c is in the store: its
// decision, parcel, both states and the timer, one letter each.
func kept(t testing.TB, db *store.DB) string {
	t.Helper()
	why, err := db.Why("c")
	state, err2 := db.State("busy", "c")
	own, err3 := db.State("busy", "")
	timers, err4 := db.Timers()
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	all := ""
	for letter, there := range map[string]bool{
		"d": len(why) > 0 && why[0].Decision.Error == "", "e": len(why) > 0 && len(why[0].Effects) == 3,
		"s": len(state) > 0, "o": len(own) > 0, "t": len(timers) > 0,
	} {
		if there {
			all += letter
		}
	}
	return all
}

func TestEffectsStateTimersAndReasonsCommitTogetherOrNotAtAll(t *testing.T) {
	play(t, map[string]plugin{"busy": busy}, func(w *world) {
		seen := map[int]int{}
		w.store.Watch(func(store.Flush) {
			disk := w.saved()
			defer disk.Close()
			seen[len(kept(t, disk))]++
		})
		w.ws.say("c", "hello")
		w.quiet()
		w.store.Flush().Wait()
		if len(seen) != 1 || seen[5] == 0 {
			t.Errorf("commits by how many of five parts they hold: %v", seen)
		}
	})
}

func TestFailingHandlerLeavesNothing(t *testing.T) {
	play(t, map[string]plugin{"busy": busy}, func(w *world) {
		w.ws.say("c", "fail")
		w.did()
		if got := kept(t, w.store); got != "" {
			t.Errorf("kept: %s", got)
		}
	})
}

func TestRefusedEffectDoesNotRejectTheDecision(t *testing.T) {
	granted := []sdk.EffectKind{sdk.EffectTag, sdk.EffectTranscript}
	prepared(t, map[string]plugin{"busy": busy}, func(w *world) {
		w.set("busy", func(i *Instance) { i.Grants = Grants{Effects: granted} })
		w.start()
		w.ws.say("c", "hello")
		w.ended(
			"busy c forward Billing: refused not granted: add forward to the effects",
			"busy c tag billing: skipped an earlier effect",
			"busy c transcript: refused transcripts are not configured", // but it was tried: its lane is its own
		)
		if got := kept(t, w.store); len(got) != 5 {
			t.Errorf("kept only %s", got)
		}
	})
}

func TestGrantsBoundWhereEffectsGo(t *testing.T) {
	wide := Grants{Effects: sdk.EffectKinds, Departments: []string{"Billing"}, Tags: []string{"billing"}, Fields: []string{"tier"}, Mail: []string{"@example.com", "boss@example.org"}}
	to := func(address string) sdk.Effect {
		return sdk.Effect{Kind: sdk.EffectTranscript, Delivery: &sdk.Delivery{Mail: []string{address}}}
	}
	for _, c := range []struct {
		effect sdk.Effect
		want   string
	}{
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Billing")}, ""},
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Sales")}, "Sales is none of the departments"},
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Agent("alice")}, "@alice is named without a department, and it may forward to some alone: name one of departments"},
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Target{Department: "Billing", Agent: "alice"}}, ""},
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Target{Department: "Sales", Agent: "alice"}}, "Sales @alice is none of the departments"},
		{sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Billing"), Fallback: []sdk.Target{sdk.Department("Sales")}}, "Sales is none"},
		{sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"billing"}}, ""},
		{sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"billing", "vip"}}, `"vip" is none of the tags`},
		{sdk.Effect{Kind: sdk.EffectField, Field: "tier"}, ""},
		{sdk.Effect{Kind: sdk.EffectField, Field: "crm"}, `"crm" is none of the fields`},
		{to("Maya@Example.com"), ""},
		{to("boss@example.org"), ""},
		{to("maya@example.org"), "none of the addresses"},
		{to("maya@evil.example.com@elsewhere.org"), "none of the addresses"},
		{to("@example.com.elsewhere.org"), "none of the addresses"},
	} {
		if got := wide.refuse(c.effect); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.effect, got, c.want)
		}
	}
}

func TestMalformedResultRejectsTheWhole(t *testing.T) {
	long := strings.Repeat("x", sdk.MaxText+1)
	ask := func(e sdk.Effect) func(*sdk.Reply) {
		return func(r *sdk.Reply) { r.Effects = append(r.Effects, e) }
	}
	for want, spoil := range map[string]func(*sdk.Reply){
		"no such kind of effect": ask(sdk.Effect{Kind: "explode"}),
		"pdf: no such kind":      ask(sdk.Effect{Kind: bridge.EffectPDF}),
		"text is too long":       ask(sdk.Effect{Kind: sdk.EffectReply, Text: long}),
		"text is not UTF-8":      ask(sdk.Effect{Kind: sdk.EffectReply, Text: "\xff"}),
		"without a text":         ask(sdk.Effect{Kind: sdk.EffectReply, Text: " "}),
		"without a target":       ask(sdk.Effect{Kind: sdk.EffectForward}),
		"without tags":           ask(sdk.Effect{Kind: sdk.EffectTag}),
		"empty tag":              ask(sdk.Effect{Kind: sdk.EffectTag, Tags: []string{" "}}),
		"control characters":     ask(sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"a\x00b"}}),
		"without the name":       ask(sdk.Effect{Kind: sdk.EffectField, Value: "x"}),
		"without anything":       ask(sdk.Effect{Kind: sdk.EffectContact, Contact: &sdk.ContactEdit{}}),
		"without an agent":       ask(sdk.Effect{Kind: sdk.EffectStatus, Value: sdk.Available}),
		"without available or":   ask(sdk.Effect{Kind: sdk.EffectStatus, Target: sdk.Agent("carol"), Value: "busy"}),
		"without a way":          ask(sdk.Effect{Kind: sdk.EffectTranscript, Delivery: &sdk.Delivery{}}),
		"65 tags":                ask(sdk.Effect{Kind: sdk.EffectTag, Tags: strings.Split(strings.Repeat("x", 65), "")}),
		"33 effects":             func(r *sdk.Reply) { r.Effects = make([]sdk.Effect, 33) },
		"65 timers":              func(r *sdk.Reply) { r.Timers = make([]sdk.Timer, 65) },
		"too many lines":         func(r *sdk.Reply) { r.Skips = make([]string, maxLines+1) },
		"timer without a name":   func(r *sdk.Reply) { r.Timers = []sdk.Timer{{Due: time.Now().Add(time.Hour)}} },
		"is due in":              func(r *sdk.Reply) { r.Timers = []sdk.Timer{{Name: "a", Due: time.Now().Add(-time.Hour)}} },
		"state of":               func(r *sdk.Reply) { r.Writes = []sdk.Write{{Scope: "host", Key: "a"}} },
		"a wrong size":           func(r *sdk.Reply) { r.Writes = []sdk.Write{{Scope: sdk.ScopeChat, Key: "a", Value: long}} },
		"more than 256 names": func(r *sdk.Reply) {
			for n := range 257 {
				r.Writes = append(r.Writes, sdk.Write{Scope: sdk.ScopeInstance, Key: fmt.Sprint(n)})
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			prepared(t, map[string]plugin{"busy": busy}, func(w *world) {
				w.twists["busy"] = func(_ worker.Deliver, d *worker.Done) error { spoil(&d.Reply); return nil }
				w.start()
				w.ws.say("c", "hello")
				w.did()
				letters, err := w.host.Letters()
				if err != nil || len(letters) != 1 || letters[0].Attempts != 5 || !strings.Contains(letters[0].Error, want) {
					t.Errorf("dead letters: %+v (%v)", letters, err)
				}
				if got := kept(t, w.store); got != "" {
					t.Errorf("kept: %s", got)
				}
			})
		})
	}
}

// A worker that goes on after a result that was refused holds a state that
// nobody has: what it made of the events behind that one must not count.
func TestWorkerIsResetAfterARefusedResultAndGetsWhatFollowedAgain(t *testing.T) {
	var seen notes
	counter := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, m sdk.Message) error {
			seen.add("%s: %s is %d", c.ID, m.Text, p.State().Add("n", 1))
			c.Tag([]string{fmt.Sprint("n", p.State().Int("n"))})
			return nil
		})
		return nil
	}
	prepared(t, map[string]plugin{"count": counter}, func(w *world) {
		spoiled := false
		w.twists["count"] = func(d worker.Deliver, done *worker.Done) error {
			if d.Call.Event.Chat == "a" && !spoiled {
				spoiled = true
				done.Reply.Effects[0].Kind = "explode"
			}
			return nil
		}
		w.start()
		w.ws.silence(true)
		for _, chat := range []sdk.ChatID{"a", "b", "d"} {
			w.ws.say(chat, "hello")
		}
		w.ws.silence(false)
		w.did("b tag n1", "d tag n2", "a tag n3")
		if state, _ := w.store.State("count", ""); state["n"] != "3" {
			t.Errorf("state: %v", state)
		}
	})
}

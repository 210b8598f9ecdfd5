package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Undo: what an instance has done is taken back by effects like others.

// planned says what is to be done about each effect, the last first.
func planned(t testing.TB, plan []Undoing, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, u := range plan {
		how := u.Why
		if u.Back.Kind != "" {
			how = Report{Effect: u.Back}.What()
		}
		all = append(all, fmt.Sprintf("%s: %s", Report{Effect: u.Carried.Effect}.What(), how))
	}
	return all
}

// undo takes back what "does" has done in the last hour.
func (w *world) undo() []string {
	w.t.Helper()
	plan, err := w.host.Undo("does", time.Now().Add(-time.Hour), "ana")
	return planned(w.t, plan, err)
}

// fate is how each effect of the instance stands.
func (w *world) fate(instance string) []string {
	w.t.Helper()
	var all []string
	err := w.host.store.Outcomes(time.Time{}, func(c store.Carried) error {
		if c.Effect.Instance == instance {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s: %s %s", Report{Effect: c.Effect}.What(), c.Outcome.State, c.Outcome.Reason)))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestUndoTakesBackTagsAndForwards(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "rgf")
		w.quiet()
		w.same("plan", w.undo(), []string{"forward Billing: forward Sales", "tag tag1: untag tag1", "reply: it was read, or can have been"})
		w.did("c forward Billing", "c forward Sales", "c reply 0", "c tag tag1", "c untag tag1")
		w.same("effects", w.fate("does"), []string{
			"reply: done", `tag tag1: undone ana takes back "tag tag1" of does`, `forward Billing: undone ana takes back "forward Billing" of does`,
		})
		if c := w.ws.chats["c"]; c.Department != "Sales" || len(c.Tags) != 0 {
			t.Errorf("chat is in %s, with the tags %v", c.Department, c.Tags)
		}
	})
}

// TestUndoHappensOnce, also while the first still waits.
func TestUndoHappensOnce(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "g")
		w.quiet()
		w.ws.away(true)
		w.same("plan", w.undo(), []string{"tag tag0: untag tag0"})
		w.same("while it waits", w.undo(), nil)
		w.ws.away(false)
		w.quiet()
		w.same("afterwards", w.undo(), nil)
		w.did("c tag tag0", "c untag tag0")
	})
}

func TestAnsweredChatIsNotMovedBack(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "gf")
		w.quiet()
		w.ws.write("c", sdk.Message{From: sdk.Human, By: sdk.Person{Username: "bob"}, Text: "yes"})
		w.quiet()
		w.same("plan", w.undo(), []string{"forward Billing: @bob has answered since", "tag tag0: untag tag0"})
		w.did("c forward Billing", "c tag tag0", "c untag tag0")
	})
}

// TestChatThatAPersonMovedIsLeftThere, also when that happens after the plan.
func TestChatThatAPersonMovedIsLeftThere(t *testing.T) {
	moves := func(w *world) {
		time.Sleep(time.Second)
		w.ws.change("c", func(c *sdk.Chat) { c.Department, c.DepartmentID = "Support", "id-Support" })
		at := time.Now()
		w.ws.send(sdk.Event{ID: bridge.ForwardedID("c", at), Kind: sdk.EventForwarded, Chat: "c", At: at, Forwarding: &sdk.Forwarding{By: sdk.Person{Username: "bob"}, At: at}})
	}
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "f")
		w.quiet()
		moves(w)
		w.quiet()
		w.same("plan", w.undo(), []string{"forward Billing: @bob has forwarded it since"})
	})
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "f")
		w.quiet()
		w.ws.silence(true)
		moves(w)
		w.same("plan", w.undo(), []string{"forward Billing: forward Sales"})
		w.ws.silence(false)
		w.quiet()
		w.same("undo", w.fate(store.Self), []string{"forward Sales: overtaken another department"})
		w.same("effects", w.fate("does"), []string{"forward Billing: done"})
	})
}

func TestUndoLeavesWhatCannotBeTakenBack(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("a", "c")
		w.ws.say("b", "DE")
		w.quiet()
		got := w.undo()
		slices.Sort(got)
		w.same("plan", got, []string{"close: a chat that has ended can't be opened again", "contact: what was known before is not kept", "field tier \"0\": " + formerGone})
		if _, err := w.host.Undo("nobody", time.Now(), "ana"); err == nil || !strings.Contains(err.Error(), "there is no instance nobody") {
			t.Errorf("error is %v", err)
		}
	})
}

// TestFieldIsTakenBackOnlyWhileItIsThere: the workspace compares.
func TestFieldIsTakenBackOnlyWhileItIsThere(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.answers(func(e bridge.Effect, o sdk.Outcome) sdk.Outcome {
			o.Former = &sdk.Former{Value: "gold"}
			return o
		})
		w.ws.say("c", "DP")
		w.quiet()
		w.undo()
		w.quiet()
		for _, e := range w.ws.tried()[2:] {
			want := map[sdk.EffectKind]string{sdk.EffectField: "0", sdk.EffectPriority: "High"}[e.Kind]
			if e.Value != "gold" || e.Present == nil || *e.Present != want {
				t.Errorf("%s %q while %v, want gold while %q", e.Kind, e.Value, e.Present, want)
			}
		}
		if n := len(w.ws.tried()); n != 4 {
			t.Errorf("%d attempts", n)
		}
	})
}

// TestUndoIsNoAutomaticForward: the limits count what plugins do.
func TestUndoIsNoAutomaticForward(t *testing.T) {
	prepared(t, map[string]plugin{"does": does}, func(w *world) {
		w.opts.Limits = Limits{ForwardsIn10m: 2, ForwardsPerChat: 2}
		w.start()
		w.ws.say("c", "f")
		w.quiet()
		w.undo()
		w.quiet()
		w.ws.say("c", "f")
		w.did("c forward Billing", "c forward Billing", "c forward Sales")
	})
}

// TestUndoWithoutAHostIsDoneByTheNext.
func TestUndoWithoutAHostIsDoneByTheNext(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "gf")
		w.quiet()
		w.end()
		db, err := store.Open(w.path())
		if err != nil {
			t.Fatal(err)
		}
		rested := &Rested{Store: db}
		plan, err := rested.Undo("does", time.Now().Add(-time.Hour), "ana")
		w.same("plan", planned(t, plan, err), []string{"forward Billing: forward Sales", "tag tag0: untag tag0"})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.did("c forward Billing", "c forward Sales", "c tag tag0", "c untag tag0")
	})
}

// TestHoldIsTakenBackUnlessItHasEnded.
func TestHoldIsTakenBackUnlessItHasEnded(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("a", "H")
		w.ws.say("b", "H")
		w.quiet()
		time.Sleep(time.Second)
		w.ws.send(sdk.Event{ID: bridge.ResumedID("b", time.Now()), Kind: sdk.EventResumed, Chat: "b"})
		w.quiet()
		got := w.undo()
		slices.Sort(got)
		w.same("plan", got, []string{"hold: it has gone on since", "hold: resume"})
	})
}

// TestInstanceIsToldThatItsEffectWasTakenBack, as of each outcome.
func TestInstanceIsToldThatItsEffectWasTakenBack(t *testing.T) {
	var told notes
	tells := func(p *sdk.Plugin) error {
		p.OnMessage(func(c *sdk.Chat, _ sdk.Message) error {
			c.Tag([]string{"billing"})
			return nil
		})
		p.OnResult(func(_ *sdk.Chat, r sdk.Result) error {
			told.add("%s %s %s", r.Effect.Kind, r.Outcome.State, r.Outcome.Reason)
			return nil
		})
		return nil
	}
	play(t, map[string]plugin{"does": tells}, func(w *world) {
		w.ws.say("c", "hello")
		w.quiet()
		w.undo()
		w.quiet()
		w.same("told", told.list(), []string{"tag done ", `tag undone ana takes back "tag billing" of does`})
	})
}

func TestOneEffectIsTakenBackOnce(t *testing.T) {
	play(t, map[string]plugin{"does": does}, func(w *world) {
		w.ws.say("c", "rg")
		w.quiet()
		for _, d := range w.why("c") {
			for _, c := range d.Effects {
				if c.Effect.Kind != sdk.EffectTag {
					continue
				}
				u, err := w.host.TakeBack("c", c.Effect.Key, "@alice")
				if err != nil || u.Back.Kind != sdk.EffectUntag {
					t.Errorf("take back: %+v, %v", u, err)
				}
				w.quiet()
				u, err = w.host.TakeBack("c", c.Effect.Key, "@alice")
				if err != nil || u.Back.Kind != "" || u.Why != nothingToUndo {
					t.Errorf("take back again: %+v, %v", u, err)
				}
			}
		}
		u, err := w.host.TakeBack("c", "does/nothing/0", "@alice")
		if err != nil || u.Why != "nothing is known of it any more" {
			t.Errorf("take back what is not: %+v, %v", u, err)
		}
		if fate := strings.Join(w.fate("does"), "\n"); !strings.Contains(fate, `: undone @alice takes back "tag`) {
			t.Errorf("the effect is not marked:\n%s", fate)
		}
		if fate := w.fate(store.Self); len(fate) != 1 || !strings.HasPrefix(fate[0], "untag") {
			t.Errorf("the host did %q", fate)
		}
	})
}

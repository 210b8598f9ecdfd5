package bridge

import (
	"slices"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// What was there before goes into the outcome, so that it can be put back.

// TestForwardTellsWhereTheChatWas, also when its answer was lost: then the
// history tells the department.
func TestForwardTellsWhereTheChatWas(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		e := d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Support")})
		sales := d.department("Sales")
		if o := d.must(e, sdk.Done, ""); o.Former == nil || o.Former.Target != (sdk.Target{Department: sales, Agent: "alice"}) {
			d.t.Errorf("it was at %+v", o.Former)
		}
		e.Attempt = 1
		if o := d.must(e, sdk.Done, ""); o.Former == nil || o.Former.Target != (sdk.Target{Department: sales}) {
			d.t.Errorf("a repeat says that it was at %+v", o.Former)
		}
	})
}

func TestUntagTellsWhatItTookAway(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		d.alice.setTags(chat, "billing", "vip")
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectUntag, Tags: []string{"billing", "vip", "gold"}})
		e.OurTags = []string{"billing", "gold"}
		if o := d.must(e, sdk.Done, "took away billing"); o.Former == nil || !slices.Equal(o.Former.Tags, []string{"billing"}) {
			d.t.Errorf("taken away are %+v", o.Former)
		}
	})
}

// TestPriorityIsPutBackOnlyWhileItIsThere, whatever name it was given by.
func TestPriorityIsPutBackOnlyWhileItIsThere(t *testing.T) {
	paidRelease(t, func(d *desk) {
		chat := d.served("Sales")
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectPriority, Value: "HIGH"}), sdk.Done, "")
		back := d.effect(chat, sdk.Effect{Kind: sdk.EffectPriority, Value: ""})
		for present, want := range map[string]sdk.OutcomeState{"low": sdk.Overtaken, "": sdk.Overtaken} {
			back.Present = &present
			d.must(back, want, "somebody has made the priority")
		}
		there := "high"
		back.Present = &there
		d.must(back, sdk.Done, "")
		none := ""
		back.Value, back.Present = "low", &none
		d.must(back, sdk.Done, "")
	})
}

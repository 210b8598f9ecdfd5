package bridge

import (
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// eachRelease runs a test on each version that the lobby poses as.
func eachRelease(t *testing.T, opt lobby.Options, test func(d *desk)) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) {
			opt.As = as
			test(openDesk(t, opt))
		})
	}
}

func (d *desk) waits() sdk.ChatID {
	d.t.Helper()
	g := d.guest("maya", "Support")
	g.say("hello")
	return g.chat()
}

func TestChatIsHandedToTheAgentWhoIsNamed(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.waits()
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectTake, Target: sdk.Agent("@carol")})
		o := d.must(e, sdk.Done, "@carol serves it")
		room, err := d.bridge.rest.Room(t.Context(), string(chat))
		if err != nil || room.ServedBy == nil || room.ServedBy.Username != "carol" || o.Event != TakenID(chat, room.ServedBy.ID, room.ServedBy.TS.Time) {
			d.t.Errorf("room is served by %+v, %v, and the outcome names %s", room.ServedBy, err, o.Event)
		}
		if o := d.must(e, sdk.Done, "already"); !o.Unchanged {
			d.t.Errorf("the second outcome is %+v", o)
		}
	})
}

func TestTakingLeavesServedChatsAlone(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectTake}), sdk.Overtaken, "the chat is with @alice now")
		chat := d.waits()
		d.wire.on("inquiries.take", first(func() { d.alice.take(string(chat)) }))
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTake}), sdk.Overtaken, "the chat is with @alice now")
		d.count(0, "taken")
	})
}

func TestWhoCannotTakeIsNamed(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.waits()
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTake, Target: sdk.Agent("nemo")}), sdk.Refused, "there is no agent @nemo")
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTake, Target: sdk.Agent("dave")}), sdk.Refused, "@dave is no agent who is online and available")
		d.as("admin").call("DELETE", "livechat/users/agent/"+d.account("bot").ID, map[string]any{})
		d.must(d.effect(chat, sdk.Effect{Kind: sdk.EffectTake}), sdk.Refused, "make the account an agent in Omnichannel, Agents")
	})
}

// TestTakeCountsAlsoWhenItIsGoneAgain: the answer was lost, and somebody has
// forwarded the chat since.
func TestTakeCountsAlsoWhenItIsGoneAgain(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		e := d.effect(d.waits(), sdk.Effect{Kind: sdk.EffectTake})
		e.Assume = Assumption{Open: true, Moves: true, DepartmentID: d.department("Support")}
		d.wire.on("inquiries.take", loseRequest)
		d.must(e, "", "")
		e.Attempt = 1
		d.must(e, sdk.Done, "@bot serves it")
		d.as("bot").method("livechat:transfer", map[string]any{"roomId": string(e.Chat), "userId": d.account("carol").ID})
		d.must(e, sdk.Done, "@bot took it, and serves it no more")
		d.count(1, "taken")
	})
}

func TestReturnedChatMayBeTakenAgain(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		chat := d.served("Sales")
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectQueue})
		if o := d.must(e, sdk.Done, "it waits"); o.Event == "" || o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
		d.alice.take(string(chat))
		e.Attempt = 1
		d.must(e, sdk.Done, "@alice serves it since")
		d.count(1, "forwarded")
	})
}

func TestChatThatWaitsIsNotReturned(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		if o := d.must(d.effect(d.waits(), sdk.Effect{Kind: sdk.EffectQueue}), sdk.Done, "it waits already"); !o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
		d.count(0, "forwarded")
	})
}

func TestHoldNeedsAPaidEdition(t *testing.T) {
	eachRelease(t, lobby.Options{}, func(d *desk) {
		d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectHold}), sdk.Refused, "only Rocket.Chat 3.13 and newer with the paid omnichannel features")
		d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectPriority, Value: "High"}), sdk.Refused, "only Rocket.Chat 6 and newer with the paid omnichannel features")
	})
}

// paidRelease is eachRelease for those that can have the paid features.
func paidRelease(t *testing.T, test func(d *desk)) {
	for _, as := range lobby.Releases()[1:] {
		t.Run(as, func(t *testing.T) { test(openDesk(t, lobby.Options{As: as, Licensed: true})) })
	}
}

func TestHoldEndsWithTheGuestsMessageAndWasDone(t *testing.T) {
	paidRelease(t, func(d *desk) {
		g := d.guest("maya", "Sales")
		g.say("hello")
		d.alice.take(g.rid)
		e := d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectHold})
		d.must(e, sdk.Done, "it is on hold")
		d.must(d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectQueue}), sdk.Refused, "the chat is on hold")
		g.say("are you there?")
		e.Attempt = 1
		d.must(e, sdk.Done, "it was on hold, and has gone on since")
		d.count(1, "held")
		if o := d.must(d.effect(g.chat(), sdk.Effect{Kind: sdk.EffectResume}), sdk.Done, "it is not on hold"); !o.Unchanged {
			d.t.Errorf("outcome is %+v", o)
		}
	})
}

func TestHoldThatTheWorkspaceForbidsSaysWhatToDo(t *testing.T) {
	paidRelease(t, func(d *desk) {
		d.as("admin").post("settings/Livechat_allow_manual_on_hold_upon_agent_engagement_only", map[string]any{"value": true})
		d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: sdk.EffectHold}), sdk.Refused, "answer first")
		d.must(d.effect(d.waits(), sdk.Effect{Kind: sdk.EffectHold}), sdk.Refused, "")
		d.count(0, "held")
	})
}

// TestHoldEndsOnServersThatHaveOnlyTheMethod, as those of before 6.3, and is
// ended once.
func TestHoldEndsOnServersThatHaveOnlyTheMethod(t *testing.T) {
	for _, as := range []string{"7.7.3", "7.13"} {
		d := openDesk(t, lobby.Options{As: as, Licensed: true})
		chat := d.served("Sales")
		d.alice.post("livechat/room.onHold", map[string]any{"roomId": string(chat)})
		d.wire.on("room.resumeOnHold", answer(404, `{"success":false,"error":"API endpoint not found"}`))
		d.wire.on("method.call/livechat:resumeOnHold", loseAnswer)
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectResume})
		d.must(e, sdk.Done, "it has gone on")
		e.Attempt = 1
		d.must(e, sdk.Done, "it has gone on")
		d.count(1, "resumed")
	}
}

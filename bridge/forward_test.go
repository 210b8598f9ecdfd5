package bridge

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (d *desk) forward(chat sdk.ChatID, to sdk.Target, otherwise ...sdk.Target) Effect {
	d.t.Helper()
	return d.effect(chat, sdk.Effect{Kind: sdk.EffectForward, Target: to, Fallback: otherwise, Reason: "the guest said: my secret reason"})
}

func TestForwardGoesToDepartmentAgentOrBoth(t *testing.T) {
	for name, c := range map[string]struct {
		to                sdk.Target
		department, agent string
		says              string
	}{
		"department by name":     {sdk.Department("Support"), "Support", "", "to Support, where it waits"},
		"department in any case": {sdk.Department("sUPPORT"), "Support", "", "to Support"},
		"agent":                  {sdk.Agent("carol"), "Sales", "carol", "to @carol"},
		"agent with an @":        {sdk.Agent("@carol"), "Sales", "carol", "to @carol"},
		"agent of a department":  {sdk.Target{Department: "Sales", Agent: "carol"}, "Sales", "carol", "to @carol"},
		"agent of another":       {sdk.Target{Department: "Support", Agent: "carol"}, "Support", "carol", "to @carol in Support"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			chat := d.served("Sales")
			if o := d.must(d.forward(chat, c.to), sdk.Done, c.says); o.Unchanged {
				t.Error("it says that nothing was moved")
			}
			r := d.roomOf(chat)
			agent, _ := r["servedBy"].(map[string]any)
			if got, _ := agent["username"].(string); r["departmentId"] != d.department(c.department) || got != c.agent {
				t.Errorf("the chat is in %v with %q", r["departmentId"], got)
			}
		})
	}
}

// TestForwardToAnAgentOfAnotherDepartmentGoesOnAfterALostAnswer: whichever of the
// two steps it was that nobody answered, the chat ends with the agent, and each
// step is made once.
func TestForwardToAnAgentOfAnotherDepartmentGoesOnAfterALostAnswer(t *testing.T) {
	for step := 1; step <= 2; step++ {
		d := openDesk(t, lobby.Options{Online: []string{"alice", "carol"}})
		e := d.forward(d.served("Sales"), sdk.Target{Department: "Support", Agent: "carol"})
		calls := 0
		d.wire.on("room.forward", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			if calls++; calls == step {
				return loseAnswer(next, r)
			}
			return next.RoundTrip(r)
		})
		d.apply(e)
		e.Attempt = 1
		d.must(e, sdk.Done, "to @carol")
		d.count(2, "forwarded")
		if got, _ := d.roomOf(e.Chat)["servedBy"].(map[string]any); got["username"] != "carol" {
			t.Errorf("step %d: served by %v", step, got)
		}
	}
}

func TestForwardToAnAgentOfAnotherDepartmentWithAutomaticRouting(t *testing.T) {
	d := openDesk(t, lobby.Options{Routing: lobby.Auto, Online: []string{"alice", "carol"}})
	g := d.guest("maya", "Sales")
	d.must(d.forward(g.chat(), sdk.Target{Department: "Support", Agent: "carol"}), sdk.Done, "to @carol in Support")
	d.count(1, "forwarded")
}

// TestForwardToAnAgentOfADepartmentThatIsNotHis: servers refuse it, and the
// next target is tried.
func TestForwardToAnAgentOfADepartmentThatIsNotHis(t *testing.T) {
	d := openDesk(t, lobby.Options{Online: []string{"alice", "carol"}})
	d.must(d.forward(d.served("Sales"), sdk.Target{Department: "Empty", Agent: "carol"}, sdk.Department("Support")), sdk.Done, "to Support")
}

func TestForwardByIDOfTheDepartment(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	d.must(d.forward(d.served("Sales"), sdk.Department(d.department("Support"))), sdk.Done, "to Support")
}

func TestForwardWithAutomaticRouting(t *testing.T) {
	d := openDesk(t, lobby.Options{Routing: lobby.Auto, Online: []string{"carol"}})
	g := d.guest("maya", "Sales")
	d.must(d.forward(g.chat(), sdk.Department("Support")), sdk.Done, "to Support, @carol serves it")
	d.count(1, "forwarded")
}

// TestForwardWithAutomaticRoutingHappensOnce: nobody waits in a queue there, so
// only the history tells.
func TestForwardWithAutomaticRoutingHappensOnce(t *testing.T) {
	for name, fate := range map[string]deed{"answer lost": loseAnswer, "server stumbles": stumble, "proxy gives up": page} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, lobby.Options{Routing: lobby.Auto, Online: []string{"carol"}})
			e := d.forward(d.guest("maya", "Sales").chat(), sdk.Department("Support"))
			d.wire.on("room.forward", fate)
			d.apply(e)
			e.Attempt = 1
			d.must(e, sdk.Done, "to Support, @carol serves it")
			d.count(1, "forwarded")
		})
	}
}

func TestForwardToWhereTheChatIsMovesNothing(t *testing.T) {
	for name, to := range map[string]sdk.Target{
		"department": sdk.Department("Sales"), "agent": sdk.Agent("alice"), "both": {Department: "Sales", Agent: "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			e := d.forward(d.served("Sales"), to)
			if o := d.must(e, sdk.Done, "already at "+to.String()+": moved nothing"); !o.Unchanged {
				t.Error("it does not say that nothing was moved")
			}
			e.Attempt = 1
			if o := d.must(e, sdk.Done, ""); o.Unchanged {
				t.Error("nobody knows what an earlier attempt did")
			}
			d.count(0, "forwarded")
			if n := d.wire.sent("room.forward"); n != 0 {
				t.Errorf("the server was asked %d times", n)
			}
		})
	}
}

// TestPersonWhoMovedTheChatBackIsRespected: the history counts, and not where
// the chat is.
func TestPersonWhoMovedTheChatBackIsRespected(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.forward(chat, sdk.Department("Support"))
	e.Assume = Assumption{Open: true, DepartmentID: d.department("Sales"), AgentID: d.account("alice").ID, Moves: true}
	d.wire.on("room.forward", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		d.wire.gone(true)
		return loseAnswer(next, r)
	})
	d.must(e, "", "")
	d.wire.gone(false)
	carol := d.as("carol")
	carol.take(string(chat))
	carol.forward(string(chat), "Sales", "not ours")
	d.alice.take(string(chat))

	e.Attempt = 1
	d.must(e, sdk.Done, "to Support")
	d.count(1, "forwarded")
	if d.roomOf(chat)["departmentId"] != d.department("Sales") {
		t.Error("the chat was taken away from where a person put it")
	}
}

// TestOlderForwardIsNotTaken for the effect's own: it was before the event.
func TestOlderForwardIsNotTakenForThisOne(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.must(d.forward(chat, sdk.Department("Support")), sdk.Done, "")
	carol := d.as("carol")
	carol.take(string(chat))
	carol.forward(string(chat), "Sales", "")
	again := d.forward(chat, sdk.Department("Support"))
	again.EventAt = d.facts("forwarded")[0].TS.Add(time.Millisecond) // by the server's clock, as events are
	d.must(again, sdk.Done, "")
	d.count(2, "forwarded")
}

func TestNobodyOnlineLeadsToTheNextTarget(t *testing.T) {
	for name, c := range map[string]struct {
		to   sdk.Target
		says string
	}{
		"empty department":    {sdk.Department("Empty"), "nobody is online in Empty"},
		"agent who is away":   {sdk.Agent("dave"), "@dave is offline"},
		"unknown department":  {sdk.Department("Biling"), "there is no department Biling (there are Billing, Empty, Sales, Support)"},
		"unknown agent":       {sdk.Agent("nobody"), "there is no agent @nobody"},
		"somebody who serves": {sdk.Agent("admin"), "@admin is offline"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			chat := d.served("Sales")
			d.must(d.forward(chat, c.to, sdk.Agent("dave"), sdk.Department("Support")), sdk.Done, c.says)
			d.count(1, "forwarded")
			if d.roomOf(chat)["departmentId"] != d.department("Support") {
				t.Error("the chat did not go to the next target")
			}
		})
		t.Run(name+" and no other", func(t *testing.T) {
			d := openDesk(t, lobby.Options{})
			chat := d.served("Sales")
			d.must(d.forward(chat, c.to), sdk.Refused, c.says)
			d.count(0, "forwarded")
			if d.roomOf(chat)["servedBy"] == nil {
				t.Error("the chat was taken from its agent for nothing")
			}
		})
	}
}

func TestNextTargetWhereTheChatIsMovesNothing(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	o := d.must(d.forward(d.served("Sales"), sdk.Department("Empty"), sdk.Department("Sales")), sdk.Done, "already at Sales: moved nothing (nobody is online in Empty)")
	if !o.Unchanged {
		t.Error("it does not say that nothing was moved")
	}
}

// offline lets the look at who is online fail, so that the server has to find
// out by itself, which it does only after it has moved the chat.
func offline(d *desk) {
	d.wire.on("livechat/users/agent", answer(403, `{"success":false,"error":"unauthorized"}`))
}

// TestMoveBeforeTheErrorIsSeen: the server takes the chat from its agent,
// queues it where nobody is, and then fails.
func TestMoveBeforeTheErrorIsSeen(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "3.11"})
	chat := d.served("Sales")
	offline(d)
	d.must(d.forward(chat, sdk.Department("Empty")), sdk.Done, "nobody is online in Empty: the chat waits in its queue")
	d.count(1, "forwarded")

	d = openDesk(t, lobby.Options{As: "3.11"})
	chat = d.served("Sales")
	offline(d)
	d.must(d.forward(chat, sdk.Department("Empty"), sdk.Department("Support")), sdk.Done, "to Support, where it waits (nobody is online in Empty: the chat waits in its queue)")
	if d.roomOf(chat)["departmentId"] != d.department("Support") {
		t.Error("the chat stayed where nobody is")
	}
}

// TestOwnMoveIsNoReasonToSayUnchanged: the first target left the chat where the
// second wants it.
func TestOwnMoveIsNoReasonToSayUnchanged(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "3.11"})
	chat := d.served("Sales")
	offline(d)
	o := d.must(d.forward(chat, sdk.Department("Empty"), sdk.Department("Empty")), sdk.Done, "it is at Empty (nobody is online in Empty")
	if o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.count(1, "forwarded")
}

// TestStrandedForwardGoesOnAfterACrash: the process died between the first
// target, at which nobody is, and the next.
func TestStrandedForwardGoesOnAfterACrash(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.forward(chat, sdk.Department("Empty"), sdk.Department("Support"))
	e.Assume = Assumption{Open: true, DepartmentID: d.department("Sales"), AgentID: d.account("alice").ID, Moves: true}
	offline(d)
	d.wire.on("room.forward", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		d.wire.gone(true)
		return loseAnswer(next, r)
	})
	d.must(e, "", "")
	d.wire.gone(false)
	e.Attempt = 1
	d.must(e, sdk.Done, "to Support, where it waits (nobody is online in Empty)")
	if d.roomOf(chat)["departmentId"] != d.department("Support") {
		t.Error("the chat stayed where nobody is")
	}
	d.must(e, sdk.Done, "to Support")
	d.count(2, "forwarded")
}

// TestSuccessThatMovedNothingIsSeen: with automatic routing 3.11 says success
// when nobody can take the chat.
func TestSuccessThatMovedNothingIsSeen(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "3.11", Routing: lobby.Auto})
	g := d.guest("maya", "Sales")
	offline(d)
	d.must(d.forward(g.chat(), sdk.Department("Empty")), sdk.Refused, "nobody in Empty can take the chat")
	offline(d)
	d.must(d.forward(g.chat(), sdk.Department("Empty"), sdk.Department("Support")), sdk.Done, "to Support")
}

func TestChatThatCloses(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.wire.on("room.forward", first(func() { d.alice.close(string(chat), "bye") }))
	d.must(d.forward(chat, sdk.Department("Support")), sdk.Overtaken, "the chat is closed")
}

// TestReasonNeverReachesTheRoom: a forward's comment is shown to the guest's
// browser, so only the public text goes along.
func TestReasonNeverReachesTheRoom(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	e := d.forward(chat, sdk.Department("Support"))
	e.Rule, e.Public = "secret rule", "  One of my\x07 colleagues takes over. "
	d.must(e, sdk.Done, "")
	if got := d.facts("forwarded")[0].Text; got != "One of my colleagues takes over." {
		t.Errorf("the comment is %q", got)
	}
	history := d.as("bot").get("channels.history?count=100&roomId=" + string(chat))
	for _, m := range history["messages"].([]any) {
		if strings.Contains(strings.ToLower(textOf(m)), "secret") {
			t.Errorf("the guest can read %v", m)
		}
	}
}

// textOf is a message with all that is in it.
func textOf(m any) string {
	var parts []string
	switch m := m.(type) {
	case string:
		return m
	case map[string]any:
		for _, v := range m {
			parts = append(parts, textOf(v))
		}
	case []any:
		for _, v := range m {
			parts = append(parts, textOf(v))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

func TestOwnAccountIsNobodyToForwardTo(t *testing.T) {
	d := openDesk(t, lobby.Options{Departments: map[string][]string{"Robots": {"bot"}}})
	chat := d.served("Sales")
	d.must(d.forward(chat, sdk.Department("Robots")), sdk.Refused, "nobody is online in Robots")
	d.must(d.forward(chat, sdk.Agent("bot")), sdk.Refused, "@bot is Bellhop's own account")
	d.count(0, "forwarded")
}

func TestDisabledDepartmentIsNamed(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.as("admin").call("PUT", "livechat/department/"+d.department("Support"), map[string]any{"department": map[string]any{
		"name": "Support", "enabled": false, "showOnRegistration": true, "showOnOfflineForm": true, "email": "s@example.com", "description": "",
	}})
	d.must(d.forward(chat, sdk.Department("Support")), sdk.Refused, "department Support is disabled")
}

// TestNobodyAtAnyTargetMovesNothing: the agent keeps the chat, and the reason
// names each target.
func TestNobodyAtAnyTargetMovesNothing(t *testing.T) {
	d := openDesk(t, lobby.Options{Departments: map[string][]string{"Sales": {"alice"}, "Night": {"dave"}, "Empty": {}}})
	chat := d.served("Sales")
	o := d.must(d.forward(chat, sdk.Department("Night"), sdk.Department("Empty"), sdk.Department("Gone"), sdk.Agent("dave")), sdk.Refused, "nobody is online in Night")
	for _, says := range []string{"nobody is online in Empty", "there is no department Gone", "@dave is offline"} {
		if !strings.Contains(o.Reason, says) {
			t.Errorf("reason %q does not say %q", o.Reason, says)
		}
	}
	d.count(0, "forwarded")
	if d.roomOf(chat)["servedBy"] == nil {
		t.Error("the chat was taken from its agent for nothing")
	}
}

// TestPersonWhoMovesTheChatThereFirst: the server refuses ours, so it was not
// us.
func TestPersonWhoMovesTheChatThereFirst(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.wire.on("room.forward", first(func() { d.alice.forward(string(chat), "Support", "") }))
	if o := d.must(d.forward(chat, sdk.Department("Support")), sdk.Done, "already at Support: moved nothing"); !o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
	d.count(0, "forwarded")
}

// TestWhoMovedItIsNotInvented: a person moves the chat, and what became of our
// request nobody knows.
func TestWhoMovedItIsNotInvented(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	d.wire.on("room.forward", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		d.alice.forward(string(chat), "Support", "")
		return loseRequest(next, r)
	})
	if o := d.must(d.forward(chat, sdk.Department("Support")), sdk.Done, "does not tell who moved it"); o.Unchanged {
		t.Errorf("outcome is %+v", o)
	}
}

func TestCommentThatIsRequiredIsAskedFor(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	const code = "error-comment-is-required"
	d.wire.on("room.forward", answer(400, `{"success":false,"error":"Comment is required [`+code+`]","errorType":"`+code+`"}`))
	d.must(d.forward(chat, sdk.Department("Support")), sdk.Refused, "or the forward a public text")
	d.wire.on("closeRoom", answer(200, `{"success":true,"message":"{\"msg\":\"result\",\"id\":\"1\",\"error\":{\"error\":\"`+code+`\",\"reason\":\"Comment is required\"}}"}`))
	d.wire.on("closeByUser", answer(400, `{"success":false,"error":"Comment is required [`+code+`]","errorType":"`+code+`"}`))
	d.must(d.end(chat, ""), sdk.Refused, "give the close a text")
	d.count(0, "forwarded", "closed")
}

// TestDepartmentThatTookTheNameIsFound: what we knew of names is an hour old.
func TestDepartmentThatTookTheNameIsFound(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	if err := d.bridge.names.learn(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	d.rename("Support", "Second level")
	d.rename("Billing", "Support")
	d.must(d.forward(chat, sdk.Department("Support")), sdk.Done, "to Support")
	if d.roomOf(chat)["departmentId"] != d.department("Support") {
		t.Error("the chat went to where the name was before")
	}
}

// rename gives a department another name.
func (d *desk) rename(from, to string) {
	d.t.Helper()
	d.as("admin").call("PUT", "livechat/department/"+d.department(from), map[string]any{"department": map[string]any{
		"name": to, "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "s@example.com", "description": "",
	}})
}

// TestTargetThatIsKnownIsNotListed: a workspace may have hundreds.
func TestTargetThatIsKnownIsNotListed(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	first, second := d.served("Sales"), d.guest("otto", "Sales")
	d.must(d.forward(first, sdk.Department("Support")), sdk.Done, "")
	listed := d.wire.listed()
	d.must(d.forward(second.chat(), sdk.Department("Support")), sdk.Done, "")
	if n := d.wire.listed() - listed; n != 0 || listed != 1 {
		t.Errorf("all departments were listed %d times, then %d times", listed, n)
	}
}

// listed is how often all departments were asked for.
func (w *wire) listed() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.paths {
		if strings.HasSuffix(p, "livechat/department") {
			n++
		}
	}
	return n
}

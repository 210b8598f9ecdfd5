package bridge

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// row is one kind of effect in the table of guarantees.
type row struct {
	name  string
	path  string   // of the call that acts, or of several, with | between
	facts []string // that the log tells of it
	times int
	make  func(d *desk, chat sdk.ChatID) Effect
	paid  bool // 3.11 does not have it
}

var table = []row{
	{"reply", "chat.sendMessage", []string{"message"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectReply, Text: "one moment"})
	}, false},
	{"tell", "chat.sendMessage", []string{"dm"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectTell, Text: "gold customer"})
	}, false},
	{"answer", "chat.sendMessage", []string{"dm"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectAnswer, Text: "it is done"})
	}, false},
	{"call", "chat.sendMessage", []string{"dm", "message"}, 2, func(d *desk, chat sdk.ChatID) Effect {
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectCall, Text: "join https://meet.example/g"})
		e.AgentText = "join https://meet.example/a"
		return e
	}, false},
	{"conference", "video-conference.start", []string{"called", "dm", "message"}, 3, func(d *desk, chat sdk.ChatID) Effect {
		d.provides("jitsi")
		e := d.effect(chat, sdk.Effect{Kind: EffectConference, Text: "join {link}"})
		e.AgentText = "join {link}"
		return e
	}, true},
	{"tag", "saveInfo", []string{"tagged"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"billing", "gold"}})
	}, false},
	{"untag", "saveInfo", []string{"tagged"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.alice.setTags(chat, "billing", "vip")
		e := d.effect(chat, sdk.Effect{Kind: sdk.EffectUntag, Tags: []string{"billing"}})
		e.OurTags = []string{"billing"}
		return e
	}, false},
	{"forward", "room.forward", []string{"forwarded"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectForward, Target: sdk.Department("Support")})
	}, false},
	{"close", "closeRoom|closeByUser", []string{"closed"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectClose, Text: "bye"})
	}, false},
	{"file", "rooms.upload|rooms.mediaConfirm", []string{"uploaded"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectFile, File: &sdk.Upload{Name: "Größe 1.txt", Text: "42", Caption: "as you asked"}})
	}, false},
	{"edit", "chat.update", []string{"edited"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectEdit, Message: d.ownMessage(chat), Text: "two"})
	}, false},
	{"delete", "chat.delete", []string{"deleted"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectDelete, Message: d.ownMessage(chat)})
	}, false},
	{"direct", "chat.sendMessage", []string{"dm"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectDirect, To: "@carol", Text: "look at this chat"})
	}, false},
	{"post", "chat.sendMessage", []string{"posted"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.peopleRoom("groups.create", "desk")
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectPost, To: "#desk", Text: "look at this chat"})
	}, false},
	{"pdf", "rooms.upload|rooms.mediaConfirm", []string{"uploaded"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		e := d.effect(chat, sdk.Effect{Kind: EffectPDF})
		e.Attachment = &Attachment{Name: "transcript-" + string(MessageID(e.Key, 0)) + ".pdf", Type: "application/pdf", Data: []byte("%PDF-1.7 one")}
		return e
	}, false},
	{"servermail", "livechat:sendTranscript|livechat/transcript", []string{"transcript"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: EffectServerMail, Delivery: &sdk.Delivery{Mail: []string{"maya@example.org"}, Server: true}})
	}, false},
	{"serverpdf", "rooms.upload|rooms.mediaConfirm", []string{"uploaded"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.pdfOf(chat)
		e := d.effect(chat, sdk.Effect{Kind: EffectServerPDF})
		e.Attachment = &Attachment{Name: "transcript-" + string(MessageID(e.Key, 0)) + ".pdf", Type: "application/pdf"}
		return e
	}, true},
	{"take", "inquiries.take", []string{"taken"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.alice.method("livechat:returnAsInquiry", string(chat))
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectTake})
	}, false},
	{"queue", "returnAsInquiry", []string{"forwarded"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectQueue})
	}, false},
	{"hold", "room.onHold", []string{"held"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectHold})
	}, true},
	{"resume", "resumeOnHold", []string{"resumed"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.alice.post("livechat/room.onHold", map[string]any{"roomId": string(chat)})
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectResume})
	}, true},
	{"field", "saveInfo", []string{"field"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		d.roomField("order_no", "Order number")
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectField, Field: "Order number", Value: "O-3"})
	}, false},
	{"priority", "/priority", []string{"priority"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectPriority, Value: "high"})
	}, true},
	{"contact", "saveInfo|contacts.update", []string{"contact"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectContact, Contact: &sdk.ContactEdit{Name: "Maya Jones"}})
	}, false},
	{"status", "agent.status|changeLivechatStatus", []string{"available"}, 1, func(d *desk, chat sdk.ChatID) Effect {
		return d.effect(chat, sdk.Effect{Kind: sdk.EffectStatus, Target: sdk.Agent("carol"), Value: sdk.NotAvailable})
	}, false},
}

// eachRow runs a test for each kind of effect, on the oldest version and on the
// newest. happened checks how often it has been carried out so far.
func eachRow(t *testing.T, test func(d *desk, e Effect, act string, happened func(times int))) {
	eachRowOn(t, []string{"3.11", "8.3"}, test)
}

func eachRowOn(t *testing.T, versions []string, test func(d *desk, e Effect, act string, happened func(times int))) {
	for _, as := range versions {
		for _, c := range table {
			if c.paid && as == "3.11" {
				continue
			}
			t.Run(c.name+" "+as, func(t *testing.T) {
				d := openDesk(t, lobby.Options{As: as, Licensed: c.paid})
				e := c.make(d, d.served("Sales"))
				before := len(d.facts(c.facts...))
				test(d, e, c.path, func(times int) {
					t.Helper()
					if n := len(d.facts(c.facts...)) - before; n != times*c.times {
						t.Errorf("%d of %v happened, want %d", n, c.facts, times*c.times)
					}
				})
			})
		}
	}
}

func TestLostAnswerIsNoReasonToDoItTwice(t *testing.T) {
	eachRowOn(t, lobby.Releases(), func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, loseAnswer)
		d.must(e, sdk.Done, "")
		happened(1)
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestFailureAfterTheDeedIsNotBelieved(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, stumble)
		d.must(e, sdk.Done, "")
		if e.Kind == EffectServerMail {
			e.Attempt = 1 // newer servers do not say whose it was
		}
		d.must(e, sdk.Done, "") // though nobody says that it is a repeat
		happened(1)
	})
}

// TestServerGoneAfterTheDeed: not even a look is possible, until the next
// attempt.
func TestServerGoneAfterTheDeed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			d.wire.gone(true)
			return loseAnswer(next, r)
		})
		d.must(e, "", "")
		d.wire.gone(false)
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestLostRequestIsMadeAgain(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, loseRequest)
		d.must(e, "", "the wire was cut")
		happened(0)
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestUnreachableServerIsTriedAgain(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		d.wire.gone(true)
		d.must(e, "", "check workspace.url, the network and the proxy")
		d.wire.gone(false)
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestCrashBetweenDeedAndOutcome: the process comes up with another bridge,
// which knows nothing but the effect.
func TestCrashBetweenDeedAndOutcome(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		d.must(e, sdk.Done, "")
		d.bridge = d.bridgeAs("bot")
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestEndOfTheProcessEndsTheAttempt(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if o := d.bridge.Apply(over, e); o.State != "" {
			d.t.Errorf("outcome is %+v", o)
		}
		happened(0)
	})
}

// TestDeedOfAnotherEffectIsNotClaimed: two instances ask for the same, or a
// store was restored from a backup and knows of no attempt.
func TestDeedOfAnotherEffectIsNotClaimed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		if e.Kind != sdk.EffectForward && e.Kind != sdk.EffectClose {
			return
		}
		d.must(e, sdk.Done, "")
		e.Key += "/another"
		d.must(e, sdk.Done, "already")
		happened(1)
	})
}

func TestTooLateIsOvertaken(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		e.Until = e.EventAt.AddDate(0, 0, -1)
		d.must(e, sdk.Overtaken, "too late")
		happened(0)
	})
}

// TestTimeThatIsJustOverIsOver: a host that may not act any more says so by
// this moment, and the server's clock is known to the second.
func TestTimeThatIsJustOverIsOver(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		e.Attempt, e.Until = 1, time.Now().Add(-time.Nanosecond)
		d.must(e, sdk.Overtaken, "too late")
		happened(0)
	})
}

// TestNothingIsLateOrEarlyByAWrongClockOfOurs: the server's is hours ahead of
// ours, or behind.
func TestNothingIsLateOrEarlyByAWrongClockOfOurs(t *testing.T) {
	for _, ahead := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		d := openDesk(t, lobby.Options{Now: func() time.Time { return time.Now().Add(ahead) }})
		e := d.reply(d.served("Sales"), "hi")
		d.must(e, sdk.Done, "")
		if off := d.bridge.Now().Sub(d.now()); off.Abs() > agree {
			t.Errorf("our time is %s off the server's", off)
		}
		e = d.reply(d.served("Sales"), "ho")
		e.Key = "rules/message/m2/reply"
		e.Until = d.now().Add(-agree)
		d.must(e, sdk.Overtaken, "too late")
	}
}

// TestDoneIsDoneThoughItIsLate: the trace counts, not the time of the repeat.
func TestDoneIsDoneThoughItIsLate(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		d.must(e, sdk.Done, "")
		e.Until, e.Attempt = e.EventAt.AddDate(0, 0, -1), 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestDeletedChatIsRefused(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, _ func(int)) {
		if kinds[e.Kind].alone {
			return // it does not go into the chat
		}
		if e.Kind != EffectServerPDF { // that is over
			d.as("bot").close(string(e.Chat), "bye")
		}
		d.as("admin").method("livechat:removeRoom", string(e.Chat))
		d.must(e, sdk.Refused, "the chat no longer exists")
	})
}

func TestMissingRoleIsNamed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		if kinds[e.Kind].alone || e.Kind == sdk.EffectTell {
			return // anybody may write to anybody
		}
		d.bridge = d.bridgeAs("carol")
		d.must(e, sdk.Refused, "give the bot account the roles bot, user and livechat-manager")
		happened(0)
	})
}

func TestWrongTokenIsTriedAgainAndNamed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		b, err := New(Options{URL: d.base, UserID: d.account("bot").ID, Token: "expired", HTTP: &http.Client{Transport: d.wire}})
		if err != nil {
			d.t.Fatal(err)
		}
		d.bridge = b
		d.must(e, "", "make a new personal access token for the bot account")
		happened(0)
	})
}

func TestSomethingElseAtTheAddressIsTriedAgainAndNamed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		b, err := New(Options{URL: d.base + "/elsewhere", UserID: "x", Token: "x", HTTP: &http.Client{Transport: d.wire}})
		if err != nil {
			d.t.Fatal(err)
		}
		d.bridge = b
		d.must(e, "", "not a Rocket.Chat server")
		happened(0)
	})
}

// TestPageBeforeTheServerIsNoVerdict: a proxy answers with a page, which 3.11
// does for calls that it does not know.
func TestPageBeforeTheServerIsNoVerdict(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		if kinds[e.Kind].alone {
			return // it asks for no chat
		}
		if _, err := d.bridge.self(context.Background()); err != nil {
			d.t.Fatal(err)
		}
		d.wire.on("rooms.info", func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
			resp, err := answer(http.StatusOK, "<html>back soon</html>")(nil, r)
			resp.Header.Set("Content-Type", "text/html")
			return resp, err
		})
		d.must(e, "", "no such call")
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestOurClockMayBeWrong and a timer's trace is found all the same: the server's
// is hours behind.
func TestOurClockMayBeWrong(t *testing.T) {
	behind := func() time.Time { return time.Now().Add(-3 * time.Hour) }
	for _, kind := range []string{"forward", "close", "file", "pdf"} {
		t.Run(kind, func(t *testing.T) {
			d := openDesk(t, lobby.Options{Now: behind})
			row := table[slices.IndexFunc(table, func(r row) bool { return r.name == kind })]
			e := row.make(d, d.served("Sales"))
			e.Event = "timer/rules/chat/slow/1"
			d.wire.on(row.path, loseAnswer)
			if o := d.must(e, sdk.Done, ""); o.Unchanged {
				t.Errorf("outcome is %+v", o)
			}
			e.Attempt = 1
			d.must(e, sdk.Done, "")
			d.count(1, row.facts...)
		})
	}
}

func TestUnknownKindIsRefused(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: "dance"}), sdk.Refused, `no effect "dance"`)
	d.must(d.effect(d.served("Sales"), sdk.Effect{Kind: EffectPDF}), sdk.Refused, "no effect")
}

// TestRoomThatIsNoChatIsRefused: what is said there, other people read.
func TestRoomThatIsNoChatIsRefused(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, _ string, happened func(int)) {
		if kinds[e.Kind].alone {
			return // it does not go there
		}
		room := d.as("bot").post("im.create", map[string]any{"username": "carol"})["room"].(map[string]any)
		e.Chat = sdk.ChatID(room["_id"].(string))
		d.must(e, sdk.Refused, "is no chat with a guest")
		happened(0)
	})
}

// TestBrokenAssumptionIsOvertaken walks through what an effect may ask for.
func TestBrokenAssumptionIsOvertaken(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	alice, sales := d.account("alice").ID, d.department("Sales")
	effect := d.effect(chat, sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"x"}})
	for name, c := range map[string]struct {
		assume Assumption
		says   string // "" means that it holds
	}{
		"nothing":               {Assumption{}, ""},
		"open":                  {Assumption{Open: true}, ""},
		"closed":                {Assumption{Closed: true}, "the chat is open"},
		"its department":        {Assumption{DepartmentID: sales}, ""},
		"another department":    {Assumption{DepartmentID: d.department("Support")}, "the chat is in Sales now"},
		"its agent":             {Assumption{AgentID: alice}, ""},
		"another agent":         {Assumption{AgentID: d.account("carol").ID}, "the chat is with @alice now"},
		"both, and that it may": {Assumption{Open: true, DepartmentID: sales, AgentID: alice, Moves: true}, ""},
		"no department":         {Assumption{AgentID: alice, Moves: true}, "the chat is in "},
		"no agent":              {Assumption{DepartmentID: sales, Moves: true}, "the chat is with @alice now"},
	} {
		t.Run(name, func(t *testing.T) {
			effect.Assume = c.assume
			o := d.apply(effect)
			if c.says == "" && o.State != sdk.Done || c.says != "" && (o.State != sdk.Overtaken || o.Reason[:min(len(c.says), len(o.Reason))] != c.says) {
				t.Errorf("outcome is %+v, want %q", o, c.says)
			}
		})
	}
	d.alice.close(string(chat), "bye")
	effect.Assume = Assumption{Closed: true}
	d.must(effect, sdk.Done, "")
	effect.Assume = Assumption{Open: true}
	d.must(effect, sdk.Overtaken, "the chat is closed")
	effect.Assume, effect.Kind = Assumption{}, sdk.EffectReply
	effect.Text = "still there?"
	d.must(effect, sdk.Overtaken, "the chat is closed")
}

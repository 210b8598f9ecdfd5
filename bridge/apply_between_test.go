package bridge

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// assumed is the effect with what a host assumes of a chat in Sales that alice
// serves.
func (d *desk) assumed(e Effect) Effect {
	d.t.Helper()
	all := Assumption{Open: true, DepartmentID: d.department("Sales"), AgentID: d.account("alice").ID}
	switch e.Kind {
	case sdk.EffectReply, sdk.EffectCall, EffectConference, sdk.EffectFile, sdk.EffectHold:
		e.Assume = all
	case sdk.EffectForward, sdk.EffectClose, sdk.EffectQueue:
		all.Moves = true
		e.Assume = all
	case sdk.EffectPriority:
		e.Assume = Assumption{Open: true}
	case sdk.EffectTell:
		e.Assume = Assumption{AgentID: all.AgentID}
	}
	return e
}

// ends is how effects of each kind end when something came between; kinds that
// are not in it are done.
type ends map[sdk.EffectKind]string

// eachServed is eachRow for effects on a chat that alice serves and that is not
// on hold: what people do with it comes between.
func eachServed(t *testing.T, test func(d *desk, e Effect, act string, happened func(times int))) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		if e.Kind == sdk.EffectTake || e.Kind == sdk.EffectResume || e.Kind == sdk.EffectStatus || e.Kind == EffectServerPDF {
			return
		}
		test(d, e, act, happened)
	})
}

// ends checks that the effect is done, or overtaken with the words.
func (d *desk) ends(e Effect, want ends, happened func(int)) {
	d.t.Helper()
	if says := want[e.Kind]; says != "" {
		d.must(e, sdk.Overtaken, says)
		happened(0)
		return
	}
	d.must(e, sdk.Done, "")
	happened(1)
}

func TestAgentWhoClosesOvertakes(t *testing.T) {
	const says = "the chat is closed: @alice ended it"
	want := ends{
		sdk.EffectReply: says, sdk.EffectFile: says, sdk.EffectCall: says, EffectConference: says, sdk.EffectForward: says, sdk.EffectClose: says,
		sdk.EffectQueue: says, sdk.EffectHold: says, sdk.EffectPriority: says,
	}
	eachServed(t, func(d *desk, e Effect, _ string, happened func(int)) {
		d.alice.close(string(e.Chat), "bye")
		if e.Kind == sdk.EffectContact {
			d.must(e, sdk.Done, "") // the log tells of open chats
			return
		}
		d.ends(d.assumed(e), want, happened)
	})
}

func TestGuestWhoLeavesOvertakes(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	g := d.guest("maya", "Sales")
	g.say("hello")
	d.alice.take(g.rid)
	g.leave()
	d.must(d.reply(g.chat(), "hi"), sdk.Overtaken, "the chat is closed: the guest ended it")
}

func TestPersonWhoForwardsOvertakes(t *testing.T) {
	const says = "the chat is in Support now: it was forwarded meanwhile"
	want := ends{
		sdk.EffectReply: says, sdk.EffectFile: says, sdk.EffectCall: says, EffectConference: says, sdk.EffectForward: says, sdk.EffectClose: says,
		sdk.EffectQueue: says, sdk.EffectHold: says,
		sdk.EffectTell: "nobody serves the chat any more: it waits for an agent",
	}
	eachServed(t, func(d *desk, e Effect, _ string, happened func(int)) {
		e.Target = sdk.Department("Billing")
		d.alice.forward(string(e.Chat), "Support", "not ours")
		d.ends(d.assumed(e), want, happened)
	})
}

func TestAgentWhoTakesOverOvertakes(t *testing.T) {
	const says = "the chat is with @carol now"
	want := ends{
		sdk.EffectReply: says, sdk.EffectFile: says, sdk.EffectCall: says, EffectConference: says, sdk.EffectForward: says, sdk.EffectClose: says,
		sdk.EffectTell: says, sdk.EffectQueue: says, sdk.EffectHold: says,
	}
	eachServed(t, func(d *desk, e Effect, _ string, happened func(int)) {
		d.alice.method("livechat:transfer", map[string]any{"roomId": string(e.Chat), "userId": d.account("carol").ID})
		d.ends(d.assumed(e), want, happened)
	})
}

// TestChatThatIsDeletedMeanwhileIsRefused: between our look and our deed.
func TestChatThatIsDeletedMeanwhileIsRefused(t *testing.T) {
	eachServed(t, func(d *desk, e Effect, act string, happened func(int)) {
		if kinds[e.Kind].alone || e.Kind == sdk.EffectTell || e.Kind == sdk.EffectContact {
			return // they go elsewhere, not into the chat
		}
		gone := first(func() {
			d.alice.close(string(e.Chat), "bye")
			d.as("admin").method("livechat:removeRoom", string(e.Chat))
		})
		if e.Kind == sdk.EffectCall {
			d.wire.on(act, http.RoundTripper.RoundTrip) // the agent's
		}
		d.wire.on(act, gone)
		d.must(e, sdk.Refused, "the chat no longer exists: it was deleted")
	})
}

// TestMissingPermissionIsNamed: of the call that acts, with the place where an
// admin gives it.
func TestMissingPermissionIsNamed(t *testing.T) {
	rights := map[sdk.EffectKind]string{
		sdk.EffectReply: "view-livechat-rooms", sdk.EffectTell: "view-d-room", sdk.EffectCall: "view-d-room", EffectConference: "call-management",
		sdk.EffectTag: "save-others-livechat-room-info", sdk.EffectUntag: "save-others-livechat-room-info",
		sdk.EffectForward: "transfer-livechat-guest", sdk.EffectClose: "close-others-livechat-room", EffectPDF: "view-d-room",
		sdk.EffectFile: "view-livechat-rooms", sdk.EffectEdit: "edit-message", sdk.EffectDelete: "delete-own-message",
		sdk.EffectDirect: "view-d-room", sdk.EffectPost: "view-livechat-rooms",
		sdk.EffectTake: "view-l-room", sdk.EffectQueue: "view-l-room", sdk.EffectHold: "on-hold-others-livechat-room", sdk.EffectResume: "on-hold-others-livechat-room",
		sdk.EffectContact: "-livechat-", sdk.EffectField: "save-others-livechat-room-info", sdk.EffectPriority: "view-l-room", sdk.EffectStatus: "manage-livechat-agents",
	}
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, answer(403, `{"success":false,"error":"unauthorized"}`))
		if e.Kind == EffectServerMail {
			d.must(e, sdk.Refused, "give the bot account the roles") // newer servers ask for no permission
			return
		}
		o := d.must(e, sdk.Refused, "see in Administration, Permissions")
		if !strings.Contains(o.Reason, rights[e.Kind]) {
			d.t.Errorf("reason %q does not name %s", o.Reason, rights[e.Kind])
		}
		happened(0)
	})
}

// limited is an answer of the rate limiter, which tells the end in
// milliseconds since 1970.
func limited(wait time.Duration) deed {
	return func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		resp, err := answer(http.StatusTooManyRequests, `{"success":false,"error":"Error, too many requests. [error-too-many-requests]"}`)(next, r)
		resp.Header.Set("X-RateLimit-Remaining", "0")
		resp.Header.Set("X-RateLimit-Reset", fmt.Sprint(time.Now().Add(wait).UnixMilli()))
		return resp, err
	}
}

func TestLimitIsWaitedFor(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, limited(20*time.Millisecond))
		d.wire.on("rooms.info", limited(20*time.Millisecond))
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestLimitThatLastsIsTriedAgainAndNamed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, limited(time.Hour))
		d.must(e, "", "the role bot lifts the limit")
		happened(0)
	})
}

// TestLimitDoesNotMakeItLate: there would be room again after its time is over.
func TestLimitDoesNotMakeItLate(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		e.Until = time.Now().Add(time.Minute)
		d.wire.on(act, limited(80*time.Second))
		d.must(e, "", "there is room again at")
		happened(0)
	})
}

// page is a proxy's, which says that the server is not up.
func page(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	resp, err := answer(http.StatusBadGateway, "<html>bad gateway</html>")(next, r)
	resp.Header.Set("Content-Type", "text/html")
	return resp, err
}

func TestBadGatewayIsTriedAgain(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, page)
		d.wire.on("rooms.info", page) // a read is repeated at once
		d.must(e, "", "look at the server")
		happened(0)
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestBadGatewayAfterTheDeed: the proxy gave up waiting for an answer.
func TestBadGatewayAfterTheDeed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			loseAnswer(next, r)
			return page(next, r)
		})
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestTokenThatExpiresInTheMiddleEndsNothing: it is revoked between our look
// and our deed, and later there is a new one.
func TestTokenThatExpiresInTheMiddleEndsNothing(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		if older, _ := d.bridge.rest.HeedsSubject(t.Context()); e.Kind == EffectServerMail && !older {
			return // newer servers mail it for anybody who has the guest's token
		}
		bot := d.as("bot")
		d.bridge = d.bridgeWith(Options{UserID: bot.id, Token: bot.token})
		d.wire.on(act, first(func() { bot.post("logout", map[string]any{}) }))
		d.must(e, "", "make a new personal access token for the bot account")
		happened(0)
		bot = d.as("bot")
		d.bridge = d.bridgeWith(Options{UserID: bot.id, Token: bot.token})
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

func TestPasswordRenewsAnExpiredSession(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		d.wire.on(act, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			bot := &caller{f: d.floor, id: r.Header.Get("X-User-Id"), token: r.Header.Get("X-Auth-Token")}
			bot.post("logout", map[string]any{})
			return next.RoundTrip(r)
		})
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestConnectionCutAfterTheDeed: a real connection, over which not one byte of
// the answer comes.
func TestConnectionCutAfterTheDeed(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, happened func(int)) {
		cuts := 0
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", d.addr
			resp, err := d.http.Transport.RoundTrip(r)
			if err != nil {
				d.t.Errorf("behind the proxy: %v", err)
				return
			}
			defer resp.Body.Close()
			if onPath(r.URL.Path, act) && cuts == 0 {
				cuts++
				panic(http.ErrAbortHandler)
			}
			for name, values := range resp.Header {
				w.Header()[name] = values
			}
			w.WriteHeader(resp.StatusCode)
			io.Copy(w, resp.Body)
		}))
		d.t.Cleanup(proxy.Close)
		a := d.account("bot")
		d.bridge = d.bridgeWith(Options{URL: proxy.URL, User: a.User, Password: a.Password})
		d.must(e, sdk.Done, "")
		if cuts != 1 {
			d.t.Errorf("%d connections were cut", cuts)
		}
		e.Attempt = 1
		d.must(e, sdk.Done, "")
		happened(1)
	})
}

// TestServerThatRestartsAfterTheDeed has it in its state, and we do not know.
func TestServerThatRestartsAfterTheDeed(t *testing.T) {
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			if c.paid && *posesAs == "3.11" {
				return // which does not have it
			}
			d := openDesk(t, lobby.Options{StateFile: filepath.Join(t.TempDir(), "state"), Licensed: c.paid})
			e := c.make(d, d.served("Sales"))
			before := len(d.facts(c.facts...))
			d.wire.on(c.path, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
				d.wire.gone(true)
				return loseAnswer(next, r)
			})
			d.must(e, "", "")
			d.restart(func() {})
			d.wire.gone(false)
			e.Attempt = 1
			d.must(e, sdk.Done, "")
			if n := len(d.facts(c.facts...)) - before; n != c.times {
				t.Errorf("%d of %v happened, want %d", n, c.facts, c.times)
			}
		})
	}
}

// TestUnchangedIsSaidOfNothingThatWeDid, nor of what we may have done before.
func TestUnchangedIsSaidOfNothingThatWeDid(t *testing.T) {
	eachRow(t, func(d *desk, e Effect, act string, _ func(int)) {
		d.wire.on(act, loseAnswer)
		if o := d.must(e, sdk.Done, ""); o.Unchanged {
			d.t.Errorf("outcome of the deed is %+v", o)
		}
		e.Attempt = 1
		if o := d.must(e, sdk.Done, ""); o.Unchanged {
			d.t.Errorf("outcome of the repeat is %+v", o)
		}
	})
}

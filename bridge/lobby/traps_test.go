package lobby

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The traps of the real server, each on every version. Further ones, which are
// of single versions, stand in versions_test.go.

// code is what a failed call says to programs: newer servers have it in error.
func (a answer) code() string {
	if code, ok := a.body["errorType"].(string); ok {
		return code
	}
	code, _ := a.body["error"].(string)
	return code
}

// saveInfo writes what is known of a chat, in the version's way.
func (w *workspace) saveInfo(c *caller, rid string, room map[string]any) {
	w.t.Helper()
	room["_id"] = rid
	guest := map[string]any{"_id": "x"}
	if w.s.opt.As == "3.11" {
		w.socket().login(c).call("livechat:saveInfo", guest, room)
		return
	}
	c.ok("POST", "livechat/room.saveInfo", map[string]any{"guestData": guest, "roomData": room})
}

// end closes a chat in the version's way, and says with which code it failed.
func (w *workspace) end(c *caller, rid, comment string, tags ...string) string {
	w.t.Helper()
	if w.s.opt.As == "3.11" {
		failed, _ := w.socket().login(c).call("livechat:closeRoom", rid, comment, map[string]any{"clientAction": true, "tags": tags})["error"].(map[string]any)
		code, _ := failed["error"].(string)
		return code
	}
	body := map[string]any{"rid": rid, "comment": comment}
	if len(tags) > 0 {
		body["tags"] = tags
	}
	return c.do("POST", "livechat/room.closeByUser", body).code()
}

func (w *workspace) demandTags(department string, own ...string) {
	w.t.Helper()
	w.as("admin").ok("PUT", "livechat/department/"+w.department(department), map[string]any{"department": map[string]any{
		"name": department, "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "s@example.org", "requestTagBeforeClosingChat": true, "chatClosingTags": own,
	}})
}

// TestTagsThatAreNotSaidAreTakenAway: whoever saves anything of a chat and does
// not say its tags has taken them away.
func TestTagsThatAreNotSaidAreTakenAway(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		alice := w.as("alice")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		for n, room := range []map[string]any{{"topic": "invoice"}, {"topic": "invoice", "tags": []any{}}} {
			w.saveInfo(alice, rid, map[string]any{"tags": []any{"vip"}})
			if tags, _ := alice.room(rid)["tags"].([]any); len(tags) != 1 {
				t.Fatalf("tags are %v", tags)
			}
			w.saveInfo(alice, rid, room)
			if tags := alice.room(rid)["tags"]; tags != nil {
				t.Errorf("case %d: tags are %v", n, tags)
			}
		}
	})
}

// TestSecondSendOfAMessageIsNotStoredAndFails: by REST with a JavaScript error,
// by DDP with a result that is none.
func TestSecondSendOfAMessageIsNotStoredAndFails(t *testing.T) {
	words := map[string]string{"3.11": "Cannot read property 'starred' of undefined"}
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		_, rid := w.guest("g", "Sales", "hello")
		send := func(text string) answer {
			return bot.do("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"_id": "mine", "rid": rid, "msg": text}})
		}
		if a := send("one"); a.status != 200 {
			t.Fatalf("first: %s", a.raw)
		}
		want := words[w.s.opt.As]
		if want == "" {
			want = "Cannot read properties of undefined (reading 'starred')"
		}
		if a := send("two"); a.status != 400 || a.body["error"] != want {
			t.Errorf("second: %d %s", a.status, a.raw)
		}
		again := w.socket().login(bot).call("sendMessage", map[string]any{"_id": "mine", "rid": rid, "msg": "three"})
		if again["result"] != nil || again["error"] != nil {
			t.Errorf("by DDP: %v", again)
		}
		if m := bot.ok("GET", "chat.getMessage?msgId=mine", nil)["message"].(map[string]any); m["msg"] != "one" {
			t.Errorf("stored is %v", m["msg"])
		}
	})
}

// TestDepartmentThatDemandsTags lets no untagged chat end, and none at all when
// it has no tags of its own. Its own are added.
func TestDepartmentThatDemandsTags(t *testing.T) {
	const code = "error-tags-must-be-assigned-before-closing-chat"
	eachVersion(t, Options{DemandTags: []string{"Billing"}}, func(t *testing.T, w *workspace) {
		alice := w.as("alice")
		w.demandTags("Sales", "sales")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		if got := w.end(alice, rid, "bye"); got != code {
			t.Errorf("untagged: %q", got)
		}
		if got := w.end(alice, rid, "bye", "vip"); got != "" {
			t.Errorf("tagged at the end: %q", got)
		}
		if tags := fmt.Sprint(alice.room(rid)["tags"]); tags != "[vip sales]" {
			t.Errorf("tags are %s", tags)
		}
		again := w.end(alice, rid, "bye")
		if want := map[bool]string{true: "room-closed", false: "error-room-already-closed"}[w.s.opt.As == "3.11"]; again != want {
			t.Errorf("the second end: %q", again)
		}
		_, rid = w.guest("h", "Billing", "hello")
		alice.take(rid)
		if got := w.end(alice, rid, "bye", "vip"); got != code {
			t.Errorf("where the department has none: %q", got)
		}
	})
}

// TestCommentIsDemandedFrom6On, where the setting is on; before, only the web
// application asks for one.
func TestCommentIsDemandedFrom6On(t *testing.T) {
	eachVersion(t, Options{Settings: map[string]any{setAskComment: true}}, func(t *testing.T, w *workspace) {
		alice := w.as("alice")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		w.must("a comment is demanded", w.end(alice, rid, " ") == "error-comment-is-required", from6...)
		if w.s.opt.As != "3.11" {
			if code := w.end(alice, rid, "bye"); code != "" {
				t.Errorf("with a comment: %q", code)
			}
		}
	})
}

// TestForwardToWhereNobodyIs: with manual routing the chat moves and waits, and
// 3.11 stumbles after that; with automatic routing it stays, and 3.11 says
// success.
func TestForwardToWhereNobodyIs(t *testing.T) {
	for _, routing := range []string{Manual, Auto} {
		eachVersion(t, Options{Routing: routing}, func(t *testing.T, w *workspace) {
			bot := w.as("bot")
			_, rid := w.guest("g", "Support", "hello")
			a := bot.do("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.department("Empty")})
			moved := bot.room(rid)["departmentId"] == w.department("Empty")
			if moved != (routing == Manual) {
				t.Errorf("%s: moved is %v", routing, moved)
			}
			if routing == Manual {
				w.must("it says success", a.status == 200, from6...)
				w.must("it stumbles", a.status == 400 && strings.Contains(fmt.Sprint(a.body["error"]), "'forEach' of undefined"), "3.11")
				return
			}
			w.must("it says success, of nothing", a.status == 200, "3.11")
			w.must("it says who is missing", a.code() == "error-no-agents-available-for-service-on-department", from6...)
		})
	}
}

// TestFailuresLookAsTheVersionHasThem.
func TestFailuresLookAsTheVersionHasThem(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot, dave := w.as("bot"), w.as("dave")
		guest := w.guestCaller()
		for _, c := range []struct {
			name   string
			got    answer
			status int
			says   string // in the body
		}{
			{"nobody", guest.do("GET", "me", nil), 401, `"message":"You must be logged in to do this.","status":"error"`},
			{"a wrong password", guest.do("POST", "login", map[string]any{"user": "bot", "password": "x"}), 401, `"message":"Unauthorized","status":"error"`},
			{"no right", dave.do("GET", "livechat/rooms", nil), 403, `"error":"unauthorized"`},
			{"no such room", bot.do("GET", "rooms.info?roomId=none", nil), 400, `"success":false`},
			{"no such message", bot.do("GET", "chat.getMessage?msgId=none", nil), 400, `{"success":false}`},
			{"a wrong verb", bot.do("POST", "rooms.info", map[string]any{}), 405, `"status":"error"`},
		} {
			if c.got.status != c.status || !strings.Contains(string(c.got.raw), c.says) {
				t.Errorf("%s: %d %s", c.name, c.got.status, c.got.raw)
			}
		}
		unknown := bot.do("GET", "no.such.call", nil)
		w.must("an unknown call is a page", unknown.status == 200 && strings.HasPrefix(unknown.header.Get("Content-Type"), "text/html"), "3.11")
		w.must("an unknown call is 404", unknown.status == 404, from6...)
	})
}

// TestEachPermissionIsAskedFor: who had it loses the call with it.
func TestEachPermissionIsAskedFor(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		admin, bot := w.as("admin"), w.as("bot")
		_, rid := w.guest("g", "Support", "hello") // of which the bot is no agent
		guarded := func(a answer) bool {
			if w.s.opt.As == "3.11" {
				return a.status == 400 && a.code() == "error-not-authorized" // also where that is an errorType
			}
			return a.status == 403 && a.body["error"] == "User does not have the permissions required for this action [error-unauthorized]"
		}
		allow := func(permission string, roles ...any) {
			if roles == nil {
				roles = []any{}
			}
			admin.ok("POST", "permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": roles}}})
		}
		for _, c := range []struct {
			permission string
			refused    func() bool
		}{
			{"view-livechat-rooms", func() bool { return bot.do("GET", "livechat/rooms", nil).status == 403 }},
			{"view-livechat-rooms", func() bool { return bot.do("GET", "rooms.info?roomId="+rid, nil).status == 400 }},
			{"view-livechat-rooms", func() bool { return guarded(bot.do("GET", "livechat/transfer.history/"+rid, nil)) }},
			{"view-livechat-manager", func() bool { return bot.do("GET", "livechat/inquiries.list", nil).status == 403 }},
			{"view-l-room", func() bool { return bot.do("GET", "livechat/inquiries.getOne?roomId="+rid, nil).status == 403 }},
			{"transfer-livechat-guest", func() bool {
				return guarded(bot.do("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.department("Billing")}))
			}},
			{"transfer-livechat-guest", func() bool { return guarded(bot.do("GET", "livechat/users/agent", nil)) }},
			{"close-livechat-room", func() bool { return refusal(w.end(bot, rid, "bye")) }},
			{"close-others-livechat-room", func() bool { return refusal(w.end(bot, rid, "bye")) }},
			{"create-d", func() bool { return bot.do("POST", "im.create", map[string]any{"username": "alice"}).status != 200 }},
		} {
			allow(c.permission)
			if !c.refused() {
				t.Errorf("without %s the call is made", c.permission)
			}
			held := make([]any, 0, 4)
			for _, r := range defaultGrants[c.permission] {
				held = append(held, r)
			}
			allow(c.permission, held...)
		}
		if got := w.end(bot, rid, "bye"); got != "" {
			t.Errorf("with all permissions: %q", got)
		}
	})
}

func refusal(code string) bool { return code == "unauthorized" || code == "error-not-authorized" }

// TestCallsAreCountedByRouteUntilTheWindowEnds, for those without the role bot;
// the window's end is told in milliseconds.
func TestCallsAreCountedByRouteUntilTheWindowEnds(t *testing.T) {
	for _, as := range Releases() {
		t.Run(as, func(t *testing.T) {
			now := time.Now()
			w := open(t, Options{As: as, Now: func() time.Time { return now }, Online: []string{"alice"}})
			bot, alice := w.as("bot"), w.as("alice")
			for n := range 12 {
				if a := bot.do("GET", "me", nil); a.status != 200 || a.header.Get("X-RateLimit-Limit") != "" {
					t.Fatalf("call %d of the bot: %d %v", n, a.status, a.header)
				}
				a := alice.do("GET", "me", nil)
				limited := n >= 10
				if limited != (a.status == http.StatusTooManyRequests) {
					t.Fatalf("call %d: %d %s", n, a.status, a.raw)
				}
				left := max(0, 9-n)
				reset, err := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64)
				if err != nil || reset != now.Add(time.Minute).UnixMilli() || a.header.Get("X-RateLimit-Remaining") != strconv.Itoa(left) {
					t.Errorf("call %d: %v, at %d", n, a.header, now.UnixMilli())
				}
				if limited && !strings.Contains(string(a.raw), "You must wait 60 seconds before trying this endpoint again. [error-too-many-requests]") {
					t.Errorf("call %d: %s", n, a.raw)
				}
			}
			if a := alice.do("GET", "rooms.get", nil); a.status != 200 {
				t.Errorf("another route: %d", a.status)
			}
			now = now.Add(time.Minute)
			if a := alice.do("GET", "me", nil); a.status != 200 {
				t.Errorf("in the next window: %d", a.status)
			}
		})
	}
}

// TestSubscriptionsAreCountedByStream: 40 of one stream and connection in 40
// seconds, whatever the role.
func TestSubscriptionsAreCountedByStream(t *testing.T) {
	for _, as := range Releases() {
		t.Run(as, func(t *testing.T) {
			w := open(t, Options{As: as, Now: func() time.Time { return time.Unix(1e9, 0) }})
			s := w.socket().login(w.as("bot"))
			for n := range 41 {
				if ready := s.sub("stream-notify-room", fmt.Sprintf("room%d/deleteMessage", n)); ready && n == 40 {
					t.Error("the 41st is taken")
				}
			}
			id := "last"
			s.write(`{"msg":"sub","id":"` + id + `","name":"stream-notify-room","params":["room/deleteMessage",false]}`)
			f := s.until(func(f map[string]any) bool { return f["msg"] == "nosub" && f["id"] == id })
			failed, _ := f["error"].(map[string]any)
			details, _ := failed["details"].(map[string]any)
			if failed["error"] != "too-many-requests" || details["timeToReset"] != 40000.0 {
				t.Errorf("refused with %v", f)
			}
		})
	}
}

// TestListsComeInPages: 50 by default, 100 at most, all by a count of 0 where
// that is allowed; some tell the count that was asked for.
func TestListsComeInPages(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		_, rid := w.guest("g", "Sales", "")
		for n := range 101 {
			if n > 0 {
				w.guest(fmt.Sprint("g", n), "Sales", "")
			}
			w.say("g", rid, fmt.Sprint("message ", n))
		}
		open := "queued=true&"
		if w.s.opt.As == "3.11" {
			open = "open=true&"
		}
		list := func(path, key string) (items int, told float64, total float64) {
			body := bot.ok("GET", path, nil)
			return len(body[key].([]any)), body["count"].(float64), body["total"].(float64)
		}
		for query, want := range map[string]int{"": 50, "count=7": 7, "count=1000": 100, "count=0": 101, "count=100&offset=100": 1, "offset=500": 0} {
			if n, told, total := list("livechat/rooms?"+open+query, "rooms"); n != want || int(told) != want || total != 101 {
				t.Errorf("%q: %d rooms, count %v, total %v", query, n, told, total)
			}
		}
		if w.s.opt.As != "3.11" {
			if n, told, total := list("livechat/"+rid+"/messages?count=100&offset=100", "messages"); n != 1 || told != 100 || total != 101 {
				t.Errorf("%d messages, count %v, total %v", n, told, total)
			}
		}
		w.as("admin").ok("POST", "settings/"+setAllAtOnce, map[string]any{"value": false})
		if n, _, _ := list("livechat/rooms?"+open+"count=0", "rooms"); n != 50 {
			t.Errorf("%d rooms where not all may come at once", n)
		}
	})
}

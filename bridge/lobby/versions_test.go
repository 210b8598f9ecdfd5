package lobby

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// eachVersion runs a test on every version, with alice and carol online.
func eachVersion(t *testing.T, opt Options, test func(t *testing.T, w *workspace)) {
	for _, as := range Releases() {
		t.Run(as, func(t *testing.T) {
			opt.As, opt.NoLimits, opt.Online = as, true, []string{"alice", "carol"}
			test(t, open(t, opt))
		})
	}
}

// must checks one expectation that holds for the versions named.
func (w *workspace) must(what string, is bool, on ...string) {
	w.t.Helper()
	if want := slices.Contains(on, w.s.opt.As); is != want {
		w.t.Errorf("%s: %v on %s, want %v", what, is, w.s.opt.As, want)
	}
}

var (
	from6 = []string{"7.7.3", "7.13", "8.3"}
	to7   = []string{"3.11", "7.7.3", "7.13"}
)

func TestUnknownVersionIsRefused(t *testing.T) {
	if _, err := New(Options{As: "9.9"}); err == nil || !strings.Contains(err.Error(), "3.11, 7.7.3, 7.13, 8.3") {
		t.Errorf("error is %v", err)
	}
}

func TestVersionsTellWhatTheyAre(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		anybody := w.guestCaller().do("GET", "/api/info", nil).body["version"]
		want := map[string]string{"3.11": "3.11.1", "7.7.3": "7.7", "7.13": "7.13", "8.3": "8.3"}[w.s.opt.As]
		if anybody != want {
			t.Errorf("anybody hears %v", anybody)
		}
		info := w.as("admin").do("GET", "/api/info", nil).body["info"].(map[string]any)
		if !strings.HasPrefix(info["version"].(string), want) || strings.Count(info["version"].(string), ".") != 2 {
			t.Errorf("an admin hears %v", info)
		}
		a := w.as("bot").do("GET", "no.such.call", nil)
		w.must("unknown calls are 404", a.status == 404 && a.body != nil, from6...)
	})
}

// TestCallsComeAndGo asks for each call with nothing in it: there is an answer
// in JSON where the version has it.
func TestCallsComeAndGo(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		for call, on := range map[string][]string{
			"POST livechat/room.closeByUser":          from6,
			"POST livechat/room.saveInfo":             from6,
			"POST livechat/agent.status":              from6,
			"POST livechat/transcript/x":              from6,
			"GET livechat/x/messages":                 from6,
			"GET omnichannel/contacts.get":            from6,
			"POST rooms.media/x":                      from6,
			"POST livechat/inquiries.returnAsInquiry": {"7.13", "8.3"},
			"GET livechat/config/routing":             {"7.13", "8.3"},
			"POST livechat/rooms.delete":              {"7.13", "8.3"},
			"GET livechat/inquiries.queued":           {"3.11"},
			"POST rooms.upload/x":                     to7,
			"POST livechat/room.transfer":             to7,
			"POST livechat/room.onHold":               {"8.3"}, // where it says that it must be paid for
		} {
			verb, path, _ := strings.Cut(call, " ")
			a := bot.do(verb, path, map[string]any{})
			w.must(call, a.body != nil && a.body["message"] != "API endpoint does not exist", on...)
		}
		for method, on := range map[string][]string{
			"livechat:saveInfo": {"3.11"}, "livechat:requestTranscript": {"3.11"}, "livechat:closeRoom": to7, "livechat:transfer": to7,
			"livechat:takeInquiry": to7, "livechat:returnAsInquiry": to7, "livechat:changeLivechatStatus": to7, "sendMessage": Releases(),
		} {
			message := fmt.Sprintf(`{"msg":"method","id":"1","method":%q,"params":[]}`, method)
			a := bot.do("POST", "method.call/"+method, map[string]any{"message": message})
			text, _ := a.body["message"].(string)
			w.must(method, !strings.Contains(text, "not found"), on...)
			if failed := strings.Contains(text, `"error"`); failed {
				w.must("a failed method fails the call", a.status == 400, from6...)
			}
		}
	})
}

func TestStrictBodiesTakeWhatIsMeantAndNothingElse(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		for n, body := range []map[string]any{
			{"roomId": "x", "more": "y"}, {"roomId": 7.0, "departmentId": "d"}, {"departmentId": "d"},
		} {
			a := bot.do("POST", "livechat/room.forward", body)
			w.must(fmt.Sprint("body ", n, " is invalid"), a.body["errorType"] == "invalid-params" && a.status == 400, "8.3")
		}
		if w.s.opt.As != "8.3" {
			return
		}
		for path, body := range map[string]map[string]any{
			"livechat/room.saveInfo":    {"guestData": map[string]any{"_id": "x"}, "roomData": map[string]any{"_id": "x", "tags": "a"}},
			"livechat/room.closeByUser": {"rid": "x", "transcriptEmail": map[string]any{"sendToVisitor": "yes"}},
			"chat.sendMessage":          {"message": "x"},
		} {
			if a := bot.do("POST", path, body); a.body["errorType"] != "invalid-params" {
				t.Errorf("%s takes %v: %s", path, body, a.raw)
			}
		}
	})
}

func TestNewerListsPartOpenChats(t *testing.T) {
	eachVersion(t, Options{Licensed: true}, func(t *testing.T, w *workspace) {
		bot, alice := w.as("bot"), w.as("alice")
		_, waits := w.guest("waits", "Sales", "hello")
		_, served := w.guest("served", "Sales", "hello")
		alice.take(served)
		list := func(query string) (ids []string) {
			for _, r := range bot.ok("GET", "livechat/rooms?"+query, nil)["rooms"].([]any) {
				ids = append(ids, r.(map[string]any)["_id"].(string))
			}
			slices.Sort(ids)
			return ids
		}
		both := []string{waits, served}
		slices.Sort(both)
		w.must("open=true has all", slices.Equal(list("open=true"), both), "3.11")
		w.must("queued=true has one", slices.Equal(list("queued=true"), []string{waits}), from6...)
		w.must("onhold=true has all", slices.Equal(list("onhold=true"), both), "3.11")
	})
}

func TestChatOnHoldIsNotForwarded(t *testing.T) {
	eachVersion(t, Options{Licensed: true}, func(t *testing.T, w *workspace) {
		bot, alice := w.as("bot"), w.as("alice")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		hold := alice.do("POST", "livechat/room.onHold", map[string]any{"roomId": rid})
		w.must("chats are held", hold.body["success"] == true, from6...)
		forward := func() answer {
			return bot.do("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.department("Support")})
		}
		w.must("it is refused", forward().body["errorType"] == "error-room-onHold", from6...)
		if w.s.opt.As == "3.11" {
			return
		}
		w.say("g", rid, "are you there?")
		if a := forward(); a.body["success"] != true {
			t.Errorf("after the guest wrote: %s", a.raw)
		}
	})
}

func TestFilesAreForMembersFrom6On(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot, alice, admin := w.as("bot"), w.as("alice"), w.as("admin")
		guest, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		guest.headers = map[string]string{"X-Visitor-Token": "g"}
		guest.upload("livechat/upload/"+rid, "a.txt", "text/plain", []byte("x"), nil)
		files := bot.ok("GET", "channels.files?roomId="+rid, nil)["files"].([]any)
		path := "/file-upload/" + files[0].(map[string]any)["_id"].(string) + "/a.txt"
		w.must("a manager is refused", bot.do("GET", path, nil).status == 403, from6...)
		w.must("an agent is refused", alice.do("GET", path, nil).status == 403)
		admin.ok("POST", "settings/FileUpload_Restrict_to_users_who_can_access_room", map[string]any{"value": true})
		w.must("a manager is refused where a setting lets it in", bot.do("GET", path, nil).status == 403)
	})
}

// TestStreamsOfVersions listens as a manager who has joined nothing.
func TestStreamsOfVersions(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot, alice := w.as("bot"), w.as("alice")
		w.as("admin").ok("POST", "settings/Hide_System_Messages", map[string]any{"value": []any{"livechat-close"}})
		s := w.socket().login(bot)
		s.sub("stream-room-messages", "__my_messages__")
		s.sub("stream-livechat-inquiry-queue-observer", "public")
		s.sub("stream-livechat-inquiry-queue-observer", "department/"+w.department("Sales"))
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		w.close(alice, rid)
		heard := map[string]bool{}
		for _, f := range s.sync() {
			fields, _ := f["fields"].(map[string]any)
			args, _ := fields["args"].([]any)
			if f["collection"] == "stream-livechat-inquiry-queue-observer" {
				heard["inquiry "+args[0].(map[string]any)["type"].(string)] = true
			}
			if f["collection"] != "stream-room-messages" {
				continue
			}
			list, nested := args[0].([]any)
			heard["nested"] = nested
			if !nested {
				list = args[:1]
			}
			kind, _ := list[0].(map[string]any)["t"].(string)
			heard["message "+kind] = true
		}
		w.must("messages are nested", heard["nested"], "3.11")
		w.must("the chat's start is said", heard["message livechat-started"], from6...)
		w.must("a hidden end is streamed", heard["message livechat-close"], "3.11")
		w.must("new inquiries are told", heard["inquiry added"], "3.11")
		w.must("inquiries are told", heard["inquiry changed"], "3.11", "7.13", "8.3")
	})
}

func (w *workspace) close(c *caller, rid string) {
	w.t.Helper()
	if w.s.opt.As != "3.11" {
		c.ok("POST", "livechat/room.closeByUser", map[string]any{"rid": rid, "comment": "bye"})
		return
	}
	w.socket().login(c).call("livechat:closeRoom", rid, "bye", map[string]any{"clientAction": true})
}

// TestUploadInTwoCallsIsSeenAfterTheSecond.
func TestUploadInTwoCallsIsSeenAfterTheSecond(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		if w.s.opt.As == "3.11" {
			return
		}
		bot := w.as("bot")
		_, rid := w.guest("g", "Sales", "hello")
		file := bot.upload("rooms.media/"+rid, "a.txt", "text/plain", []byte("x"), nil).body["file"].(map[string]any)
		seen := func() int { return len(bot.ok("GET", "channels.files?roomId="+rid, nil)["files"].([]any)) }
		if n := seen(); n != 0 {
			t.Errorf("%d files are seen before the second call", n)
		}
		bot.ok("POST", "rooms.mediaConfirm/"+rid+"/"+file["_id"].(string), map[string]any{"msg": "here"})
		if n := seen(); n != 1 {
			t.Errorf("%d files are seen after it", n)
		}
	})
}

package lobby

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// receiver takes webhooks, and answers with the statuses given, the last of them
// again and again.
type receiver struct {
	url string
	got chan map[string]any // with the token under "token header"
}

func receive(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{got: make(chan map[string]any, 1000)}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", req.Method, req.Header, err)
		}
		if token, there := req.Header["X-Rocketchat-Livechat-Token"]; there {
			body["token header"] = token[0]
		}
		status := 200
		if len(statuses) > 0 {
			status = statuses[0]
			if len(statuses) > 1 {
				statuses = statuses[1:]
			}
		}
		w.WriteHeader(status)
		r.got <- body
	}))
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

// next is the next webhook of a kind; others are passed over.
func (r *receiver) next(t *testing.T, kind string) map[string]any {
	t.Helper()
	for end := time.After(patient); ; {
		select {
		case body := <-r.got:
			if body["type"] == kind {
				return body
			}
		case <-end:
			t.Fatalf("no %s comes", kind)
		}
	}
}

// hooked sets the address and the token, and switches everything on.
func (w *workspace) hooked(url, token string) {
	w.t.Helper()
	if w.s.opt.As != "3.11" {
		body := map[string]any{"LivechatWebhookUrl": url, "LivechatSecretToken": token}
		for key, id := range hookKeys {
			if hookSettings[id] == false {
				body[key] = true
			}
		}
		w.as("bot").ok("POST", "omnichannel/integrations", body)
		return
	}
	values := map[string]any{setHookURL: url, setHookToken: token}
	for id, v := range hookSettings {
		if v == false {
			values[id] = true
		}
	}
	if f := w.socket().login(w.as("bot")).call("livechat:saveIntegration", values); f["error"] != nil {
		w.t.Fatalf("save: %v", f["error"])
	}
}

// TestWebhooksTellAChat from its beginning to what is saved after its end.
func TestWebhooksTellAChat(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		r := receive(t)
		w.hooked(r.url, "secret")
		alice := w.as("alice")
		_, rid := w.guest("g", "Sales", "")
		for _, kind := range []string{"LivechatSessionStart", "LivechatSessionQueued"} {
			if d := r.next(t, kind); d["_id"] != rid || d["token header"] != "secret" || d["departmentId"] != w.department("Sales") || d["visitor"].(map[string]any)["token"] != "g" {
				t.Errorf("%s: %v", kind, d)
			}
		}
		m := w.say("g", rid, "hello")
		said := r.next(t, "Message")["messages"].([]any)[0].(map[string]any)
		if said["_id"] != m["_id"] || said["msg"] != "hello" || said["agentId"] != nil {
			t.Errorf("message %v", said)
		}
		alice.take(rid)
		if d := r.next(t, "LivechatSessionTaken"); d["servedBy"].(map[string]any)["_id"] != alice.id || len(d["messages"].([]any)) != 1 {
			t.Errorf("taken: %v", d)
		}
		alice.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"_id": "mine", "rid": rid, "msg": "hi"}})
		if said := r.next(t, "Message")["messages"].([]any)[0].(map[string]any); said["agentId"] != alice.id || said["_id"] != "mine" {
			t.Errorf("message %v", said)
		}
		alice.ok("POST", "chat.update", map[string]any{"roomId": rid, "msgId": "mine", "text": "hi!"})
		if said := r.next(t, "Message")["messages"].([]any)[0].(map[string]any); said["editedAt"] == nil || said["msg"] != "hi!" {
			t.Errorf("edited %v", said)
		}
		alice.ok("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.department("Support")})
		if d := r.next(t, "LivechatSessionForwarded"); d["departmentId"] != w.department("Support") || d["oldDepartmentId"] != w.department("Sales") {
			t.Errorf("forwarded: %v", d)
		}
		if code := w.end(w.as("bot"), rid, "bye", "done"); code != "" {
			t.Fatal(code)
		}
		if said := r.next(t, "Message")["messages"].([]any)[0].(map[string]any); said["closingMessage"] != true || said["msg"] != "bye" {
			t.Errorf("last words %v", said)
		}
		d := r.next(t, "LivechatSession")
		if d["closedAt"] == nil || d["closer"] != "user" || !slices.Equal(d["tags"].([]any), []any{"done"}) || len(d["messages"].([]any)) != 3 {
			t.Errorf("closed: %v", d)
		}
		w.saveInfo(w.as("bot"), rid, map[string]any{"tags": []any{"later"}})
		r.next(t, "LivechatEdit")
	})
}

// TestWebhooksAreOffUntilSomebodyWantsThem, and carry no token where there is
// none.
func TestWebhooksAreOffUntilSomebodyWantsThem(t *testing.T) {
	r := receive(t)
	w := open(t, Options{NoLimits: true, Online: []string{"alice"}, Settings: map[string]any{setHookURL: r.url, setHookGuests: true}})
	is := func(want string) {
		d := <-r.got // each is sent by itself, so that a later one may come before
		said := d["messages"].([]any)[0].(map[string]any)
		if d["type"] != "Message" || said["msg"] != want || d["token header"] != nil {
			t.Errorf("webhook of %s: %v", want, d)
		}
	}
	_, rid := w.guest("g", "Sales", "one")
	is("one")
	w.as("bot").ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": "two"}})
	w.say("g", rid, "three")
	is("three")
}

// TestWebhooksAreReadByManagersOnly, with their present values.
func TestWebhooksAreReadByManagersOnly(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		w.hooked("http://other.example/hook", "x")
		list := w.as("bot").ok("GET", "livechat/integrations.settings", nil)["settings"].([]any)
		if !slices.ContainsFunc(list, func(s any) bool {
			return s.(map[string]any)["_id"] == setHookURL && s.(map[string]any)["value"] == "http://other.example/hook"
		}) {
			t.Errorf("settings are %v", list)
		}
		if a := w.as("alice").do("GET", "livechat/integrations.settings", nil); a.status != 403 {
			t.Errorf("alice reads %d", a.status)
		}
	})
}

// TestWebhookThatFailsIsSentAgain as the version does it: 3.11 whatever was
// wrong and without end, newer ones five times and only what may pass.
func TestWebhookThatFailsIsSentAgain(t *testing.T) {
	for name, c := range map[string]struct {
		statuses []int
		times    map[string]int // by version; others as 8.3
	}{
		"taken":          {[]int{200}, map[string]int{"3.11": 1, "8.3": 1}},
		"refused":        {[]int{403, 403, 200}, map[string]int{"3.11": 3, "8.3": 1}},
		"late":           {[]int{503, 429, 200}, map[string]int{"3.11": 3, "8.3": 3}},
		"an empty one":   {[]int{204}, map[string]int{"3.11": 1, "8.3": 1}},
		"never":          {[]int{500, 500, 500, 500, 500, 500, 500, 200}, map[string]int{"3.11": 8, "8.3": 5}},
		"after a refuse": {[]int{500, 400, 200}, map[string]int{"3.11": 3, "8.3": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			eachVersion(t, Options{HookPause: time.Millisecond}, func(t *testing.T, w *workspace) {
				r := receive(t, append([]int{}, c.statuses...)...)
				w.as("admin").ok("POST", "settings/"+setHookURL, map[string]any{"value": r.url})
				w.as("admin").ok("POST", "settings/"+setHookGuests, map[string]any{"value": true})
				w.guest("g", "Sales", "hello")
				want := c.times["8.3"]
				if w.s.opt.As == "3.11" {
					want = c.times["3.11"]
				}
				for range want {
					r.next(t, "Message")
				}
				w.stop() // which waits for what is being sent
				if n := len(r.got); n != 0 {
					t.Errorf("%d more came", n)
				}
			})
		})
	}
}

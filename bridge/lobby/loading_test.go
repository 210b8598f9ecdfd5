package lobby

import (
	"fmt"
	"testing"
)

// TestHistoryTellsWhatIsUnreadBeforeIt: a client that has read up to a time learns
// how much lies between that and what it was given.
func TestHistoryTellsWhatIsUnreadBeforeIt(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		guest, rid := w.guest("g", "Sales", "one")
		for _, text := range []string{"two", "three", "four"} {
			guest.ok("POST", "livechat/message", map[string]any{"token": "g", "rid": rid, "msg": text})
		}
		s := w.socket().login(bot)
		date := func(m map[string]any) any { return m["ts"] }
		all := s.call("loadHistory", rid, nil, 50)["result"].(map[string]any)
		list := all["messages"].([]any)
		at := map[any]map[string]any{}
		for _, v := range list {
			m := v.(map[string]any)
			at[m["msg"]] = m
		}
		if all["unreadNotLoaded"] != 0.0 || all["firstUnread"] != nil || list[0].(map[string]any)["msg"] != "four" {
			t.Errorf("all of it: %v", all)
		}
		part := s.call("loadHistory", rid, nil, 1, date(at["one"]))["result"].(map[string]any)
		if first, _ := part["firstUnread"].(map[string]any); part["unreadNotLoaded"] != 2.0 || first["msg"] != "two" {
			t.Errorf("the last of four, of which one is read: %v", part)
		}
		missed := s.call("loadMissedMessages", rid, date(at["two"]))["result"].([]any)
		if len(missed) != 2 || missed[0].(map[string]any)["msg"] != "four" {
			t.Errorf("since the second: %v", missed)
		}
	})
}

// TestHistoryIsRefusedAsClientsKnowIt: with false where one may not look, with a code
// where nobody asks, and where what is asked is no question.
func TestHistoryIsRefusedAsClientsKnowIt(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		_, rid := w.guest("g", "Billing", "hello")
		now := map[string]any{"$date": 0}
		anybody, alice := w.socket(), w.socket().login(w.as("alice"))
		for _, c := range []struct {
			by     *socket
			method string
			params []any
			want   string
		}{
			{alice, "loadHistory", []any{"nosuchroom"}, "false"},
			{alice, "loadMissedMessages", []any{"nosuchroom", now}, "false"},
			{anybody, "loadHistory", []any{rid}, "error-invalid-user"},
			{anybody, "loadMissedMessages", []any{rid, now}, "false"},
			{alice, "loadHistory", []any{7}, "400"},
			{alice, "loadMissedMessages", []any{rid, "yesterday"}, "400"},
		} {
			a := c.by.call(c.method, c.params...)
			got := fmt.Sprint(a["result"])
			if e, failed := a["error"].(map[string]any); failed {
				got = fmt.Sprint(e["error"])
			}
			if got != c.want {
				t.Errorf("%s%v: %s, want %s", c.method, c.params, got, c.want)
			}
		}
	})
}

package lobby

import (
	"slices"
	"testing"
)

// TestChatFromGuestToClose walks a chat's whole way and looks at what is left.
func TestChatFromGuestToClose(t *testing.T) {
	w := open(t, Options{NoLimits: true, Online: []string{"alice", "carol"}})
	bot, alice := w.as("bot"), w.as("alice")
	watch := w.socket().login(bot)
	watch.sub("stream-room-messages", "__my_messages__")

	_, rid := w.guest("tok1", "Sales", "hello")
	bot.take(rid)
	bot.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"_id": "mine1", "rid": rid, "msg": "hi"}})
	bot.ok("POST", "livechat/room.forward", map[string]any{"roomId": rid, "departmentId": w.department("Support"), "comment": "for you"})
	alice.take(rid)
	s := w.socket().login(alice)
	s.call("livechat:saveInfo", map[string]any{"_id": "x"}, map[string]any{"_id": rid, "tags": []any{"vip"}})
	if r := s.call("livechat:closeRoom", rid, "bye", map[string]any{"clientAction": true, "tags": []any{"billing"}}); r["result"] != true {
		t.Fatalf("close: %v", r)
	}
	room := bot.room(rid)
	if _, open := room["open"]; open {
		t.Error("open is there after the close")
	}
	if tags := room["tags"].([]any); !slices.Equal(tags, []any{"billing", "vip"}) {
		t.Errorf("tags are %v: closing tags come first, then the room's", tags)
	}
	var kinds []string
	for _, f := range w.log.facts(t) {
		kinds = append(kinds, f.Fact)
	}
	want := []string{"opened", "queued", "message", "taken", "message", "forwarded", "queued", "taken", "tagged", "closed", "tagged"}
	if !slices.Equal(kinds, want) {
		t.Errorf("facts are %v, want %v", kinds, want)
	}
	var types []any
	for _, f := range watch.sync() {
		if f["msg"] != "changed" {
			continue
		}
		m := f["fields"].(map[string]any)["args"].([]any)[0].([]any)[0].(map[string]any)
		if m["t"] == nil {
			types = append(types, m["msg"])
		} else {
			types = append(types, m["t"])
		}
	}
	if want := []any{"hello", "command", "hi", "livechat_transfer_history", "ul", "command", "livechat-close", "command"}; !slices.Equal(types, want) {
		t.Errorf("a manager saw %v, want %v", types, want)
	}
}

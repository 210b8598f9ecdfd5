package lobby

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// busyDay makes everything happen that a state file keeps.
func busyDay(w *workspace) {
	w.t.Helper()
	bot, alice, admin := w.as("bot"), w.as("alice"), w.as("admin")
	alice.ok("POST", "users.setStatus", map[string]any{"status": "online", "message": "here"})
	_, first := w.guest("tok1", "Sales", "hello")
	_, second := w.guest("tok2", "Support", "wait for me")
	_, third := w.guest("tok3", "", "no department")
	bot.take(first)
	bot.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"_id": "mine1", "rid": first, "msg": "hi @alice"}})
	bot.ok("POST", "chat.update", map[string]any{"roomId": first, "msgId": "mine1", "text": "hi, edited"})
	bot.ok("POST", "livechat/room.forward", map[string]any{"roomId": first, "departmentId": w.department("Support"), "comment": "for you"})
	alice.take(first)
	bot.method("livechat:saveInfo", map[string]any{"_id": "x"}, map[string]any{"_id": first, "tags": []any{"vip"}, "topic": "billing"})
	if a := alice.upload("rooms.upload/"+first, "note.txt", "text/plain", []byte("some bytes"), nil); a.status != 200 {
		w.t.Fatalf("upload: %d %s", a.status, a.raw)
	}
	alice.method("livechat:closeRoom", first, "bye", map[string]any{"clientAction": true, "tags": []any{"done"}})
	bot.ok("POST", "chat.postMessage", map[string]any{"channel": "@alice", "text": "psst"})
	gone := bot.ok("POST", "chat.postMessage", map[string]any{"roomId": second, "text": "oops"})["message"].(map[string]any)["_id"]
	bot.ok("POST", "chat.delete", map[string]any{"roomId": second, "msgId": gone})
	bot.method("livechat:saveCustomField", nil, map[string]any{"field": "order", "label": "Order", "scope": "room", "visibility": "visible"})
	w.guestCaller().ok("POST", "livechat/custom.field", map[string]any{"token": "tok3", "key": "order", "value": "O-1", "overwrite": true})
	w.guestCaller().ok("POST", "livechat/room.close", map[string]any{"rid": third, "token": "tok3"})
	admin.ok("POST", "settings/Message_MaxAllowedSize", map[string]any{"value": 4000})
	bot.ok("POST", "users.generatePersonalAccessToken", map[string]any{"tokenName": "host"})
	bot.method("livechat:removeRoom", third)
}

// method calls a DDP method by REST; it must not fail.
func (c *caller) method(name string, params ...any) {
	c.w.t.Helper()
	message := string(encode(doc{"msg": "method", "id": "1", "method": name, "params": params}, ejson))
	answer := c.ok("POST", "method.call/"+name, map[string]any{"message": message})["message"].(string)
	if strings.Contains(answer, `"error"`) {
		c.w.t.Fatalf("%s: %s", name, answer)
	}
}

func (w *workspace) world() *world { return w.s.world }

func TestRestartedLobbyIsAsItWas(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	w := open(t, Options{StateFile: name, NoLimits: true})
	busyDay(w)
	w.stop()
	checkWorld(t, w.world())
	before := snapshot(t, w.world())
	again, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	checkWorld(t, again.world)
	if after := snapshot(t, again.world); !slices.Equal(before, after) {
		t.Errorf("%s", firstDifference(before, after))
	}
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("was %sis  %s", a[i], b[i])
		}
	}
	return fmt.Sprintf("were %d, are %d entities", len(a), len(b))
}

// TestKilledAtAnyMomentItKeepsWhatItAnswered cuts the file where a killed
// process may have left it: between two requests, and within each.
func TestKilledAtAnyMomentItKeepsWhatItAnswered(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	w := open(t, Options{StateFile: name, NoLimits: true})
	busyDay(w)
	w.stop()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if len(lines) < 40 {
		t.Fatalf("the day left %d lines only", len(lines))
	}
	whole := len(lines[0]) // the head is there before the file has its name
	for _, line := range lines[1 : len(lines)-1] {
		before := reopened(t, name, data[:whole])
		for _, part := range []int{1, len(line) / 2, len(line) - 1} {
			if torn := reopened(t, name, data[:whole+part]); !slices.Equal(before, torn) {
				t.Fatalf("a part of a request is there: %s", firstDifference(before, torn))
			}
		}
		whole += len(line)
	}
}

// reopened is the world that a lobby finds in a part of a state file.
func reopened(t *testing.T, original string, part []byte) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "state")
	if err := os.CopyFS(name+".files", os.DirFS(original+".files")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, part, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(releases["3.11"], false)
	st, err := openState(name, w)
	if err != nil {
		t.Fatalf("cut after %d bytes: %v", len(part), err)
	}
	defer st.close()
	checkWorld(t, w)
	return snapshot(t, w)
}

func TestUnreadableStateFileIsRefusedWithAdvice(t *testing.T) {
	head := fmt.Sprintf(stateHead, stateFormat)
	for _, c := range []struct{ name, content, want string }{
		{"another file", "dear diary\n", "not a lobby's state file: name another, or move this one away"},
		{"another file without a line", "dear diary", "not a lobby's state file"},
		{"half a head", head[:10], "not a lobby's state file"},
		{"a newer version's", fmt.Sprintf(stateHead, stateFormat+1), "written by a newer version (format 2, this one knows 1): use that version, or name another file"},
		{"changed in the middle", head + "oops\n" + `[{"k":"counter","id":"guest","v":1}]` + "\n", "line 2: invalid character 'o' looking for beginning of value: the file was changed by something else; put back a copy, or move it away to begin anew"},
		{"of unknown things", head + `[{"k":"ghost","id":"1","v":{}}]` + "\n", `load ghost 1: unknown kind "ghost"`},
		{"without its uploads", head + `[{"k":"upload","id":"1","v":{"_id":"1"}}]` + "\n", "put back the file and its folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(name, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := New(Options{StateFile: name}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
			if data, err := os.ReadFile(name); err != nil || string(data) != c.content {
				t.Errorf("the file is %q now (%v)", data, err)
			}
		})
	}
}

func TestEmptyStateFileIsANewOne(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestSecondLobbyOnTheSameStateIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	s, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{StateFile: name}); err == nil || !strings.Contains(err.Error(), "in use by another process: stop the other lobby, or name another file") {
		t.Errorf("a second lobby got %v", err)
	}
	s.Close()
	again, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}

func TestFullDiskIsToldAndHealsByItself(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	w := open(t, Options{StateFile: name, NoLimits: true})
	_, rid := w.guest("tok1", "Sales", "before")
	disk := w.s.state.f
	full, err := os.Open(name) // nothing can be written to it
	if err != nil {
		t.Fatal(err)
	}
	w.s.mu.Lock()
	w.s.state.f = full
	w.s.mu.Unlock()
	say := map[string]any{"token": "tok1", "rid": rid, "msg": "while it was full"}
	if a := w.guestCaller().do("POST", "livechat/message", say); a.status != 500 {
		t.Errorf("answer is %d %s while nothing can be stored", a.status, a.raw)
	}
	if n := count(w.log.facts(t), "message"); n != 1 {
		t.Errorf("%d messages are in the log, and one in the file", n)
	}
	w.s.mu.Lock()
	w.s.state.f = disk
	w.s.mu.Unlock()
	full.Close()
	w.say("tok1", rid, "after")
	w.stop()
	again, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var texts []string
	for _, m := range again.world.rooms[rid].log {
		texts = append(texts, m.Msg)
	}
	if want := []string{"before", "while it was full", "after"}; !slices.Equal(texts, want) {
		t.Errorf("the file holds %q, want %q", texts, want)
	}
	if n := count(w.log.facts(t), "message"); n != 3 {
		t.Errorf("%d messages are in the log, want 3", n)
	}
}

func count(facts []Fact, kind string) int {
	n := 0
	for _, f := range facts {
		if f.Fact == kind {
			n++
		}
	}
	return n
}

func TestStateFileIsRewrittenWhenMostOfItIsOutOfDate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	w := open(t, Options{StateFile: name, NoLimits: true})
	_, rid := w.guest("tok1", "Sales", "hello")
	w.s.mu.Lock()
	w.s.state.compact = w.s.state.size + 20_000
	w.s.mu.Unlock()
	for i := range 60 {
		w.say("tok1", rid, fmt.Sprint("message ", i))
	}
	w.stop()
	if w.s.state.compact < compactAfter {
		t.Fatal("the file was never rewritten")
	}
	before := snapshot(t, w.world())
	again, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if after := snapshot(t, again.world); !slices.Equal(before, after) {
		t.Errorf("%s", firstDifference(before, after))
	}
}

func TestUploadsOfCutOffRequestsAreSweptAway(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state")
	w := open(t, Options{StateFile: name, NoLimits: true})
	busyDay(w)
	w.stop()
	for _, lost := range []string{newID(), newID() + ".new"} {
		if err := os.WriteFile(filepath.Join(name+".files", lost), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	foreign := filepath.Join(name+".files", "readme.txt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := New(Options{StateFile: name})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	entries, err := os.ReadDir(name + ".files")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(again.world.uploads)+1 {
		t.Errorf("%d files lie there, %d are uploads and one is somebody's", len(entries), len(again.world.uploads))
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file that is not the lobby's is gone: %v", err)
	}
}

package lobby

import (
	"io"
	"slices"
	"testing"
	"time"
)

// TestWorkspaceSaysWhichFilesItDoesNotTake, by one call and by two.
func TestWorkspaceSaysWhichFilesItDoesNotTake(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot, admin := w.as("bot"), w.as("admin")
		_, rid := w.guest("g", "Sales", "hello")
		direct := bot.ok("POST", "im.create", map[string]any{"username": "alice"})["room"].(map[string]any)["_id"].(string)
		for _, path := range []string{"rooms.upload/", "rooms.media/"} {
			if a := bot.upload(path+rid, "a.txt", "text/plain", []byte("four"), nil); a.body["message"] == "API endpoint does not exist" || a.body == nil {
				continue // not on this version
			}
			for _, c := range []struct {
				setting string
				value   any
				room    string
				code    string
			}{
				{setFiles, false, rid, "error-file-upload-disabled"},
				{setFilesDirect, false, direct, "error-direct-message-file-upload-not-allowed"},
				{setFilesMaxSize, 3, rid, "error-file-too-large"},
				{setFilesTaken, "image/*,application/pdf", rid, "error-invalid-file-type"},
				{setFilesNotTaken, "text/*", rid, "error-invalid-file-type"},
			} {
				was := fileSettings()[c.setting]
				admin.ok("POST", "settings/"+c.setting, map[string]any{"value": c.value})
				if a := bot.upload(path+c.room, "a.txt", "text/plain", []byte("four"), nil); a.status != 400 || a.body["errorType"] != c.code {
					t.Errorf("%s with %s=%v: %d %s", path, c.setting, c.value, a.status, a.raw)
				}
				admin.ok("POST", "settings/"+c.setting, map[string]any{"value": was})
				if a := bot.upload(path+c.room, "a.txt", "text/plain", []byte("four"), nil); a.status != 200 {
					t.Errorf("%s after that: %s", path, a.raw)
				}
			}
		}
	})
}

func TestUnprotectedFilesAreEverybodys(t *testing.T) {
	w := open(t, Options{As: "8.3", NoLimits: true, Online: []string{"alice"}})
	guest, rid := w.guest("g", "Sales", "hello")
	guest.headers = map[string]string{"X-Visitor-Token": "g"}
	guest.upload("livechat/upload/"+rid, "a.txt", "text/plain", []byte("x"), nil)
	files := w.as("bot").ok("GET", "channels.files?roomId="+rid, nil)["files"].([]any)
	path := "/file-upload/" + files[0].(map[string]any)["_id"].(string) + "/a.txt"
	if a := w.guestCaller().do("GET", path, nil); a.status != 403 {
		t.Errorf("a stranger gets %d", a.status)
	}
	w.as("admin").ok("POST", "settings/"+setFilesProtect, map[string]any{"value": false})
	if a := w.guestCaller().do("GET", path, nil); a.status != 200 {
		t.Errorf("a stranger gets %d", a.status)
	}
}

// TestOldMessagesStayAsTheyAre, but for those whose role lifts that, from 5.0 on.
func TestOldMessagesStayAsTheyAre(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	eachVersion(t, Options{Now: func() time.Time { return now }}, func(t *testing.T, w *workspace) {
		bot, alice, admin := w.as("bot"), w.as("alice"), w.as("admin")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		admin.ok("POST", "settings/"+setBlockEditing, map[string]any{"value": 5})
		admin.ok("POST", "settings/"+setBlockDeleting, map[string]any{"value": 5})
		ids := map[*caller]any{}
		for _, c := range []*caller{bot, alice} {
			ids[c] = c.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": "one"}})["message"].(map[string]any)["_id"]
		}
		change := func(c *caller, call string, more map[string]any) any {
			body := map[string]any{"roomId": rid, "msgId": ids[c]}
			for k, v := range more {
				body[k] = v
			}
			return c.do("POST", call, body).body["errorType"]
		}
		text := map[string]any{"text": "two"}
		if code := change(alice, "chat.update", text); code != nil {
			t.Errorf("a young message is not edited: %v", code)
		}
		now = now.Add(10 * time.Minute)
		for _, c := range []struct {
			call, code string
			more       map[string]any
		}{{"chat.update", "error-message-editing-blocked", text}, {"chat.delete", "error-message-deleting-blocked", nil}} {
			if code := change(alice, c.call, c.more); code != c.code {
				t.Errorf("%s by alice: %v", c.call, code)
			}
			w.must(c.call+" by the bot is blocked", change(bot, c.call, c.more) == c.code, "3.11")
		}
	})
}

// TestPDFIsMadeOnceAfterTheEnd, and lies in the chat and with whoever asked.
func TestPDFIsMadeOnceAfterTheEnd(t *testing.T) {
	eachVersion(t, Options{Licensed: true}, func(t *testing.T, w *workspace) {
		bot, alice := w.as("bot"), w.as("alice")
		_, rid := w.guest("g", "Sales", "hello")
		alice.take(rid)
		ask := func() answer { return bot.do("POST", "omnichannel/"+rid+"/request-transcript", map[string]any{}) }
		w.must("there is such a call", ask().body != nil, from6...)
		if w.s.opt.As == "3.11" {
			return
		}
		if a := ask(); a.body["error"] != "room-still-open" {
			t.Errorf("while it is open: %s", a.raw)
		}
		w.close(alice, rid)
		for range 2 {
			if a := ask(); a.status != 200 {
				t.Fatalf("after the end: %s", a.raw)
			}
		}
		w.s.wait.Wait() // what is done later
		if bot.room(rid)["pdfTranscriptFileId"] == nil {
			t.Error("the room names no PDF")
		}
		n := 0
		for _, f := range w.log.facts(t) {
			if f.Fact == "uploaded" && f.By == "rocket.cat" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d files are sent, want one to the chat and one to the bot", n)
		}
	})
}

func TestPDFIsMadeOfWhatWasSaidAndHowItEnded(t *testing.T) {
	made := make(chan Paper, 1)
	w := open(t, Options{As: "8.3", Licensed: true, NoLimits: true, Online: []string{"alice"}, PDF: func(_ io.Writer, p Paper) error { made <- p; return nil }})
	alice := w.as("alice")
	_, rid := w.guest("g", "Sales", "hello")
	alice.take(rid)
	alice.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": rid, "msg": "good day"}})
	alice.ok("POST", "livechat/room.closeByUser", map[string]any{"rid": rid, "comment": "all is well", "tags": []string{"refund"}, "generateTranscriptPdf": true})
	p := <-made
	if p.Room != rid || p.Department != "Sales" || p.Comment != "all is well" || !slices.Equal(p.Tags, []string{"refund"}) || p.Closed.IsZero() || p.Guest == "" || p.ClosedBy != "Alice" {
		t.Errorf("the PDF is made of %+v", p)
	}
	if len(p.Lines) != 2 || p.Lines[0].Text != "hello" || !p.Lines[0].Guest || p.Lines[1].Text != "good day" || p.Lines[1].Guest || p.Lines[1].Who != "Alice" {
		t.Errorf("the PDF tells %+v", p.Lines)
	}
}

func TestConferenceNeedsAProviderAndIsListed(t *testing.T) {
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		bot := w.as("bot")
		_, rid := w.guest("g", "Sales", "hello")
		start := func() answer { return bot.do("POST", "video-conference.start", map[string]any{"roomId": rid}) }
		w.must("there is such a call", start().body != nil, from6...)
		if w.s.opt.As == "3.11" {
			return
		}
		if a := start(); a.body["error"] != "no-active-video-conf-provider" {
			t.Errorf("without a provider: %s", a.raw)
		}
		w.as("admin").ok("POST", "settings/"+setConferences, map[string]any{"value": "jitsi"})
		call := start().body["data"].(map[string]any)["callId"]
		listed := bot.ok("GET", "video-conference.list?roomId="+rid, nil)["data"].([]any)
		if len(listed) != 1 || listed[0].(map[string]any)["_id"] != call {
			t.Errorf("listed are %v, want %v", listed, call)
		}
	})
}

func TestRoomsForPeopleAreNoChats(t *testing.T) {
	w := open(t, Options{NoLimits: true, Online: []string{"alice"}})
	admin, bot, alice := w.as("admin"), w.as("bot"), w.as("alice")
	open := admin.ok("POST", "channels.create", map[string]any{"name": "desk"})["channel"].(map[string]any)["_id"]
	closed := admin.ok("POST", "groups.create", map[string]any{"name": "leads", "members": []any{"bot"}})["group"].(map[string]any)["_id"]
	if id := bot.ok("GET", "rooms.info?roomName=leads", nil)["room"].(map[string]any)["_id"]; id != closed {
		t.Errorf("leads is %v", id)
	}
	if a := alice.do("GET", "rooms.info?roomName=leads", nil); a.status != 400 {
		t.Errorf("alice sees a room that she is not in: %s", a.raw)
	}
	alice.ok("POST", "chat.sendMessage", map[string]any{"message": map[string]any{"rid": open, "msg": "hello desk"}})
	facts := w.log.facts(t)
	if f := facts[len(facts)-1]; f.Fact != "posted" || f.Text != "hello desk" || f.To[0] != "desk" {
		t.Errorf("the fact is %+v", f)
	}
	if rooms := bot.ok("GET", "livechat/rooms", nil)["rooms"].([]any); len(rooms) != 0 {
		t.Errorf("chats are %v", rooms)
	}
}

package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestRecordedRoomIsRead(t *testing.T) {
	s := newServer(t).on("GET rooms.info", recorded("room-served"), recorded("room-closed"))
	c := s.client()
	r, err := c.Room(ctx, "hfMBPGqZEsNnZEZBu")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Open || r.FName != "Mia Renamed" || r.DepartmentID != "LzpGpvhFZAP4z9Kxb" || !r.Waiting || r.Visitor.Username != "guest-368" ||
		r.ServedBy == nil || r.ServedBy.Username != "bot" || !r.ServedBy.TS.Equal(at("2026-11-22T08:04:16.754Z")) ||
		!r.TS.Equal(at("2026-11-22T08:04:16.279Z")) || r.Metrics.Response.Total != 3 || r.LastMessage.Text != "after rename" ||
		!r.Metrics.Visitor.LQ.Equal(at("2026-11-22T08:04:42.689Z")) || !r.Metrics.ServedBy.LR.Equal(at("2026-11-22T08:04:28.943Z")) {
		t.Errorf("room is %+v", r)
	}
	if r, err = c.Room(ctx, "hBZi7SNKvL2vzsaLc"); err != nil || r.Open || r.Closer != "user" || r.ClosedBy.Username != "bot" || !r.ClosedAt.Equal(at("2026-11-22T08:02:33.843Z")) || r.Tags == nil {
		t.Errorf("closed room is %+v, %v", r, err)
	}
}

func TestRecordedListsAreRead(t *testing.T) {
	s := newServer(t).
		on("GET livechat/transfer.history/r", recorded("transfers")).
		on("GET livechat/users/agent", recorded("agents")).
		on("GET chat.syncMessages", recorded("sync"))
	c := s.client()
	moves, err := c.Transfers(ctx, "r")
	if err != nil || len(moves) != 2 || moves[0].ToDepartment.Name != "Support" || moves[0].By.Username != "bot" || moves[1].ToAgent.Username != "carol" || moves[1].Scope != "agent" {
		t.Errorf("transfers are %+v, %v", moves, err)
	}
	agents, err := c.Agents(ctx)
	if err != nil || len(agents) != 4 || agents[0].Username != "alice" || agents[0].Livechat != "available" {
		t.Errorf("agents are %+v, %v", agents, err)
	}
	updated, deleted, err := c.SyncMessages(ctx, "8nAnCowmBCkMwXxMj", at("2026-11-22T08:04:55.042Z"))
	if err != nil || len(updated) == 0 || updated[0].EditedAt.IsZero() || len(deleted) == 0 || deleted[0].DeletedAt.IsZero() {
		t.Errorf("changed messages are %+v and %+v, %v", updated, deleted, err)
	}
	if got := s.seen("syncMessages"); !strings.Contains(got[0], "lastUpdate=2026-11-22T08%3A04%3A55.042Z") {
		t.Errorf("asked %v", got)
	}
}

func TestRecordedPeopleAreRead(t *testing.T) {
	s := newServer(t).
		on("GET livechat/visitors.info", recorded("visitor"), recorded("visitor-emptied"), recorded("visitor-none")).
		on("GET users.info", recorded("user"), status(400, `{"success":false,"error":"User not found."}`)).
		on("POST im.create", recorded("im.create"))
	c := s.client()
	v, err := c.Visitor(ctx, "ZxhukMrDSZdP7J5j4")
	if err != nil || v.Name != "Visitor gina" || v.Emails[0].Address != "gina-4803c5@visitor.example" || v.Phones[0].Number != "+15550111" || v.Fields["crm_id"] != "C-80" {
		t.Errorf("visitor is %+v, %v", v, err)
	}
	if v, err = c.Visitor(ctx, "x"); err != nil || len(v.Emails) != 0 {
		t.Errorf("visitor without addresses is %+v, %v", v, err)
	}
	if _, err = c.Visitor(ctx, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	u, err := c.User(ctx, "Tsym488Hbth9kgQ6i")
	if err != nil || !u.Has("livechat-manager") || u.Has("admin") {
		t.Errorf("user is %+v, %v", u, err)
	}
	if _, err := c.UserNamed(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if dm, err := c.DirectRoom(ctx, "alice"); err != nil || dm != "Tsym488Hbth9kgQ6ijHQhbbJREfPpNXSE7" {
		t.Errorf("room is %q, %v", dm, err)
	}
}

func TestMessageThatIsNotThereIsNotFound(t *testing.T) {
	s := newServer(t).on("GET chat.getMessage", recorded("message"), recorded("message-none"))
	c := s.client()
	if m, err := c.Message(ctx, "jC2s9BwPBupRbBvcX"); err != nil || m.User.Username != "bot" || m.EditedAt.IsZero() {
		t.Errorf("message is %+v, %v", m, err)
	}
	if _, err := c.Message(ctx, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

func TestTimeReadsAllThatServersWrite(t *testing.T) {
	want := time.Date(2026, 11, 22, 8, 4, 55, 42e6, time.UTC)
	for text, ok := range map[string]bool{
		`"2026-11-22T08:04:55.042Z"`: true, `{"$date":1795334695042}`: true, `1795334695042`: true, `"2026-11-22T09:04:55.042+01:00"`: true,
		`null`: false, `{"$date":null}`: false, `""`: false, `"yesterday"`: false, `{}`: false, `[]`: false, `true`: false, `1e300`: false, `{"$date":"x"}`: false,
	} {
		got := struct{ T Time }{Time{want.Add(time.Hour)}}
		if err := json.Unmarshal([]byte(`{"T":`+text+`}`), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if ok && !got.T.Equal(want) || !ok && !got.T.IsZero() {
			t.Errorf("%s is read as %v", text, got.T)
		}
	}
	data, err := json.Marshal([]Time{{want}, {}})
	if err != nil || string(data) != `["2026-11-22T08:04:55.042Z",null]` {
		t.Errorf("written as %s, %v", data, err)
	}
}

// TestOddFieldCostsOnlyItself: a field of another type than ever seen must not
// cost the whole document.
func TestOddFieldCostsOnlyItself(t *testing.T) {
	s := newServer(t).on("GET rooms.info", text200(`{"room":{"_id":"r","fname":7,"tags":"vip","v":null,"ts":"now","metrics":[],"msgs":"many","departmentId":"d"},"success":true}`))
	r, err := s.client().Room(ctx, "r")
	if err != nil || r.ID != "r" || r.DepartmentID != "d" || r.FName != "" {
		t.Errorf("room is %+v, %v", r, err)
	}
}

// TestOddStateOfARoomIsAnError that names it: absent, it would mean that the
// chat is closed, or that nobody serves it.
func TestOddStateOfARoomIsAnError(t *testing.T) {
	for field, value := range map[string]string{"open": `"yes"`, "onHold": `1`, "servedBy": `[]`, "departmentId": `{}`} {
		s := newServer(t).on("GET rooms.info", text200(`{"room":{"_id":"r","`+field+`":`+value+`},"success":true}`))
		_, err := s.client().Room(ctx, "r")
		if !errors.Is(err, ErrUnclear) || !strings.Contains(err.Error(), "room."+field+" in it is a ") {
			t.Errorf("with an odd %s the error is %v", field, err)
		}
	}
}

func TestAnswerThatLacksWhatItMustIsAnError(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"GET rooms.info", "GET chat.getMessage", "GET me", "GET livechat/rooms", "POST im.create", "POST chat.sendMessage", "GET livechat/visitors.info", "POST method.call/x"} {
		s.on(path, text200(`{"success":true}`))
	}
	c := s.client()
	for name, call := range map[string]func() error{
		"room":    func() error { _, err := c.Room(ctx, "r"); return err },
		"message": func() error { _, err := c.Message(ctx, "m"); return err },
		"me":      func() error { _, err := c.Me(ctx); return err },
		"rooms":   func() error { _, err := c.Rooms(ctx, RoomFilter{}); return err },
		"direct":  func() error { _, err := c.DirectRoom(ctx, "a"); return err },
		"send":    func() error { _, err := c.SendMessage(ctx, "r", "m", "x"); return err },
		"visitor": func() error { _, err := c.Visitor(ctx, "v"); return err },
		"method":  func() error { return c.Method(ctx, "x", nil) },
	} {
		if err := call(); err == nil || (name == "room" || name == "message") && errors.Is(err, ErrNotFound) {
			t.Errorf("%s: nothing in the answer, and the error is %v", name, err)
		}
	}
}

// rooms serves a list of rooms in pages, as a server of the given age does.
func rooms(all []string, knowsQueued bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var list []string
		for _, doc := range all {
			open, served := strings.Contains(doc, `"open":true`), strings.Contains(doc, "servedBy")
			switch {
			case q.Get("open") == "true" && (!open || knowsQueued && !served):
			case knowsQueued && q.Get("queued") == "true" && (!open || served):
			case knowsQueued && q.Get("onhold") == "true":
			default:
				list = append(list, doc)
			}
		}
		var offset, count int
		fmt.Sscan(q.Get("offset"), &offset)
		fmt.Sscan(q.Get("count"), &count)
		part := list[min(offset, len(list)):min(offset+count, len(list))]
		text200(fmt.Sprintf(`{"rooms":[%s],"count":%d,"offset":%d,"total":%d,"success":true}`, strings.Join(part, ","), len(part), offset, len(list)))(w, r)
	}
}

func TestAllOpenChatsAreListedOnServersOfAnyAge(t *testing.T) {
	var all, want []string
	for i := range 730 {
		id := fmt.Sprintf("room%d", i)
		switch i % 3 {
		case 0:
			all = append(all, fmt.Sprintf(`{"_id":%q,"open":true,"servedBy":{"_id":"a"}}`, id))
			want = append(want, id)
		case 1:
			all = append(all, fmt.Sprintf(`{"_id":%q,"open":true}`, id))
			want = append(want, id)
		default:
			all = append(all, fmt.Sprintf(`{"_id":%q}`, id))
		}
	}
	slices.Sort(want)
	for name, knows := range map[string]bool{"3.11": false, "6.0": true} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t).on("GET livechat/rooms", rooms(all, knows))
			c := s.client()
			for range 2 {
				got, err := c.OpenRooms(ctx)
				if err != nil {
					t.Fatal(err)
				}
				ids := []string{}
				for _, r := range got {
					ids = append(ids, r.ID)
				}
				slices.Sort(ids)
				if !slices.Equal(ids, want) {
					t.Fatalf("%d rooms, want %d", len(ids), len(want))
				}
			}
			if n := len(s.seen("queued=true")); !knows && n != 1 {
				t.Errorf("a server that knows no such filter was asked %d times", n)
			}
		})
	}
}

func TestListOfOneServerPageIsReadToItsLimit(t *testing.T) {
	var all []string
	for i := range 300 {
		all = append(all, fmt.Sprintf(`{"_id":"room%d"}`, i))
	}
	s := newServer(t).on("GET livechat/rooms", rooms(all, false))
	got, err := s.client().Rooms(ctx, RoomFilter{Limit: 120})
	if err != nil || len(got) != 120 || len(s.seen("livechat/rooms")) != 2 {
		t.Errorf("%d rooms in %d calls, %v", len(got), len(s.seen("livechat/rooms")), err)
	}
}

func TestEndlessListEnds(t *testing.T) {
	s := newServer(t).on("GET livechat/users/agent", text200(`{"users":[{"_id":"same"}],"total":1000000000,"success":true}`))
	got, err := s.client().Agents(ctx)
	if err != nil || len(got) != 1 {
		t.Errorf("%d of one, %v", len(got), err)
	}
}

// TestHistoryIsReadWholeWhileMessagesCome: each page comes after a new message
// has pushed the older ones on.
func TestHistoryIsReadWholeWhileMessagesCome(t *testing.T) {
	total := 250
	s := newServer(t).on("GET channels.history", func(w http.ResponseWriter, r *http.Request) {
		var offset, count int
		fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		fmt.Sscan(r.URL.Query().Get("count"), &count)
		total++
		var list []string
		for i := total - offset; i > max(0, total-offset-count); i-- {
			list = append(list, fmt.Sprintf(`{"_id":"m%d","ts":{"$date":%d}}`, i, i*1000))
		}
		text200(`{"messages":[`+strings.Join(list, ",")+`],"success":true}`)(w, r)
	})
	c := s.client()
	got, more, err := c.Messages(ctx, "r", 1000)
	if err != nil || more || len(got) != 251 || got[0].ID != "m1" {
		t.Errorf("%d messages from %s on, more %v, %v", len(got), got[0].ID, more, err)
	}
	got, more, err = c.Messages(ctx, "r", 30)
	if err != nil || !more || len(got) != 30 || got[29].ID != fmt.Sprintf("m%d", total) {
		t.Errorf("%d newest messages, more %v, %v", len(got), more, err)
	}
}

package rest

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// TestCallsWorkInTheEmbeddedWorkspace makes each call once against a server
// that was written from the same recordings by others.
func TestCallsWorkInTheEmbeddedWorkspace(t *testing.T) {
	w, err := lobby.New(lobby.Options{NoLimits: true, Online: []string{"alice", "carol"}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w.Handler())
	defer srv.Close()
	defer w.Close()
	a := w.Accounts(srv.URL)
	c, err := New(Options{URL: srv.URL, User: a.Bot.User, Password: a.Bot.Password})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	session, err := c.Login(ctx)
	must(err)
	if session.UserID != a.Bot.ID || session.Username != "bot" || session.Token == "" {
		t.Errorf("session is %+v", session)
	}
	guest := call{verb: "POST", path: "livechat/visitor", public: true}
	must(c.send(ctx, guest, map[string]any{"visitor": map[string]any{"token": "g", "name": "Maya", "department": a.Departments["Sales"]}}, nil))
	var opened struct{ Room Room }
	must(c.Get(ctx, "livechat/room", map[string][]string{"token": {"g"}}, &opened))
	rid := opened.Room.ID
	must(c.Post(ctx, "livechat/message", map[string]any{"token": "g", "rid": rid, "msg": "hello"}, nil))

	if rooms, err := c.OpenRooms(ctx); err != nil || len(rooms) != 1 || rooms[0].ID != rid {
		t.Errorf("open rooms are %v, %v", rooms, err)
	}
	if q, err := c.Inquiries(ctx); err != nil || len(q) != 1 || q[0].RoomID != rid {
		t.Errorf("queue is %v, %v", q, err)
	}
	if _, ok, err := c.Inquiry(ctx, rid); err != nil || !ok {
		t.Errorf("inquiry %v, %v", ok, err)
	}
	room, err := c.Room(ctx, rid)
	must(err)
	must(c.SetTags(ctx, rid, room.Visitor.ID, []string{"a", "b"}))
	must(c.Forward(ctx, rid, a.Departments["Support"], "", "over to you"))
	moves, err := c.Transfers(ctx, rid)
	if err != nil || len(moves) != 1 || moves[0].By.ID != a.Bot.ID || moves[0].ToDepartment.Name != "Support" || moves[0].Comment != "over to you" {
		t.Errorf("transfers are %+v, %v", moves, err)
	}
	if _, err := c.SendMessage(ctx, rid, "abcdefghijkmnpqrs", "hi"); err != nil {
		t.Error(err)
	}
	if m, err := c.Message(ctx, "abcdefghijkmnpqrs"); err != nil || m.Text != "hi" || m.RoomID != rid {
		t.Errorf("message is %+v, %v", m, err)
	}
	must(c.Close(ctx, rid, "bye"))
	room, err = c.Room(ctx, rid)
	if err != nil || room.Open || room.ClosedBy.ID != a.Bot.ID || strings.Join(room.Tags, " ") != "a b" || room.DepartmentID != a.Departments["Support"] {
		t.Errorf("room is %+v, %v", room, err)
	}
	if closed, err := c.Rooms(ctx, RoomFilter{State: RoomsClosed, ClosedSince: room.ClosedAt.Add(-time.Second)}); err != nil || len(closed) != 1 {
		t.Errorf("closed rooms are %v, %v", closed, err)
	}
	list, more, err := c.Messages(ctx, rid, 100)
	if err != nil || more || list[0].Text != "hello" {
		t.Errorf("messages are %+v, more %v, %v", list, more, err)
	}
	if d, m, err := c.Department(ctx, a.Departments["Sales"]); err != nil || d.Name != "Sales" || !d.Enabled || len(m) != 2 {
		t.Errorf("department is %+v with %v, %v", d, m, err)
	}
	if _, _, err := c.Department(ctx, "gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if d, err := c.Departments(ctx); err != nil || len(d) != 4 {
		t.Errorf("departments are %v, %v", d, err)
	}
	if u, err := c.UserNamed(ctx, "alice"); err != nil || u.ID != a.Alice.ID || u.Status != "online" {
		t.Errorf("alice is %+v, %v", u, err)
	}
	if _, err := c.UserNamed(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	filesAreCarried(t, c)
}

func filesAreCarried(t *testing.T, c *Client) {
	t.Helper()
	dm, err := c.DirectRoom(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Upload(ctx, dm, "a b.txt", "text/plain", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	sent, _, err := c.SyncMessages(ctx, dm, time.Time{})
	if err != nil || len(sent) != 1 || sent[0].File == nil || sent[0].File.Name != "a b.txt" {
		t.Fatalf("messages are %+v, %v", sent, err)
	}
	if data, err := c.Download(ctx, *sent[0].File, GuestKey{}, 100); err != nil || string(data) != "hello" {
		t.Errorf("file is %q, %v", data, err)
	}
}

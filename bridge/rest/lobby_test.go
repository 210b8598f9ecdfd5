package rest

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

// hall is the embedded workspace, which was written from the same recordings by
// others, with a chat in Sales.
type hall struct {
	*Client
	t    *testing.T
	with lobby.Accounts
	chat string
}

func openHall(t *testing.T, as string) *hall {
	t.Helper()
	w, err := lobby.New(lobby.Options{As: as, NoLimits: true, Online: []string{"alice", "carol"}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(func() { srv.Close(); w.Close() })
	h := &hall{t: t, with: w.Accounts(srv.URL)}
	h.Client, err = New(Options{URL: srv.URL, User: h.with.Bot.User, Password: h.with.Bot.Password})
	h.must(err)
	guest := call{verb: "POST", path: "livechat/visitor", public: true}
	h.must(h.send(ctx, guest, map[string]any{"visitor": map[string]any{"token": "g", "name": "Maya", "department": h.with.Departments["Sales"]}}, nil))
	var opened struct{ Room Room }
	h.must(h.Get(ctx, "livechat/room", map[string][]string{"token": {"g"}}, &opened))
	h.chat = opened.Room.ID
	h.must(h.Post(ctx, "livechat/message", map[string]any{"token": "g", "rid": h.chat, "msg": "hello"}, nil))
	return h
}

// eachVersion runs a test on the workspace in the guise of every version.
func eachVersion(t *testing.T, test func(t *testing.T, h *hall)) {
	for _, as := range lobby.Releases() {
		t.Run(as, func(t *testing.T) { test(t, openHall(t, as)) })
	}
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestListsOfTheEmbeddedWorkspaceAreRead(t *testing.T) {
	eachVersion(t, listsOfTheEmbeddedWorkspaceAreRead)
}

func listsOfTheEmbeddedWorkspaceAreRead(t *testing.T, h *hall) {
	session, err := h.Login(ctx)
	if err != nil || session.UserID != h.with.Bot.ID || session.Username != "bot" || session.Token == "" {
		t.Errorf("session is %+v, %v", session, err)
	}
	if rooms, err := h.OpenRooms(ctx); err != nil || len(rooms) != 1 || rooms[0].ID != h.chat {
		t.Errorf("open rooms are %v, %v", rooms, err)
	}
	if _, ok, err := h.Inquiry(ctx, h.chat); err != nil || !ok {
		t.Errorf("inquiry %v, %v", ok, err)
	}
	if d, m, err := h.Department(ctx, h.with.Departments["Sales"]); err != nil || d.Name != "Sales" || !d.Enabled || len(m) != 2 {
		t.Errorf("department is %+v with %v, %v", d, m, err)
	}
	if _, _, err := h.Department(ctx, "gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if d, err := h.Departments(ctx); err != nil || len(d) != 4 {
		t.Errorf("departments are %v, %v", d, err)
	}
	if u, err := h.UserNamed(ctx, "alice"); err != nil || u.ID != h.with.Alice.ID || u.Status != "online" {
		t.Errorf("alice is %+v, %v", u, err)
	}
	if _, err := h.UserNamed(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}

func TestChatOfTheEmbeddedWorkspaceIsMovedTaggedAndClosed(t *testing.T) {
	eachVersion(t, chatOfTheEmbeddedWorkspaceIsMovedTaggedAndClosed)
}

func chatOfTheEmbeddedWorkspaceIsMovedTaggedAndClosed(t *testing.T, h *hall) {
	room, err := h.Room(ctx, h.chat)
	h.must(err)
	h.must(h.SaveInfo(ctx, RoomInfo{Room: h.chat, Visitor: room.Visitor.ID, Tags: []string{"a", "b"}}))
	h.must(h.Forward(ctx, h.chat, h.with.Departments["Support"], "", "over to you"))
	moves, err := h.Transfers(ctx, h.chat)
	if err != nil || len(moves) != 1 || moves[0].By.ID != h.with.Bot.ID || moves[0].ToDepartment.Name != "Support" || moves[0].Comment != "over to you" {
		t.Errorf("transfers are %+v, %v", moves, err)
	}
	h.must(h.Close(ctx, h.chat, "bye"))
	room, err = h.Room(ctx, h.chat)
	if err != nil || room.Open || room.ClosedBy.ID != h.with.Bot.ID || strings.Join(room.Tags, " ") != "a b" || room.DepartmentID != h.with.Departments["Support"] {
		t.Errorf("room is %+v, %v", room, err)
	}
	if closed, err := h.Rooms(ctx, RoomFilter{State: RoomsClosed, ClosedSince: room.ClosedAt.Add(-time.Second)}); err != nil || len(closed) != 1 {
		t.Errorf("closed rooms are %v, %v", closed, err)
	}
}

func TestMessagesOfTheEmbeddedWorkspaceAreSentAndRead(t *testing.T) {
	eachVersion(t, messagesOfTheEmbeddedWorkspaceAreSentAndRead)
}

func messagesOfTheEmbeddedWorkspaceAreSentAndRead(t *testing.T, h *hall) {
	if _, err := h.SendMessage(ctx, h.chat, "abcdefghijkmnpqrs", "hi"); err != nil {
		t.Error(err)
	}
	if m, err := h.Message(ctx, "abcdefghijkmnpqrs"); err != nil || m.Text != "hi" || m.RoomID != h.chat {
		t.Errorf("message is %+v, %v", m, err)
	}
	list, more, err := h.Messages(ctx, h.chat, 100)
	if err != nil || more || list[0].Text != "hello" {
		t.Errorf("messages are %+v, more %v, %v", list, more, err)
	}
	filesAreCarried(t, h.Client)
}

func filesAreCarried(t *testing.T, c *Client) {
	t.Helper()
	dm, err := c.DirectRoom(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(ctx, dm, Sending{Name: "a b.txt", Type: "text/plain", Data: []byte("hello")}); err != nil {
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

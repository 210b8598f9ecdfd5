package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

func TestConversationIsWholeAndInOrder(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) { conversationIsWhole(t, as) })
	}
}

func conversationIsWhole(t *testing.T, as string) {
	d := openDesk(t, lobby.Options{As: as})
	g := d.guest("maya", "Sales")
	var want []string
	say := func(text string) { g.say(text); want = append(want, "guest "+text) }
	say("hello")
	d.alice.take(g.rid)
	for i := range 120 { // more than a page
		say(fmt.Sprint("line ", i))
	}
	d.alice.reply(g.rid, "I look into it")
	d.must(d.reply(g.chat(), "one moment"), sdk.Done, "")
	d.must(d.forward(g.chat(), sdk.Agent("carol")), sdk.Done, "")
	d.as("carol").close(g.rid, "solved", "vip")
	want = append(want, "agent I look into it", "bot one moment")

	chat, messages, err := d.bridge.Conversation(context.Background(), g.chat())
	if err != nil {
		t.Fatal(err)
	}
	if chat.Status != sdk.Closed || chat.Visitor.Name != "maya" || chat.Visitor.Emails[0] != "maya@visitor.example" || chat.Department != "Sales" ||
		chat.Closing.Comment != "solved" || chat.Closing.By.Username != "carol" || chat.Closing.By.Name != "Carol" || chat.Forwards != 1 || !chat.HasTag("vip") || chat.AnsweredAt.IsZero() {
		t.Errorf("chat is %+v", chat)
	}
	if len(messages) != len(want) {
		t.Fatalf("%d messages, want %d", len(messages), len(want))
	}
	for i, m := range messages {
		if got := string(m.From) + " " + m.Text; got != want[i] {
			t.Errorf("message %d is %q, want %q", i, got, want[i])
		}
	}
}

// TestEndIsKnownThoughTheRoomDoesNotTell: a workspace may not store the last
// message with the room.
func TestEndIsKnownThoughTheRoomDoesNotTell(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	chat := d.served("Sales")
	d.alice.close(string(chat), "solved")
	d.wire.on("rooms.info", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		var body struct {
			Room    map[string]any `json:"room"`
			Success bool           `json:"success"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			return nil, err
		}
		delete(body.Room, "lastMessage")
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		return answer(http.StatusOK, string(text))(next, r)
	})
	if c, _, err := d.bridge.Conversation(t.Context(), chat); err != nil || c.Closing.Comment != "solved" {
		t.Errorf("chat is %+v, %v", c, err)
	}
}

func TestConversationThatIsGoneIsAnError(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	if _, _, err := d.bridge.Conversation(context.Background(), "nope"); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("error is %v", err)
	}
	d.bridge = d.bridgeAs("carol")
	if _, _, err := d.bridge.Conversation(context.Background(), d.served("Sales")); err == nil || !strings.Contains(err.Error(), "livechat-manager") {
		t.Errorf("error is %v", err)
	}
}

func TestFileOfAConversationIsDownloaded(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	chat := d.served("Sales")
	if _, err := d.bridge.rest.Upload(context.Background(), string(chat), rest.Sending{Name: "Größe 1.txt", Type: "text/plain", Data: []byte("42")}); err != nil {
		t.Fatal(err)
	}
	_, messages, err := d.bridge.Conversation(context.Background(), chat)
	if err != nil || len(messages) != 2 || len(messages[1].Files) != 1 {
		t.Fatalf("messages are %+v, %v", messages, err)
	}
	file := messages[1].Files[0]
	data, err := d.bridge.Download(context.Background(), file)
	if err != nil || string(data) != "42" || file.Name != "Größe 1.txt" {
		t.Errorf("%+v holds %q, %v", file, data, err)
	}
	// From 6.0 on the account may not read it, but the guest may.
	d.wire.on("file-upload", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		return answer(http.StatusForbidden, "")(next, r)
	})
	if data, err = d.bridge.Download(context.Background(), file); err != nil || string(data) != "42" {
		t.Errorf("as the guest: %q, %v", data, err)
	}
	if _, err := d.bridge.Download(context.Background(), sdk.File{ID: "nope", Name: "x.txt"}); err == nil || !strings.HasPrefix(err.Error(), "download x.txt: ") {
		t.Errorf("error is %v", err)
	}
}

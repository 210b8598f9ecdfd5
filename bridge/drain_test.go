package bridge

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestWhatWaitedInAnOutageIsDoneInOrderBelowTheLimits, of an account that may make
// ten calls of a kind a minute: each chat's in its order, all of it, and next to no
// call is refused for the limit.
func TestWhatWaitedInAnOutageIsDoneInOrderBelowTheLimits(t *testing.T) {
	const chats, words = 8, 4
	opt := lobby.Options{Roles: map[string][]string{"bot": {"user", "livechat-manager"}}, Online: []string{"alice"}}
	inHouse(t, opt, func(h *house) {
		a := h.lobby.Accounts("http://house")
		guests, err := rest.New(rest.Options{URL: "http://house", User: a.Admin.User, Password: a.Admin.Password, HTTP: &http.Client{Transport: &tenant{house: h}}})
		if err != nil {
			h.t.Fatal(err)
		}
		n := &tenant{house: h, log: &logbook{}}
		b, err := New(Options{URL: "http://house", User: a.Bot.User, Password: a.Bot.Password, HTTP: &http.Client{Transport: n}})
		if err != nil {
			h.t.Fatal(err)
		}
		var rooms []string
		for i := range chats {
			token := fmt.Sprint("token", i)
			var got struct {
				Room struct {
					ID string `json:"_id"`
				} `json:"room"`
			}
			if err := guests.Post(h.t.Context(), "livechat/visitor", map[string]any{"visitor": map[string]any{"token": token, "name": "dora"}}, nil); err != nil {
				h.t.Fatal(err)
			}
			if err := guests.Get(h.t.Context(), "livechat/room", url.Values{"token": {token}}, &got); err != nil {
				h.t.Fatal(err)
			}
			rooms = append(rooms, got.Room.ID)
		}
		n.cutOff(true)
		var lanes sync.WaitGroup
		for _, room := range rooms {
			lanes.Go(func() {
				for word := range words {
					n.say(b, room, fmt.Sprint("word ", word))
				}
			})
		}
		time.Sleep(20 * time.Minute)
		n.cutOff(false)
		lanes.Wait()
		for _, room := range rooms {
			list, _, err := guests.Messages(h.t.Context(), room, 50)
			if err != nil {
				h.t.Fatal(err)
			}
			var said []string
			for _, m := range list {
				if m.User.Username == a.Bot.User {
					said = append(said, m.Text)
				}
			}
			if got := strings.Join(said, ", "); got != "word 0, word 1, word 2, word 3" {
				h.t.Errorf("in a chat Bellhop said %s", got)
			}
		}
		if refused := n.refused.Load(); refused > 4 {
			h.t.Errorf("%d calls were refused for the limit", refused)
		}
	}, "3.11", "8.3")
}

// say says it in a chat, by as many attempts as it takes, as an outbox makes them.
func (n *tenant) say(b *Bridge, room, text string) {
	e := Effect{Effect: sdk.Effect{Kind: sdk.EffectReply, Text: text}, Chat: sdk.ChatID(room), Key: sdk.EffectKey(room + text), Until: time.Now().Add(24 * time.Hour)}
	for ; ; e.Attempt++ {
		switch o := b.Apply(n.t.Context(), e); {
		case o.State == sdk.Done:
			return
		case o.State != "":
			n.t.Errorf("%s: %+v", text, o)
			return
		}
		time.Sleep(pause(e.Attempt+1, time.Second, time.Minute))
	}
}

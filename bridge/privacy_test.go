package bridge

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// TestGuestReadsNothingThatIsMeantForAgents carries out effects of all kinds,
// full of what the guest must not see, and then reads all that a guest can get:
// every stream that takes the guest's token, and every call.
func TestGuestReadsNothingThatIsMeantForAgents(t *testing.T) {
	d := openDesk(t, lobby.Options{})
	g := d.guest("maya", "Sales")
	g.say("hello")
	d.alice.take(g.rid)
	page := d.browse(g)
	d.all(g.chat())
	page.until("farewell")
	read := page.text() + d.guestCalls(g)
	for _, meant := range []string{"one moment", "our terms", "join https://meet.example/g", "A colleague takes over.", "farewell"} {
		if !strings.Contains(read, meant) {
			t.Errorf("the guest does not get %q: this test reads too little", meant)
		}
	}
	for _, line := range strings.Split(read, "\n") {
		if strings.Contains(strings.ToLower(line), "secret") {
			t.Errorf("the guest can read %s", line)
		}
	}
}

// all carries out an effect of each kind. What agents and admins may read says
// secret.
func (d *desk) all(chat sdk.ChatID) {
	d.t.Helper()
	d.peopleRoom("channels.create", "secret-desk")
	for n, e := range []sdk.Effect{
		{Kind: sdk.EffectReply, Text: "one moment"},
		{Kind: sdk.EffectTell, Text: "secret: the summary"},
		{Kind: sdk.EffectAnswer, Text: "secret: the answer"},
		{Kind: sdk.EffectCall, Text: "join https://meet.example/g"},
		{Kind: sdk.EffectTag, Tags: []string{"billing"}},
		{Kind: sdk.EffectUntag, Tags: []string{"billing"}},
		{Kind: EffectPDF},
		{Kind: sdk.EffectDirect, To: "alice", Text: "secret: look"},
		{Kind: sdk.EffectPost, To: "#secret-desk", Text: "secret: look"},
		{Kind: sdk.EffectTyping},
		{Kind: sdk.EffectFile, File: &sdk.Upload{Name: "terms.txt", Text: "none", Caption: "our terms"}},
		{Kind: sdk.EffectForward, Target: sdk.Department("Secret gone"), Fallback: []sdk.Target{sdk.Department("Support")}, Public: "A colleague takes over."},
		{Kind: sdk.EffectClose, Text: "farewell"},
	} {
		e.Reason, e.Rule = "secret reason", "secret rule"
		effect := d.effect(chat, e)
		effect.Key, effect.Instance = sdk.EffectKey("secret instance/message/m1/"+string(rune('a'+n))), "secret instance"
		effect.AgentText, effect.OurTags = "secret link", []string{"billing"}
		effect.Attachment = &Attachment{Name: "secret.pdf", Type: "application/pdf", Data: []byte("%PDF secret")}
		d.must(effect, sdk.Done, "")
		effect.Attempt = 1 // a repeat tells no more
		d.must(effect, sdk.Done, "")
	}
}

// browser is a guest's page: it hears what it may.
type browser struct {
	t    testing.TB
	mu   sync.Mutex // guards what follows
	all  strings.Builder
	more chan struct{} // holds one when there is more
}

// browse opens the guest's page. It tries everything that it knows the name
// of, and not only what it needs.
func (d *desk) browse(g *caller) *browser {
	d.t.Helper()
	p := &browser{t: d.t, more: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	conn, err := ddp.Dial(ctx, ddp.Options{URL: d.base, OnEvent: p.hear})
	if err != nil {
		d.t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { conn.Run(ctx); close(over) }()
	d.t.Cleanup(func() { cancel(); <-over })
	token := map[string]any{"useCollection": false, "args": []any{map[string]any{"token": g.gtoken, "visitorToken": g.gtoken, "rid": g.rid}}}
	heard := 0
	for _, s := range []subscription{
		{streamMessages, g.rid}, {streamMessages, "__my_messages__"}, {"stream-livechat-room", g.rid},
		{"stream-notify-room", g.rid + "/typing"}, {"stream-notify-room", g.rid + "/deleteMessage"}, {"stream-notify-room", g.rid + "/user-activity"},
		{streamRoom, g.rid}, {streamQueue, "public"}, {streamQueue, "department/" + d.department("Sales")}, {streamQueue, "department/" + d.department("Support")},
		{"stream-notify-all", "public-settings-changed"}, {"stream-notify-logged", "user-status"}, {streamUser, d.account("alice").ID + "/rooms-changed"},
	} {
		if _, err := conn.Subscribe(ctx, s.stream, s.event, token); err == nil {
			heard++
		}
	}
	if heard < 5 {
		d.t.Errorf("the guest may hear only %d streams", heard)
	}
	return p
}

func (p *browser) hear(_ context.Context, e ddp.Event) error {
	data, err := json.Marshal(e.Args)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.all.WriteString(e.Collection + " " + e.Name + " " + string(data) + "\n")
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
	return nil
}

func (p *browser) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all.String()
}

// until waits for a text.
func (p *browser) until(text string) {
	p.t.Helper()
	timeout := time.After(patient)
	for !strings.Contains(p.text(), text) {
		select {
		case <-p.more:
		case <-timeout:
			p.t.Fatalf("%s did not come; there is\n%s", text, p.text())
		}
	}
}

// guestCalls are the answers to all calls that a guest's token opens, and to
// some that it must not.
func (d *desk) guestCalls(g *caller) string {
	d.t.Helper()
	var all strings.Builder
	ask := func(path string) []byte {
		_, raw := g.try("GET", path, nil)
		all.WriteString("GET " + path + " " + string(raw) + "\n")
		return raw
	}
	q := "token=" + g.gtoken
	var history struct {
		Messages []struct {
			ID string `json:"_id"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(ask("livechat/messages.history/"+g.rid+"?limit=1000&"+q), &history); err != nil || len(history.Messages) < 4 {
		d.t.Errorf("the guest's history has %d messages, %v", len(history.Messages), err)
	}
	for _, m := range history.Messages {
		ask("livechat/message/" + m.ID + "?rid=" + g.rid + "&" + q)
		ask("chat.getMessage?msgId=" + m.ID)
	}
	for _, path := range []string{
		"livechat/visitor/" + g.gtoken, "livechat/visitor/" + g.gtoken + "/room", "livechat/config?" + q, "livechat/agent.info/" + g.rid + "/" + g.gtoken,
		"livechat/room?rid=" + g.rid + "&" + q, "rooms.info?roomId=" + g.rid, "livechat/transfer.history/" + g.rid, "channels.history?roomId=" + g.rid,
		"chat.syncMessages?lastUpdate=1970-01-01T00:00:00.000Z&roomId=" + g.rid, "livechat/rooms", "settings.public",
	} {
		ask(path)
	}
	return all.String()
}

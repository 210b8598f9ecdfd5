package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	lobbydesk "github.com/bellhop-chat/bellhop/bridge/lobby/desk"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// talk is an agent's direct messages with Bellhop in an embedded workspace.
type talk struct {
	t    *testing.T
	ctx  context.Context
	s    *stage
	room string
	said chan lobby.Fact // by Bellhop, to alice or in chats
}

func newTalk(t *testing.T, ctx context.Context, s *stage) *talk {
	w := &talk{t: t, ctx: ctx, s: s, said: make(chan lobby.Fact, 1000)}
	s.ledger.each = func(l logLine) {
		if l.Kind == "fact" && l.By == "bot" && (l.Fact.Fact == "message" || l.Fact.Fact == "dm" && slices.Contains(l.To, "alice")) {
			w.said <- l.Fact
		}
	}
	var got struct {
		Room struct {
			ID string `json:"_id"`
		} `json:"room"`
	}
	w.do("alice", "im.create", map[string]any{"username": "bot"}, &got)
	w.room = got.Room.ID
	return w
}

func (w *talk) do(who, path string, body, into any) {
	w.t.Helper()
	if err := w.s.player.client.as(w.ctx, who, http.MethodPost, path, body, into); err != nil {
		w.t.Fatal(err)
	}
}

// writes has alice write to Bellhop, in a thread or in none.
func (w *talk) writes(text, thread string) {
	w.t.Helper()
	message := map[string]any{"rid": w.room, "msg": text}
	if thread != "" {
		message["tmid"] = thread
	}
	w.do("alice", "chat.sendMessage", map[string]any{"message": message}, nil)
}

// hears waits until Bellhop has said something that holds each of the texts.
func (w *talk) hears(texts ...string) lobby.Fact {
	w.t.Helper()
	var all []string
	for {
		select {
		case f := <-w.said:
			all = append(all, f.Text)
			if !slices.ContainsFunc(texts, func(part string) bool { return !strings.Contains(f.Text, part) }) {
				return f
			}
		case <-w.ctx.Done():
			w.t.Fatalf("Bellhop does not say %q, only %q: %v", texts, all, context.Cause(w.ctx))
		}
	}
}

// defines makes a room custom field: by the method of old versions, or by REST.
func (w *talk) defines(field string) {
	w.t.Helper()
	about := map[string]any{"field": field, "label": field, "scope": "room", "visibility": "visible"}
	if err := w.s.player.client.call(w.ctx, "admin", "livechat:saveCustomField", nil, about); err != nil {
		w.do("admin", "livechat/custom-fields.save", map[string]any{"customFieldId": nil, "customFieldData": about}, nil)
	}
}

// is the room as the workspace has it.
func (w *talk) is(room sdk.ChatID) (r struct {
	Open         bool     `json:"open"`
	Tags         []string `json:"tags"`
	DepartmentID string   `json:"departmentId"`
	ServedBy     struct{ Username string }
	Data         map[string]string `json:"livechatData"`
	Visitor      struct {
		ID string `json:"_id"`
	} `json:"v"`
}) {
	w.t.Helper()
	var got struct{ Room any }
	got.Room = &r
	if err := w.s.player.client.as(w.ctx, "admin", http.MethodGet, "rooms.info?roomId="+string(room), nil, &got); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// TestAgentDoesByDirectMessageWhatTheDeskDoes plays over the workspace's own ways:
// what is written there is what an agent's client writes.
func TestAgentDoesByDirectMessageWhatTheDeskDoes(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			s, err := newStage(t.TempDir(), quiet, func(o *lobby.Options) { o.As = as })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.close)
			s.player.leaveOpen = true
			onStage(t, s, time.Minute, func(ctx context.Context) error { return talks(t, ctx, s) })
		})
	}
}

// stageAs is a stage whose workspace is of a version, with all shipped plugins in a
// mode and with the changes to their settings.
func stageAs(t *testing.T, as string, mode host.Mode, changes map[string]map[string]any) *stage {
	t.Helper()
	s, err := newServers(t.TempDir(), quiet, func(o *lobby.Options) { o.As = as })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := shippedInstances(s.path("data"), mode, changes); err != nil {
		t.Fatal(err)
	}
	if err := s.openHost(); err != nil {
		t.Fatal(err)
	}
	s.player.settle = s.settle
	return s
}

// onStage plays while the stage's host runs, for so long at the most.
func onStage(t *testing.T, s *stage, within time.Duration, play func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := s.run(ctx, nil, play); err != nil {
		t.Fatal(err)
	}
}

func talks(t *testing.T, ctx context.Context, s *stage) error {
	chat := convo.Chat{Steps: []convo.Step{
		{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "it says error404 here"},
	}}
	room, err := s.player.play(ctx, "talk", chat)
	if err != nil {
		return err
	}
	link := s.accounts.Base + "/live/" + string(room)
	w := newTalk(t, ctx, s)
	w.writes("chats", "")
	w.hears("I am Bellhop", "The demo runs me", "In the queue:", "[Maya]("+link+")")
	w.writes("take Maya", "")
	begins := w.hears("[Maya](" + link + ")")
	w.hears("taken: @alice")
	if r := w.is(room); r.ServedBy.Username != "alice" {
		t.Errorf("the chat is with %q", r.ServedBy.Username)
	}
	w.writes("reply I am looking into it", "")
	if f := w.hears("I am looking into it"); f.RID != string(room) {
		t.Errorf("the answer went into %s", f.RID)
	}
	w.hears("answered the guest")
	w.writes(`search /error\d{3}/`, "")
	w.hears("it says error404 here", link+"?msg=")
	w.writes("search /error(/", "")
	w.hears("the pattern can't be used")
	w.writes("tag refund", "")
	w.hears("tagged: refund")
	if r := w.is(room); !slices.Contains(r.Tags, "refund") {
		t.Errorf("tags are %q", r.Tags)
	}
	w.writes("why", begins.ID)
	w.hears("tagged: refund · ordered by @alice (desk)")
	w.writes("undo", begins.ID)
	w.hears("tag taken away: refund")
	if r := w.is(room); slices.Contains(r.Tags, "refund") {
		t.Errorf("tags are %q after undo", r.Tags)
	}
	takesBackByThePage(t, ctx, w, room)
	w.writes("language de", "")
	w.hears("ab jetzt auf Deutsch")
	w.writes("forward Billing", "")
	w.hears("weitergeleitet: Billing")
	if r := w.is(room); r.DepartmentID != s.accounts.Departments["Billing"] {
		t.Errorf("the chat is in %q", r.DepartmentID)
	}
	w.writes("dance", "")
	w.hears("Ich kenne keinen Befehl `dance`")
	w.writes("help", "")
	w.hears("Du kannst mir sagen:", "`search [#CHAT] TEXT | /REGEXP/` findet Nachrichten")
	return nil
}

// takesBackByThePage has the desk page's undo take a tag away: what it takes back is
// marked in Bellhop's own records, with by whom.
func takesBackByThePage(t *testing.T, ctx context.Context, w *talk, room sdk.ChatID) {
	page, forget := deedsOf(w.s)
	defer forget()
	w.writes("tag vip", "")
	w.hears("tagged: vip")
	tagged := func() lobbydesk.Deed { return deedWith(t, ctx, page, room, "tag vip") }
	if whyNot, err := page.Undo(ctx, string(room), tagged().Key, "@alice"); whyNot != "" || err != nil {
		t.Fatalf("undo: %q, %v", whyNot, err)
	}
	if err := w.s.host.Quiet(ctx); err != nil {
		t.Fatal(err)
	}
	if r := w.is(room); slices.Contains(r.Tags, "vip") {
		t.Errorf("tags are %q after undo", r.Tags)
	}
	if d := tagged(); d.Outcome != "undone" || !strings.HasPrefix(d.Because, `@alice takes back "tag vip" of desk`) {
		t.Errorf("the tag is %q: %q", d.Outcome, d.Because)
	}
	if d := deedWith(t, ctx, page, room, "untag vip"); d.Instance != "bellhop" || !d.Done() || d.Stays == "" {
		t.Errorf("the undo is %+v", d)
	}
	whyNot, err := page.Undo(ctx, string(room), tagged().Key, "@alice")
	if whyNot == "" || err != nil {
		t.Errorf("undo again: %q, %v", whyNot, err)
	}
}

func deedWith(t *testing.T, ctx context.Context, page *deeds, room sdk.ChatID, what string) lobbydesk.Deed {
	t.Helper()
	all, err := page.Of(ctx, string(room))
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(all, func(d lobbydesk.Deed) bool { return d.What == what })
	if n < 0 {
		t.Fatalf("no %q among %+v", what, all)
	}
	return all[n]
}

// TestAgentIsAskedFirst: in mode confirm a rule moves nothing before the agent says
// yes, over the workspace's own ways.
func TestAgentIsAskedFirst(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			s := stageAs(t, as, host.Confirm, nil)
			s.player.leaveOpen = true
			onStage(t, s, time.Minute, func(ctx context.Context) error { return isAsked(t, ctx, s) })
		})
	}
}

func isAsked(t *testing.T, ctx context.Context, s *stage) error {
	w := newTalk(t, ctx, s)
	chat := convo.Chat{Steps: []convo.Step{
		{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "hello"},
	}}
	room, err := s.player.play(ctx, "asks", chat)
	if err != nil {
		return err
	}
	w.writes("take Maya", "")
	w.hears("taken: @alice")
	says := turn{player: s.player, room: room, token: idOf("token", "asks"), id: "thisIsTheSecond17", step: convo.Step{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "my invoice is wrong"}}
	if err := says.say(ctx); err != nil {
		return err
	}
	asks := w.hears("forwarding asks whether it may do this", "/live/"+string(room), "forward Billing because rule \"billing words\"")
	if r := w.is(room); r.DepartmentID != s.accounts.Departments["Sales"] {
		t.Errorf("before the answer the chat is in %q", r.DepartmentID)
	}
	_, code, _ := strings.Cut(asks.Text, "Write `yes ")
	w.writes("yes "+code[:4], "")
	w.hears("forwarding does it now")
	w.hears("forwarded: Billing")
	if r := w.is(room); r.DepartmentID != s.accounts.Departments["Billing"] {
		t.Errorf("after a yes the chat is in %q", r.DepartmentID)
	}
	return nil
}

// TestAgentIsToldAndTakesTheForwardBack: whom a rule has taken a chat from reads
// why, and has it back by a word.
func TestAgentIsToldAndTakesTheForwardBack(t *testing.T) {
	for _, as := range []string{"3.11", "8.3"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			s := stageAs(t, as, host.On, map[string]map[string]any{"desk": {"field": "lastAction"}})
			s.player.leaveOpen = true
			onStage(t, s, time.Minute, func(ctx context.Context) error { return isTold(t, ctx, s) })
		})
	}
}

func isTold(t *testing.T, ctx context.Context, s *stage) error {
	w := newTalk(t, ctx, s)
	w.defines("lastAction")
	chat := convo.Chat{Steps: []convo.Step{
		{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": "Sales"}},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "hello"},
	}}
	room, err := s.player.play(ctx, "tells", chat)
	if err != nil {
		return err
	}
	w.writes("take Maya", "")
	begins := w.hears("[Maya](" + s.accounts.Base + "/live/" + string(room) + ")")
	w.hears("I am Bellhop", "taken: @alice")
	says := turn{player: s.player, room: room, token: idOf("token", "tells"), id: "thisIsTheSecond17", step: convo.Step{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: "my invoice is wrong"}}
	if err := says.say(ctx); err != nil {
		return err
	}
	w.hears("forwarded: Billing · because: rule \"billing words\": words matched \"invoice\" (forwarding)")
	w.writes("why", begins.ID)
	w.hears("forwarded: Billing · because: rule")
	if err := s.host.Quiet(ctx); err != nil {
		return err
	}
	if last := w.is(room).Data["lastAction"]; !strings.Contains(last, "forwarded: Billing · because: rule \"billing words\"") {
		t.Errorf("Room information says %q", last)
	}
	w.writes("undo", "")
	w.hears("forwarded: Sales @alice")
	if r := w.is(room); r.ServedBy.Username != "alice" {
		t.Errorf("the chat is with %q", r.ServedBy.Username)
	}
	return nil
}

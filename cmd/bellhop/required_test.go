package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
	"github.com/bellhop-chat/bellhop/sdk/convo"
)

// TestTagThatADepartmentDemandsKeepsNobodyFromClosing plays with two departments that
// demand a tag before an agent closes a chat, for one of which autotag sets one early.
// To what is closed the workspace adds the department's own.
func TestTagThatADepartmentDemandsKeepsNobodyFromClosing(t *testing.T) {
	for _, as := range []string{"7.7.3", "7.13"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			required := map[string]map[string]any{"autotag": {"outcomes": map[string]any{}, "required": []any{map[string]any{"tag": "untagged", "department": "Sales", "early": true}}}}
			s := stageAs(t, as, host.On, required)
			onStage(t, s, 2*time.Minute, func(ctx context.Context) error { closes(t, ctx, s); return nil })
		})
	}
}

func closes(t *testing.T, ctx context.Context, s *stage) {
	w := &talk{t: t, ctx: ctx, s: s}
	for _, department := range []string{"Sales", "Support"} {
		d := map[string]any{"name": department, "enabled": true, "showOnRegistration": true, "showOnOfflineForm": true, "email": "desk@example.org", "requestTagBeforeClosingChat": true, "chatClosingTags": []string{"sold"}}
		if err := s.player.client.as(ctx, "admin", http.MethodPut, "livechat/department/"+s.accounts.Departments[department], map[string]any{"department": d}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for n, c := range []struct {
		department, says string
		by               []string // a person tags
		want             []string // nil means that the close is refused
	}{
		{"Sales", "where is my parcel?", nil, []string{"delivery", "sold"}},
		{"Sales", "hello", nil, []string{"sold"}},
		{"Sales", "hello", []string{"untagged", "VIP"}, []string{"VIP", "sold"}},
		{"Support", "where is my parcel?", nil, nil},
	} {
		room := begin(t, ctx, s, fmt.Sprint("demand", n), c.department, c.says)
		if c.by != nil {
			w.do("alice", "livechat/room.saveInfo", map[string]any{"guestData": map[string]any{"_id": w.is(room).Visitor.ID}, "roomData": map[string]any{"_id": room, "tags": c.by}}, nil)
		}
		err := s.player.client.call(ctx, "alice", "livechat:closeRoom", room, "bye", map[string]any{"clientAction": true})
		if c.want == nil {
			if err == nil || !w.is(room).Open {
				t.Errorf("%s: a chat without a tag is closed", c.department)
			}
			continue
		}
		if err == nil {
			err = s.quiet(ctx)
		}
		got := w.is(room)
		slices.Sort(got.Tags)
		if err != nil || got.Open || !slices.Equal(got.Tags, c.want) {
			t.Errorf("%s, %q: open %v with the tags %q, want %q (%v)", c.department, c.says, got.Open, got.Tags, c.want, err)
		}
	}
}

// begin is a chat that alice has taken.
func begin(t *testing.T, ctx context.Context, s *stage, name, department, says string) sdk.ChatID {
	t.Helper()
	s.player.leaveOpen = true
	room, err := s.player.play(ctx, name, convo.Chat{Agents: []string{"alice"}, Steps: []convo.Step{
		{Kind: convo.Visitor, Who: "Maya", Fields: map[string]string{"department": department}},
		{Kind: convo.Say, Who: "Maya", From: sdk.Guest, Text: says},
		{Kind: convo.Take, Who: "alice"},
		{Kind: convo.Say, Who: "alice", From: sdk.Human, Text: "one moment"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return room
}

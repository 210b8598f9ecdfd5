package main

import (
	"context"
	"sync"
	"testing"

	lobbydesk "github.com/bellhop-chat/bellhop/bridge/lobby/desk"
)

// TestDeskIsToldWhatBellhopDidAndWhy plays the demo's chats and asks as the desk does.
func TestDeskIsToldWhatBellhopDidAndWhy(t *testing.T) {
	var told sync.Map
	var asked *deeds
	_, played := playDemo(t, demo(t), func(_ context.Context, s *stage) {
		d, forget := deedsOf(s)
		t.Cleanup(forget)
		t.Cleanup(d.Watch(func(rid string) { told.Store(rid, true) }))
		asked = d
	})
	found := map[string]lobbydesk.Deed{}
	for _, p := range played {
		all, err := asked.Of(t.Context(), string(p.room))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			found[d.Kind] = d
			if d.Key == "" || d.Plugin == "" || d.Version == "" || d.Event == "" || d.Reason == "" || d.At.IsZero() {
				t.Errorf("the desk is not told all of %+v", d)
			}
		}
		if _, heard := told.Load(string(p.room)); len(all) > 0 && !heard {
			t.Errorf("nobody told the desk that something was done in %s", p.name)
		}
	}
	if f := found["forward"]; f.From == "" || f.To == "" || f.Rule == "" || len(f.Tried) == 0 {
		t.Errorf("of a forward the desk is told %+v", f)
	}
	if g := found["tag"]; len(g.Tags) == 0 {
		t.Errorf("of tags the desk is told %+v", g)
	}
	if all, err := asked.Of(t.Context(), "nosuchchat"); len(all) > 0 || err != nil {
		t.Errorf("of a chat that nobody has seen: %v %v", all, err)
	}
}

// TestDeskOfAWorkspaceWithoutAHostSaysNothing: the host of the data folder may start
// later, or end.
func TestDeskOfAWorkspaceWithoutAHostSaysNothing(t *testing.T) {
	all, err := deedsIn(t.TempDir()).Of(t.Context(), "chat")
	if len(all) > 0 || err != nil {
		t.Errorf("%v %v", all, err)
	}
}

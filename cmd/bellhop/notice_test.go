package main

import (
	"net/http"
	"testing"
)

// TestRunSaysAtItsStartWhatAnInstanceLacks, and where it is given: before the first
// chat fails for it.
func TestRunSaysAtItsStartWhatAnInstanceLacks(t *testing.T) {
	s := stageWith(t, map[string]string{
		"instances/moving.yaml":  "plugin: forwarding\nmode: on\ngrants: {effects: [forward]}\n",
		"instances/closing.yaml": "plugin: autotag\nmode: shadow\ngrants: {effects: [tag]}\n",
	})
	ctx := serving(t, s)
	for _, permission := range []string{"transfer-livechat-guest", "save-others-livechat-room-info"} {
		body := map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": []string{"admin"}}}}
		if err := s.player.client.as(ctx, "admin", http.MethodPost, "permissions.update", body, nil); err != nil {
			t.Fatal(err)
		}
	}
	file, err := writeConfig(s.dir, s.config())
	if err != nil {
		t.Fatal(err)
	}
	says := runFile(t, s, ctx, file)
	says("ERR workspace lacks permission transfer-livechat-guest err=")
	says("needed by: instance moving; do: give the account the role livechat-manager, or give the permission to one of its roles in Administration, Permissions")
	says("some things at the workspace are doubtful: bellhop doctor says which")
}

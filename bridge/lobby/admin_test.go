package lobby

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestAdminTakesRolesAndPermissionsAway: what nobody holds any more is refused,
// at once and after a restart.
func TestAdminTakesRolesAndPermissionsAway(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lobby.jsonl")
	eachVersion(t, Options{}, func(t *testing.T, w *workspace) {
		admin, alice, bot := w.as("admin"), w.as("alice"), w.as("bot")
		if a := alice.do("POST", "permissions.update", map[string]any{"permissions": []any{}}); a.body["error"] != "Editing permissions is not allowed [error-edit-permissions-not-allowed]" {
			t.Errorf("alice edits permissions: %s", a.raw)
		}
		if a := admin.do("POST", "permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": "fly", "roles": []any{"bot"}}}}); a.body["errorType"] != "error-invalid-permission" {
			t.Errorf("an unknown permission: %s", a.raw)
		}
		admin.ok("POST", "permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": "view-livechat-rooms", "roles": []any{"admin"}}}})
		if a := bot.do("GET", "livechat/rooms", nil); a.status != 403 {
			t.Errorf("bot lists chats: %d %s", a.status, a.raw)
		}
		if w.s.opt.As == "3.11" {
			admin.ok("DELETE", "livechat/users/manager/"+bot.id, nil)
		} else {
			admin.ok("POST", "roles.removeUserFromRole", map[string]any{"roleId": "livechat-manager", "username": "bot"})
		}
		if roles := bot.ok("GET", "me", nil)["roles"].([]any); slices.Contains(roles, any("livechat-manager")) {
			t.Errorf("roles are %v", roles)
		}
	})
	first := open(t, Options{StateFile: file, NoLimits: true})
	first.as("admin").ok("POST", "permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": "create-d", "roles": []any{}}}})
	first.stop()
	second := open(t, Options{StateFile: file, NoLimits: true})
	if a := second.as("bot").do("POST", "im.create", map[string]any{"username": "alice"}); a.status == 200 {
		t.Errorf("after a restart: %s", a.raw)
	}
}

// TestPermissionsAreThoseOfTheVersion, and of what is paid for.
func TestPermissionsAreThoseOfTheVersion(t *testing.T) {
	for _, licensed := range []bool{false, true} {
		eachVersion(t, Options{Licensed: licensed}, func(t *testing.T, w *workspace) {
			has := func(id string) bool {
				return slices.ContainsFunc(w.as("bot").ok("GET", "permissions.listAll", nil)["update"].([]any), func(p any) bool { return p.(map[string]any)["_id"] == id })
			}
			w.must("contacts", has("view-livechat-contact"), from6...)
			if licensed {
				w.must("PDFs", has("request-pdf-transcript"), from6...)
			} else {
				w.must("PDFs", has("request-pdf-transcript"))
			}
			w.must("tags", has("save-others-livechat-room-info"), Releases()...)
		})
	}
}

// TestWorldIsAsTheOptionsSay: roles and settings, at each start.
func TestWorldIsAsTheOptionsSay(t *testing.T) {
	w := open(t, Options{NoLimits: true, Roles: map[string][]string{"bot": {"user", "bot"}}, Settings: map[string]any{"Hide_System_Messages": []any{"livechat-close"}}})
	bot := w.as("bot")
	if a := bot.do("GET", "livechat/rooms", nil); a.status != 403 {
		t.Errorf("bot lists chats: %d", a.status)
	}
	if me := bot.ok("GET", "me", nil); len(me["roles"].([]any)) != 2 {
		t.Errorf("roles are %v", me["roles"])
	}
	if v := w.as("admin").ok("GET", "settings/Hide_System_Messages", nil)["value"]; len(v.([]any)) != 1 {
		t.Errorf("hidden are %v", v)
	}
	for _, o := range []Options{{Roles: map[string][]string{"nobody": {"bot"}}}, {Roles: map[string][]string{"bot": {"king"}}}} {
		if _, err := New(o); err == nil {
			t.Errorf("made with %v", o.Roles)
		}
	}
}

package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// permit gives the bot's roles a permission, or takes it from them, as an admin
// does in Administration, Permissions.
func (f *floor) permit(permission string, yes bool) {
	f.t.Helper()
	admin := f.as("admin")
	roles := []string{"admin"}
	if yes {
		roles = append(roles, "livechat-manager", "user", "bot")
	}
	admin.post("permissions.update", map[string]any{"permissions": []any{map[string]any{"_id": permission, "roles": roles}}})
}

// TestPermissionThatIsTakenAwayIsNamedAndGivenBack: what needs it is refused with
// its name, and somebody is told, once.
func TestPermissionThatIsTakenAwayIsNamedAndGivenBack(t *testing.T) {
	needs := map[string]func(d *desk, chat sdk.ChatID) Effect{
		"transfer-livechat-guest": func(d *desk, chat sdk.ChatID) Effect { return d.forward(chat, sdk.Department("Billing")) },
		"save-others-livechat-room-info": func(d *desk, chat sdk.ChatID) Effect {
			return d.effect(chat, sdk.Effect{Kind: sdk.EffectTag, Tags: []string{"billing"}})
		},
		"close-others-livechat-room": func(d *desk, chat sdk.ChatID) Effect { return d.end(chat, "bye") },
		"create-d": func(d *desk, chat sdk.ChatID) Effect {
			return d.effect(chat, sdk.Effect{Kind: sdk.EffectTell, Text: "hi"})
		},
	}
	for _, as := range lobby.Releases() {
		for permission, make := range needs {
			t.Run(as+" "+permission, func(t *testing.T) {
				d := openDesk(t, lobby.Options{As: as})
				log := &logbook{}
				o := d.options()
				o.Log, o.Reconcile = log.logger(), 200*time.Millisecond
				b, err := New(o)
				if err != nil {
					t.Fatal(err)
				}
				d.bridge = b
				d.listening()
				chat := d.served("Sales")
				d.permit(permission, false)
				for range 2 {
					d.must(make(d, chat), sdk.Refused, permission)
				}
				log.wait(t, `level=ERROR msg="account lacks the permission `+permission+`"`)
				log.wait(t, "in Administration, Permissions; what needs it is refused until then")
				d.permit(permission, true)
				log.wait(t, `msg="account has the permission `+permission+` again"`)
				d.must(make(d, chat), sdk.Done, "")
				if n := strings.Count(log.said(), "level=ERROR"); n != 1 {
					t.Errorf("people were told %d times", n)
				}
			})
		}
	}
}

// TestChatsThatMayNotBeSeenAreNotMissed: what happens while the account lacks the
// permission is told when it has it again.
func TestChatsThatMayNotBeSeenAreNotMissed(t *testing.T) {
	for _, as := range lobby.Releases() {
		for _, permission := range []string{"view-livechat-rooms", "view-l-room"} {
			t.Run(as+" "+permission, func(t *testing.T) {
				f := openFloor(t, lobby.Options{As: as, Online: []string{"alice"}})
				log := &logbook{}
				o := f.options()
				o.Log, o.Reconcile = log.logger(), 200*time.Millisecond
				j := newJournal(t)
				j.run(o)
				j.compared()
				known := f.guest("known", "Sales")
				j.until(known.say("one"))
				f.permit(permission, false)
				known.say("two")
				fresh := f.guest("fresh", "Sales")
				fresh.say("hello")
				log.wait(t, `level=ERROR msg="account lacks the permission `+permission+`"`)
				log.wait(t, "nothing new is seen until then, and all of it afterwards")
				f.permit(permission, true)
				j.until(OpenedID(fresh.chat()), known.say("three"))
				j.comparedAnew(f)
				j.must(known.chat(), "opened", "guest: one", "guest: two", "guest: three")
				j.must(fresh.chat(), "opened", "guest: hello")
			})
		}
	}
}

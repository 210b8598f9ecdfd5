package desk

import (
	"context"
	"encoding/json"
	"strings"
)

// callApp is how calls are made; with Missing there is no way, and it says what an
// admin must do.
type callApp struct {
	Name    string
	Own     bool   // our own page
	Link    string // of another app; {room} stands for the chat
	Missing string
}

// callApp reads the workspace's settings, those that a real one has: who provides
// calls, and for Jitsi where it is. A workspace that says nothing has our page.
func (d *Desk) callApp(ctx context.Context, w who) *callApp {
	text := func(id string) string {
		raw, err := d.api.setting(ctx, w, id)
		if err != nil {
			d.log.Warn("setting not read", "id", id, "err", err)
		}
		var s string
		json.Unmarshal(raw, &s)
		return s
	}
	switch provider := text("Omnichannel_call_provider"); strings.ToLower(provider) {
	case "", "webrtc":
		return &callApp{Name: word("call.own"), Own: true}
	case "jitsi":
		domain := text("Jitsi_Domain")
		if domain == "" {
			return &callApp{Missing: word("call.nodomain")}
		}
		return &callApp{Name: "Jitsi", Link: "https://" + domain + "/{room}"}
	case "none":
		return &callApp{Missing: word("call.none")}
	default:
		return &callApp{Missing: word("call.unknown", provider)}
	}
}

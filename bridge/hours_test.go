package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
)

func TestBusinessHoursAreTheWorkspaces(t *testing.T) {
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	eachVersion(t, lobby.Options{}, func(d *desk) {
		if got, err := d.bridge.Hours(t.Context(), at("2026-03-01T03:00:00Z")); err != nil || !got.Open || !strings.Contains(got.Why, "keeps no business hours") {
			t.Errorf("without any: %+v, %v", got, err)
		}
		d.as("admin").post("settings/Livechat_enable_business_hours", map[string]any{"value": true})
		d.bridge.prefs.forget()
		for when, want := range map[string]string{
			"2026-03-02T08:00:00Z":      "open: Monday 08:00 to 20:00",
			"2026-03-02T07:59:59Z":      "closed: outside of Monday 08:00 to 20:00",
			"2026-03-02T20:00:00Z":      "closed: outside of Monday 08:00 to 20:00",
			"2026-03-01T12:00:00Z":      "closed: Sunday",
			"2026-03-03T01:00:00+05:30": "open: Monday 08:00 to 20:00",
		} {
			got, err := d.bridge.Hours(t.Context(), at(when))
			if err != nil || got.Why != want || got.Open != strings.HasPrefix(want, "open") {
				t.Errorf("%s: %+v, %v, want %s", when, got, err, want)
			}
		}
	})
}

// TestZoneThatIsNoneIsSaid: what could not be learned is not guessed.
func TestZoneThatIsNoneIsSaid(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	d.as("admin").post("settings/Livechat_enable_business_hours", map[string]any{"value": true})
	d.wire.on("livechat/business-hour", answering(200, `{"success": true, "businessHour": {"timezone": {"name": "Moon/Base"}, "workHours": []}}`))
	if _, err := d.bridge.Hours(t.Context(), time.Now()); err == nil || !strings.Contains(err.Error(), `zone "Moon/Base" is none`) {
		t.Errorf("told %v", err)
	}
}

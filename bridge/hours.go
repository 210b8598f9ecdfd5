package bridge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Hours tells whether the workspace's business hours are open at that time: those
// of all departments that have none of their own.
func (b *Bridge) Hours(ctx context.Context, at time.Time) (sdk.Hours, error) {
	if !b.prefs.on(ctx, "Livechat_enable_business_hours") {
		return sdk.Hours{Open: true, Why: "open: the workspace keeps no business hours"}, nil
	}
	hours, err := b.directory.hours.of(ctx, "", func(ctx context.Context) (rest.BusinessHour, error) {
		h, _, err := b.rest.BusinessHour(ctx)
		return h, err
	})
	if err != nil {
		return sdk.Hours{}, fmt.Errorf("read business hours: %w", err)
	}
	zone, err := time.LoadLocation(hours.Zone.Name)
	if err != nil {
		return sdk.Hours{}, fmt.Errorf("read business hours: the workspace's zone %.40q is none: %w", hours.Zone.Name, err)
	}
	return openAt(hours.Hours, at.In(zone)), nil
}

// openAt says whether one of the hours covers the time.
func openAt(hours []rest.WorkHour, at time.Time) sdk.Hours {
	now, day := at.Format("15:04"), at.Weekday().String()
	why := "closed: " + day
	for _, h := range hours {
		if !h.Open || !strings.EqualFold(h.Day, day) {
			continue
		}
		times := fmt.Sprintf("%s %s to %s", day, h.Start.Time, h.Finish.Time)
		if h.Start.Time <= now && now < h.Finish.Time {
			return sdk.Hours{Open: true, Why: "open: " + times}
		}
		why = "closed: outside of " + times
	}
	return sdk.Hours{Why: cleanLine(why)}
}

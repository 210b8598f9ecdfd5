package rest

import (
	"context"
	"net/url"
)

// BusinessHour is when the workspace's agents work.
type BusinessHour struct {
	Zone  Zone       `json:"timezone"`
	Hours []WorkHour `json:"workHours"`
}

// Zone is where the hours are meant.
type Zone struct {
	Name string `json:"name"` // such as Europe/Berlin
}

// WorkHour is one day's.
type WorkHour struct {
	Day    string   `json:"day"` // Monday and so on
	Open   bool     `json:"open"`
	Start  WorkTime `json:"start"`
	Finish WorkTime `json:"finish"`
}

// WorkTime is a time of day in the zone, such as 08:00.
type WorkTime struct {
	Time string `json:"time"`
}

// BusinessHour reads those that hold for all departments which have none of
// their own. From 3.2 on; false means that there are none.
func (c *Client) BusinessHour(ctx context.Context) (BusinessHour, bool, error) {
	var got struct {
		Hour *BusinessHour `json:"businessHour"`
	}
	if err := c.Get(ctx, "livechat/business-hour", url.Values{"type": {"default"}}, &got); err != nil || got.Hour == nil {
		return BusinessHour{}, false, err
	}
	return *got.Hour, true, nil
}
